"""Plants of a real day's size: whatever is accepted of their orders at random, or by an auction, can be run."""

import os
import random
from collections import Counter

import numpy as np
import pytest
from tests.builders import market
from tests.units.acceptances import any_outcome
from tests.units.random_units import plant, small_book
from tests.units.simulation import runs

from walras.coupling.clear import clear as auction
from walras.errors import BadInput
from walras.results.audit import audit
from walras.units.accepted import accepted_power
from walras.units.adding import with_orders
from walras.units.check import check
from walras.units.compile import compile_unit
from walras.units.orders import FORMS

ACCEPTANCES = int(os.environ.get("WALRAS_DRILL_ACCEPTANCES", "10000"))
AUCTIONS = int(os.environ.get("WALRAS_DRILL_AUCTIONS", "300"))
EACH = 20
PRICES = 5
"""So many days of prices for one plant: making its orders takes twenty times as long as an auction."""


def compiled(seed, book):
    """The orders of a random plant in a random form, None where they are refused, and the chance to go on with."""
    chance = random.Random(seed)
    unit = plant(chance)
    try:
        return chance, compile_unit(unit, book, chance.choice(FORMS), price_taking=True)
    except BadInput as refused:
        if {m.rule for m in refused.mistakes} <= {"unit_form", "unit_state_feasible"}:
            return chance, None
        raise


def judge(orders, power_ticks):
    """Hold one schedule against the check and against running it MTU by MTU."""
    physics = orders.physics
    power = physics.day.mw(power_ticks)
    grid = physics.day.grid
    assert check(physics, power) == []
    assert runs(orders.unit, power.tolist(), grid.start, grid.mtu_minutes)


def try_acceptances(first, count):
    """Try so many random acceptances, a few of each plant; return how many of each form."""
    empty, tried, seed = small_book(96, 15), Counter(), first
    while sum(tried.values()) < count:
        chance, orders = compiled(seed, empty)
        seed += 1
        if orders is None:
            continue
        book = with_orders(empty, orders)
        for _ in range(EACH):
            judge(orders, any_outcome(book, chance))
            tried[orders.form] += 1
    return tried


def border_prices(chance):
    """A day of prices beyond the border: a level, a few waves, and noise."""
    level = chance.choice([20, 35, 45, 60, 90])
    waves = [chance.uniform(-1, 1) * level for _ in range(4)]
    hours = np.arange(96) / 96 * 2 * np.pi
    price = level + sum(w * np.sin((k + 1) * hours + w) for k, w in enumerate(waves))
    return np.round(price + np.array([chance.gauss(0, 3) for _ in range(96)]), 2)


def try_auctions(first, count):
    """Clear so many auctions, each plant against several days of border prices; return how many of each form."""
    tried, seed = Counter(), first
    while sum(tried.values()) < count:
        chance = random.Random(seed + 1)
        _, orders = compiled(seed, small_book(96, 15))
        seed += 1
        for _ in range(0 if orders is None else PRICES):
            said = market(("A",), 24, 15, quantity_tick=1).border("A", "X", border_prices(chance).tolist(), export=2000)
            book = with_orders(said.book(), orders)
            results = auction(book)
            assert audit(book, results) == []
            day = orders.physics.day
            power = accepted_power(book, results.published, orders.unit, day)
            judge(orders, np.rint(power / day.tick_mw).astype(np.int64))
            tried[orders.form] += 1
    return tried


def test_a_hundred_random_acceptances_can_be_run():
    assert len(try_acceptances(0, 100)) >= 2


def test_a_few_random_auctions_give_schedules_that_can_be_run():
    assert sum(try_auctions(50_000, 10).values()) == 10


@pytest.mark.drill
def test_no_random_acceptance_of_a_plants_orders_traps_it():
    tried = try_acceptances(100_000, ACCEPTANCES)
    print(f"\ndrill units: {sum(tried.values())} acceptances from seed 100000, {dict(tried)}, failed none")


@pytest.mark.drill
def test_no_auction_against_random_prices_traps_a_plant():
    tried = try_auctions(200_000, AUCTIONS)
    print(f"\ndrill units: {sum(tried.values())} auctions from seed 200000, {dict(tried)}, failed none")
