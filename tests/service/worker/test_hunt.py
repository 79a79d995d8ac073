"""The order that makes the engine fail is found with few clears, and named in the record of its run."""

import os
import threading

import pytest
from tests.service.two_states import DAY, block, curve, definition, documents

from walras.coupling.clear import clear
from walras.coupling.settings import Settings
from walras.errors import HuntEnded, NoResult
from walras.results.audit import audit
from walras.service.gate import Held
from walras.service.intake import payload
from walras.service.plan import Plan
from walras.service.terms import market_terms
from walras.service.worker.hunt import MOST_TRIALS, Hunt
from walras.service.worker.trial import TRIAL_ITERATIONS, Isolated, Trial

TERMS = market_terms(definition(), DAY)


def held(**orders):
    """What members sent, each with its documents: `held(M_0001=[curve(...)])`."""
    sent = []
    for member, docs in orders.items():
        content = payload.encode(tuple(documents(*docs)))
        sent.append((member.replace("_", "-"), content, frozenset(d["order"] for d in docs)))
    return Held(TERMS, tuple(sent))


def two_hundred():
    """Twenty members with ten orders each."""
    return held(**{
        f"M_{m:04d}": [curve(f"o{i}", "North", "demand", 50, 1, hours=(0,)) for i in range(10)] for m in range(20)
    })  # fmt: skip


def names(found):
    return [f"{one['member']}.{one['order']}" for one in found.culprits]


def present(book):
    families = (book.curves, book.blocks, book.flexibles, book.scalables, book.storages)
    return {n for f in families for n in f.name}


def breaks_on(*poison, need=1):
    """Return why a copy fails: at least `need` of the poison orders are in it."""
    return lambda copy: "boom" if sum(f"{m}.{n}" in poison for m, _, ns in copy.sent for n in ns) >= need else None


@pytest.mark.parametrize("poison", ["M-0000.o0", "M-0013.o7", "M-0019.o9"])
def test_one_order_among_two_hundred_is_found_in_few_clears(poison):
    hunt = Hunt(two_hundred(), breaks_on(poison))
    found = hunt.found()
    assert (names(found), found.said) == ([poison], "without these orders the rest clears")
    assert found.culprits[0]["zone"] == "North"
    assert found.trials <= 14  # all, none, 5 + 1 for log2(20) members, 4 + 1 for log2(10) orders, the rest
    assert Hunt(two_hundred(), breaks_on(poison)).found() == found


def test_two_that_fail_only_together_are_both_named():
    found = Hunt(two_hundred(), breaks_on("M-0003.o1", "M-0017.o8", need=2)).found()
    assert names(found) == ["M-0003.o1", "M-0017.o8"]


def test_two_that_fail_each_alone_are_found_one_after_the_other():
    found = Hunt(two_hundred(), breaks_on("M-0003.o1", "M-0017.o8")).found()
    assert names(found) == ["M-0003.o1", "M-0017.o8"]
    assert found.said == "without these orders the rest clears"


def family():
    links = [block("top", "North", "supply", 10, 1), block("mid", "North", "supply", 10, 1, parents=["top"]),
             block("low", "North", "supply", 10, 1, parents=["mid"])]  # fmt: skip
    return held(M_0001=[*links, curve("alone", "South", "demand", 50, 1)], M_0002=[curve("x", "South", "demand", 9, 1)])


def test_families_are_tried_whole_and_never_without_a_parent():
    def fails(copy):
        inside = {n for _, _, ns in copy.sent for n in ns}
        assert "low" not in inside or {"mid", "top"} <= inside
        assert "mid" not in inside or "top" in inside
        return "boom" if "mid" in inside else None

    found = Hunt(family(), fails).found()
    assert names(found) == ["M-0001.mid"]
    assert found.said == "without these orders the rest clears", "its child goes with it"


@pytest.mark.parametrize(
    ("fails", "said"),
    [
        (lambda _: None, "the failure did not come back on a copy of the book"),
        (lambda _: "boom", "the market fails without any order"),
    ],
)
def test_what_no_order_explains_is_said(fails, said):
    found = Hunt(two_hundred(), fails).found()
    assert (found.culprits, found.said) == ((), said)


def test_a_failure_without_sense_ends_after_so_many_trials():
    turns = iter([True, False] + [True, False, False] * 1000)
    found = Hunt(two_hundred(), lambda _: "boom" if next(turns) else None).found()
    assert found.trials <= MOST_TRIALS


def dies_of_poison(book, *rest):
    """An engine that a native crash ends."""
    if "M-0002.b" in present(book):
        os.kill(os.getpid(), 9)
    return clear(book, *rest)


def hangs(_book, *_):
    threading.Event().wait(60)


def few():
    own = {"M_0001": [curve("a", "North", "demand", 50, 5, hours=(0,))],
           "M_0002": [curve(n, "North", "supply", 10, 5, hours=(0,)) for n in "bc"]}  # fmt: skip
    return held(**own)


def test_an_order_that_kills_the_process_is_a_finding_and_not_a_death():
    trial = Trial.of(Plan(), Settings(), dies_of_poison, audit)
    with Isolated(trial, threading.Event()) as elsewhere:
        assert elsewhere.outcome(few()) == "the process died (exit code -9)"
        assert elsewhere.outcome(few().only({("M-0001", "a"), ("M-0002", "c")})) is None, "another one has begun"


def test_a_trial_that_does_not_end_is_ended_and_so_is_one_that_is_told_to():
    stop = threading.Event()
    with Isolated(Trial.of(Plan(), Settings(), hangs, audit), stop, seconds=0.3) as elsewhere:
        assert elsewhere.outcome(few()) == "it did not end within 0.3 s"
        stop.set()
        with pytest.raises(HuntEnded):
            elsewhere.outcome(few())


def test_a_trial_says_why_it_fails_and_no_result_in_time_is_no_failure():
    def of(engine):
        return Trial.of(Plan(), Settings(time_limit=1.0), engine, audit).outcome(few())

    def late(*_):
        raise NoResult("the time is over")

    def broken(*_):
        raise RuntimeError("boom")

    assert (of(clear), of(late), of(broken)) == (None, None, "RuntimeError: boom")
    trial = Trial.of(Plan(), Settings(time_limit=1.0, iteration_limit=10**9), clear, audit)
    assert trial.settings == Settings(iteration_limit=TRIAL_ITERATIONS)
