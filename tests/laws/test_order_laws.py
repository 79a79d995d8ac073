"""What must hold in every market with indivisible orders, whatever its numbers are."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.builders import one_zone
from tests.laws import transforms
from tests.second_opinion import brute, random_markets, raw

from walras.coupling.clear import clear
from walras.vocabulary import Status

few = settings(max_examples=25, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
markets = st.randoms(use_true_random=False).map(random_markets.indivisible_market)


@few
@given(markets)
def test_a_zone_that_nothing_connects_changes_no_decision_elsewhere(script):
    """To the last bit, though that zone has a block that cannot be placed."""
    extra = (
        ("buys", ("E", 50), {"at": 60, "order": "E1"}),
        ("sells", ("E", 70), {"at": 33, "order": "E2"}),
        ("block", ("zz", "E", 1, 20, 100), {}),
    )
    minutes = {**script.minutes, "E": 60}
    other = replace(script, zones=(*script.zones, "E"), minutes=minutes, calls=(*script.calls, *extra))
    book = script.book()
    ours, theirs = clear(book), clear(other.book())
    assert np.array_equal(theirs.price_exact[: book.cells.count], ours.price_exact)
    assert np.array_equal(theirs.decided.block_ratio[: book.blocks.count], ours.decided.block_ratio)
    assert np.array_equal(theirs.decided.flexible_start, ours.decided.flexible_start)
    assert np.array_equal(theirs.decided.scalable, ours.decided.scalable)


@few
@given(markets)
def test_doubling_everything_doubles_welfare_and_bound(script):
    once, twice = clear(script.book()), clear(transforms.scaled(script, 2).book())
    assert twice.bound == pytest.approx(2 * once.bound, rel=1e-7, abs=1e-6)
    assert twice.welfare == pytest.approx(2 * once.welfare, rel=1e-7, abs=1e-6)
    assert twice.price_exact == pytest.approx(once.price_exact, rel=1e-7, abs=1e-6)


@few
@given(markets, st.sampled_from([1, -1]), st.sampled_from([8, 11, 16]), st.sampled_from([0.4, 1]))
def test_one_more_block_never_lowers_welfare(script, side, price, mar):
    """Where optimality is proven in both; else the bound covers what the smaller market found.

    Whoever leaves the new block out has every result of the smaller market. That argument
    needs an order that may be left out, so it fails for a *curve* order: where it is in the
    money it must be accepted, moves the price, and with the price which blocks are legal. A
    market with one more curve order may be worth less (see the test below).
    """
    more = replace(script, calls=(*script.calls, ("block", ("zz", script.zones[0], side, price, 30), {"mar": mar})))
    with_it, without = clear(more.book()), clear(script.book())
    assert with_it.bound >= without.welfare - 1e-6
    if with_it.status is without.status is Status.OPTIMAL:
        assert with_it.welfare >= without.welfare - 0.02


def test_one_more_curve_order_can_lower_welfare():
    """Demand 100 at 50, block of 100 at 20: 3000. 40 MW at 10 more must sell: the block of 100 no longer fits.

    Then 40 MW trade, worth 1600: an order that nobody may leave out made everybody poorer.
    """
    said = one_zone().buys("A", 100, at=50).block("b", "A", 1, 20, 100)
    before = clear(said.book())
    larger = said.sells("A", 40, at=10).book()
    assert before.welfare == pytest.approx(3000)
    assert clear(larger).welfare == pytest.approx(1600)
    best = brute.best(raw.read(larger))
    assert best.is_exact
    assert best.welfare == pytest.approx(1600)
