"""A linear program as plain arrays: minimise cost, rows and columns between bounds.

Built by `build.py` from the families; solved by `highs.py`, which is the only reader.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from walras.book.cells import FloatArray, IntArray


@dataclass(frozen=True)
class Program:
    """Minimise cost x, row_lower <= A x <= row_upper, lower <= x <= upper."""

    cost: FloatArray
    lower: FloatArray
    upper: FloatArray
    row_lower: FloatArray
    row_upper: FloatArray
    matrix: sp.csc_matrix


class ProgramBuilder:
    """Collects columns, rows and entries family by family.

    Example:
        >>> b = ProgramBuilder()
        >>> x = b.columns(cost=np.array([2.0]), lower=np.array([0.0]), upper=np.array([5.0]))
        >>> r = b.rows(lower=np.array([3.0]), upper=np.array([3.0]))
        >>> b.entries(np.array([r]), np.array([x]), np.array([1.0]))
        >>> b.build().matrix.toarray().tolist()
        [[1.0]]
    """

    def __init__(self) -> None:
        self._columns: list[tuple[FloatArray, FloatArray, FloatArray]] = []
        self._rows: list[tuple[FloatArray, FloatArray]] = []
        self._entries: list[tuple[IntArray, IntArray, FloatArray]] = []
        self.column_count = 0
        self.row_count = 0

    def columns(self, cost: FloatArray, lower: FloatArray, upper: FloatArray) -> int:
        """Add columns and return the index of the first."""
        first = self.column_count
        self._columns.append((cost, lower, upper))
        self.column_count += len(cost)
        return first

    def rows(self, lower: FloatArray, upper: FloatArray) -> int:
        """Add rows and return the index of the first."""
        first = self.row_count
        self._rows.append((lower, upper))
        self.row_count += len(lower)
        return first

    def entries(self, row: IntArray, column: IntArray, value: FloatArray) -> None:
        """Add matrix entries; entries of the same place add up."""
        self._entries.append((row, column, value))

    def build(self) -> Program:
        """Return the program."""
        cost, lower, upper = (np.concatenate(part) for part in zip(*self._columns, strict=True))
        row_lower, row_upper = (np.concatenate(part) for part in zip(*self._rows, strict=True))
        row, column, value = (np.concatenate(part) for part in zip(*self._entries, strict=True))
        matrix = sp.csc_matrix((value, (row, column)), shape=(self.row_count, self.column_count))
        return Program(cost, lower, upper, row_lower, row_upper, matrix)
