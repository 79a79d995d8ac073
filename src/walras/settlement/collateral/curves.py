"""What curves may owe: the worst point of each over its feasible quantities, MTU by MTU.

All of a curve is settled at one price, so at the price of a step it takes that step and the better ones, and
no more::

    exposure of an MTU = max over steps k of  owed[k] x (quantity of steps 1 to k),  0 at the least

An interpolated step is a slope: its worst point lies where price times quantity is largest, found exactly over
whole ticks. Published, its price may miss the slope by half a price tick and one quantity tick, which is counted.
A step over several MTUs is judged at their mean price, which may miss its limit by half a tick.

Axes: k steps, sorted by order, cell and number; m MTUs of orders. Units as in `money`.
"""

from __future__ import annotations

import numpy as np

from walras.book.book import Book
from walras.book.cells import IntArray
from walras.settlement.collateral.exact import Exact, sums, times, up
from walras.settlement.collateral.formula import LIMIT_PRICE, Prices
from walras.settlement.collateral.money import Money


def curve_minor(book: Book, prices: Prices, money: Money) -> Exact:
    """Return what each curve may owe, in minor units; shape (o,)."""
    curves = book.curves
    if not curves.step_count:
        return np.zeros(curves.count, dtype=np.int64)
    order, cell, cells = curves.step_order, curves.step_cell, curves.step_cells
    side, grid = curves.side[order], curves.grid[order]
    is_new = np.append(True, (np.diff(order) != 0) | (np.diff(cell) != 0))
    at = np.flatnonzero(is_new)
    mtu = np.cumsum(is_new) - 1
    quantity = np.cumsum(times(curves.quantity, rows=len(cell)))
    before = quantity - curves.quantity
    before, quantity = before - before[at][mtu], quantity - before[at][mtu]
    start = prices.owed(side, curves.price_start, grid)
    end = prices.owed(side, curves.price_end, grid)
    is_limit = prices.formula.kind == LIMIT_PRICE
    value = times(start + (is_limit & (cells > 1)), quantity, rows=len(cell))
    slope = np.flatnonzero(start > end)
    if slope.size:
        worst = _on_slopes(start[slope], end[slope], before[slope], curves.quantity[slope])
        value = value.astype(object)
        value[slope] = worst
    value = times(value, money.cell[cell] * cells)
    worst_of_mtu = np.maximum(np.maximum.reduceat(value, at), 0)
    many = (cells[at] > 1) & ~money.is_whole(cell[at])
    return sums(order[at], money.minor_of(worst_of_mtu, np.where(many, cells[at], 0)), curves.count)


def worst_point(key: IntArray, owed: IntArray, quantity: IntArray, cell: IntArray, money: Money) -> Exact:
    """Return the worst point of each run of equal keys, of steps without slopes; units, one a run."""
    is_new = np.append(True, np.diff(key) != 0)
    at = np.flatnonzero(is_new)
    mtu = np.cumsum(is_new) - 1
    total = np.cumsum(times(quantity, rows=len(key)))
    taken = total - (total - quantity)[at][mtu]
    value = times(owed, taken, money.cell[cell], rows=len(key))
    return np.maximum(np.maximum.reduceat(value, at), 0)


def _on_slopes(start: IntArray, end: IntArray, before: Exact, quantity: IntArray) -> Exact:
    """Return the largest of price x quantity on each slope, half ticks x ticks, rounded up.

    At v of its q ticks a slope owes `start - fall v / q`, and what may be missed: half a price tick and the fall
    of one quantity tick. So the value is `(before + v) (start + 1 + fall (1 - v) / q)`, concave in v.
    """
    start, fall, before, q = (a.astype(object) for a in (start, start - end, before, quantity))
    q = np.maximum(q, 1)
    top = ((start + 1) * q + fall - fall * before) // (2 * fall)
    out = np.zeros(len(q), dtype=object)
    for tick in (top, top + 1):
        v = np.minimum(np.maximum(tick, 0), quantity.astype(object))
        out = np.maximum(out, up((before + v) * ((start + 1) * q + fall - fall * v), q))
    return out
