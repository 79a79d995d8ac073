"""Moves that every family needs: cells of runs, sums by index, what hangs together.

A run is a first cell and a number of consecutive cells.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from walras.book.cells import FloatArray, IntArray


def spread(first: IntArray, count: IntArray) -> tuple[IntArray, IntArray]:
    """Return (index of the run, cell) for every cell of runs of consecutive cells.

    >>> [a.tolist() for a in spread(np.array([4, 9]), np.array([2, 1]))]
    [[0, 0, 1], [4, 5, 9]]
    """
    which = np.repeat(np.arange(len(first)), count)
    offset = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
    return which, first[which] + offset


def summed(index: IntArray, value: FloatArray, count: int) -> FloatArray:
    """Return the sum of values by index; shape (count,), floats even where nothing is summed.

    >>> summed(np.array([0, 2, 2]), np.array([1.0, 2.0, 3.0]), 4).tolist()
    [1.0, 0.0, 5.0, 0.0]
    """
    return np.bincount(index, value, minlength=count).astype(np.float64)


def linked(pattern: sp.csr_matrix) -> tuple[int, IntArray]:
    """Return how many separate blocks a matrix falls into, and the block of each row, then of each column.

    >>> linked(sp.csr_matrix(np.array([[1.0, 0.0], [0.0, 2.0]])))[0]
    2
    """
    rows, columns = pattern.shape
    entries = pattern.tocoo()
    graph = sp.coo_matrix(
        (np.ones(len(entries.row)), (entries.row, rows + entries.col)), shape=(rows + columns, rows + columns)
    )
    count, label = connected_components(graph, directed=False)
    return int(count), np.asarray(label, dtype=np.int64)


def in_groups(label: IntArray, count: int) -> list[IntArray]:
    """Return the positions of each label from zero to count - 1; other labels are left out.

    >>> [a.tolist() for a in in_groups(np.array([1, 0, 1, 7]), 3)]
    [[1], [0, 2], []]
    """
    order = np.argsort(label, kind="stable")
    at = np.searchsorted(label[order], np.arange(count + 1))
    return [order[a:b] for a, b in zip(at[:-1].tolist(), at[1:].tolist(), strict=True)]
