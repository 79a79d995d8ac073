"""The ladder of fallbacks: rungs in order, deadlines that increase, and which rung is due."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.service.timetable.pages import rules

from walras.service.plan import COUPLED, RUNGS, LeftOut, Plan
from walras.service.timetable.ladder import deadlines_on, ladder_of, rung_due
from walras.service.timetable.rules import door_profiles, load_door_rules, usual_timetable

DAY = date(2025, 4, 1)
DOOR = load_door_rules("european", DAY)
USUAL = usual_timetable(DOOR, "Two", "Europe/Rome")
TIMES = ("D-1 12:50", "D-1 13:05", "D-1 13:15", "D-1 13:25")


def test_every_profile_has_a_ladder_to_an_honest_none():
    for name in door_profiles():
        door = load_door_rules(name, DAY)
        ladder = ladder_of(door.fallback, door.fallback_deadlines, usual_timetable(door, "Two", "Europe/Rome"))
        middle = [] if name == "turkish" else ["partial_decoupling", "local"]  # it has one zone
        assert [rung for rung, _ in ladder] == ["rerun", *middle, "none"]


@pytest.mark.parametrize(
    ("fallback", "times", "rule"),
    [
        (DOOR.fallback, TIMES[:3], "fallback_deadlines"),
        (DOOR.fallback, (*TIMES, "D-1 13:27"), "fallback_deadlines"),
        (DOOR.fallback, (*TIMES[:2], "D-1 13:05", TIMES[3]), "fallback_times"),
        (DOOR.fallback, ("D-1 12:45", *TIMES[1:]), "fallback_times"),
        (DOOR.fallback, (*TIMES[:3], "D-1 13:30"), "fallback_times"),
        (DOOR.fallback, ("noon", *TIMES[1:]), "event_moment"),
        (("local", "rerun"), TIMES[:2], "fallback_order"),
        (("cancel", "rerun"), TIMES[:1], "fallback_order"),
    ],
)
def test_what_is_no_ladder_names_the_rule(fallback, times, rule):
    assert rules(ladder_of, fallback, times, USUAL) == [rule]


def test_a_ladder_may_be_short_or_not_there():
    assert [r for r, _ in ladder_of(("rerun", "none"), TIMES[:2], USUAL)] == ["rerun", "none"]
    assert ladder_of(("cancel",), (), USUAL) == ladder_of((), (), USUAL) == ()


def test_deadlines_follow_the_clocks_of_the_market():
    ladder = ladder_of(DOOR.fallback, TIMES, USUAL)
    for day, hour in ((date(2025, 3, 30), 11), (date(2025, 3, 31), 10)):  # the clocks change on the 30th
        assert deadlines_on(ladder, USUAL, day)[0][1].hour == hour


@given(st.lists(st.integers(0, 100), min_size=4, max_size=4, unique=True).map(sorted), st.integers(0, 110),
       st.sampled_from(("", *RUNGS[1:5])))  # fmt: skip
def test_the_rung_that_is_due_is_the_last_one_whose_time_has_come_and_never_a_higher_one(times, now, taken):
    deadlines = list(zip(RUNGS[1:5], times, strict=True))
    found = rung_due(deadlines, taken, now)
    passed = [r for r, at in deadlines if at <= now and RUNGS.index(r) > (RUNGS.index(taken) if taken else 0)]
    assert found == (passed[-1] if passed else None)


@given(
    st.sampled_from([(COUPLED, ()), ("rerun", ()), ("partial_decoupling", ("B",)), ("local", ("A", "B"))]),
    st.sets(st.builds(LeftOut, st.sampled_from(["M-1", "M-2"]), st.sampled_from("xyz"), st.integers(1, 3))),
)
def test_a_plan_reads_back_and_orders_come_back_in(rung, left_out):
    plan = Plan(*rung).without(left_out)
    assert Plan.read(plan.text()) == plan
    assert plan.with_again(left_out) == Plan(*rung)
    assert {n for m in ("M-1", "M-2") for n in plan.of_member(m)} == {o.order for o in left_out}


@pytest.mark.parametrize("made", [lambda: Plan("none"), lambda: Plan("local"), lambda: Plan(cut_off=("A",))])
def test_plans_that_make_no_sense_cannot_be_made(made):
    with pytest.raises(AssertionError):
        made()
