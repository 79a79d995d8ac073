"""The check says of every schedule what running the unit MTU by MTU says; and tells each limit by its name."""

import random
from dataclasses import replace
from datetime import timedelta
from itertools import product

import numpy as np
import pytest
from tests.units.random_units import MIDNIGHT, small_book, small_unit
from tests.units.simulation import runs

from walras.errors import BadInput
from walras.units.check import RULES, check, feasible
from walras.units.physics import day_of, physics_of
from walras.units.unit import Costs, CostStep, Cycling, Outage, Ramps, State, Unit

UNIT = Unit(
    name="U", member="M", zone="A", carrier="electricity", kind="nuclear", minimum_mw=4, maximum_mw=10, start_mw=5,
    stop_mw=5, costs=Costs(100, 10, (CostStep(10, 20),)), state=State(8, 6000),
)  # fmt: skip


def physics(unit, mtus=6, mtu=60):
    return physics_of(unit, day_of(small_book(mtus, mtu), "A", "electricity"))


def rules(unit, powers):
    return [v.rule for v in check(physics(unit, len(powers)), np.array(powers, dtype=float))]


@pytest.mark.parametrize("seed", range(40))
def test_every_schedule_of_a_small_unit_is_judged_as_by_running_it(seed):
    chance = random.Random(seed)
    mtus, mtu = chance.choice([4, 5]), chance.choice([15, 60])
    unit = small_unit(chance, mtus, mtu)
    unit = replace(unit, outages=tuple(o for o in unit.outages if o.start < MIDNIGHT + timedelta(minutes=mtus * mtu)))
    mine = physics(unit, mtus, mtu)
    schedules = np.array(list(product(range(5), repeat=mtus)))
    ours = feasible(mine, schedules)
    theirs = [runs(unit, [float(p) for p in s], mine.day.grid.start, mtu) for s in schedules]
    assert ours.tolist() == theirs


def test_small_units_can_and_cannot_run_schedules_so_that_the_test_above_can_fail():
    shares = []
    for seed in range(40):
        unit = small_unit(random.Random(seed), 4)
        schedules = np.array(list(product(range(5), repeat=4)))
        shares.append(feasible(physics(unit, 4), schedules).mean())
    assert np.mean(np.array(shares) > 0) > 0.5
    assert max(shares) < 1


CASES = {
    "minimum_power": (UNIT, [8, 3, 8, 8]),
    "available_power": (replace(UNIT, outages=(Outage(MIDNIGHT, MIDNIGHT + timedelta(hours=1), 5),)), [8, 8, 8, 8]),
    "ramp_up": (replace(UNIT, ramps=Ramps(up_mw_per_hour=1)), [8, 10, 10, 10]),
    "ramp_down": (replace(UNIT, ramps=Ramps(down_mw_per_minute=0.05)), [8, 4, 4, 4]),
    "start_power": (replace(UNIT, state=State(0, 600)), [0, 8, 8, 8]),
    "stop_power": (UNIT, [8, 0, 0, 0]),
    "up_time": (replace(UNIT, state=State(5, 60), cycling=Cycling(up_minutes=180)), [5, 0, 0, 0]),
    "down_time": (replace(UNIT, state=State(0, 60), cycling=Cycling(down_minutes=180)), [0, 5, 5, 5]),
    "xenon_start": (replace(UNIT, state=State(0, 60), cycling=Cycling(no_start_minutes=180)), [0, 5, 5, 5]),
    "xenon_rise": (replace(UNIT, cycling=Cycling(no_rise_minutes=180)), [8, 6, 8, 8]),
    "starts": (replace(UNIT, state=State(0, 600), cycling=Cycling(starts=1)), [5, 0, 5, 5]),
    "power_changes": (replace(UNIT, cycling=Cycling(power_changes=1)), [7, 6, 7, 7]),
    "must_run": (replace(UNIT, state=State(5, 600), cycling=Cycling(must_run=True)), [5, 0, 0, 0]),
    "energy": (replace(UNIT, energy_mwh=20), [8, 8, 8, 8]),
    "end_power": (replace(UNIT, end_maximum_mw=6), [8, 8, 8, 8]),
}


@pytest.mark.parametrize("rule", RULES)
def test_each_limit_is_told_by_its_name(rule):
    unit, powers = CASES[rule]
    assert set(rules(unit, powers)) == {rule}


def test_a_violation_says_when_what_and_which_limit():
    unit, powers = CASES["ramp_up"]
    found = check(physics(unit, 4), np.array(powers, dtype=float))
    assert str(found[0]) == "2025-04-01T01:00:00Z: climbs by 2 MW, more than its ramp\n  rule: ramp_up"


@pytest.mark.parametrize(
    ("powers", "rule"),
    [
        ([8, 8], "unit_schedule_length"),
        ([8, 8, -1, 8], "unit_schedule_power"),
        ([8, 8, float("nan"), 8], "unit_schedule_power"),
        ([8, 8, 8.5, 8], "unit_schedule_tick"),
    ],
)
def test_a_series_that_is_no_schedule_is_refused(powers, rule):
    with pytest.raises(BadInput) as caught:
        check(physics(UNIT, 4), np.array(powers, dtype=float))
    assert [m.rule for m in caught.value.mistakes] == [rule]
