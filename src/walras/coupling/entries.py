"""A small matrix as its entries, for the many little equations of tie areas.

Making a sparse matrix of the library costs more than all that is asked of an area of a few
cells; entries are plain arrays. They are kept column by column, so that sums come out to
the last digit as those of the library do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from walras.book.cells import FloatArray, IntArray
from walras.coupling.runs import summed


@dataclass(frozen=True)
class Entries:
    """A matrix of `rows` x `columns`: the row, column and value of each entry, columns ascending."""

    row: IntArray
    column: IntArray
    value: FloatArray
    rows: int
    columns: int

    @staticmethod
    def of(row: IntArray, column: IntArray, value: FloatArray, rows: int, columns: int) -> Entries:
        """Return the matrix of entries in any order, no two of them in one place."""
        order = np.argsort(column, kind="stable")
        return Entries(row[order], column[order], value[order], rows, columns)

    @staticmethod
    def identity(count: int) -> Entries:
        """Return the matrix that changes nothing."""
        at = np.arange(count)
        return Entries(at, at, np.ones(count), count, count)

    def __neg__(self) -> Entries:
        """Return the matrix with every sign turned."""
        return Entries(self.row, self.column, -self.value, self.rows, self.columns)

    def __matmul__(self, x: FloatArray) -> FloatArray:
        """Return the matrix times a vector.

        >>> (-Entries.identity(2) @ np.array([2.0, 3.0])).tolist()
        [-2.0, -3.0]
        """
        return summed(self.row, self.value * x[self.column], self.rows)

    def beside(self, *others: Entries) -> Entries:
        """Return matrices of the same rows side by side.

        >>> Entries.identity(1).beside(-Entries.identity(1)).dense().tolist()
        [[1.0, -1.0]]
        """
        parts = (self, *others)
        first = np.cumsum([0, *(part.columns for part in parts)]).tolist()
        return Entries(
            np.concatenate([part.row for part in parts]),
            np.concatenate([part.column + at for part, at in zip(parts, first, strict=False)]),
            np.concatenate([part.value for part in parts]),
            self.rows,
            first[-1],
        )

    def above(self, other: Entries) -> Entries:
        """Return this matrix on top of another, whose columns are the last of this one's.

        >>> Entries.identity(2).above(-Entries.identity(1)).dense().tolist()
        [[1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]
        """
        if not other.rows:
            return self
        return Entries.of(
            np.concatenate([self.row, other.row + self.rows]),
            np.concatenate([self.column, other.column + self.columns - other.columns]),
            np.concatenate([self.value, other.value]),
            self.rows + other.rows,
            self.columns,
        )

    def of_columns(self, wanted: IntArray) -> Entries:
        """Return some columns, ascending."""
        number = np.full(self.columns, -1)
        number[wanted] = np.arange(len(wanted))
        use = number[self.column] >= 0
        return Entries(self.row[use], number[self.column[use]], self.value[use], self.rows, len(wanted))

    def of_rows(self, wanted: IntArray) -> Entries:
        """Return some rows, ascending.

        >>> Entries.identity(3).of_rows(np.array([0, 2])).dense().tolist()
        [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
        """
        number = np.full(self.rows, -1)
        number[wanted] = np.arange(len(wanted))
        use = number[self.row] >= 0
        return Entries(number[self.row[use]], self.column[use], self.value[use], len(wanted), self.columns)

    def dense(self) -> FloatArray:
        """Return the whole matrix."""
        out = np.zeros((self.rows, self.columns))
        out[self.row, self.column] = self.value
        return out

    def sparse(self) -> sp.csc_matrix:
        """Return the matrix as the solvers take it: rows ascend in each column."""
        order = np.lexsort((self.row, self.column))
        start = np.concatenate([[0], np.cumsum(np.bincount(self.column, minlength=self.columns))])
        return sp.csc_matrix((self.value[order], self.row[order], start), shape=(self.rows, self.columns))
