"""Laws of enrichment: uranium and U-235 are kept, work is never negative, and tails trade work for feed."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from walras.formulas.enrichment import feed_factor, swu_factor, tails_factor

LEAST = Fraction(1, 10**12)
"""Half of it is lost in rounding a figure."""


@st.composite
def shares(draw, count):
    """Return assays in order, each apart from the next, in parts of 10^6."""
    found = draw(st.lists(st.integers(1, 10**6 - 1), min_size=count, max_size=count, unique=True))
    return [Fraction(n, 10**6) for n in sorted(found)]


@given(shares(3))
def test_uranium_and_its_isotope_are_kept(assays):
    tails, feed, product = assays
    taken, left = feed_factor(product, feed, tails), tails_factor(product, feed, tails)
    assert taken == 1 + left
    assert taken * feed == product + left * tails
    assert left > 0


@given(shares(3))
def test_separation_takes_work_and_none_where_nothing_is_separated(assays):
    tails, feed, product = assays
    assert swu_factor(product, feed, tails) >= 0
    assert swu_factor(feed, feed, tails) == 0
    assert feed_factor(feed, feed, tails) == 1


@given(shares(4))
def test_higher_tails_take_more_feed_and_less_work(assays):
    low, high, feed, product = assays
    assert feed_factor(product, feed, high) > feed_factor(product, feed, low)
    assert swu_factor(product, feed, high) <= swu_factor(product, feed, low) + LEAST


@given(shares(4))
def test_a_higher_product_takes_more_of_both(assays):
    tails, feed, low, high = assays
    assert feed_factor(high, feed, tails) > feed_factor(low, feed, tails)
    assert swu_factor(high, feed, tails) >= swu_factor(low, feed, tails) - LEAST


@settings(max_examples=50)
@given(shares(4))
def test_two_cascades_in_a_row_take_the_work_of_one(assays):
    """The value function is made so: from feed to a middle product and on to the end, both to the same tails."""
    tails, feed, middle, product = assays
    second = feed_factor(product, middle, tails)
    work = swu_factor(product, middle, tails) + second * swu_factor(middle, feed, tails)
    assert abs(work - swu_factor(product, feed, tails)) <= (2 + second) * LEAST
