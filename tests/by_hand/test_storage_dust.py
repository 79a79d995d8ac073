"""Storage orders with less than a tick to trade, solved on paper: they stop nobody's auction (eq. A.50 to A.52)."""

from dataclasses import replace

import numpy as np
import pytest
from tests.builders import market, one_zone

from walras.coupling.clear import clear
from walras.results.audit import audit

START, END = 450.016, 450.0


def dusty(price=185, hours=1, **more):
    """60 MW offered at a price for 50 MW that are bought at 400, and a store of 60 MW and 900 MWh."""
    said = one_zone(hours=hours)
    for hour in range(hours):
        said.sells("A", 60, at=price, hour=hour).buys("A", 50, at=400, hour=hour)
    return said.storage("t", "A", more.pop("charge", 60), more.pop("capacity", 900), more.pop("spread", 1), **more)


def cleared(said):
    book = said.book()
    results = clear(book)
    assert audit(book, results) == []
    return book, results


def broken(book, results, **flows):
    """Rules that published flows of the store break, other volumes as they balance: in whole ticks."""
    published = replace(results.published, **{name: np.array(mw, dtype=float) for name, mw in flows.items()})
    return {v.rule for v in audit(book, replace(results, published=published, decided=None))} - {
        "balance",
        "welfare_rounding",
    }


def test_a_surplus_below_a_tick_is_decided_and_not_published():
    """0.016 MWh sold for 184 each would be 2.944; no tick of 0.1 MW can sell them."""
    _, results = cleared(dusty(start=START, end=END))
    assert results.decided.discharge == pytest.approx([0.016])
    assert results.published.discharge.tolist() == [0.0]
    assert results.price.tolist() == [185.0]


def test_a_surplus_of_a_tick_and_more_must_still_be_sold():
    """0.25 MWh too much: two or three ticks. Idle, the order would miss 0.15 MWh at 184, a tick less than there is."""
    book, results = cleared(dusty(start=450.25, end=END))
    assert results.published.discharge[0] in (0.2, 0.3)
    assert broken(book, results, discharge=[0.0]) == {"storage_schedule"}
    assert broken(book, results, discharge=[0.1]) == set()


def test_what_is_missing_for_the_end_below_a_tick_is_bought_unseen():
    """0.016 MWh must be charged, and are paid for at -5; there is no room for a tick."""
    book, results = cleared(dusty(price=-5, start=END, end=START, capacity=START))
    assert results.decided.charge == pytest.approx([0.016])
    assert results.published.charge.tolist() == [0.0]
    assert broken(book, results, charge=[0.3]) == {"storage_level"}


def test_an_end_further_than_a_tick_away_must_be_reached():
    book, results = cleared(dusty(price=-5, start=END, end=450.16, capacity=450.16))
    assert results.published.charge.tolist() == [0.2]
    assert "storage_level" in broken(book, results, charge=[0.0])
    assert broken(book, results, charge=[0.1]) == set()


@pytest.mark.parametrize(
    "more",
    [
        {"start": 450.016, "end": 0.0, "capacity": 450.016, "hourly_loss": 0.0001, "discharge": 0},
        {"start": 20.0, "end": 0.0, "capacity": 20.033, "spread": 0, "charge_efficiency": 0.87},
        {"start": 0.03, "end": 0.0, "capacity": 0.03},
        {"start": 0.03, "end": 0.0, "capacity": 0.03, "charge": 0, "discharge": 0},
        {"start": 0.03, "end": 0.0, "capacity": 0.03, "fixed_term": 2},
        {"start": 0.03, "end": 0.005, "capacity": 0.03, "discharge_efficiency": 0.5, "hourly_loss": 0.37},
    ],
)
def test_neighbours_of_it_clear(more):
    """Dust of a room, of a loss, of an efficiency, of a fixed term, without power."""
    cleared(dusty(hours=3, **more))


def test_a_fixed_term_that_dust_earns():
    """0.03 MWh at 184 earn 5.52. A term of 5.5 runs, published at nothing; one of 5.6 does not, and may not."""
    more = {"start": 0.03, "end": 0.0, "capacity": 0.03}
    book, results = cleared(dusty(fixed_term=5.5, **more))
    assert results.decided.storage_accepted.tolist() == [1]
    assert results.published.discharge.tolist() == [0.0]
    book, results = cleared(dusty(fixed_term=5.6, **more))
    assert results.decided.storage_accepted.tolist() == [0]
    assert "storage_fixed_term" in broken(book, results, storage_accepted=[1])


def test_quarters_have_ticks_of_their_own():
    """0.016 MWh are 0.064 MW for a quarter of an hour: a tick."""
    said = one_zone(hours=0.25, mtu_minutes=15).sells("A", 60, at=185).buys("A", 50, at=400)
    _, results = cleared(said.storage("t", "A", 60, 900, 1, start=START, end=END))
    assert results.published.discharge.tolist() == [0.1]


def test_two_stores_that_trade_less_than_a_tick_with_each_other():
    """One must take in 0.03 MWh and another has 0.03 too much: nothing is published of either."""
    said = one_zone().storage("a", "A", 5, 20, 0, start=1.03, end=1.0).storage("b", "A", 5, 20, 0, start=1.0, end=1.03)
    _, results = cleared(said)
    assert results.published.charge.tolist() == results.published.discharge.tolist() == [0.0, 0.0]


def test_a_line_over_four_quarters_may_draw_less_than_a_tick_in_each():
    """0.03 MWh leave quarters of A over a line of an hour, 0.03 MW all the time: nothing is published."""
    said = market(("A", "B"), 1, {"A": 15, "B": 60}).buys("B", 7, at=60).line("A", "B", 1)
    _, results = cleared(said.storage("s", "A", 1, 0.03, 0, discharge=20, start=0.03))
    assert results.decided.discharge == pytest.approx([0.03] * 4)
    assert results.published.discharge.tolist() == [0.0] * 4


def test_a_direction_closed_for_a_negative_price_keeps_it_negative():
    """Only stores are in hours 0 and 1, where the price may be anything: below zero with a direction closed."""
    said = one_zone(hours=3).sells("A", 50, at=-5, hour=2)
    lossy = {"charge_efficiency": 0.5, "discharge_efficiency": 0.999, "hourly_loss": 0.0001}
    said.storage("s1", "A", 0.1, 0.1, 5.5, start=0.1, fixed_term=0.01, **lossy)
    more = {"charge_efficiency": 0.93, "discharge_efficiency": 0.999, "hourly_loss": 0.05}
    cleared(said.storage("s2", "A", 60, 1.016, 0, discharge=20, start=1.016, end=1.015, **more))
