"""Flexible orders: one block of one period whose start the auction chooses.

Axis: o orders. The order may start at any cell from `first_cell` for `choices` cells,
covers `cells` consecutive cells from there, is accepted whole or not at all, and at
one start at the most (rules, 3.4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class FlexibleOrders:
    """All flexible orders of a book.

    Attributes:
        name, member: One an order; shape (o,).
        grid: Zone and carrier; shape (o,).
        side: +1 supply, -1 demand; shape (o,).
        price, quantity: Ticks of the grid; shape (o,).
        first_cell, choices: First possible start and number of possible starts; shape (o,).
        cells: Number of consecutive cells that the order covers; shape (o,).
    """

    name: tuple[str, ...]
    member: tuple[str, ...]
    grid: IntArray
    side: IntArray
    price: IntArray
    quantity: IntArray
    first_cell: IntArray
    choices: IntArray
    cells: IntArray

    @property
    def count(self) -> int:
        """Return the number of flexible orders."""
        return len(self.name)

    @staticmethod
    def none() -> FlexibleOrders:
        """Return a book's flexible orders when there are none."""
        i = np.zeros(0, dtype=np.int64)
        return FlexibleOrders((), (), i, i, i, i, i, i, i)
