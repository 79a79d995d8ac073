"""Hourly orders that ask for a half-hour price beyond the limits (rules, section 4).

Limits -550 and 3000. No price inside them fits every order, so an hourly order may be
left out in the money; nobody may lose.
"""

import pytest
from tests.builders import one_zone


def half_hours():
    return one_zone(mtu_minutes=30, price_min=-550, price_max=3000)


def test_hourly_demand_stays_out_when_its_price_needs_a_half_hour_above_the_limit(clear):
    """Second half offered at 0, first half not at all: the hour cannot be met, 2000 would need 4000 in the first."""
    said = half_hours().buys("A", 10, at=0, hour=0).sells("A", 5, at=0, hour=0.5)
    results = clear(said.buys("A", 10, at=2000, minutes=60).book())
    assert results.decided.curve == pytest.approx([0, 0, 0])
    assert results.welfare == pytest.approx(0)


def test_hourly_supply_is_not_accepted_at_a_loss_when_its_half_hour_is_capped(clear):
    """1000 and 4000 would make the hourly 2500; capped 1000 and 3000 make 2000: the block of 90 finds no supply."""
    said = half_hours().sells("A", 100, at=1000, hour=0).sells("A", 80, at=2000, hour=0.5)
    said.sells("A", 20, at=2500, minutes=60).block("b", "A", -1, 3000, 90)
    results = clear(said.book())
    assert results.decided.block_ratio == pytest.approx([0])
    assert results.decided.curve == pytest.approx([0, 0, 0])


def test_block_small_enough_for_the_half_hours_alone_is_served(clear):
    """A block of 80 needs no hourly supply: prices 1000 to 3000 and 2000 to 3000, mean at most 2500."""
    said = half_hours().sells("A", 100, at=1000, hour=0).sells("A", 80, at=2000, hour=0.5)
    said.sells("A", 20, at=2500, minutes=60).block("b", "A", -1, 3000, 80)
    results = clear(said.book())
    assert results.decided.block_ratio == pytest.approx([1])
    assert results.welfare == pytest.approx(0.5 * (80 * (3000 - 1000) + 80 * (3000 - 2000)))
