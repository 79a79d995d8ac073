"""Whole numbers of any size in columns: 64 bits where they do, Python's own integers where they do not.

An order may name a quantity that no market has; its exposure is a large number all the same, never a wrong one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from walras.book.cells import FloatArray, IntArray

Exact = npt.NDArray[Any]
"""Whole numbers: int64, or objects that are Python integers."""

LARGEST = 2.0**61


def times(*factors: Exact, rows: int = 1) -> Exact:
    """Return the product of columns; `rows` is how many of its values somebody will add up.

    >>> times(np.array([2**40]), np.array([2**40])).tolist() == [2**80]
    True
    """
    size = float(max(rows, 1))
    for f in factors:
        size *= float(max(abs(int(f.max(initial=0))), abs(int(f.min(initial=0))), 1))
    out: Exact = factors[0] if size < LARGEST else factors[0].astype(object)
    for f in factors[1:]:
        out = out * f
    return out


def sums(index: IntArray, values: Exact, count: int) -> Exact:
    """Return the sum of the values of each index; shape (count,)."""
    out = np.zeros(count, dtype=values.dtype)
    np.add.at(out, index, values)
    return out


def largest(index: IntArray, values: Exact, count: int) -> Exact:
    """Return the largest value of each index, 0 at the least; shape (count,)."""
    out = np.zeros(count, dtype=values.dtype)
    np.maximum.at(out, index, values)
    return out


def up(numerator: Exact, denominator: int | Exact) -> Exact:
    """Return the quotient rounded up.

    >>> up(np.array([7, -7, 6]), 3).tolist()
    [3, -2, 2]
    """
    return -(-numerator // denominator)


def whole_down(values: FloatArray) -> Exact:
    """Return floats as whole numbers, rounded down and one less where a float may stand above what it means."""
    below = np.floor(np.nextafter(values, -np.inf))
    return np.array([int(v) for v in below.tolist()], dtype=object)


def whole_up(values: FloatArray) -> Exact:
    """Return floats as whole numbers, rounded up and one more where a float may stand below what it means."""
    return -whole_down(-values)
