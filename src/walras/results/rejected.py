"""What a rejected order would have gained at the prices, with all that must or may come along.

A block may bring rejected descendants that pay for it; a member of an exclusive group takes
the place of those accepted instead; a scalable complex order keeps its load gradients.
Written for `outcomes`, which decides from it who is paradoxically rejected. Prices are held:
what accepting an order would do to them is another question (`walras explain --what-if`).

Axes: o orders, k steps, t MTUs of one grid. Units: MW, trade currency.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.optimize import linprog

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.orders.blocks import BlockOrders
from walras.results.audit.case import DECIDED, Case
from walras.results.audit.small_programs import least_misses
from walras.results.certificate_orders import best_power, minimum_power
from walras.results.raw import Raw, total_by


def room_below_parents(case: Case) -> FloatArray:
    """Return the ratio that the parents of each block leave to it, 1 without parents; shape (o,)."""
    blocks, ratio = case.raw.book.blocks, case.volumes.block_ratio
    room = np.ones(blocks.count)
    np.minimum.at(room, blocks.link_child, ratio[blocks.link_parent])
    return room


def room_in_group(case: Case) -> FloatArray:
    """Return the ratio that the group of each block leaves to it, 1 without a group; shape (o,)."""
    blocks, ratio = case.raw.book.blocks, case.volumes.block_ratio
    room, member = np.ones(blocks.count), blocks.group >= 0
    used = total_by(blocks.group[member], ratio[member], len(blocks.group_name))
    room[member] = 1 - used[blocks.group[member]]
    return room


def group_surplus(blocks: BlockOrders, surplus: FloatArray, accepted: BoolArray) -> FloatArray:
    """Return what the accepted members of each block's group earn together, 0 without a group; shape (o,)."""
    out, member = np.zeros(blocks.count), blocks.group >= 0
    earned = total_by(blocks.group[member], np.where(accepted, surplus, 0.0)[member], len(blocks.group_name))
    out[member] = earned[blocks.group[member]]
    return out


def with_descendants(case: Case, gain: FloatArray) -> FloatArray:
    """Return what each rejected block would gain with the rejected descendants that help it most; shape (o,).

    All are taken whole. A descendant comes along only with all of its own parents: those that
    are accepted far enough, and rejected ones that come along too (rules, 3.4). `gain` is of
    each block alone; that of accepted blocks is returned as it is.

    Example:
        A parent that loses 20 with a child that gains 50 and another that loses 5 gains 30.
    """
    blocks, ratio = case.raw.book.blocks, case.volumes.block_ratio
    out, rejected = gain.copy(), ratio <= DECIDED
    short = ~rejected[blocks.link_parent] & (
        ratio[blocks.link_parent] < blocks.min_acceptance_ratio[blocks.link_child] - DECIDED
    )
    barred = np.zeros(blocks.count, dtype=bool)
    barred[blocks.link_child[short]] = True
    live = rejected[blocks.link_child] & rejected[blocks.link_parent]
    child, parent = blocks.link_child[live], blocks.link_parent[live]
    for block in np.unique(parent).tolist():
        family = _descendants(block, child, parent, barred)
        if len(family) > 1:
            out[block] = _best_part(family, child, parent, gain)
    return out


def _descendants(block: int, child: IntArray, parent: IntArray, barred: BoolArray) -> IntArray:
    """Return a block and those below it that can come along with it, sorted."""
    inside = np.zeros(len(barred), dtype=bool)
    inside[block] = True
    while True:
        below = child[inside[parent]]
        grown = inside.copy()
        grown[below[~barred[below]]] = True
        if (grown == inside).all():
            break
        inside = grown
    while True:
        lacks = child[inside[child] & ~inside[parent] & (child != block)]
        if not len(lacks):
            out: IntArray = np.flatnonzero(inside)
            return out
        inside[lacks] = False


def _best_part(family: IntArray, child: IntArray, parent: IntArray, gain: FloatArray) -> float:
    """Return the best sum of gains over parts of a family that hold its head: no child without its parents."""
    links = np.isin(child, family) & np.isin(parent, family)
    below, above = np.searchsorted(family, child[links]), np.searchsorted(family, parent[links])
    count, value = len(family), gain[family]
    is_head = ~np.isin(np.arange(count), below)
    if value[~is_head].max() <= 0:
        return float(value[is_head].sum())
    rows = np.arange(len(below))
    # The head is taken, x = 1; x <= 1 elsewhere follows from x <= x of a parent.
    entries = (np.repeat([1.0, -1.0], len(below)), (np.tile(rows, 2), np.concatenate([below, above])))
    matrix = sp.csc_array(entries, shape=(len(below), count))
    others = np.flatnonzero(~is_head)
    limits = np.asarray(-matrix[:, np.flatnonzero(is_head)].sum(axis=1), dtype=np.float64)
    taken = least_misses(-value[others], sp.csc_array(matrix[:, others]), limits)
    return float(value[is_head].sum() + value[others] @ taken)


def best_schedules(raw: Raw, gain: FloatArray, wanted: BoolArray) -> FloatArray:
    """Return the power of each step that gains most for its order, gradients kept; shape (k,).

    Each cell's best power where that keeps the load gradients; else a small linear program an
    order over all MTUs of its grid. Orders that are not `wanted` keep each cell's best.
    """
    power, least = best_power(raw, gain), minimum_power(raw)
    for order in np.flatnonzero(wanted & ~keeps_gradients(raw, power)).tolist():
        mine = _steps_of(raw, order)
        power[mine] = _best_schedule(raw, order, mine, gain[mine], least[mine])
    return power


def _steps_of(raw: Raw, order: int) -> IntArray:
    first, after = np.searchsorted(raw.book.scalables.step_order, [order, order + 1])
    return np.arange(first, after)


def _best_schedule(raw: Raw, order: int, mine: IntArray, gain: FloatArray, minimum: FloatArray) -> FloatArray:
    book, cells = raw.book.scalables, raw.book.cells
    grid = int(book.grid[order])
    count, size = cells.grids[grid].cell_count, cells.grids[grid].quantity_tick
    cell = book.step_cell[mine] - int(cells.first[grid])
    total = sp.csr_array((np.ones(len(mine)), (cell, np.arange(len(mine)))), shape=(count, len(mine)))
    climb = total[1:] - total[:-1]
    least = np.zeros(count)
    least[cell] = minimum
    rows, limits = [-total], [-least]
    for ticks, change in ((int(book.gradient_up[order]), climb), (int(book.gradient_down[order]), -climb)):
        if ticks >= 0:
            rows.append(change)
            limits.append(np.full(count - 1, size.value(ticks)))
    bounds = np.column_stack([np.zeros(len(mine)), raw.scalables.quantity[mine]])
    answer = linprog(-gain, A_ub=sp.vstack(rows), b_ub=np.concatenate(limits), bounds=bounds, method="highs")  # type: ignore[call-overload]
    assert answer.status == 0, f"small program of a schedule: {answer.message}"
    power: FloatArray = answer.x
    return power


def keeps_gradients(raw: Raw, power: FloatArray) -> BoolArray:
    """Return which scalable orders keep their load gradients with this power of each step; shape (o,)."""
    book, cells = raw.book.scalables, raw.book.cells
    out = np.ones(book.count, dtype=bool)
    for order in np.flatnonzero((book.gradient_up >= 0) | (book.gradient_down >= 0)).tolist():
        grid = int(book.grid[order])
        mine = _steps_of(raw, order)
        first, count = int(cells.first[grid]), cells.grids[grid].cell_count
        climb = np.diff(np.bincount(book.step_cell[mine] - first, weights=power[mine], minlength=count))
        tick = cells.grids[grid].quantity_tick
        for ticks, change in ((int(book.gradient_up[order]), climb), (int(book.gradient_down[order]), -climb)):
            if ticks >= 0 and (change > tick.value(ticks) + DECIDED).any():
                out[order] = False
    return out
