"""Lines and borders, solved on paper."""

import pytest
from tests.builders import market, one_zone, two_zones
from tests.by_hand.outcome import clear_by_hand


def test_congested_line_splits_prices():
    """20 MW fit: A pays 10, B's own seller sets 50; rent 40 a MW."""
    said = two_zones(atc_mw=20).sells("A", 100, at=10).buys("A", 10, at=90).sells("B", 100, at=50).buys("B", 60, at=90)
    solved = clear_by_hand(said)
    assert [solved.price("A"), solved.price("B")] == pytest.approx([10, 50])
    assert solved.exchange("A-B") == pytest.approx(20)


def test_free_line_joins_prices():
    solved = clear_by_hand(two_zones(atc_mw=100).sells("A", 100, at=10).buys("B", 60, at=90))
    assert [solved.price("A"), solved.price("B")] == pytest.approx([10, 10])
    assert solved.exchange("A-B") == pytest.approx(60)


def test_power_flows_backward_to_the_dearer_end():
    said = market().line("A", "B", 5, 30).sells("B", 100, at=10).buys("B", 1, at=90).buys("A", 60, at=80)
    solved = clear_by_hand(said)
    assert solved.exchange("A-B") == pytest.approx(-30)
    assert [solved.price("A"), solved.price("B")] == pytest.approx([80, 10])


def test_line_without_capacity_leaves_two_markets():
    """A from 10 to 90, B from 20 to 40: middles 50 and 30, dear and cheap side by side."""
    said = two_zones(atc_mw=0).sells("A", 5, at=10).buys("A", 5, at=90).sells("B", 5, at=20).buys("B", 5, at=40)
    solved = clear_by_hand(said)
    assert [solved.price("A"), solved.price("B")] == pytest.approx([50, 30])


def test_line_just_full_lets_prices_differ_only_upwards():
    """60 MW at 10 meet 60 MW at 90 over 60 MW: any P(A) <= P(B) in 10 to 90; the middle is 50 at both ends."""
    solved = clear_by_hand(two_zones(atc_mw=60).sells("A", 60, at=10).buys("B", 60, at=90))
    assert [solved.price("A"), solved.price("B")] == pytest.approx([50, 50])


def test_three_zones_in_a_row_pass_power_on():
    """A sells at 10; A-B takes 50, B-C 30: B pays its own seller's 25, C its own seller's 60."""
    said = market(("A", "B", "C")).line("A", "B", 50).line("B", "C", 30)
    said.sells("A", 200, at=10).sells("B", 100, at=25).buys("B", 40, at=90).sells("C", 100, at=60).buys("C", 70, at=90)
    solved = clear_by_hand(said)
    assert [solved.price(z) for z in "ABC"] == pytest.approx([10, 25, 60])
    assert [solved.exchange("A-B"), solved.exchange("B-C")] == pytest.approx([50, 30])


@pytest.mark.parametrize(("capacity", "price", "imports"), [(20, 60, 20), (30, 50, 30), (100, 40, 30)])
def test_border_sells_at_its_price_within_its_capacity(capacity, price, imports):
    """Demand 50 at 60, own supply 20 at 10, outside at 40: short, just met (middle of 40 and 60), outside sets it."""
    said = one_zone().buys("A", 50, at=60).sells("A", 20, at=10).border("A", "X", 40, import_=capacity)
    solved = clear_by_hand(said)
    assert solved.price() == pytest.approx(price)
    assert solved.border("A-X") == pytest.approx(-imports)


def test_border_price_off_the_tick_sets_the_price():
    said = one_zone().buys("A", 50, at=60).border("A", "X", 40.123456, import_=100)
    assert clear_by_hand(said).price() == pytest.approx(40.123456, abs=1e-9)


def test_border_buys_while_it_pays_more():
    """Supply 100 at 10, outside pays 30 for 40 MW: exported whole, price 10."""
    said = one_zone().sells("A", 100, at=10).border("A", "X", 30, export=40)
    solved = clear_by_hand(said)
    assert solved.border("A-X") == pytest.approx(40)
    assert solved.price() == pytest.approx(10)


def test_fixed_export_is_met_before_anything_else():
    """Supply 100 at 10; 30 must leave; demand 50 at 60: 80 MW, price 10."""
    said = one_zone().sells("A", 100, at=10, order="S").buys("A", 50, at=60).fixed_border("A", "X", 30)
    solved = clear_by_hand(said)
    assert solved.volume("S") == pytest.approx(80)
    assert solved.price() == pytest.approx(10)


def test_fixed_export_beyond_supply_is_cut_at_the_upper_limit():
    """200 must leave, 100 are there: price 4000, all of it leaves, demand at 60 gets nothing."""
    said = one_zone().sells("A", 100, at=10).buys("A", 50, at=60, order="D").fixed_border("A", "X", 200)
    solved = clear_by_hand(said)
    assert solved.price() == pytest.approx(4000)
    assert solved.border("A-X") == pytest.approx(100)
    assert solved.volume("D") == pytest.approx(0)


def test_shortage_is_the_same_total_over_a_free_line():
    """Demand 100 and 300 at the limit, supply 200 in A: price 4000 in both, all 200 MW used."""
    said = two_zones(atc_mw=1000).sells("A", 200, at=10, order="S")
    said.buys("A", 100, at=4000, order="DA").buys("B", 300, at=4000, order="DB")
    solved = clear_by_hand(said)
    assert [solved.price("A"), solved.price("B")] == pytest.approx([4000, 4000])
    assert solved.volume("DA") + solved.volume("DB") == pytest.approx(200)


def test_shortage_over_a_free_line_is_shared_in_equal_ratios():
    """The same market: every buyer at the limit gets half."""
    said = two_zones(atc_mw=1000).sells("A", 200, at=10)
    said.buys("A", 100, at=4000, order="DA").buys("B", 300, at=4000, order="DB")
    solved = clear_by_hand(said)
    assert [solved.volume("DA"), solved.volume("DB")] == pytest.approx([50, 150])
