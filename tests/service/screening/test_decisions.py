"""A held case has one way out: two different officers. Every act is on record."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from walras.errors import BadInput
from walras.service.screening.decisions import (
    CaseState,
    approve,
    decide,
    is_current,
    may_receive_rights,
    receive,
    screened,
)
from walras.service.screening.lists import read_list
from walras.service.screening.screen import Applicant, screen

HEAD = "name,aliases,identifiers,kind,source,listed_on\n"
CLEAN = read_list("ours", (HEAD + "Marvola,,,company,made up,2025-01-31\n").encode())
NAMING = read_list("ours", (HEAD + "Torvexa,,,company,made up,2025-01-31\n").encode())
CHANGED = read_list("ours", (HEAD + "Torvexa,Also so,,company,made up,2025-02-28\n").encode())
LONGER = read_list(
    "ours", (HEAD + "Torvexa,,,company,made up,2025-01-31\nMarvola,,,company,made up,2025-01-31\n").encode()
)
START = datetime(2025, 4, 1, 9, tzinfo=UTC)


def at(minutes):
    return START + timedelta(minutes=minutes)


def seen(one):
    return screen(Applicant("A-1", ("Torveksa LLC",)), [one])


def case(one=NAMING):
    return screened(receive("A-1", frozenset({"u-1"}), "u-1", at(0)), seen(one), "system", at(1))


def rule(call, *args):
    with pytest.raises(BadInput) as caught:
        call(*args)
    (mistake,) = caught.value.mistakes
    return mistake.rule


def cleared(held, minute=2):
    once = decide(held, "o-1", "clear", "other owners", at(minute))
    return decide(once, "o-2", "clear", "other address", at(minute + 1))


def member():
    return approve(cleared(case()), "o-1", "complete", at(5), [NAMING])


def test_a_clear_application_is_approved_by_an_officer():
    admitted = approve(case(CLEAN), "o-1", "complete", at(2), [CLEAN])
    assert admitted.is_admitted
    assert may_receive_rights(admitted)
    assert [(a.what, a.actor) for a in admitted.acts] == [("receive", "u-1"), ("screen", "system"), ("approve", "o-1")]


def test_a_hit_holds_and_two_different_officers_clear():
    held = case()
    assert held.state is CaseState.HELD
    once = decide(held, "o-1", "clear", "other owners", at(2))
    assert once.state is CaseState.HELD
    done = cleared(held)
    assert done.state is CaseState.CLEARED
    assert [(a.actor, a.reason) for a in done.acts[2:]] == [("o-1", "other owners"), ("o-2", "other address")]
    assert approve(done, "o-3", "complete", at(9), [NAMING]).is_admitted


def test_one_confirm_rejects_also_after_a_clear():
    for held in (case(), decide(case(), "o-1", "clear", "seems another", at(2))):
        rejected = decide(held, "o-2", "confirm", "the same party", at(3))
        assert rejected.state is CaseState.REJECTED
        assert rule(approve, rejected, "o-1", "please", at(4), [NAMING]) == "case_clear"
        assert rule(screened, rejected, seen(CLEAN), "system", at(4)) == "case_final"
        assert rule(decide, rejected, "o-3", "clear", "please", at(4)) == "case_held"


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (("o-1", "clear", "again", at(3)), "two_different_officers"),
        (("u-1", "clear", "mine", at(3)), "own_users_never_decide"),
        (("A-1", "clear", "mine", at(3)), "own_users_never_decide"),
        (("o-2", "maybe", "hm", at(3)), "verdict_known"),
        (("o-2", "clear", " ", at(3)), "reason_given"),
        (("o-2", "clear", "x" * 2001, at(3)), "reason_given"),
        (("o-2", "clear", "early", at(1)), "act_in_order"),
        (("o-2", "clear", "no zone", datetime(2025, 4, 2)), "act_time_zone"),
        (("", "clear", "nobody", at(3)), "actor_given"),
    ],
)
def test_decisions_that_are_not_allowed(args, expected):
    once = decide(case(), "o-1", "clear", "other owners", at(2))
    assert rule(decide, once, *args) == expected


def test_nothing_else_opens_a_held_case():
    held = case()
    assert rule(approve, held, "o-1", "hurry", at(2), [NAMING]) == "case_clear"
    again = screened(held, seen(CLEAN), "system", at(2))
    assert again.state is CaseState.HELD
    assert rule(approve, again, "o-1", "hurry", at(3), [CLEAN]) == "case_clear"
    unseen = receive("A-1", frozenset(), "u-1", at(0))
    assert rule(approve, unseen, "o-1", "hurry", at(2), []) == "case_clear"
    assert rule(decide, case(CLEAN), "o-1", "clear", "why not", at(2)) == "case_held"


def test_approval_needs_a_screening_of_the_lists_of_now():
    assert rule(approve, case(CLEAN), "o-1", "complete", at(2), [NAMING]) == "screening_current"
    assert rule(approve, case(CLEAN), "o-1", "complete", at(2), []) == "screening_current"
    assert rule(approve, case(CLEAN), "u-1", "mine", at(2), [CLEAN]) == "own_users_never_decide"
    assert rule(approve, member(), "o-1", "twice", at(9), [NAMING]) == "case_not_admitted"
    assert is_current(case(CLEAN), [CLEAN])


def test_a_screening_of_another_party_is_refused():
    other = screen(Applicant("A-2", ("Torveksa",)), [CLEAN])
    assert rule(screened, case(), other, "system", at(2)) == "screening_of_party"


def test_cleared_hits_stay_cleared_while_the_entry_is_the_same():
    again = screened(member(), seen(LONGER), "system", at(9))
    assert again.state is CaseState.CLEARED
    assert may_receive_rights(again)


def test_a_changed_entry_opens_a_case_of_a_member_and_blocks_new_rights_only():
    again = screened(member(), seen(CHANGED), "system", at(9))
    assert again.is_admitted
    assert (again.state, may_receive_rights(again)) == (CaseState.HELD, False)
    assert may_receive_rights(cleared(again, 10))
    confirmed = decide(again, "o-1", "confirm", "the same party", at(10))
    assert confirmed.is_admitted
    assert not may_receive_rights(confirmed)


def test_a_new_hit_voids_decisions_that_had_not_seen_it():
    once = decide(case(), "o-1", "clear", "other owners", at(2))
    again = screened(once, seen(CHANGED), "system", at(3))
    assert len(again.open_hits) == 2
    assert decide(again, "o-2", "clear", "other address", at(4)).state is CaseState.HELD
    assert cleared(again, 4).state is CaseState.CLEARED


ACTS = st.tuples(st.sampled_from(["clear", "confirm", "approve", "CLEAN", "NAMING", "CHANGED"]),
                 st.sampled_from(["u-1", "o-1", "o-2", "o-3"]))  # fmt: skip


@given(st.lists(ACTS, max_size=12))
def test_whatever_is_tried_admission_needs_two_officers_for_every_hit(tries):
    lists = {"CLEAN": CLEAN, "NAMING": NAMING, "CHANGED": CHANGED}
    now, last = receive("A-1", frozenset({"u-1"}), "u-1", at(0)), CLEAN
    for minute, (what, actor) in enumerate(tries, 1):
        try:
            if what in lists:
                last = lists[what]
                now = screened(now, seen(last), "system", at(minute))
            elif what == "approve":
                now = approve(now, actor, "try", at(minute), [last])
            else:
                now = decide(now, actor, what, "try", at(minute))
        except BadInput:
            continue
    if may_receive_rights(now):
        for hit in now.screening.hits:
            officers = {a.actor for a in now.acts if a.what == "clear" and hit.key in a.hits}
            assert len(officers - {"u-1"}) >= 2
    assert not (any(a.what == "confirm" for a in now.acts) and may_receive_rights(now))
