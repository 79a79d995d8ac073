"""The MTUs of storage orders, one after the other: geometry that everybody needs.

Axes: w store MTUs, all MTUs of the first order's grid, then those of the second.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.book.cells import BoolArray, Cells, FloatArray, IntArray
from walras.orders.storage import StorageOrders


@dataclass(frozen=True)
class Stores:
    """Store MTUs.

    Attributes:
        first: First store MTU of each order, and their number at the end; shape (o + 1,).
        order, cell: Storage order and cell of each; shape (w,).
        hours: Length; shape (w,).
        keep: Share of the level before that is left after it; shape (w,).
        is_last: Whether it is its order's last; shape (w,).
    """

    first: IntArray
    order: IntArray
    cell: IntArray
    hours: FloatArray
    keep: FloatArray
    is_last: BoolArray

    @property
    def count(self) -> int:
        """Return the number of store MTUs."""
        return len(self.order)


def stores_of(cells: Cells, orders: StorageOrders) -> Stores:
    """Return the MTUs of all storage orders."""
    if not orders.count:  # most markets, and asked many times
        none = np.zeros(0, dtype=np.int64)
        return Stores(np.zeros(1, dtype=np.int64), none, none, np.zeros(0), np.zeros(0), np.zeros(0, dtype=bool))
    length = np.diff(cells.first)[orders.grid]
    first = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
    order = np.repeat(np.arange(orders.count), length)
    place = np.arange(len(order)) - first[order]
    cell = cells.first[orders.grid[order]] + place
    hours = cells.hours[cell]
    return Stores(first, order, cell, hours, (1 - orders.hourly_loss[order]) ** hours, place == length[order] - 1)


def needs_no_decision(cells: Cells, orders: StorageOrders) -> BoolArray:
    """Return which orders can stand still for nothing, so that they are always accepted; shape (o,)."""
    stores = stores_of(cells, orders)
    kept = np.ones(orders.count)
    np.multiply.at(kept, stores.order, stores.keep)
    out: BoolArray = (orders.fixed_term == 0) & (orders.start * kept >= orders.end)
    return out
