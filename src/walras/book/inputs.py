"""Where conversion orders take their input: the cells of another grid that overlap in time.

Geometry alone; what it costs and what it does to a balance is worked out by whoever reads
it, the engine and the audit each for themselves. Axes: e entries.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.book.cells import Cells, FloatArray, IntArray
from walras.orders.scalable import ScalableOrders


@dataclass(frozen=True)
class Inputs:
    """Entries of scalable steps in the cells of their input, and what each order buys there.

    Attributes:
        step: Scalable step of the book, ascending; shape (e,).
        cell: Cell that gives the input; shape (e,).
        share: MWh taken from the cell for each MWh that the step sells; shape (e,).
        purchase: Place of each entry among the purchases; shape (e,).
        bought_order, bought_cell: Scalable order and cell of each purchase, sorted: what one order
            buys in one cell is one volume; shape (b,).
    """

    step: IntArray
    cell: IntArray
    share: FloatArray
    purchase: IntArray
    bought_order: IntArray
    bought_cell: IntArray

    @property
    def count(self) -> int:
        """Return the number of purchases."""
        return len(self.bought_order)


def conversion_inputs(cells: Cells, orders: ScalableOrders) -> Inputs:
    """Return where every step of a conversion takes its input.

    By minutes: a step of 06:00 to 07:00 takes a quarter of its input from each quarter hour
    of that hour, or all of it from the gas day that holds the hour. What lies beyond the
    horizon of the input comes from the nearest cell, times the declared share.
    """
    conversions = orders.conversions
    if not conversions.count:  # most markets, and asked many times
        none = np.zeros(0, dtype=np.int64)
        return Inputs(none, none, np.zeros(0), none, none, none)
    of_order = np.full(orders.count, -1)
    of_order[conversions.order] = np.arange(conversions.count)
    step = np.flatnonzero(of_order[orders.step_order] >= 0)
    mine = of_order[orders.step_order[step]]
    grid = conversions.grid[mine]
    begin, end, mtu = (
        np.array([getattr(g, name) for g in cells.grids], dtype=np.int64)[grid]
        for name in ("start", "end", "mtu_minutes")
    )
    start, minutes = cells.start[orders.step_cell[step]], cells.minutes[orders.step_cell[step]]
    low, high = np.clip(start, begin, end), np.clip(start + minutes, begin, end)
    first = (low - begin) // mtu
    count = np.where(high > low, (high - 1 - begin) // mtu - first + 1, 0)
    item = np.repeat(np.arange(len(step)), count)
    place = first[item] + np.arange(len(item)) - np.repeat(np.cumsum(count) - count, count)
    left = begin[item] + place * mtu[item]
    overlap = np.minimum(high[item], left + mtu[item]) - np.maximum(low[item], left)
    outside = minutes - (high - low)
    beyond = np.flatnonzero((outside > 0) & (np.nan_to_num(conversions.outside_share[mine]) > 0))
    nearest = np.where(start[beyond] < begin[beyond], 0, (end - begin)[beyond] // mtu[beyond] - 1)
    entry = np.concatenate([item, beyond])
    cell = cells.first[grid[entry]] + np.concatenate([place, nearest])
    part = np.concatenate([overlap, outside[beyond] * conversions.outside_share[mine[beyond]]])
    share = part / minutes[entry] / conversions.efficiency[mine[entry]]
    line = np.argsort(entry, kind="stable")
    step, cell, share = step[entry[line]], cell[line], share[line]
    key, purchase = np.unique(orders.step_order[step] * max(cells.count, 1) + cell, return_inverse=True)
    return Inputs(step, cell, share, purchase, key // max(cells.count, 1), key % max(cells.count, 1))


def uncovered_minutes(cells: Cells, orders: ScalableOrders) -> IntArray:
    """Return how many minutes of each conversion's steps lie beyond the horizon of its input; shape (v,)."""
    conversions = orders.conversions
    of_order = np.full(orders.count + 1, -1)
    of_order[conversions.order] = np.arange(conversions.count)
    key = np.unique(orders.step_order * max(cells.count, 1) + orders.step_cell)
    order, cell = key // max(cells.count, 1), key % max(cells.count, 1)
    use = of_order[order] >= 0
    mine, cell = of_order[order[use]], cell[use]
    begin, end = (
        np.array([getattr(g, name) for g in cells.grids], dtype=np.int64)[conversions.grid[mine]]
        for name in ("start", "end")
    )
    start, minutes = cells.start[cell], cells.minutes[cell]
    inside = np.maximum(np.minimum(start + minutes, end) - np.maximum(start, begin), 0)
    return np.bincount(mine, weights=minutes - inside, minlength=conversions.count).astype(np.int64)
