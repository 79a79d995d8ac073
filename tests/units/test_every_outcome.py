"""Every acceptance of the emitted orders, tried out on small grids, is a schedule that the unit can run."""

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import cache

import numpy as np
import pytest
from tests.units.acceptances import every_outcome
from tests.units.random_units import MIDNIGHT, small_book, small_unit
from tests.units.simulation import runs

from walras.book.folder import read, write
from walras.errors import BadInput
from walras.units.adding import with_orders
from walras.units.check import feasible
from walras.units.compile import compile_unit

MTUS, CHUNK = 5, 50
CHUNKS = [*range(3), *(pytest.param(chunk, marks=pytest.mark.drill) for chunk in range(3, 6))]


def compiled(seed, form):
    """A random small unit, its physics, and the book of its orders alone; or None and the rules that refused it."""
    chance = random.Random(seed)
    mtu = chance.choice([15, 60])
    unit = small_unit(chance, MTUS, mtu)
    if form == "scalable":  # what this form cannot say at all would hide the rest
        unit = replace(unit, cycling=replace(unit.cycling, power_changes=None, no_rise_minutes=0))
    unit = replace(unit, outages=tuple(o for o in unit.outages if o.start < MIDNIGHT + timedelta(minutes=MTUS * mtu)))
    book = small_book(MTUS, mtu)
    try:
        orders = compile_unit(unit, book, form, price_taking=True)
    except BadInput as refused:
        return unit, None, {m.rule for m in refused.mistakes}
    return unit, orders.physics, with_orders(book, orders)


@cache
def tried(form, chunk):
    """Outcomes tried and outcomes that failed, and what became of each unit."""
    seen, fates = [], Counter()
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        unit, physics, book = compiled(seed, form)
        if physics is None:
            fates.update(book)
            continue
        outcomes = np.unique(np.array(list(every_outcome(book))), axis=0)
        fates["compiled"] += 1
        good = feasible(physics, outcomes)
        sample = random.Random(seed).sample(range(len(outcomes)), min(len(outcomes), 30))
        for n in sample:
            powers = [float(p) for p in outcomes[n]]
            assert bool(good[n]) == runs(unit, powers, physics.day.grid.start, physics.day.grid.mtu_minutes)
        assert good.all(), (seed, form, outcomes[~good][:3])
        seen.append(len(outcomes))
    return seen, fates


@pytest.mark.parametrize("chunk", CHUNKS)
@pytest.mark.parametrize("form", ["blocks", "scalable", "profiles"])
def test_every_legal_acceptance_is_a_schedule_that_the_unit_can_run(form, chunk):
    seen, fates = tried(form, chunk)
    assert sum(seen) > len(seen) > 5, fates


@pytest.mark.parametrize("form", ["blocks", "scalable", "profiles"])
def test_a_form_is_refused_for_stated_reasons_only(form):
    _, fates = tried(form, 0)
    assert set(fates) <= {"compiled", "unit_form", "unit_state_feasible"}


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("form", ["blocks", "scalable", "profiles"])
def test_orders_stand_in_a_market_folder_that_reads_as_the_same_book(form, seed, tmp_path):
    _, physics, book = compiled(seed, form)
    if physics is None:
        return
    write(book, tmp_path / "market")
    again = read(tmp_path / "market")
    for family in ("curves", "blocks", "scalables"):
        columns = vars(getattr(book, family))
        for name, column in ((n, c) for n, c in columns.items() if n != "conversions"):
            assert np.array_equal(column, getattr(getattr(again, family), name)), (family, name)


def graded(seed):
    """A unit whose ramps are a few ticks, so that its scalable order needs load gradients; its book and physics."""
    chance = random.Random(seed)
    unit = small_unit(chance, 4, 60, most=9)
    ramps = replace(
        unit.ramps,
        up_mw_per_minute=chance.choice([None, 3 / 60, 4 / 60]),
        down_mw_per_minute=chance.choice([3 / 60, 4 / 60]),
        up_mw_per_hour=None,
        down_mw_per_hour=None,
    )
    cycling = replace(unit.cycling, power_changes=None, no_rise_minutes=0)
    unit = replace(unit, minimum_mw=1, start_mw=2, stop_mw=2, ramps=ramps, cycling=cycling, outages=())
    unit = replace(unit, costs=replace(unit.costs, steps=unit.costs.steps[-1:]), end_minimum_mw=0)
    book = small_book(4)
    try:
        orders = compile_unit(unit, book, "scalable", price_taking=True)
    except BadInput:
        return None
    return orders, with_orders(book, orders)


def test_load_gradients_keep_every_published_power_within_the_ramps():
    with_gradient = 0
    for seed in range(150):
        made = graded(seed)
        if made is None:
            continue
        orders, book = made
        outcomes = np.array(list(every_outcome(book)))
        assert feasible(orders.physics, outcomes).all(), seed
        with_gradient += orders.scalable.down >= 0 or orders.scalable.up >= 0
    assert with_gradient > 20
