"""Plain entries say the same as a sparse matrix of the library, to the last digit."""

import numpy as np
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from walras.coupling.entries import Entries

few = settings(max_examples=50, derandomize=True, deadline=None, database=None)


@st.composite
def matrices(draw, rows=None):
    """Return entries in any order, and the library's matrix of the same."""
    rows, columns = rows or draw(st.integers(1, 6)), draw(st.integers(1, 6))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    place = rng.permutation(rows * columns)[: draw(st.integers(0, rows * columns))]
    row, column, value = place // columns, place % columns, rng.normal(0.0, 1e3, len(place))
    return Entries.of(row, column, value, rows, columns), sp.csc_matrix((value, (row, column)), shape=(rows, columns))


def same(ours, theirs):
    made, theirs = ours.sparse(), sp.csc_matrix(theirs)
    theirs.sort_indices()
    assert made.shape == theirs.shape == (ours.rows, ours.columns)
    for name in ("indptr", "indices", "data"):
        np.testing.assert_array_equal(getattr(made, name), getattr(theirs, name))
    np.testing.assert_array_equal(ours.dense(), theirs.toarray())


@few
@given(matrices(), st.integers(0, 1000))
def test_products_are_those_of_the_library(pair, seed):
    ours, theirs = pair
    x = np.random.default_rng(seed).normal(0.0, 1e3, ours.columns)
    same(ours, theirs)
    same(-ours, -theirs)
    np.testing.assert_array_equal(ours @ x, theirs @ x)


@few
@given(matrices(rows=3), matrices(rows=3))
def test_matrices_stand_side_by_side(one, other):
    same(one[0].beside(other[0], -one[0]), sp.hstack([one[1], other[1], -one[1]]))


@few
@given(matrices(), matrices(), st.data())
def test_rows_below_stand_under_the_last_columns(one, other, data):
    upper, lower = (one, other) if one[0].columns >= other[0].columns else (other, one)
    rows = np.flatnonzero(data.draw(st.lists(st.booleans(), min_size=lower[0].rows, max_size=lower[0].rows)))
    pad = sp.csc_matrix((len(rows), upper[0].columns - lower[0].columns))
    whole = sp.vstack([upper[1], sp.hstack([pad, lower[1][rows]])])
    same(upper[0].above(lower[0].of_rows(rows)), whole)


@few
@given(matrices(), st.data())
def test_some_rows_or_columns_are_left(pair, data):
    ours, theirs = pair
    chosen = [
        np.flatnonzero(data.draw(st.lists(st.booleans(), min_size=count, max_size=count))).astype(np.int64)
        for count in (ours.rows, ours.columns)
    ]
    same(ours.of_rows(chosen[0]), theirs[chosen[0]])
    same(ours.of_columns(chosen[1]), theirs[:, chosen[1]])
