"""Orders that make a run fail: found by the worker, excluded by two officers, taken back; and audits that flag."""

import json
import os
from dataclasses import replace

import pytest
from sqlalchemy import update
from tests.service.test_fallback import is_sound, refused, said
from tests.service.three_states import KEY, ORDERS, Night
from tests.service.two_states import block

from walras.coupling.clear import clear
from walras.errors import BadInput, Mistake, NoResult
from walras.results.audit import Violation
from walras.service import commands as c
from walras.service.gate import Held, book_loader, held_loader
from walras.service.publication import pages
from walras.service.replay import replay
from walras.service.store import runs
from walras.service.store.schema import runs as run_table
from walras.service.worker.finalise import certify_finals
from walras.service.worker.run import MOST_DEATHS

FAMILY = [
    block("top", "A", "supply", 5, 5), block("mid", "A", "supply", 5, 5, parents=["top"]),
    block("low", "A", "supply", 5, 5, parents=["mid"]),
]  # fmt: skip
GROUP = [block(n, "A", "supply", 5, 5, group="either") for n in ("one", "two")]


def with_orders(*more):
    return ORDERS | {"M-0001": [*ORDERS["M-0001"], *more]}


def names(book):
    return {*book.curves.name, *book.blocks.name}


def the_book(night):
    with night.store.read() as connection:
        plan = runs.newest_plan(connection, night.session)
        return book_loader(night.secrets)(connection, night.row(), plan)


class Sour(Held):
    """A market that one order does not fit any more."""

    def book(self, plan):
        if any(m == "M-0002" and "c-gas" in names - plan.of_member(m) for m, _, names in self.sent):
            raise BadInput([Mistake("a step is no number", "curve_orders row 7", "field_readable", "Send it again.")])
        return super().book(plan)


def sour(night):
    load = held_loader(night.secrets)

    def held(connection, session):
        found = load(connection, session)
        return Sour(found.terms, found.sent)

    runner = night.runner()
    runner.held = held
    runner.load_book = lambda connection, session, plan: held(connection, session).book(plan)
    return runner


def test_an_order_with_which_the_book_does_not_read_is_found_and_the_book_reads_without_it(small_world):
    night = Night(small_world)
    assert sour(night).once() == "failed"
    run = night.runs()[0]
    assert run["error"].startswith("the book does not read: curve_orders row 7: a step is no number")
    assert [f"{one['member']}.{one['order']}" for one in run["culprits"]] == ["M-0002.c-gas"]
    small_world.by_two(night.exclude("M-0002", "c-gas"))
    assert sour(night).once() == "done"


def test_an_audit_that_refuses_is_hunted_too(small_world):
    night = Night(small_world)

    def judge(book, _results):
        return [Violation("at a loss", "curve order", "curve_loss", 1.0)] if "M-0001.b-coal" in names(book) else []

    assert night.runner(audit=judge).once() == "failed"
    assert night.runs()[0]["culprits"] == [{"member": "M-0001", "order": "b-coal", "zone": "B"}]
    assert night.file("result/summary.json") is None


def test_an_engine_of_which_no_order_is_to_blame_is_said_so(small_world):
    night = Night(small_world)

    def broken(*_):
        raise RuntimeError("boom")

    with pytest.raises(RuntimeError, match="boom"):
        night.runner(clear=broken).once()
    assert night.runs()[0]["error"].endswith("no order; the market fails without any order")


def test_a_run_that_has_no_result_in_time_is_not_hunted(small_world):
    night = Night(small_world)

    def late(*_):
        raise NoResult("the time is over")

    assert night.runner(clear=late).once() == "failed"
    assert night.runs()[0]["error"] == "no result: the time is over"


# --- a worker that dies --------------------------------------------------------------------


def kills(book, *rest):
    """An engine that a native crash ends on one order; in the worker itself it must never be called."""
    if "M-0002.c-gas" in book.curves.name:
        os._exit(11)
    return clear(book, *rest)


def died(night, times):
    with night.store.write() as connection:
        connection.execute(update(run_table).values(state="running", worker="dead", attempts=times, heartbeat_at=0))


def test_a_run_whose_worker_died_three_times_is_hunted_in_processes_that_may_die(small_world):
    orders = {"M-0001": [ORDERS["M-0001"][0]], "M-0002": [ORDERS["M-0002"][0]]}
    night = Night(small_world, orders)
    died(night, MOST_DEATHS)
    assert night.runner(clear=kills).once() == "failed"
    run = night.runs()[0]
    assert run["error"].startswith("the worker died 3 times\n")
    assert run["culprits"] == [{"member": "M-0002", "order": "c-gas", "zone": "C"}]
    assert night.runner().once() == "idle", "nobody takes it over again"
    small_world.by_two(night.exclude("M-0002", "c-gas"))
    assert night.runner(clear=kills).once() == "done"


def test_a_run_that_kills_whoever_looks_for_the_cause_ends_as_well(small_world):
    night = Night(small_world)
    died(night, 2 * MOST_DEATHS)
    assert night.runner(clear=kills).once() == "failed"
    assert night.runs()[0]["error"] == "the worker died 6 times, also while it looked for the cause"


def test_a_run_that_is_given_back_is_no_death(small_world):
    night = Night(small_world)
    for _ in range(2 * MOST_DEATHS):
        found = runs.claim(night.store, "one")
        runs.give_back(night.store, found.id, "one")
    assert night.runs()[0]["attempts"] == 0


def test_a_hunt_ends_when_its_run_is_superseded(small_world):
    night = Night(small_world)

    def slow(book, *rest):
        if night.row().rung != "local":
            small_world.by_two(c.StartFallback(session=night.session, reason="now", rung="local"))
        raise RuntimeError("boom")

    runner = night.runner(clear=slow, beat_seconds=0.02)
    with pytest.raises(RuntimeError):
        runner.once()
    first, second = night.runs()
    assert (first["state"], second["state"]) == ("superseded", "waiting")
    assert first["culprits"] == []


# --- exclusion -----------------------------------------------------------------------------


def test_a_child_goes_with_its_parent_and_comes_back_with_its_family(world):
    night = Night(world, with_orders(*FAMILY))
    assert world.by_two(night.exclude("M-0001", "mid"))["excluded"] == ["M-0001.low", "M-0001.mid"]
    assert {"M-0001.top"} == {n for n in names(the_book(night)) if n.split(".")[1] in {"top", "mid", "low"}}
    assert sorted(night.notices("M-0001", "order excluded")[0]["orders"]) == ["low", "mid"]
    assert night.runs()[-1]["plan"]["excluded"] == [
        {"member": "M-0001", "order": "low", "version": 1}, {"member": "M-0001", "order": "mid", "version": 1},
    ]  # fmt: skip
    assert night.runner().once() == "done"
    assert len(said(night)["excluded_orders"]) == 2
    assert replay(night.store, night.secrets, night.session).is_same
    back = c.ReadmitOrder(session=night.session, member="M-0001", order="low", reason="an objection was upheld")
    assert world.by_two(back)["readmitted"] == ["M-0001.low", "M-0001.mid"]
    assert night.runner().once() == "done"
    assert said(night)["excluded_orders"] == []
    assert replay(night.store, night.secrets, night.session, 2).is_same, "the older one, by its own plan"
    assert is_sound(night)


def test_an_order_of_an_exclusive_group_goes_alone(small_world):
    night = Night(small_world, with_orders(*GROUP))
    assert small_world.by_two(night.exclude("M-0001", "one"))["excluded"] == ["M-0001.one"]
    assert the_book(night).blocks.name == ("M-0001.two",)
    assert night.runner().once() == "done"


def test_exclusions_stay_on_every_rung_and_in_every_rerun(small_world):
    night = Night(small_world)
    small_world.by_two(night.exclude("M-0002", "c-need"))
    small_world.by_two(c.StartFallback(session=night.session, reason="late", rung="local"))
    assert night.runner().once() == "done"
    assert len(said(night)["excluded_orders"]) == 1
    small_world.client("OP").do(c.RunSession(session=night.session, reason="again", is_coupled=True))
    assert night.runner().once() == "done"
    assert len(said(night)["excluded_orders"]) == 1
    assert said(night)["fallback"]["rung"] == "coupled"


def test_all_orders_of_a_member_may_be_left_out(small_world):
    night = Night(small_world)
    for order in ("c-gas", "c-need"):
        small_world.by_two(night.exclude("M-0002", order))
    assert night.runner().once() == "done"
    assert night.file("member/M-0002.zip") is None
    assert night.file("member/M-0001.zip")


def test_exclusions_that_are_refused(small_world):
    night = Night(small_world)

    def rules(command):
        return refused(lambda: small_world.by_two(command))

    assert rules(night.exclude("M-0002", "none")) == ["order_live"]
    back = c.ReadmitOrder(session=night.session, member="M-0002", order="c-gas", reason="no")
    assert rules(back) == ["order_excluded"]
    small_world.by_two(night.exclude("M-0002", "c-gas"))
    assert rules(night.exclude("M-0002", "c-gas")) == ["order_excluded"]
    assert night.runner().once() == "done"
    night.at(1000)
    small_world.by_two(c.FinaliseSession(session=night.session))
    assert rules(night.exclude("M-0002", "c-need")) == ["session_moves"], "a final result does not change"
    assert certify_finals(night.store, night.secrets, KEY, book_loader(night.secrets)) == [night.session]
    final = json.loads(night.file("final/certificate.json"))["document"]
    assert (final["stage"], final["excluded_orders"]) == ("final", said(night)["excluded_orders"])


def test_no_order_is_excluded_before_the_gate(small_world):
    night = Night(small_world)
    with night.store.write() as connection:
        from walras.service.store.schema import sessions

        connection.execute(update(sessions).values(state="open"))
    assert refused(lambda: small_world.by_two(night.exclude("M-0002", "c-gas"))) == ["session_moves"]


# --- audits that flag ------------------------------------------------------------------------


def off_by(mw):
    def engine(book, *rest):
        found = clear(book, *rest)
        published = replace(
            found.published, exchange=found.published.exchange - mw * (found.published.exchange == 25.0)
        )
        return replace(found, published=published)

    return engine


def test_a_result_that_rounding_alone_spoils_is_published_with_a_flag(small_world):
    night = Night(small_world)
    flagged = [Violation("off", "A electricity 2026-11-30T23:00:00Z", "balance", 0.05)]
    assert night.runner(audit=lambda *_: flagged).once() == "done"
    document = said(night)["audit"]
    assert (document["verdict"], document["violations"]) == ("flagged", 1)
    assert document["listed"] == [{"amount": 0.05, "rule": "balance", "where": "A electricity 2026-11-30T23:00:00Z"}]
    assert night.notices("M-0001", "result preliminary")[0]["audit"] == "flagged"
    page = pages.session(night.store, night.session, None)
    assert "Audit: flagged: rounding missed these rules by at most one tick more." in page
    assert "A electricity 2026-11-30T23:00:00Z" in page
    assert json.loads(night.file("published/summary.json"))["audit"] == "flagged"
    assert is_sound(night)


def test_a_congested_exchange_that_is_off_is_refused(small_world):
    night = Night(small_world)
    assert night.runner(clear=off_by(0.1)).once() == "failed", "room is left on a line between prices of 10 and 50"
    assert "line_prices" in night.runs()[0]["error"]
