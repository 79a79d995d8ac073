"""Products and lines of 15, 30 and 60 minutes in one auction, solved on paper."""

import pytest
from tests.builders import market, one_zone
from tests.by_hand.outcome import clear_by_hand


def halves(first_price):
    """Half-hours: demand 10 at `first_price`, then 20 at 5; an hourly supply of 15 at 7 (rules, section 4 (a))."""
    said = one_zone(mtu_minutes=30).buys("A", 10, at=first_price, hour=0, order="C1").buys("A", 20, at=5, hour=0.5)
    return said.sells("A", 15, at=7, hour=0, minutes=60, order="C3")


def test_hourly_price_is_the_mean_of_its_halves():
    """C3 marginal: mean 7; second half marginal at 5; so the first is 9. C1 pays up to 12: 10 MW trade."""
    solved = clear_by_hand(halves(12))
    assert solved.prices() == pytest.approx([9, 5])
    assert [solved.volume("C1"), solved.volume("C3")] == pytest.approx([10, 10])


def test_hourly_supply_stays_out_below_the_mean():
    """C1 pays 8 < 9: each MW would earn (8 + 5) / 2 = 6.5 < 7."""
    solved = clear_by_hand(halves(8))
    assert [solved.volume("C1"), solved.volume("C3")] == pytest.approx([0, 0])
    first, second = solved.prices()
    assert first >= 8 - 1e-9
    assert second >= 5 - 1e-9
    assert first + second <= 14 + 1e-9


def test_hourly_demand_in_quarters_is_the_same_power_in_each():
    """40 MW for the hour at 50; quarters offered at 10, 20, 30, 40 (100 MW each): mean 25, all bought."""
    said = one_zone(mtu_minutes=15).buys("A", 40, at=50, minutes=60, order="D")
    for quarter, price in enumerate((10, 20, 30, 40)):
        said.sells("A", 100, at=price, hour=quarter / 4, order=f"S{quarter}")
    solved = clear_by_hand(said)
    assert solved.prices() == pytest.approx([10, 20, 30, 40])
    assert [solved.volume(f"S{q}") for q in range(4)] == pytest.approx([40, 40, 40, 40])
    assert solved.welfare == pytest.approx(40 * (50 - 25))


def test_hourly_line_carries_one_exchange_for_four_quarters():
    """A sells at 20 by the hour. B buys at 30: 40 MW in three quarters, 10 in the last.

    The last quarter takes no more than 10, so 10 MW flow all hour. Three quarters stay
    short at 30; the mean of B must be A's 20, so the last quarter is 80 - 90 = -10.
    """
    said = market(("A", "B"), 1, {"A": 60, "B": 15}).line("A", "B", 100).sells("A", 100, at=20, order="S")
    for quarter, mw in enumerate((40, 40, 40, 10)):
        said.buys("B", mw, at=30, hour=quarter / 4, order=f"D{quarter}")
    solved = clear_by_hand(said)
    assert solved.exchange("A-B") == pytest.approx(10)
    assert solved.price("A") == pytest.approx(20)
    assert solved.prices("B") == pytest.approx([30, 30, 30, -10])


def test_quarter_of_an_hour_counts_a_quarter_of_the_energy():
    """60 MW at 90 against 10 for a quarter of an hour: 60 x 80 / 4 = 1200."""
    said = one_zone(hours=0.25, mtu_minutes=15).sells("A", 100, at=10).buys("A", 60, at=90)
    assert clear_by_hand(said).welfare == pytest.approx(1200)
