"""Two moves that every family needs: cells of runs, and sums by index.

A run is a first cell and a number of consecutive cells.
"""

from __future__ import annotations

import numpy as np

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
