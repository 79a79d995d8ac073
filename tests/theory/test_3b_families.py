"""Theory 3b: what a child earns may save its parents, but only once."""

import pytest
from tests.builders import one_zone
from tests.by_hand.outcome import ByHand
from tests.second_opinion import brute, raw
from tests.theory.said import broken_rules

from walras.vocabulary import Status


def two_parents(child):
    """P1 and P2 sell 100 at 11, their child 100; demand of 500 at 10 sets the price."""
    said = one_zone().buys("A", 500, at=10).block("P1", "A", 1, 11, 100).block("P2", "A", 1, 11, 100)
    return said.block("child", "A", 1, child, 100, parents=("P1", "P2"))


def curtailed_child():
    """Demand 150 at 20 and 10 at 12, curve 200 at 21; parent 100 at 16 whole, child 100 at 5 with MAR 0.4."""
    said = one_zone().buys("A", 150, at=20).buys("A", 10, at=12).sells("A", 200, at=21)
    return said.block("parent", "A", 1, 16, 100).block("child", "A", 1, 5, 100, mar=0.4, parents=("parent",))


def test_3b_one_child_is_not_counted_for_each_of_two_parents(clear):
    """Each parent with the child has -100 + 150 = 50, the family -50: nothing is accepted."""
    results = clear(two_parents(8.5).book())
    assert results.decided.block_ratio == pytest.approx([0, 0, 0])
    assert results.welfare == pytest.approx(0)
    assert results.status is Status.OPTIMAL


def test_3b_a_child_that_earns_enough_saves_both_parents(clear):
    """-100 - 100 + 250 = 50."""
    results = clear(two_parents(7.5).book())
    assert results.decided.block_ratio == pytest.approx([1, 1, 1])
    assert results.welfare == pytest.approx(50)


@pytest.mark.parametrize(("child", "broken"), [(8.5, {"block_loss"}), (7.5, set())])
def test_3b_the_audit_counts_a_child_once(child, broken):
    assert broken_rules(two_parents(child), [10], curve=[300], ratio=[1, 1, 1]) == broken


def test_3b_a_curtailed_child_saves_a_whole_parent(clear):
    """Ratios 1 and 0.6: 150 x 20 + 10 x 12 - 1600 - 300 = 1220; at 12 the parent has -400, the child +420.

    Prices from 11.875 (together nothing) to 12 (the demand at 12 is served) are legal.
    """
    book = curtailed_child().book()
    solved = ByHand(book, clear(book))
    assert solved.welfare == pytest.approx(1220)
    assert [solved.ratio("parent"), solved.ratio("child")] == pytest.approx([1, 0.6])
    assert 11.875 - 1e-6 <= solved.price() <= 12 + 1e-6


def test_3b_the_curtailed_child_is_the_best_that_is_legal():
    best = brute.best(raw.read(curtailed_child().book()))
    assert best.welfare == pytest.approx(1220)
    assert best.is_exact


@pytest.mark.parametrize(("price", "broken"), [(12, set()), (11.5, {"block_loss"})])
def test_3b_the_audit_weighs_a_child_by_its_ratio(price, broken):
    """At 12: 100 x (12 - 16) + 60 x (12 - 5) = 20; at 11.50 it is -60."""
    assert broken_rules(curtailed_child(), [price], curve=[150, 10, 0], ratio=[0.6, 1]) == broken
