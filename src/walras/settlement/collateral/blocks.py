"""What blocks and flexible orders may owe: alone, in an exclusive group, in a linked family.

Whole, a block may owe `w = owed x energy`; a seller's is negative where its limit is positive. No accepted block
loses, but for what its children hand up, and all accepted blocks of a family together never lose. Hence::

    block alone      max(0, w)
    exclusive group  its worst member:          max(0, max w)
    linked family    its worst legal subset:    max over sets closed under "parent of" of sum w

The last one is the most of the linear program with `0 <= r[child] <= r[parent] <= 1`, which whole blocks attain:
minimum acceptance ratios make nothing worse. A block below its limit (a parent that a child rescues) is in it: what
the parent may owe beyond its limit, the child owes less. Of a child with several parents the first one alone is
asked for, which may count too much and never too little.

Where losses are compensated a block that loses is paid its loss, so that the same bounds hold after it.

Counted beside: the mean price of several MTUs may miss a limit by half a tick; with `counts_ticks` what the
rounding of a block that is accepted in part may cost. Axes: l legs, o blocks, k links. Units as in `money`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from walras.book.book import Book
from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.settlement.collateral.exact import Exact, sums, times, whole_down
from walras.settlement.collateral.formula import LIMIT_PRICE, Prices
from walras.settlement.collateral.money import Money

PARTS = 10**9
"""Minimum acceptance ratios are counted in billionths, rounded down."""


@dataclass(frozen=True)
class Whole:
    """What each block alone may owe.

    Attributes:
        owed: When accepted whole, of either sign; units, shape (o,).
        least: When accepted at its minimum ratio; units, shape (o,).
        slack: What rounding may add while it is accepted; units, shape (o,).
        unrounded: Cells in which its amount may round up; shape (o,).
    """

    owed: Exact
    least: Exact
    slack: Exact
    unrounded: IntArray

    @property
    def alone(self) -> Exact:
        """Return the most that each block may owe, not below zero; shape (o,)."""
        most: Exact = np.maximum(np.maximum(self.owed, self.least) + self.slack, 0)
        return most


def whole_blocks(book: Book, prices: Prices, money: Money) -> Whole:
    """Return what each block may owe."""
    blocks, count = book.blocks, book.blocks.count
    order, cell = blocks.leg_order, blocks.leg_cell
    price = prices.owed(blocks.side, blocks.price, blocks.grid)
    is_divisible = blocks.min_acceptance_ratio < 1
    energy = times(blocks.leg_quantity, money.cell[cell], rows=len(cell))
    owed = sums(order, times(energy, price[order], rows=len(cell)), count)
    ratio = whole_down(blocks.min_acceptance_ratio * PARTS)
    least = -((-owed.astype(object) * ratio) // PARTS)
    slack = np.zeros(count, dtype=object)
    unrounded = ~money.is_whole(cell, np.where(is_divisible[order], 1, blocks.leg_quantity))
    if prices.formula.kind == LIMIT_PRICE:
        several = np.bincount(order, minlength=count) > 1
        slack = slack + sums(order, energy, count) * several
        if prices.formula.counts_ticks:
            one_tick = sums(order, times(reach_of(book, blocks.price, blocks.grid)[order], money.cell[cell]), count)
            slack = slack + one_tick * (several & is_divisible)
    pays = sums(order, unrounded.astype(np.int64), count) + book.profile.compensates
    return Whole(owed, np.where(is_divisible, least, owed), slack, pays)


def block_minor(book: Book, prices: Prices, money: Money) -> tuple[IntArray, Exact]:
    """Return the family or group of each block, shape (o,), and what each of them may owe in minor units."""
    blocks, whole = book.blocks, whole_blocks(book, prices, money)
    if not blocks.count:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    part, count = families(blocks.count, blocks.link_child, blocks.link_parent, blocks.group)
    owed = np.zeros(count, dtype=object)
    linked = np.zeros(count, dtype=bool)
    linked[part[blocks.link_child]] = True
    is_grouped = (blocks.group >= 0) & ~linked[part]
    free = ~linked[part] & ~is_grouped
    owed[part[free]] = whole.alone[free]
    if is_grouped.any():
        _groups(owed, part, is_grouped, whole, blocks.min_acceptance_ratio)
    if linked.any():
        closed = _closures(blocks.link_child, blocks.link_parent, part, count, whole)
        owed = np.where(linked, closed, owed)
    return part, money.minor_of(owed, sums(part, whole.unrounded, count))


def families(count: int, child: IntArray, parent: IntArray, group: IntArray) -> tuple[IntArray, int]:
    """Return the number of the family or group of each block, in the order of their first blocks, and how many."""
    members = np.flatnonzero(group >= 0)
    first = np.full(int(group.max(initial=-1)) + 1, count, dtype=np.int64)
    np.minimum.at(first, group[members], members)
    ends = np.concatenate([child, members]), np.concatenate([parent, first[group[members]]])
    graph = coo_array((np.ones(len(ends[0])), ends), shape=(count, count))
    label = connected_components(graph, directed=False)[1]
    _, begins, inverse = np.unique(label, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(begins))
    return rank[inverse].astype(np.int64), len(begins)


def _groups(owed: Exact, part: IntArray, grouped: BoolArray, whole: Whole, ratio: FloatArray) -> None:
    """Set what each exclusive group may owe: its worst member, and where several can share it what each may add."""
    of = part[grouped]
    alone = whole.alone[grouped].astype(object)
    np.maximum.at(owed, of, alone)
    lowest = np.ones(len(owed))
    np.minimum.at(lowest, of, ratio[grouped])
    shares = lowest <= 0.5
    if shares.any():
        worst = np.zeros(len(owed), dtype=object)
        np.maximum.at(worst, of, np.maximum(whole.owed[grouped], 0).astype(object))
        np.add.at(worst, of, np.minimum(whole.slack[grouped].astype(object), alone))
        owed[shares] = np.maximum(owed, worst)[shares]


def _closures(child: IntArray, parent: IntArray, part: IntArray, count: int, whole: Whole) -> Exact:
    """Return the most that a legal subset of each family may owe, by two bounds of which the lower one counts.

    One takes whole blocks and the slack of all of them, the other each block at its own worst ratio.
    """
    up = np.full(len(part), -1)
    up[child[::-1]] = parent[::-1]
    levels = _levels(up)
    exact = _best(up, levels, whole.owed, part, count) + sums(part, whole.slack.astype(object), count)
    free = _best(up, levels, np.maximum(whole.owed, whole.least) + whole.slack, part, count)
    lower: Exact = np.minimum(exact, free)
    return lower


def _levels(up: IntArray) -> list[IntArray]:
    """Return the blocks by their distance from a root, nearest first."""
    levels, at = [np.flatnonzero(up < 0)], up.copy()
    depth = np.zeros(len(up), dtype=np.int64)
    while (below := np.flatnonzero(at >= 0)).size:
        depth[below] += 1
        at[below] = up[at[below]]
    levels += [np.flatnonzero(depth == d) for d in range(1, int(depth.max(initial=0)) + 1)]
    return levels


def _best(up: IntArray, levels: list[IntArray], weight: Exact, part: IntArray, count: int) -> Exact:
    """Return the largest sum of weights over sets closed under "parent of", by family; shape (count,)."""
    total = weight.astype(object)
    for level in reversed(levels[1:]):
        np.add.at(total, up[level], np.maximum(total[level], 0))
    roots = levels[0]
    return sums(part[roots], np.maximum(total[roots], 0), count)


def flexible_minor(book: Book, prices: Prices, money: Money) -> Exact:
    """Return what each flexible order may owe at its worst start, in minor units; shape (o,).

    Its limit and its power are the same at every start, and so is the length of an MTU of its grid.
    """
    orders = book.flexibles
    if not orders.count:
        return np.zeros(0, dtype=np.int64)
    many = orders.cells > 1
    owed = prices.owed(orders.side, orders.price, orders.grid)
    owed = owed + (many & (prices.formula.kind == LIMIT_PRICE))
    units = times(owed, orders.quantity, money.cell[orders.first_cell] * orders.cells)
    unrounded = np.where(money.is_whole(orders.first_cell, orders.quantity), 0, orders.cells)
    return money.minor_of(units, unrounded + book.profile.compensates)


def reach_of(book: Book, price: IntArray, grid: IntArray) -> IntArray:
    """Return how far prices can lie from a limit within the price limits, in half ticks; any axis."""
    low, high = (np.array([getattr(g, name) for g in book.cells.grids], dtype=np.int64)[grid]
                 for name in ("price_min", "price_max"))  # fmt: skip
    far: IntArray = 2 * np.maximum(high - price, price - low)
    return far
