"""What must hold of every outcome: it repeats, its gap is true, its prices lie on the tick."""

from dataclasses import fields

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.second_opinion import random_markets, verdict

from walras.coupling.clear import clear
from walras.coupling.settings import Settings

few = settings(max_examples=25, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
chances = st.randoms(use_true_random=False)
markets = st.one_of(chances.map(random_markets.curve_market), chances.map(random_markets.indivisible_market))


def same(a, b) -> bool:
    """Whether two values are equal to the bit, field by field; the seconds of phases do not count."""
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    if hasattr(a, "__dataclass_fields__"):
        return all(same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a) if f.name != "phases")
    return bool(a == b)


@few
@given(markets)
def test_same_market_same_outcome_whatever_the_threads(script):
    first, again = clear(script.book(), Settings(threads=1)), clear(script.book(), Settings(threads=1))
    assert same(first, again)
    assert same(first, clear(script.book(), Settings(threads=2)))


@few
@given(markets)
def test_bound_is_not_below_welfare(script):
    results = clear(script.book())
    assert results.gap >= 0
    assert results.bound >= results.welfare - 1e-6 * max(1.0, abs(results.welfare))


@few
@given(markets)
def test_published_prices_are_the_nearest_ticks_inside_limits(script):
    book = script.book()
    results = clear(book)
    cents = results.price * 100
    assert np.array_equal(np.round(cents) / 100, results.price), "off the tick"
    assert np.all(np.abs(results.price - results.price_exact) <= 0.01)
    assert np.all((results.price >= book.cells.price_min) & (results.price <= book.cells.price_max))


@few
@given(markets)
def test_exact_price_lies_in_its_interval(script):
    results = clear(script.book())
    size = 1e-6 * np.maximum(1.0, np.abs(results.price_exact))
    assert np.all(results.price_low - size <= results.price_exact)
    assert np.all(results.price_exact <= results.price_high + size)


@few
@given(markets)
def test_audit_finds_nothing(script):
    book = script.book()
    assert not verdict.audit_complaints(book, clear(book))
