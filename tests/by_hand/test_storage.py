"""Storage orders, solved on paper."""

import numpy as np
import pytest
from tests.builders import one_zone
from tests.by_hand.outcome import clear_by_hand

from walras.book.stores import needs_no_decision
from walras.results.audit import audit
from walras.settlement.settle import settle


def held(*prices, **more):
    """An hour for each price, held by 500 MW that others sell and 500 MW that they buy at it."""
    said = one_zone(hours=len(prices), **more)
    for hour, price in enumerate(prices):
        said.sells("A", 500, at=price, hour=hour).buys("A", 500, at=price, hour=hour)
    return said


def flows(solved):
    v = solved.results.decided
    return (v.charge.round(6).tolist(), v.discharge.round(6).tolist()) if v.storage_accepted[0] else None


def test_a_battery_buys_low_and_sells_high():
    """10 MW, 16 MWh, 0.9 in, 0.95 out, spread 5: 17.78 MWh at 20, 15.2 MWh at 90 and 80 less 5."""
    said = held(20, 20, 80, 90).storage("b", "A", 10, 16, 5, charge_efficiency=0.9, discharge_efficiency=0.95)
    solved = clear_by_hand(said)
    assert sum(flows(solved)[0]) == pytest.approx(16 / 0.9)
    assert flows(solved)[1] == pytest.approx([0, 0, 5.2, 10])
    assert solved.welfare == pytest.approx(10 * 85 + 5.2 * 75 - 20 * 16 / 0.9)
    assert solved.bound == pytest.approx(solved.welfare)
    assert audit(solved.book, solved.results) == []


@pytest.mark.parametrize(("fixed_term", "runs"), [(884.4, True), (884.5, False)])
def test_the_fixed_term_is_earned_or_it_stays_out(fixed_term, runs):
    more = {"charge_efficiency": 0.9, "discharge_efficiency": 0.95, "fixed_term": fixed_term}
    solved = clear_by_hand(held(20, 20, 80, 90).storage("b", "A", 10, 16, 5, **more))
    assert (flows(solved) is not None) == runs


def test_a_spread_wider_than_the_prices_keeps_it_still():
    solved = clear_by_hand(held(50, 54).storage("b", "A", 10, 20, 4.01))
    assert flows(solved) == ([0, 0], [0, 0])
    solved = clear_by_hand(held(50, 54).storage("b", "A", 10, 20, 3.99))
    assert flows(solved) == ([10, 0], [0, 10])


def test_levels_at_both_ends():
    """4 MWh at the start, 8 at the end: 10 bought at 20 and 6 sold at 30 lose 20, sold at 90 they earn 340."""
    solved = clear_by_hand(held(20, 30).storage("b", "A", 10, 20, 0, start=4, end=8, fixed_term=0))
    assert solved.results.decided.storage_accepted.tolist() == [0]
    solved = clear_by_hand(held(20, 90).storage("b", "A", 10, 20, 0, start=4, end=8))
    assert flows(solved) == ([10, 0], [0, 6])


def test_losses_of_the_level_are_bought_again():
    """10 MWh at 20 are 9 an hour later; 1 more at 25, and 9 sell at 30 after that: 45. At 21 and 23 they would lose."""
    solved = clear_by_hand(held(20, 1000, 30).storage("b", "A", 10, 10, 0, hourly_loss=0.1, discharge=0))
    assert flows(solved) == ([0, 0, 0], [0, 0, 0])
    solved = clear_by_hand(held(20, 25, 30).storage("b", "A", 10, 10, 0, hourly_loss=0.1))
    assert solved.welfare == pytest.approx(9 * 30 - 25 - 200)
    solved = clear_by_hand(held(20, 21, 23).storage("b", "A", 10, 10, 0, hourly_loss=0.1))
    assert solved.welfare == pytest.approx(0)


def test_it_moves_the_price_until_the_difference_is_its_spread():
    """Night supply rises from 10 to 30, day supply from 40 to 60: the battery evens them out to its spread of 6."""
    said = one_zone(hours=2).buys("A", 100, at=4000, hour=0).buys("A", 100, at=4000, hour=1)
    said.sells("A", 200, at=10, to=30, hour=0).sells("A", 200, at=40, to=60, hour=1)
    solved = clear_by_hand(said.storage("b", "A", 200, 1000, 6))
    assert solved.price("A", 1) - solved.price("A", 0) == pytest.approx(6)


def test_at_a_negative_price_it_does_not_burn():
    """At -100 charging and discharging at once would pay; it may only charge, and is full after one hour."""
    said = held(-100, -100, 20).storage("b", "A", 10, 10, 0, charge_efficiency=0.5, discharge_efficiency=0.5)
    solved = clear_by_hand(said)
    charge, discharge = np.array(solved.results.decided.charge), np.array(solved.results.decided.discharge)
    assert (np.minimum(charge, discharge) < 1e-6).all()
    assert audit(solved.book, solved.results) == []
    assert charge.sum() >= 20 - 1e-6


def test_two_batteries_and_a_plant_share_one_zone_and_settle():
    said = held(20, 60, 90).storage("a", "A", 7.3, 11.1, 2, charge_efficiency=0.93, hourly_loss=0.003)
    said.storage("b", "A", 3, 20, 1, discharge_efficiency=0.87).scalable("s", "A", 1, 50, [(2, 70, 10)])
    solved = clear_by_hand(said)
    assert int(settle(solved.book, solved.results).who_owes_whom["net_minor"].sum()) == 0


def test_who_needs_no_decision():
    said = held(1, 2).storage("a", "A", 1, 1).storage("b", "A", 1, 1, fixed_term=1).storage("c", "A", 1, 1, end=0.5)
    book = (
        said.storage("d", "A", 1, 1, start=1, end=0.5).storage("e", "A", 1, 1, start=1, end=1, hourly_loss=0.1).book()
    )
    assert needs_no_decision(book.cells, book.storages).tolist() == [True, False, False, True, False]
