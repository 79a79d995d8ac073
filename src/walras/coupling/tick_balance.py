"""Whole ticks for volumes that are not: below or above, so that everything balances.

A node is a cell, or a period of a flow-based domain, whose exchanges sum to zero. On lines
without losses and domains of the cells' own periods this is a network: its linear program
has whole corners. Elsewhere a corner can be fractional and is rounded; a domain's exchanges
still sum to zero then, and a cell misses balance by less than half a tick a volume.

Axes: n nodes (cells first), e loose volumes, g groups of curve steps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray, IntArray
from walras.coupling.highs import Solver
from walras.coupling.model.program import ProgramBuilder
from walras.coupling.residual import spans_of
from walras.coupling.runs import spread, summed

MISSING_COST = 1e4


@dataclass(frozen=True)
class Loose:
    """Volumes of one family that are not whole ticks, as entries of nodes.

    Attributes:
        index: Position in the family; shape (e,).
        ticks: Volume in ticks; shape (e,).
        entry, node, value: Ticks that one tick of entry e injects into each node.
        lowest, highest: Whole ticks that it may be rounded to; shape (e,).
    """

    index: IntArray
    ticks: FloatArray
    entry: IntArray
    node: IntArray
    value: FloatArray
    lowest: FloatArray
    highest: FloatArray


def balanced(book: Book, loose: dict[str, Loose], injected: FloatArray) -> dict[str, FloatArray]:
    """Return whole ticks of all loose volumes that close the balance of every node.

    `injected` is what whole volumes already bring to each node. Loose curve steps of one
    span and side move as one column between the sums of their floors and ceilings, then
    share by largest remainder.
    """
    groups = _curve_groups(book, loose["curve"])
    cells = book.cells.count
    builder = ProgramBuilder()
    builder.rows(-injected, -injected)
    columns: dict[str, int] = {}
    goal = np.round(groups.total)
    first = builder.columns(np.zeros(len(goal)), goal, goal)
    for sign, room in ((1.0, groups.highest - goal), (-1.0, goal - groups.lowest)):
        moved = builder.columns(np.ones(len(goal)), np.zeros(len(goal)), np.maximum(room, 0.0))
        builder.entries(groups.cell, moved + groups.entry, sign * groups.value)
    builder.entries(groups.cell, first + groups.entry, groups.value)
    for name, part in loose.items():
        if name == "curve":
            continue
        cost = 1.0 - 2.0 * (part.ticks - np.floor(part.ticks))
        columns[name] = builder.columns(cost, part.lowest, part.highest)
        builder.entries(part.node, columns[name] + part.entry, part.value)
    for sign in (1.0, -1.0):
        missing = builder.columns(np.full(cells, MISSING_COST), np.zeros(cells), np.full(cells, np.inf))
        builder.entries(np.arange(cells), missing + np.arange(cells), np.full(cells, sign))
    if not len(goal) and all(len(part.index) == 0 for part in loose.values()):
        return {name: part.ticks for name, part in loose.items()}
    solved = Solver(builder.build()).solve().x
    x = np.round(solved)
    size = len(goal)
    total = x[first : first + size] + x[first + size : first + 2 * size] - x[first + 2 * size : first + 3 * size]
    chosen = {name: x[at : at + len(loose[name].index)] for name, at in columns.items()}
    chosen["domain"] = _summing_to_zero(book, loose["domain"], solved[columns["domain"] :], injected[cells:])
    chosen["curve"] = _largest_remainder(loose["curve"].ticks, groups.group, total)
    return chosen


def _summing_to_zero(book: Book, loose: Loose, solved: FloatArray, injected: FloatArray) -> FloatArray:
    """Return whole ticks of domain exchanges whose sum is zero in every period, wherever the program left fractions."""
    period = book.domains.exchange_period[loose.index]
    return _largest_remainder(np.round(solved[: len(period)], 6), period, -injected)


@dataclass(frozen=True)
class _Groups:
    """Loose curve steps of one span and side taken together."""

    group: IntArray
    total: FloatArray
    lowest: FloatArray
    highest: FloatArray
    entry: IntArray
    cell: IntArray
    value: FloatArray


def _curve_groups(book: Book, loose: Loose) -> _Groups:
    curves = book.curves
    cell, cells, span = spans_of(book)
    side = curves.side[curves.step_order]
    key = span[loose.index] * 2 + (side[loose.index] > 0)
    unique, group = np.unique(key, return_inverse=True)
    count = len(unique)
    floor = summed(group, np.floor(loose.ticks), count)
    entry, covered = spread(cell[unique // 2], cells[unique // 2])
    return _Groups(
        group,
        summed(group, loose.ticks, count),
        floor,
        floor + np.bincount(group, minlength=count),
        entry,
        covered,
        np.where(unique % 2 == 1, 1.0, -1.0)[entry],
    )


def _largest_remainder(ticks: FloatArray, group: IntArray, total: FloatArray) -> FloatArray:
    """Return floors plus one for the largest remainders, so that each group has its total.

    >>> _largest_remainder(np.array([1.3, 2.6, 0.1]), np.array([0, 0, 0]), np.array([4.0])).tolist()
    [1.0, 3.0, 0.0]
    """
    floor = np.floor(ticks)
    up = total - summed(group, floor, len(total))
    order = np.lexsort((-(ticks - floor), group))
    start = np.searchsorted(group[order], np.arange(len(total)))
    rank = np.arange(len(ticks)) - start[group[order]]
    out = floor.copy()
    out[order] += rank < up[group[order]]
    return out
