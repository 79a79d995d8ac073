"""Meter series: every mistake is named, and of two meters one holds."""

from datetime import date
from fractions import Fraction

import numpy as np
import pytest

from walras.errors import BadInput
from walras.settlement.deviations.border import ONE, MeterRule, held
from walras.settlement.deviations.metering import DayGrid, reading_of

LONG = DayGrid(date(2026, 10, 25), 0, 25 * 60, 60)
USUAL = DayGrid(date(2026, 10, 26), 0, 24 * 60, 60)


def rows(count, minutes=60, energy=5):
    return [(n * minutes, energy) for n in range(count)]


def wrong(grid, sent, version=1, newest=0):
    with pytest.raises(BadInput) as error:
        reading_of("L", "from", grid, sent, version, newest)
    return error.value.mistakes


def test_a_whole_day_is_taken_in_any_order():
    found = reading_of("L", "to", LONG, rows(25)[::-1], 3, 2)
    assert (found.version, found.kwh.tolist()) == (3, [5] * 25)


def test_24_hours_on_a_day_of_25_are_refused_in_those_words():
    hours, gap = wrong(LONG, rows(24))
    assert hours.what == "24 hours are sent and 2026-10-25 has 25: the clock is changed on this day"
    assert (hours.rule, gap.rule) == ("meter_hours", "meter_gap")


def test_25_hours_on_a_usual_day_are_refused():
    hours, day = wrong(USUAL, rows(25))
    assert hours.what.startswith("25 hours are sent and 2026-10-26 has 24")
    assert (hours.rule, day.rule, day.what) == ("meter_hours", "meter_day", "1970-01-02T00:00Z lies outside 2026-10-26")


@pytest.mark.parametrize(
    ("sent", "rules"),
    [
        (rows(23), ["meter_hours", "meter_gap"]),
        ([*rows(24), (60, 7)], ["meter_hours", "meter_once"]),
        ([*rows(23), (1390, 5)], ["meter_grid", "meter_gap"]),
        ([*rows(23), (1380, 5.0)], ["meter_whole"]),
        ([*rows(23), (1380, True)], ["meter_whole"]),
        ([*rows(23), (1380, 10**13)], ["meter_range"]),
        ([(s, e) for s, e in rows(96, 15) if s % 60 or s == 0], ["meter_grid"] * 21 + ["meter_gap"] * 21),
    ],
)
def test_what_does_not_fit_is_named(sent, rules):
    assert [m.rule for m in wrong(USUAL, sent)] == rules


def test_a_version_is_the_next_one():
    (mistake,) = wrong(USUAL, rows(24), version=2, newest=2)
    assert (mistake.rule, mistake.fix) == ("meter_version", "Send version 3 with every MTU of the day.")


def test_every_mistake_is_listed_at_once():
    found = wrong(USUAL, [*rows(22), (5, "x")], version=9)
    assert {m.rule for m in found} == {"meter_version", "meter_grid", "meter_gap", "meter_whole", "meter_hours"}


def figures(*kwh):
    return np.array(kwh, dtype=np.int64)


@pytest.mark.parametrize(
    ("holds", "kwh"),
    [("from", [100, -100, 5]), ("to", [97, -103, -5]), ("mean", [99, -102, 0]), ("lower", [97, -100, 0])],
)
def test_which_meter_holds_is_a_term(holds, kwh):
    found = held("L", MeterRule(holds, tolerance_kwh=3), figures(100, -100, 5), figures(97, -103, -5))
    assert found.kwh.tolist() == kwh
    assert found.differs.tolist() == [False, False, True]


def test_losses_are_taken_off_by_direction():
    rule = MeterRule("from", from_factors=(Fraction("0.985"), Fraction("1.015")), to_factors=(ONE, ONE))
    assert held("L", rule, figures(1001, -1001), None).kwh.tolist() == [986, -1016]


def test_a_silent_meter_is_missing_unless_the_other_may_stand_in():
    with pytest.raises(BadInput) as error:
        held("L", MeterRule("to"), figures(1), None)
    assert [m.rule for m in error.value.mistakes] == ["meter_missing"]
    found = held("L", MeterRule("to", is_replaced=True), figures(1), None)
    assert (found.kwh.tolist(), found.basis) == ([1], "from")
    with pytest.raises(BadInput) as error:
        held("L", MeterRule("from", is_replaced=True), None, None)
    assert len(error.value.mistakes) == 2
