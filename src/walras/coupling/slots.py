"""Slots: the columns that hold the buckets of each span, refilled while the solver keeps its basis.

All buckets of one span have the same matrix column and differ in cost and size alone. So
when a window moves, the span's new buckets take over its old columns: the one that holds
the price takes the column that was partly filled, and the basis stays almost optimal.
Columns too many are closed, columns missing are added at the end.

Axes: i slots (one column each), s spans.
"""

from __future__ import annotations

import numpy as np

from walras.book.cells import FloatArray, IntArray
from walras.coupling.highs import Solver
from walras.coupling.market import Market
from walras.coupling.model.build import span_hours
from walras.coupling.runs import spread, summed
from walras.coupling.window import Buckets


class Slots:
    """Which bucket each column holds. `buckets` is aligned with `column`; closed slots have quantity 0."""

    def __init__(self, market: Market, buckets: Buckets, first: int) -> None:
        self.market = market
        self.buckets = buckets
        self.column = first + np.arange(len(buckets.span))
        self._hours = span_hours(market)

    def volumes(self, x: FloatArray) -> FloatArray:
        """Return the residual supply of each span in MW; shape (s,)."""
        residual = self.market.residual
        return residual.base + summed(self.buckets.span, x[self.column], len(residual.cell))

    def refill(self, solver: Solver, new: Buckets, price: FloatArray, x: FloatArray) -> None:
        """Put new buckets of some spans into the program; `price` is the mean of each span, shape (s,)."""
        old = self.buckets
        touched = np.zeros(len(price), dtype=bool)
        touched[new.span] = True
        slots = np.flatnonzero(touched[old.span])
        filled = x[self.column[slots]]
        part = np.minimum(filled, old.quantity[slots] - filled)
        slots = slots[np.lexsort((-part, old.span[slots]))]
        at = price[new.span]
        away = np.maximum(np.maximum(new.low - at, at - new.high), 0.0)
        order = np.lexsort((away, new.span))
        rank_old, rank_new = _rank(old.span[slots]), _rank(new.span[order])
        stride = int(max(rank_old.max(initial=0), rank_new.max(initial=0))) + 1
        key_old, key_new = old.span[slots] * stride + rank_old, new.span[order] * stride + rank_new
        _, into, source = np.intersect1d(key_old, key_new, assume_unique=True, return_indices=True)
        spare = np.setdiff1d(np.arange(len(slots)), into, assume_unique=True)
        missing = np.setdiff1d(np.arange(len(order)), source, assume_unique=True)
        self._close(solver, slots[spare])
        self._take_over(solver, slots[into], new, order[source])
        self._add(solver, new, order[missing])

    def _close(self, solver: Solver, slot: IntArray) -> None:
        if len(slot):
            self.buckets.quantity[slot] = 0.0
            self.buckets.high[slot] = self.buckets.low[slot]
            solver.set_bounds(self.column[slot], np.zeros(len(slot)), np.zeros(len(slot)))

    def _take_over(self, solver: Solver, slot: IntArray, new: Buckets, which: IntArray) -> None:
        for name in ("low", "high", "mean", "quantity"):
            getattr(self.buckets, name)[slot] = getattr(new, name)[which]
        solver.set_bounds(self.column[slot], np.zeros(len(slot)), new.quantity[which])
        solver.set_cost(self.column[slot], new.mean[which] * self._hours[new.span[which]])

    def _add(self, solver: Solver, new: Buckets, which: IntArray) -> None:
        if not len(which):
            return
        residual, span = self.market.residual, new.span[which]
        ptr = np.concatenate([[0], np.cumsum(residual.cells[span])])
        _, cell = spread(residual.cell[span], residual.cells[span])
        cost = new.mean[which] * self._hours[span]
        column = solver.add_columns(cost, new.quantity[which], ptr, cell, self.market.hours[cell])
        old = self.buckets
        self.buckets = Buckets(
            np.concatenate([old.span, span]),
            np.concatenate([old.low, new.low[which]]),
            np.concatenate([old.high, new.high[which]]),
            np.concatenate([old.mean, new.mean[which]]),
            np.concatenate([old.quantity, new.quantity[which]]),
        )
        self.column = np.concatenate([self.column, column])


def _rank(span: IntArray) -> IntArray:
    """Return the position of each entry among those of its span; spans stand together."""
    first = np.ones(len(span), dtype=bool)
    first[1:] = span[1:] != span[:-1]
    start = np.flatnonzero(first)
    out: IntArray = np.arange(len(span)) - np.repeat(start, np.diff(np.append(start, len(span))))
    return out
