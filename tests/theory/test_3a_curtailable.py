"""Theory 3a: the best legal result may cut a block that still earns, which no relaxation ever does."""

import numpy as np
import pytest
from tests.builders import one_zone
from tests.by_hand.outcome import ByHand
from tests.second_opinion import brute, raw

from walras.vocabulary import Status


def example_1(mar=0.5):
    """Demand 150 at 15 and 100 at 8, curve 100 at 16; S1 100 at 10, S2 100 at 12 whole."""
    said = one_zone().buys("A", 150, at=15).buys("A", 100, at=8).sells("A", 100, at=16)
    return said.block("S1", "A", 1, 10, 100, mar=mar).block("S2", "A", 1, 12, 100)


def example_2():
    """Demand 150 at 15 and 50 at 11; S1 100 at 10 with MAR 0.5, S2 100 at 12 whole."""
    said = one_zone().buys("A", 150, at=15).buys("A", 50, at=11)
    return said.block("S1", "A", 1, 10, 100, mar=0.5).block("S2", "A", 1, 12, 100)


def test_3a_example_1_cuts_a_block_in_the_money(clear):
    """Ratios 0.5 and 1: 150 x 15 - 50 x 10 - 100 x 12 = 550; S2 needs 12, of 8 to 15."""
    book = example_1().book()
    solved = ByHand(book, clear(book))
    assert solved.welfare == pytest.approx(550)
    assert [solved.ratio("S1"), solved.ratio("S2")] == pytest.approx([0.5, 1])
    assert solved.price() == pytest.approx(12)


def test_3a_example_1_is_legal_from_12_to_15():
    market = raw.read(example_1().book())
    rules = brute.legal(market, brute.welfare_of(market, brute.Selection((0.5, 1.0))))
    assert rules.interval(0) == pytest.approx((12, 15))


def test_3a_example_1_without_a_ratio_below_one_is_worth_500(clear):
    """S1 whole alone: 100 x (15 - 10). This is all that accepting whole orders can reach."""
    book = example_1(mar=1).book()
    results = clear(book)
    assert results.welfare == pytest.approx(500)
    assert results.decided.block_ratio == pytest.approx([1, 0])


def test_3a_example_1_has_a_relaxation_worth_650(clear):
    """150 MW at 15 from 100 at 10 and 50 at 12: the bound of posted prices alone, which no legal result reaches."""
    results = clear(example_1().book())
    assert 550 - 1e-6 <= results.bound <= 650 + 1e-6
    assert results.status is not Status.OPTIMAL or results.bound <= 550.01 + 1e-6


def test_3a_example_2_is_never_called_better_than_it_is(clear):
    """Ratio 1 is worth 600 without a price, 0.5 is worth 550 at 12, without the pair 500.

    No efficient search for such a ratio is known, so 500 is allowed; calling it optimal is not.
    """
    results = clear(example_2().book())
    assert 500 - 1e-6 <= results.welfare <= 550 + 1e-6
    assert results.bound >= 550 - 1e-6
    if results.status is Status.OPTIMAL:
        assert results.welfare == pytest.approx(550)


def test_3a_example_2_has_no_price_at_the_ratio_of_greatest_welfare():
    market = raw.read(example_2().book())
    free = brute.welfare_of(market, brute.Selection((None, 1.0)))
    assert free.welfare == pytest.approx(600)
    assert free.ratios == pytest.approx((1, 1))
    assert brute.legal(market, free).optimise({}) is None
    half = brute.welfare_of(market, brute.Selection((0.5, 1.0)))
    assert half.welfare == pytest.approx(550)
    assert brute.legal(market, half).admits(np.array([12.0]), 1e-9)


def test_3a_example_2_is_worth_550_at_the_best_legal_ratio():
    best = brute.best(raw.read(example_2().book()))
    assert best.welfare == pytest.approx(550)
    assert best.is_exact
