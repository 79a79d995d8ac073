"""Prices, ties and ticks of flow-based domains, each solved on paper; `clear` audits every outcome."""

import numpy as np
import pytest
from tests.builders import market

from walras.coupling.domain_prices import Congested, narrowed, settled


def meshed(zones, ram, hours=1, mtu=60, **ptdf):
    return market(zones, hours, mtu).domain("mesh", zones).branch("r", ram=ram, **ptdf)


def test_a_domain_with_room_is_one_price_area(clear):
    said = meshed("AB", ram=500, A=1).sells("A", 100, at=10).sells("B", 100, at=30).buys("B", 100, at=60)
    out = clear(said.book())
    assert out.price.tolist() == [20, 20]
    assert out.price_low.tolist() == [10, 10]
    assert out.price_high.tolist() == [30, 30]
    assert out.published.domain.tolist() == [100, -100]


def test_a_binding_branch_keeps_prices_apart(clear):
    said = meshed("AB", ram=60, A=1).sells("A", 200, at=10).sells("B", 200, at=50).buys("B", 150, at=90)
    out = clear(said.book())
    assert out.price.tolist() == [10, 50]
    assert out.published.domain.tolist() == [60, -60]


def between(c_share):
    """A sells at 10, B at 50, half of what they exchange strains the branch; C only buys."""
    said = meshed("ABC", ram=40, A=0.5, B=-0.5, C=c_share).sells("A", 500, at=10).sells("B", 500, at=50)
    return said.buys("B", 200, at=90).buys("C", 20, at=90)


@pytest.mark.parametrize(("share", "price"), [(0, 30), (0.25, 20), (-0.5, 50), (0.5, 10), (-0.75, 60)])
def test_a_zone_without_a_price_of_its_own_follows_its_share_of_the_branch(clear, share, price):
    out = clear(between(share).book())
    assert out.price.tolist() == [10, 50, price]
    assert out.price_low[2] == pytest.approx(price, abs=1e-9)
    assert out.price_high[2] == pytest.approx(price, abs=1e-9)


def test_a_branch_with_room_explains_nothing(clear):
    """The branch limits what B exports, but B is the dear zone and A feeds itself."""
    out = clear(meshed("AB", ram=40, B=1).sells("A", 200, at=10).sells("B", 200, at=50).buys("A", 90, at=90).book())
    assert out.price.tolist() == [10, 10]


def test_a_zone_without_orders_stands_in_the_middle_of_what_the_others_leave(clear):
    """A sells exactly its first step, so it is anywhere from 10 to 20; C is half way between A and B at 50."""
    said = meshed("ABC", ram=100, A=0.5, B=-0.5).sells("A", 100, at=10).sells("A", 100, at=20)
    out = clear(said.sells("B", 500, at=50).buys("B", 300, at=90).book())
    assert out.price_low.tolist() == [10, 50, 30]
    assert out.price_high.tolist() == [20, 50, 35]
    assert out.price.tolist() == [15, 50, 32.5]


def test_zones_that_strain_branches_alike_are_one_area(clear):
    """A alone may stand from 10 to 20, C alone from 14 to 90."""
    said = meshed("ABC", ram=60, A=1, C=1).sells("A", 100, at=10).sells("A", 100, at=20).buys("C", 40, at=90)
    out = clear(said.sells("C", 50, at=24).sells("B", 500, at=50).buys("B", 300, at=90).buys("C", 9, at=14).book())
    assert out.price.tolist() == [17, 50, 17]
    assert (out.price_low[0], out.price_high[0]) == (14, 20)


def test_every_period_of_a_fine_domain_explains_the_price_of_an_hour(clear):
    """Hour zone A at 10 throughout; quarter-hour zone B at 50 where the branch is full, at 10 elsewhere."""
    said = market("AB", 1, {"A": 60, "B": 15}).domain("mesh", "AB").branch("r", ram=[40, 400, 40, 400], A=1)
    said.sells("A", 300, at=10)
    for quarter in range(4):
        said.sells("B", 200, at=50, hour=quarter / 4).buys("B", 100, at=90, hour=quarter / 4)
    out = clear(said.book())
    assert out.price.tolist() == [10, 50, 10, 50, 10]
    assert out.published.domain.reshape(4, 2).tolist() == [[40, -40], [100, -100], [40, -40], [100, -100]]


def test_line_and_domain_share_an_exchange_by_least_squares(clear):
    """40 MW go from A to B: F on the line, d out of A and into B through the domain: F = 2 d."""
    said = meshed("AB", ram=500, A=1).line("A", "B", 500).sells("A", 100, at=10).buys("B", 40, at=60)
    out = clear(said.book())
    assert out.decided.exchange.tolist() == pytest.approx([80 / 3])
    assert out.decided.domain.tolist() == pytest.approx([40 / 3, -40 / 3])


def test_a_branch_limits_the_domain_s_share_and_the_line_takes_the_rest(clear):
    said = meshed("AB", ram=10, A=1).line("A", "B", 500).sells("A", 100, at=10).buys("B", 40, at=60)
    out = clear(said.book())
    assert out.decided.exchange.tolist() == pytest.approx([30])
    assert out.decided.domain.tolist() == pytest.approx([10, -10])


def test_a_branch_stands_against_equal_shares(clear):
    """A and B offer 100 MW each at 10, C takes 120; only 30 may leave A, so B gives 90."""
    said = meshed("ABC", ram=30, A=1).sells("A", 100, at=10).sells("B", 100, at=10).buys("C", 120, at=60)
    out = clear(said.book())
    assert out.price.tolist() == [10, 10, 10]
    assert out.decided.domain.tolist() == pytest.approx([30, 90, -120])


def test_exchanges_on_the_tick_sum_to_zero(clear):
    said = meshed("ABCD", ram=500, A=0.3)
    for zone in "ABC":
        said.sells(zone, 50, at=10)
    out = clear(said.buys("D", 100, at=60).book())
    assert out.decided.domain.tolist() == pytest.approx([100 / 3] * 3 + [-100])
    assert sorted(out.published.domain.tolist()) == [-100, 33.3, 33.3, 33.4]
    assert out.published.curve[np.argsort(out.published.curve)].tolist() == [33.3, 33.3, 33.4, 100]


def test_slopes_in_a_congested_domain_are_exact(clear):
    """A sells along 0 to 20 and exports 60, so A is at 12; B is at 50 and C, strained by a half, between them."""
    said = meshed("ABC", ram=60, A=1, C=0.5).sells("A", 100, at=0, to=20).sells("B", 500, at=50)
    out = clear(said.buys("B", 200, at=90).book())
    assert out.price_exact.tolist() == pytest.approx([12, 50, 31], abs=1e-9)


def test_settled_zones_settle_what_follows_from_them():
    period = Congested(np.array([0]), np.array([0, 1, 2]), np.array([[0.5, -0.5, 0.25]]))
    bounds = np.array([10.0, 50.0, -500.0]), np.array([10.0, 50.0, 4000.0]), np.array([True, True, False])
    low, high, fixed = settled([period], np.arange(3), bounds, np.array([10.0, 50.0, 20.0]))
    assert low.tolist() == pytest.approx([10, 50, 20])
    assert (low == high).all()
    assert fixed.all()


def test_a_zone_is_not_settled_by_one_that_says_too_little():
    period = Congested(np.array([0]), np.array([0, 1, 2]), np.array([[0.5, -0.5, 0.25]]))
    bounds = np.array([10.0, 40.0, -500.0]), np.array([10.0, 50.0, 4000.0]), np.array([True, False, False])
    low, high, fixed = settled([period], np.arange(3), bounds, np.array([10.0, 50.0, 20.0]))
    assert fixed.tolist() == [True, False, False]
    low, high, _ = narrowed([period], np.arange(3), (low, high, fixed))
    assert (low[2], high[2]) == pytest.approx((17.5, 20), abs=1e-5)
