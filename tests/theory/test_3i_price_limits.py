"""Theory 3i: prices inside their limits, where duals alone would leave them."""

import pytest
from tests.builders import market, one_zone
from tests.by_hand.outcome import ByHand

from walras.vocabulary import Status


def half_hours(**more):
    return one_zone(mtu_minutes=30, **more)


@pytest.mark.parametrize(("first_price", "traded"), [(9, None), (12, [10, 5, 15]), (8, [0, 0, 0])])
def test_3i_a_an_hourly_supply_is_paid_the_mean(clear, first_price, traded):
    """C1 -10 at `first_price`, C2 -20 at 5 in half-hours, C3 +15 at 7 by the hour: 5 and 9 needed, else nothing."""
    said = half_hours().buys("A", 10, at=first_price, hour=0, order="C1").buys("A", 20, at=5, hour=0.5, order="C2")
    book = said.sells("A", 15, at=7, minutes=60, order="C3").book()
    solved = ByHand(book, clear(book))
    if solved.volume("C3") > 0:
        assert solved.prices() == pytest.approx([9, 5])
    if traded is not None:
        volumes = [solved.volume(c) for c in ("C1", "C2", "C3")]
        assert volumes == pytest.approx([10, 10, 10] if any(traded) else traded)


def test_3i_b_a_half_hour_beyond_its_limit_kills_the_hourly_demand(clear):
    """-10 at 0, then +5 at 0, -10 at 2000 by the hour: it would need 4000 > 3000 in the first half."""
    said = half_hours(price_min=-550, price_max=3000).buys("A", 10, at=0, hour=0).sells("A", 5, at=0, hour=0.5)
    results = clear(said.buys("A", 10, at=2000, minutes=60).book())
    assert results.decided.curve == pytest.approx([0, 0, 0])
    assert ((results.price >= -550) & (results.price <= 3000)).all()


def test_3i_c_an_hourly_supply_is_not_accepted_at_a_loss(clear):
    """+100 at 1000 and +80 at 2000, +20 at 2500 by the hour, block of 90 at 3000: 1000 and 4000 > 3000; nothing."""
    said = half_hours(price_min=-550, price_max=3000).sells("A", 100, at=1000, hour=0).sells("A", 80, at=2000, hour=0.5)
    said.sells("A", 20, at=2500, minutes=60).block("b", "A", -1, 3000, 90)
    results = clear(said.book())
    assert results.decided.block_ratio == pytest.approx([0])
    assert results.decided.curve == pytest.approx([0, 0, 0])


def flow_factor():
    """A and C want 100 at 4000, B sells at 50; imports of A and C load the branch of 8 MW by 0.1 and 0.3."""
    said = market(("A", "B", "C")).domain("mesh", ("A", "B", "C")).branch("r", 8, A=-0.1, C=-0.3)
    return said.buys("A", 100, at=4000, order="A").buys("C", 100, at=4000, order="C").sells("B", 500, at=50, order="B")


def test_3i_flow_factor_keeps_curtailed_zones_at_their_limit(clear):
    """Most welfare serves A alone (80 MW, C nothing) and would need 11900 in C: both stand at 4000, B at 50."""
    book = flow_factor().book()
    solved = ByHand(book, clear(book))
    assert [solved.price(z) for z in "ABC"] == pytest.approx([4000, 50, 4000])
    assert 0.1 * solved.volume("A") + 0.3 * solved.volume("C") == pytest.approx(8)
    assert solved.volume("B") == pytest.approx(solved.volume("A") + solved.volume("C"))
    assert solved.welfare <= 80 * 3950 + 1e-6
    if solved.results.status is Status.OPTIMAL:
        assert solved.welfare == pytest.approx(80 * 3950)


def test_3i_price_taking_demand_that_is_cut_is_not_energy_from_nowhere(clear):
    """Demand at the limit has the price of missing energy: 50 of 100 MW are served at 4000, the block stays in."""
    book = one_zone().buys("A", 100, at=4000, order="D").block("b", "A", 1, 10, 50).book()
    solved = ByHand(book, clear(book))
    assert solved.ratio("b") == 1
    assert solved.volume("D") == pytest.approx(50)
    assert solved.price() == pytest.approx(4000)
    assert solved.results.status is Status.OPTIMAL
