"""Steps of scalable and storage orders in a held program: which have a column of their own, and where.

Only steps near the price do at first (`compact`); others follow when prices pass them.
Stops of rejected orders are on offer. Beside `slots` (curves) and `branches`: written for
`relaxed` alone. Axes: y steps of the market, j order columns.
"""

from __future__ import annotations

import numpy as np

from walras.book.cells import FloatArray, IntArray
from walras.coupling.compact import NEAR, Compaction, compaction
from walras.coupling.highs import Solver
from walras.coupling.market import Market
from walras.coupling.model.build import Model

MANY_STEPS = 200
GROWN = 3
"""A program of so many times the steps that one built at its prices would hold is built again."""


class StepColumns:
    """The steps `near`, in the order of the program's first step columns, then those that were brought back.

    `compacted` says what became of the others; None where every step has a column.
    """

    def __init__(self, market: Market, model: Model, near: IntArray, compacted: Compaction | None) -> None:
        self.market = market
        self._order, self._near, self._compaction = model.order, near, compacted
        self._column = model.step + np.arange(len(near))
        stops = np.flatnonzero(market.steps.is_stop[near])
        self._stop, self._stop_column = near[stops], self._column[stops]
        self._stop_row = model.step_row + stops

    @property
    def is_whole(self) -> bool:
        """Whether every step has a column of its own."""
        return self._compaction is None

    def limit_stops(self, solver: Solver) -> None:
        """Let a stop give its power and no more: its row says whether it is on offer."""
        power = self.market.steps.power[self._stop]
        solver.set_bounds(self._stop_column, np.zeros(len(power)), power)

    def offer_stops(self, solver: Solver, column: IntArray, *, is_on_offer: bool) -> None:
        """Put the stops of some orders on offer, as where these are rejected, or take them back."""
        steps = self.market.steps
        chosen = np.isin(steps.column[self._stop], column)
        upper = steps.power[self._stop[chosen]] if is_on_offer else np.zeros(int(chosen.sum()))
        solver.set_row_upper(self._stop_row[chosen], upper)

    def power(self, x: FloatArray, ratio: FloatArray) -> FloatArray:
        """Return the MW of every step at a solution and its ratios; shape (y,)."""
        near = x[self._column]
        return near if self._compaction is None else self._compaction.power(ratio, near, self._near)

    def own_power(self, x: FloatArray) -> FloatArray:
        """Return the MW of every step that has a column of its own, zero for others; shape (y,)."""
        out = np.zeros(len(self.market.steps.step))
        out[self._near] = x[self._column]
        return out

    def are_too_many(self, price: FloatArray) -> bool:
        """Whether a program built at these prices would hold far fewer."""
        if self._compaction is None:
            return False
        wanted = int((compaction(self.market, price).state == NEAR).sum())
        return len(self._near) > GROWN * wanted + MANY_STEPS

    def bring_back(self, solver: Solver, price: FloatArray) -> bool:
        """Give passed steps of scalable orders a column of their own; return whether there were any."""
        if self._compaction is None:
            return False
        step = self._compaction.passed(price)
        if not len(step):
            return False
        steps, cells = self.market.steps, self.market.cells
        entry, order = self._compaction.bring_back(step)
        key = self._compaction.key[entry]
        solver.set_entries(key % cells, self._order + key // cells, self._compaction.value[entry])
        solver.set_cost(self._order + order, self._compaction.cost[order])
        free, hours = self._compaction.free[step], self.market.hours[steps.cell[step]]
        one = np.arange(len(step) + 1)
        column = solver.add_columns(steps.side[step] * steps.price[step] * hours, free, *self._entries(step))
        pair = np.column_stack([column, self._order + steps.column[step]]).ravel()
        value = np.column_stack([np.ones(len(step)), -free]).ravel()
        solver.add_rows(np.zeros(len(step)), 2 * one, pair, value)
        self._near = np.concatenate([self._near, step])
        self._column = np.concatenate([self._column, column])
        return True

    def _entries(self, step: IntArray) -> tuple[IntArray, IntArray, FloatArray]:
        """Return (where each one's entries begin, cell, MWh a MW) of new columns of steps."""
        steps, hours = self.market.steps, self.market.hours
        own = steps.side[step] * hours[steps.cell[step]]
        which, cell, share = steps.chosen(step)
        order = np.argsort(np.concatenate([np.arange(len(step)), which]), kind="stable")
        ptr = np.concatenate([[0], np.cumsum(1 + np.bincount(which, minlength=len(step)))])
        cells = np.concatenate([steps.cell[step], cell])
        return ptr, cells[order], np.concatenate([own, -share * own[which]])[order]
