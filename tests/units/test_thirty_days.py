"""Thirty days in a row: each day's orders begin where the day before ended, and the whole month can be run."""

import random
from dataclasses import replace

import numpy as np
import pytest
from tests.builders import market
from tests.units.acceptances import any_outcome
from tests.units.simulation import runs

from walras.errors import BadInput
from walras.units.accepted import accepted_power
from walras.units.adding import with_orders
from walras.units.check import check
from walras.units.compile import compile_unit
from walras.units.examples import example_unit
from walras.units.physics import day_of
from walras.units.tomorrow import next_state
from walras.units.unit_file import read_state, state_text

DAYS, MTU = 30, 60


def prices(chance):
    level = chance.choice([-5, 20, 40, 60, 90])
    phase = chance.random()
    wave = [25 * np.sin(h / 24 * 4 * np.pi + phase) + chance.gauss(0, 8) for h in range(24)]
    return [round(float(level + w), 2) for w in wave]


def compiled(unit, book, form):
    """The orders in a form; where that is refused today, as profiles."""
    try:
        return compile_unit(unit, book, form, price_taking=True)
    except BadInput as refused:
        if {m.rule for m in refused.mistakes} != {"unit_form"}:
            raise
        return compile_unit(unit, book, "profiles", price_taking=True)


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("nuclear", "profiles"),
        ("nuclear", "blocks"),
        ("gas", "profiles"),
        ("steam", "scalable"),
        pytest.param("gas", "blocks", marks=pytest.mark.drill),
    ],
)
def test_thirty_days_in_a_row_can_be_run_as_one(name, form, clear, tmp_path):
    chance = random.Random(f"{name} {form}")
    today = first = example_unit(name)
    month = []
    for number in range(DAYS):
        said = market((first.zone,), 24, MTU).border(first.zone, "X", prices(chance), export=5000)
        orders = compiled(today, said.book(), form)
        book, day = with_orders(said.book(), orders), orders.physics.day
        if number % 2:  # what prices would decide, and what any other market might
            power = day.mw(any_outcome(with_orders(market((first.zone,), 24, MTU).book(), orders), chance))
        else:
            power = accepted_power(book, clear(book).published, first, day)
        assert check(orders.physics, power) == []
        month += power.tolist()
        (tmp_path / "state.toml").write_text(state_text(today, next_state(orders.physics, power)), encoding="utf-8")
        today = replace(today, state=read_state(tmp_path / "state.toml", today))
    assert len(set(month)) > 1
    whole = replace(first, cycling=replace(first.cycling, starts=None, power_changes=None))
    assert runs(whole, month, day_of(book, first.zone, first.carrier).grid.start, MTU)


def test_a_month_that_forgets_yesterday_is_found_out():
    unit = example_unit("gas")
    month = [0.0] * 23 + [200.0] + [0.0] * 24  # a start at the end of one day, off the next: less than four hours
    assert not runs(unit, month, 0, MTU)
