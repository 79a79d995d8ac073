"""Critical branches, put into the program only where the exchanges would overload them.

Of thousands of rows a day a few dozen bind. Axes as in `market.FlowBased`: x exchanges,
k rows.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from walras.book.cells import FloatArray
from walras.coupling.highs import Solver
from walras.coupling.market import FlowBased

OVERLOAD = 1e-7


class Branches:
    """Which rows of the domains stand in a program, and where."""

    def __init__(self, domains: FlowBased, first_column: int) -> None:
        self._ram = domains.ram
        self._first = first_column
        shape = (len(domains.ram), len(domains.cell))
        self._ptdf = sp.csr_matrix((domains.ptdf, (domains.entry_row, domains.entry_exchange)), shape=shape)
        self._row = np.full(len(domains.ram), -1)

    def add_violated(self, solver: Solver, exchange: FloatArray) -> bool:
        """Add the rows that exchanges overload; return whether there were any."""
        if not len(self._ram):
            return False
        over = self._ptdf @ exchange - self._ram
        missing = np.flatnonzero((over > OVERLOAD * np.maximum(1.0, self._ram)) & (self._row < 0))
        if not len(missing):
            return False
        rows = self._ptdf[missing]
        ptr, column = rows.indptr.astype(np.int64), self._first + rows.indices.astype(np.int64)
        self._row[missing] = solver.add_rows(self._ram[missing], ptr, column, rows.data)
        return True

    def dual(self, dual: FloatArray) -> FloatArray:
        """Return the dual of each row, zero where it is not in the program; shape (k,)."""
        out = np.zeros(len(self._row))
        there = self._row >= 0
        out[there] = dual[self._row[there]]
        return out
