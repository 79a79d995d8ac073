"""Scalable complex orders: steps over many cells that stand or fall together.

Axes: o orders, k steps, m minimums. While the order is accepted, its steps behave like
a curve, except where its minimum acceptance power or its load gradient binds; together
they must earn the fixed term. A rejected supply order still offers its first step in
its scheduled-stop cells (rules, 3.5 and 3.6). Steps are one cell long.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from walras.orders.conversion import Conversions

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ScalableOrders:
    """All scalable complex orders of a book.

    Attributes:
        name, member: One an order; shape (o,).
        grid: Zone and carrier; shape (o,).
        side: +1 supply, -1 demand; shape (o,).
        fixed_term: Amount in the trade currency, not negative; shape (o,).
        gradient_up, gradient_down: Ticks of quantity from one cell to the next, -1 for no
            limit; shape (o,). The first cell of the horizon is not tied to the day before.
        stop_cells: Number of first cells of the grid with a scheduled stop; shape (o,).
        step_order, step_cell, step_number: Order, cell and position of each step; shape (k,).
        price, quantity: Ticks of the grid; shape (k,).
        minimum_order, minimum_cell, minimum_quantity: Minimum acceptance power in ticks; shape (m,).
        conversions: Which of the orders buy what they sell in another carrier.
    """

    name: tuple[str, ...]
    member: tuple[str, ...]
    grid: IntArray
    side: IntArray
    fixed_term: FloatArray
    gradient_up: IntArray
    gradient_down: IntArray
    stop_cells: IntArray
    step_order: IntArray
    step_cell: IntArray
    step_number: IntArray
    price: IntArray
    quantity: IntArray
    minimum_order: IntArray
    minimum_cell: IntArray
    minimum_quantity: IntArray
    conversions: Conversions = field(default_factory=Conversions.none)

    @property
    def count(self) -> int:
        """Return the number of scalable complex orders."""
        return len(self.name)

    @staticmethod
    def none() -> ScalableOrders:
        """Return a book's scalable complex orders when there are none."""
        i = np.zeros(0, dtype=np.int64)
        return ScalableOrders((), (), i, i, np.zeros(0), i, i, i, i, i, i, i, i, i, i, i)
