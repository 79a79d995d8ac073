"""The graph holds exactly the schedules that the unit can run, and its best one is the best of them."""

import random
from dataclasses import replace
from datetime import timedelta
from itertools import product

import numpy as np
import pytest
from tests.units.random_units import MIDNIGHT, small_book, small_unit
from tests.units.simulation import cost, runs

from walras.units.dispatch import best_responses, least_energy
from walras.units.graph import graph_of
from walras.units.physics import day_of, physics_of


def drawn(seed):
    chance = random.Random(seed)
    mtus = chance.choice([4, 5])
    unit = small_unit(chance, mtus)
    unit = replace(unit, outages=tuple(o for o in unit.outages if o.start < MIDNIGHT + timedelta(hours=mtus)))
    physics = physics_of(unit, day_of(small_book(mtus), "A", "electricity"))
    possible = [s for s in product(range(5), repeat=mtus) if runs(unit, list(s), physics.day.grid.start, 60)]
    return chance, unit, physics, possible


@pytest.mark.parametrize("seed", range(100, 140))
def test_no_schedule_earns_more_than_the_best_response(seed):
    chance, unit, physics, possible = drawn(seed)
    price = np.array([[chance.choice([-20, 5, 15, 30, 60]) for _ in range(physics.day.count)] for _ in range(8)], float)
    power, profit = best_responses(graph_of(physics, levels=np.arange(5)), price)
    if not possible:
        assert not np.isfinite(profit).any()
        return
    earned = price @ np.array(possible).T - [cost(unit, list(s), 60) for s in possible]
    if unit.energy_mwh is None:
        assert profit == pytest.approx(earned.max(axis=1))
    else:
        assert (profit <= earned.max(axis=1) + 1e-9).all()
    for row, value, prices in zip(power, profit, price, strict=True):
        if np.isfinite(value):
            assert tuple(row) in set(possible)
            assert value == pytest.approx(prices @ row - cost(unit, list(row), 60))


@pytest.mark.parametrize("seed", range(100, 140))
def test_the_schedule_of_least_energy_is_the_least(seed):
    _, _, physics, possible = drawn(seed)
    found = least_energy(graph_of(physics, levels=np.arange(5)))
    if not possible:
        assert found is None
    else:
        assert found.sum() == min(sum(s) for s in possible)


@pytest.mark.parametrize("seed", range(100, 120))
def test_the_coarse_grid_of_powers_leads_to_schedules_that_the_unit_can_run(seed):
    _, _, physics, possible = drawn(seed)
    found = least_energy(graph_of(physics))
    assert found is None or tuple(found) in set(possible)
