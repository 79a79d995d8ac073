"""Curves of one zone, solved on paper."""

import pytest
from tests.builders import one_zone
from tests.by_hand.outcome import clear_by_hand


def hybrid(demand_mw):
    """Three steps of 50 MW at 5, 15, 30; slopes of 75 MW from 10 to 20 and 25 MW from 25 to 30 (rules, 3.1.3)."""
    market = one_zone().buys("A", demand_mw, at=4000, order="D")
    for price in (5, 15, 30):
        market.sells("A", 50, at=price, order=f"step{price}")
    return market.sells("A", 75, at=10, to=20, order="slope10").sells("A", 25, at=25, to=30, order="slope25")


@pytest.mark.parametrize(
    ("demand_mw", "price"),
    [
        (40, 5),  # inside the first step
        (65, 12),  # 50 + 7.5 (P - 10) = 65
        (100, 15),  # 50 + 37.5 of the slope + 12.5 of the step at 15
        (152.5, 17),  # 50 + 50 + 7.5 (P - 10)
        (175, 22.5),  # all up to 20, next offer at 25: the middle
        (190, 28),  # 175 + 5 (P - 25)
        (225, 30),  # 200 + 25 of the step at 30
        (250, 2015),  # everything sold, demand pays up to 4000: the middle of 30 and 4000
        (260, 4000),  # 10 MW stay without
    ],
)
def test_steps_and_slopes_add_up_horizontally(demand_mw, price):
    assert clear_by_hand(hybrid(demand_mw)).price() == pytest.approx(price, abs=1e-9)


def test_a_step_inside_a_slope_shares_by_price():
    """100 MW at 15: slope accepted to (15 - 10) / 10 of 75 MW = 37.5, the step takes the other 12.5."""
    solved = clear_by_hand(hybrid(100))
    volumes = [solved.volume(o) for o in ("step5", "slope10", "step15", "slope25", "step30")]
    assert volumes == pytest.approx([50, 37.5, 12.5, 0, 0], abs=1e-9)


def test_welfare_of_a_slope_is_the_area_under_it():
    """65 MW at 4000 less 50 at 5 less 15 MW of the slope from 10 to 12 (mean 11)."""
    assert clear_by_hand(hybrid(65)).welfare == pytest.approx(65 * 4000 - 250 - 165)


def test_two_slopes_cross():
    """Supply 100 from 0 to 100 (v = P), demand 100 from 90 to 40 (v = 2 (90 - P)): P = 60, v = 60."""
    market = one_zone().sells("A", 100, at=0, to=100, order="S").buys("A", 100, at=90, to=40, order="D")
    solved = clear_by_hand(market)
    assert solved.price() == pytest.approx(60, abs=1e-9)
    assert [solved.volume("S"), solved.volume("D")] == pytest.approx([60, 60], abs=1e-9)


def test_price_is_the_middle_of_the_interval():
    """60 MW trade; offers left out at 30 (supply) and 20 (demand): from 20 to 30, middle 25."""
    market = one_zone().sells("A", 60, at=10).sells("A", 60, at=30).buys("A", 60, at=90).buys("A", 40, at=20)
    solved = clear_by_hand(market)
    assert solved.price() == pytest.approx(25)
    assert solved.results.price_low[0] == pytest.approx(20)
    assert solved.results.price_high[0] == pytest.approx(30)


def test_tied_orders_share_pro_rata():
    """50 MW for sellers of 60 and 40 at one price: 30 and 20."""
    market = one_zone().buys("A", 50, at=90).sells("A", 60, at=10, order="S1").sells("A", 40, at=10, order="S2")
    solved = clear_by_hand(market)
    assert solved.price() == pytest.approx(10)
    assert [solved.volume("S1"), solved.volume("S2")] == pytest.approx([30, 20])


def test_a_tie_across_the_money_trades_as_much_as_it_can():
    """Supply 100 at 10 and demand 60 at 10: nothing is gained, 60 MW trade all the same."""
    solved = clear_by_hand(one_zone().sells("A", 100, at=10, order="S").buys("A", 60, at=10, order="D"))
    assert [solved.volume("S"), solved.volume("D")] == pytest.approx([60, 60])
    assert solved.price() == pytest.approx(10)


def test_shortage_curtails_at_the_upper_limit_pro_rata():
    """Supply 50 for demand of 60 and 40 at the limit: price 4000, 30 and 20 MW."""
    market = one_zone().sells("A", 50, at=10).buys("A", 60, at=4000, order="D1").buys("A", 40, at=4000, order="D2")
    solved = clear_by_hand(market)
    assert solved.price() == pytest.approx(4000)
    assert [solved.volume("D1"), solved.volume("D2")] == pytest.approx([30, 20])


def test_surplus_curtails_at_the_lower_limit_pro_rata():
    """Demand 50 for supply of 60 and 40 at -500."""
    market = one_zone().buys("A", 50, at=10).sells("A", 60, at=-500, order="S1").sells("A", 40, at=-500, order="S2")
    solved = clear_by_hand(market)
    assert solved.price() == pytest.approx(-500)
    assert [solved.volume("S1"), solved.volume("S2")] == pytest.approx([30, 20])


def test_empty_zone_has_the_middle_of_its_limits():
    """Nothing is said: from -500 to 4000, middle 1750."""
    assert clear_by_hand(one_zone()).price() == pytest.approx(1750)


def test_one_sided_zone_prices_below_its_cheapest_offer():
    """Supply at 20 and nobody to buy: from -500 to 20, middle -240."""
    assert clear_by_hand(one_zone().sells("A", 10, at=20)).price() == pytest.approx(-240)
