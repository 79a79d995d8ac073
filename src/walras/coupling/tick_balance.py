"""Whole ticks for volumes that are not: below or above, so that everything balances.

A node is a cell, or a period of a flow-based domain, whose exchanges sum to zero. On lines
without losses and domains of the cells' own periods this is a network: its linear program
has whole corners. Elsewhere a corner can be fractional and is rounded; a domain's exchanges
still sum to zero then, and a cell misses balance by less than half a tick a volume.

A line that is full at a capacity off the tick must stay below it. Where no tick below or
above makes up for that, volumes that may take any value go further: marginal steps, and
lines with room between equal prices. Exchanges with domains never do, since branches allow
a tick a zone and no more.

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
FURTHER_COST = 1e2
FURTHER = 20.0


@dataclass(frozen=True)
class Loose:
    """Volumes of one family that are not whole ticks, as entries of nodes.

    Attributes:
        index: Position in the family; shape (e,).
        ticks: Volume in ticks; shape (e,).
        entry, node, value: Ticks that one tick of entry e injects into each node.
        lowest, highest: Whole ticks that it may be rounded to; shape (e,).
        least, most: Ticks between which it must stay whatever happens; shape (e,).
    """

    index: IntArray
    ticks: FloatArray
    entry: IntArray
    node: IntArray
    value: FloatArray
    lowest: FloatArray
    highest: FloatArray
    least: FloatArray
    most: FloatArray


def balanced(book: Book, loose: dict[str, Loose], injected: FloatArray) -> dict[str, FloatArray]:
    """Return whole ticks of all loose volumes that close the balance of every node.

    `injected` is what whole volumes already bring to each node. Loose curve steps of one
    span and side move as one column between the sums of their floors and ceilings, then
    share by largest remainder.
    """
    if all(len(part.index) == 0 for part in loose.values()):
        return {name: part.ticks for name, part in loose.items()}
    groups = _curve_groups(book, loose["curve"])
    chosen, missing = _chosen(book, loose, groups, injected, 0.0)
    if missing > 0.5:
        chosen, _ = _chosen(book, loose, groups, injected, FURTHER)
    return chosen


def _chosen(
    book: Book, loose: dict[str, Loose], groups: _Groups, injected: FloatArray, further: float
) -> tuple[dict[str, FloatArray], float]:
    """Return whole ticks that move by the least, and the ticks of balance that they miss.

    With `further` some volumes may go on by so many ticks, and what is missed still is spread.
    """
    cells, size = book.cells.count, len(groups.total)
    builder = ProgramBuilder()
    builder.rows(-injected, -injected)
    columns: dict[str, int] = {}
    goal = np.round(groups.total)
    moves = [(1.0, 1.0, groups.highest - goal), (-1.0, 1.0, goal - groups.lowest)]
    if further:
        moves += [(1.0, FURTHER_COST, groups.room_above), (-1.0, FURTHER_COST, groups.room_below)]
    first = builder.columns(np.zeros(size), goal, goal)
    for sign, cost, room in moves:
        moved = builder.columns(np.full(size, cost), np.zeros(size), np.maximum(room, 0.0))
        builder.entries(groups.cell, moved + groups.entry, sign * groups.value)
    builder.entries(groups.cell, first + groups.entry, groups.value)
    for name, part in loose.items():
        if name != "curve":
            fraction = part.ticks - np.floor(part.ticks)
            columns[name] = builder.columns(1.0 - 2.0 * fraction, part.lowest, part.highest)
            builder.entries(part.node, columns[name] + part.entry, part.value)
    last = builder.column_count
    lines = loose["exchange"]
    for sign in (1.0, -1.0) if further else ():
        room = np.minimum(_line_room(lines, sign), further)
        moved = builder.columns(np.full(len(room), FURTHER_COST), np.zeros(len(room)), room)
        builder.entries(lines.node, moved + lines.entry, sign * lines.value)
    missing = builder.column_count
    first_tick = np.full(cells, 1.0 if further else np.inf)
    tiers = [(MISSING_COST, first_tick), (2 * MISSING_COST, np.full(cells, np.inf))]
    for cost, most in tiers if further else tiers[:1]:
        for sign in (1.0, -1.0):
            column = builder.columns(np.full(cells, cost), np.zeros(cells), most)
            builder.entries(np.arange(cells), column + np.arange(cells), np.full(cells, sign))
    solved = Solver(builder.build()).solve().x
    x = np.round(solved)
    chosen = {name: x[at : at + len(loose[name].index)] for name, at in columns.items()}
    chosen["domain"] = _summing_to_zero(book, loose["domain"], solved[columns["domain"] : last], injected[cells:])
    moved_by = np.reshape(x[first : first + (1 + len(moves)) * size], (1 + len(moves), size))
    total = moved_by[0] + moved_by[1] - moved_by[2]
    chosen["curve"] = _largest_remainder(loose["curve"].ticks, groups.group, total)
    if further:
        np.add.at(chosen["curve"], groups.above, moved_by[3])
        np.subtract.at(chosen["curve"], groups.below, moved_by[4])
        forth, back = np.reshape(x[last:missing], (2, -1))
        chosen["exchange"] = chosen["exchange"] + forth - back
    return chosen, float(solved[missing:].sum())


def _line_room(lines: Loose, sign: float) -> FloatArray:
    """Return the ticks by which each line may go beyond its next one, none where it is full; shape (e,)."""
    is_free = (lines.ticks > lines.least + 1) & (lines.ticks < lines.most - 1)
    room = lines.most - lines.highest if sign > 0 else lines.lowest - lines.least
    return np.where(is_free, np.maximum(room, 0.0), 0.0)


def _summing_to_zero(book: Book, loose: Loose, solved: FloatArray, injected: FloatArray) -> FloatArray:
    """Return whole ticks of domain exchanges whose sum is zero in every period, wherever the program left fractions."""
    period = book.domains.exchange_period[loose.index]
    return _largest_remainder(np.round(solved[: len(period)], 6), period, -injected)


@dataclass(frozen=True)
class _Groups:
    """Loose curve steps of one span and side taken together.

    Attributes:
        group: Group of each loose step; shape (e,).
        total, lowest, highest: Ticks, and the whole ticks between which they are rounded; shape (g,).
        entry, cell, value: Ticks that one tick of each group injects into cells.
        above, below: The loose step of each group that can go further; shape (g,).
        room_above, room_below: By how many ticks; none for a slope, whose volume its price says; shape (g,).
    """

    group: IntArray
    total: FloatArray
    lowest: FloatArray
    highest: FloatArray
    entry: IntArray
    cell: IntArray
    value: FloatArray
    above: IntArray
    below: IntArray
    room_above: FloatArray
    room_below: FloatArray


def _curve_groups(book: Book, loose: Loose) -> _Groups:
    curves = book.curves
    cell, cells, span = spans_of(book)
    side = curves.side[curves.step_order]
    key = span[loose.index] * 2 + (side[loose.index] > 0)
    unique, group = np.unique(key, return_inverse=True)
    count = len(unique)
    floor = summed(group, np.floor(loose.ticks), count)
    entry, covered = spread(cell[unique // 2], cells[unique // 2])
    is_flat = (curves.price_start == curves.price_end)[loose.index]
    rooms = loose.most - np.floor(loose.ticks) - 1, np.floor(loose.ticks) - loose.least
    (above, room_above), (below, room_below) = (
        _widest(np.where(is_flat, np.clip(room, 0.0, FURTHER), 0.0), group, count) for room in rooms
    )
    return _Groups(
        group,
        summed(group, loose.ticks, count),
        floor,
        floor + np.bincount(group, minlength=count),
        entry,
        covered,
        np.where(unique % 2 == 1, 1.0, -1.0)[entry],
        above,
        below,
        room_above,
        room_below,
    )


def _widest(room: FloatArray, group: IntArray, count: int) -> tuple[IntArray, FloatArray]:
    """Return the entry of each group with the most room, and its room."""
    order = np.lexsort((-room, group))
    widest: IntArray = order[np.searchsorted(group[order], np.arange(count))]
    return widest, room[widest]


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
