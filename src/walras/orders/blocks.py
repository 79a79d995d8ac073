"""Block orders: one price and one acceptance ratio for a profile over several cells.

Axes: o blocks, l legs (one block in one cell, sorted by block and cell), k links.
Legs are held a cell each: an hourly leg in a quarter-hourly zone becomes four legs of
the same power. Links make families (child at most as far accepted as each parent),
groups make alternatives (ratios sum to one at the most) (rules, 3.4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class BlockOrders:
    """All block orders of a book.

    Attributes:
        name, member: One a block; shape (o,).
        grid: Zone and carrier; shape (o,).
        side: +1 supply, -1 demand; shape (o,).
        price: Ticks of the grid; shape (o,).
        min_acceptance_ratio: Above 0 and at most 1; shape (o,).
        group: Exclusive group of each block, -1 for none; shape (o,).
        group_name: Names of the exclusive groups.
        leg_order, leg_cell, leg_quantity: Block, cell and quantity in ticks of each leg; shape (l,).
        link_child, link_parent: Blocks joined by each link; shape (k,).
    """

    name: tuple[str, ...]
    member: tuple[str, ...]
    grid: IntArray
    side: IntArray
    price: IntArray
    min_acceptance_ratio: FloatArray
    group: IntArray
    group_name: tuple[str, ...]
    leg_order: IntArray
    leg_cell: IntArray
    leg_quantity: IntArray
    link_child: IntArray
    link_parent: IntArray

    @property
    def count(self) -> int:
        """Return the number of blocks."""
        return len(self.name)

    @staticmethod
    def none() -> BlockOrders:
        """Return a book's blocks when there are none."""
        i = np.zeros(0, dtype=np.int64)
        return BlockOrders((), (), i, i, i, np.zeros(0), i, (), i, i, i, i, i)
