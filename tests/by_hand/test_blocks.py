"""Blocks, families, groups and flexible orders, solved on paper.

Where the best result needs a curtailed block that still earns (PPRB), the first form of
the search may legally end with less welfare. Those tests, marked "first form", ask that
the result is legal and that its bound covers the best one; the search proper will ask
for the best itself.
"""

import pytest
from tests.builders import one_zone
from tests.by_hand.outcome import clear_by_hand


def test_block_that_earns_is_accepted():
    """Demand 150 at 50; block 100 at 20, curve 100 at 30: block whole, 50 MW of the curve, price 30."""
    said = one_zone().buys("A", 150, at=50).sells("A", 100, at=30, order="S").block("b", "A", 1, 20, 100)
    solved = clear_by_hand(said)
    assert solved.ratio("b") == 1
    assert solved.volume("S") == pytest.approx(50)
    assert solved.price() == pytest.approx(30)
    assert solved.results.status == "optimal"


def test_block_too_large_for_the_demand_is_paradoxically_rejected():
    """Demand 60 at 50 cannot take the block of 100 at 20; curve 60 at 30: price 30 to 50, middle 40."""
    said = one_zone().buys("A", 60, at=50).sells("A", 60, at=30).block("b", "A", 1, 20, 100)
    solved = clear_by_hand(said)
    assert solved.ratio("b") == 0
    assert solved.price() == pytest.approx(40)
    assert solved.welfare == pytest.approx(60 * 20)


@pytest.mark.parametrize(("price", "ratio"), [(24, 1), (26, 0)])
def test_block_meets_the_mean_price_of_its_hours(price, ratio):
    """Prices 10 and 40 held by curves of 300 MW: a flat block needs 25."""
    said = one_zone(hours=2)
    for hour, at in enumerate((10, 40)):
        said.sells("A", 300, at=at, hour=hour).buys("A", 200, at=90, hour=hour)
    assert clear_by_hand(said.block("b", "A", 1, price, 50)).ratio("b") == ratio


@pytest.mark.parametrize(("price", "ratio"), [(32, 1), (33, 0)])
def test_profile_block_meets_the_mean_weighted_by_its_volumes(price, ratio):
    """10 MW at 10 and 30 MW at 40: (100 + 1200) / 40 = 32.5."""
    said = one_zone(hours=2)
    for hour, at in enumerate((10, 40)):
        said.sells("A", 300, at=at, hour=hour).buys("A", 200, at=90, hour=hour)
    assert clear_by_hand(said.block("b", "A", 1, price, {0: 10, 1: 30})).ratio("b") == ratio


def test_demand_block_buys_below_its_price():
    """Supply 300 at 10; demand block of 50 at 12 is served, one at 9 is not."""
    said = one_zone().sells("A", 300, at=10).buys("A", 20, at=90)
    solved = clear_by_hand(said.block("dear", "A", -1, 12, 50).block("cheap", "A", -1, 9, 50))
    assert [solved.ratio("dear"), solved.ratio("cheap")] == [1, 0]


def test_marginal_curtailable_block_takes_what_is_left():
    """Demand 70 at 50 and a block of 100 at 20 with MAR 0.5: ratio 0.7, price 20."""
    solved = clear_by_hand(one_zone().buys("A", 70, at=50).block("b", "A", 1, 20, 100, mar=0.5))
    assert solved.ratio("b") == pytest.approx(0.7)
    assert solved.price() == pytest.approx(20)


def test_block_below_its_minimum_ratio_is_rejected():
    """Demand 40 of 100 is under MAR 0.5."""
    solved = clear_by_hand(one_zone().buys("A", 40, at=50).block("b", "A", 1, 20, 100, mar=0.5))
    assert solved.ratio("b") == 0
    assert solved.welfare == pytest.approx(0)


def test_middle_of_the_interval_yields_to_a_block_that_would_lose():
    """Demand 100 at 15, 50 at 8, block 100 at 12: curves alone allow 8 to 15, middle 11.5; the block needs 12."""
    solved = clear_by_hand(one_zone().buys("A", 100, at=15).buys("A", 50, at=8).block("b", "A", 1, 12, 100))
    assert solved.ratio("b") == 1
    assert solved.price() == pytest.approx(12)
    assert solved.welfare == pytest.approx(300)


def test_first_form_curtailed_block_in_the_money():
    """Best 550 (ratios 0.5 and 1, price 12 to 15, the middle 11.5 of 8 to 15 pulled up to 12); without it 500."""
    said = one_zone().buys("A", 150, at=15).buys("A", 100, at=8).sells("A", 100, at=16)
    solved = clear_by_hand(said.block("s1", "A", 1, 10, 100, mar=0.5).block("s2", "A", 1, 12, 100))
    assert 500 - 1e-6 <= solved.welfare <= 550 + 1e-6
    assert solved.bound >= 550 - 1e-6
    if solved.welfare > 549:
        assert solved.price() == pytest.approx(12)


def test_first_form_ratio_below_the_welfare_optimum():
    """Ratio 1 is worth 600 and has no price; ratio 0.5 is worth 550 at 12; without it 500."""
    said = one_zone().buys("A", 150, at=15).buys("A", 50, at=11)
    solved = clear_by_hand(said.block("s1", "A", 1, 10, 100, mar=0.5).block("s2", "A", 1, 12, 100))
    assert 500 - 1e-6 <= solved.welfare <= 550 + 1e-6
    assert solved.bound >= 550 - 1e-6


def family(price, *, parents=("p1", "p2"), child=8.5):
    """Demand 500 that sets the price; parents of 100 MW at 11, a child of 100 MW."""
    said = one_zone().buys("A", 500, at=price)
    for parent in parents:
        said.block(parent, "A", 1, 11, 100)
    return said.block("child", "A", 1, child, 100, parents=parents)


def test_child_saves_its_parent():
    """Price 10: parent -100, child +150: 50 together."""
    solved = clear_by_hand(family(10, parents=("p1",)))
    assert [solved.ratio("p1"), solved.ratio("child")] == [1, 1]
    assert solved.welfare == pytest.approx(50)


def test_child_of_two_parents_counts_once():
    """Price 10: -100 - 100 + 150 = -50, though each parent with the child alone would do."""
    solved = clear_by_hand(family(10))
    assert [solved.ratio(b) for b in ("p1", "p2", "child")] == [0, 0, 0]


def test_child_of_two_parents_saves_both_when_it_earns_enough():
    """Price 10.20: -80 - 80 + 170 = 10."""
    solved = clear_by_hand(family(10.2))
    assert [solved.ratio(b) for b in ("p1", "p2", "child")] == [1, 1, 1]
    assert solved.welfare == pytest.approx(10)


def test_rich_parent_does_not_save_its_child():
    """Price 10: parent at 5 earns 500, child at 11 would lose and stays out."""
    said = one_zone().buys("A", 500, at=10).block("p", "A", 1, 5, 100).block("c", "A", 1, 11, 100, parents=("p",))
    solved = clear_by_hand(said)
    assert [solved.ratio("p"), solved.ratio("c")] == [1, 0]


def test_grandchild_saves_the_child_that_saves_the_parent():
    """Price 10: parent at 12 (-200), child at 11 (-100), grandchild at 6 (+400): 100 together."""
    said = one_zone().buys("A", 500, at=10).block("a", "A", 1, 12, 100).block("b", "A", 1, 11, 100, parents=("a",))
    solved = clear_by_hand(said.block("c", "A", 1, 6, 100, parents=("b",)))
    assert [solved.ratio(b) for b in "abc"] == [1, 1, 1]
    assert solved.welfare == pytest.approx(100)


def test_child_is_accepted_at_most_as_far_as_its_parent():
    """Demand 60 at 50; parent at 20, child at 10, 100 MW each, MAR 0.2: 30 MW each; together they break even at 15."""
    said = one_zone().buys("A", 60, at=50).block("p", "A", 1, 20, 100, mar=0.2)
    solved = clear_by_hand(said.block("c", "A", 1, 10, 100, mar=0.2, parents=("p",)))
    assert [solved.ratio("p"), solved.ratio("c")] == pytest.approx([0.3, 0.3])
    assert solved.price() == pytest.approx(15)


def test_first_form_curtailed_child_saves_a_whole_parent():
    """Ratios 1 and 0.6: 3000 + 120 - 1600 - 300 = 1220 at price 12 (parent -400, child +420)."""
    said = one_zone().buys("A", 150, at=20).buys("A", 10, at=12).sells("A", 200, at=21)
    said.block("p", "A", 1, 16, 100).block("c", "A", 1, 5, 100, mar=0.4, parents=("p",))
    solved = clear_by_hand(said)
    assert solved.welfare <= 1220 + 1e-6
    assert solved.bound >= 1220 - 1e-6


def test_exclusive_group_takes_the_better_member():
    """Demand 150 at 20, curve 100 at 16: member at 10 in, member at 12 out though the price is 16."""
    said = one_zone().buys("A", 150, at=20).sells("A", 100, at=16)
    solved = clear_by_hand(said.block("x", "A", 1, 10, 100, group="g").block("y", "A", 1, 12, 100, group="g"))
    assert [solved.ratio("x"), solved.ratio("y")] == [1, 0]
    assert solved.price() == pytest.approx(16)
    assert solved.welfare == pytest.approx(150 * 20 - 100 * 10 - 50 * 16)


def test_exclusive_group_weighs_whole_days_not_prices():
    """Prices 20 and 40: 100 MW in hour 0 at 5 earn 1500, 100 MW in hour 1 at 20 earn 2000."""
    said = one_zone(hours=2)
    for hour, at in enumerate((20, 40)):
        said.sells("A", 300, at=at, hour=hour).buys("A", 200, at=90, hour=hour)
    said.block("early", "A", 1, 5, {0: 100}, group="g").block("late", "A", 1, 20, {1: 100}, group="g")
    solved = clear_by_hand(said)
    assert [solved.ratio("early"), solved.ratio("late")] == [0, 1]


def test_curtailable_members_share_a_group():
    """Demand 100 at 20, members at 10 (70 MW whole) and 14 (MAR 0.3): one at ratio 1 excludes the other."""
    said = one_zone().buys("A", 100, at=20)
    said.block("x", "A", 1, 10, 100, mar=0.4, group="g").block("y", "A", 1, 14, 100, mar=0.3, group="g")
    solved = clear_by_hand(said)
    assert [solved.ratio("x"), solved.ratio("y")] == pytest.approx([1, 0])
    assert solved.welfare == pytest.approx(1000)


@pytest.mark.parametrize(("side", "hour"), [(1, 1), (-1, 0)])
def test_flexible_order_picks_its_best_hour(side, hour):
    """Prices 10, 30, 25 held by large curves: a seller at 20 takes hour 1, a buyer at 20 hour 0."""
    said = one_zone(hours=3)
    for h, at in enumerate((10, 30, 25)):
        said.sells("A", 300, at=at, hour=h).buys("A", 200, at=90, hour=h)
    assert clear_by_hand(said.flexible("f", "A", side, 20, 50)).start("f") == hour


def test_flexible_order_keeps_to_its_window():
    """Prices 10, 30, 25; the window holds hours 0 and 2 no longer than from 2: hour 2."""
    said = one_zone(hours=3)
    for h, at in enumerate((10, 30, 25)):
        said.sells("A", 300, at=at, hour=h).buys("A", 200, at=90, hour=h)
    assert clear_by_hand(said.flexible("f", "A", 1, 20, 50, window=(2, 3))).start("f") == 2


def test_flexible_order_is_rejected_where_no_hour_pays():
    said = one_zone(hours=2)
    for h, at in enumerate((10, 15)):
        said.sells("A", 300, at=at, hour=h).buys("A", 200, at=90, hour=h)
    assert clear_by_hand(said.flexible("f", "A", 1, 20, 50)).start("f") is None
