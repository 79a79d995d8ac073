"""Theory 3c: the rent of a group is no rule of prices; its members need only not lose."""

import pytest
from tests.builders import one_zone
from tests.second_opinion import brute, raw
from tests.theory.said import broken_rules

from walras.vocabulary import Status


def shared():
    """Demand 100 at 20; members of 100 MW at 10 and at 14."""
    said = one_zone().buys("A", 100, at=20)
    return said.block("x", "A", 1, 10, 100, mar=0.4, group="g").block("y", "A", 1, 14, 100, mar=0.3, group="g")


def test_3c_two_curtailed_members_are_legal_though_their_group_is_full():
    """Ratios 0.7 and 0.3 at 14: surplus 4 and 0 a MWh, welfare 880; as one member alone reaches 1000, F1 says no."""
    market = raw.read(shared().book())
    split = brute.welfare_of(market, brute.Selection((0.7, 0.3)))
    assert split.welfare == pytest.approx(880)
    assert brute.legal(market, split).interval(0) == pytest.approx((14, 20))
    assert not broken_rules(shared(), [14], curve=[100], ratio=[0.7, 0.3])


def test_3c_a_member_that_loses_is_not_excused_by_the_group():
    assert broken_rules(shared(), [13.5], curve=[100], ratio=[0.7, 0.3]) == {"block_loss"}


def test_3c_the_better_member_alone_is_best(clear):
    results = clear(shared().book())
    assert results.decided.block_ratio == pytest.approx([1, 0])
    assert results.welfare == pytest.approx(1000)
    assert results.status is Status.OPTIMAL


def test_3c_a_split_group_is_best_where_its_members_serve_different_hours(clear):
    """70 MW at 20 in one hour, 30 in the next: ratios 0.7 and 0.3 gain 700 + 180, the first alone 700."""
    said = one_zone(hours=2).buys("A", 70, at=20, hour=0).buys("A", 30, at=20, hour=1)
    said.block("early", "A", 1, 10, {0: 100}, mar=0.4, group="g")
    said.block("late", "A", 1, 14, {1: 100}, mar=0.3, group="g")
    results = clear(said.book())
    assert results.decided.block_ratio == pytest.approx([0.7, 0.3])
    assert results.welfare == pytest.approx(880)
    assert results.status is Status.OPTIMAL
