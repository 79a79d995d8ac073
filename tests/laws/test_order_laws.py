"""What must hold in every market with indivisible orders, whatever its numbers are."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.laws import transforms
from tests.second_opinion import random_markets

from walras.coupling.clear import clear

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
@given(markets)
def test_one_more_block_never_lowers_what_is_possible(script):
    more = replace(script, calls=(*script.calls, ("block", ("zz", script.zones[0], 1, 11, 30), {})))
    assert clear(more.book()).bound >= clear(script.book()).welfare - 1e-6
