"""Curve orders: steps of price and quantity of one side, one zone, one span of time.

Axes: o orders, k steps. Steps are sorted by order, first cell and step number.
Quantity is an increment in MW, not cumulative. A step whose end price differs from
its start is interpolated: its marginal price moves linearly with the accepted share
(rules, 3.1). A step may cover several consecutive cells (an hourly order in a
quarter-hourly zone); its power is the same in each (rules, 4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class CurveOrders:
    """All curve orders of a book.

    Attributes:
        name, member: One a curve; shape (o,). Member names may repeat.
        grid: Zone and carrier of each curve; shape (o,).
        side: +1 supply, -1 demand; shape (o,).
        step_order, step_cell, step_cells, step_number: Curve, first cell, number of
            consecutive cells, and position of each step, from 1; shape (k,).
        price_start, price_end: Ticks of the grid; shape (k,). Equal for a step order.
        quantity: Ticks of the grid, not negative; shape (k,).
    """

    name: tuple[str, ...]
    member: tuple[str, ...]
    grid: IntArray
    side: IntArray
    step_order: IntArray
    step_cell: IntArray
    step_cells: IntArray
    step_number: IntArray
    price_start: IntArray
    price_end: IntArray
    quantity: IntArray

    @property
    def count(self) -> int:
        """Return the number of curves."""
        return len(self.name)

    @property
    def step_count(self) -> int:
        """Return the number of steps of all curves."""
        return len(self.step_order)

    @staticmethod
    def none() -> CurveOrders:
        """Return a book's curves when there are none."""
        i = np.zeros(0, dtype=np.int64)
        return CurveOrders((), (), i, i, i, i, i, i, i, i, i)
