"""The loss rule of blocks and families: a child may save its parent, never the reverse.

Every accepted block needs, with what its accepted children hand up, a surplus of at
least zero (rules, 3.4; eq. A.22). Where every block has one parent at the most the
surplus flows up a tree and a recursion decides; where a child has several parents its
surplus may be shared among them but not spent twice, and a linear program over the
transfers decides (theory, 3b).
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from walras.book.cells import FloatArray, IntArray
from walras.results.audit.case import DECIDED, Case
from walras.results.audit.small_programs import least_misses
from walras.results.raw import total_by


def block_surplus(case: Case) -> tuple[FloatArray, FloatArray]:
    """Return surplus of each block at its accepted legs, and how much rounding may take; each of shape (o,).

    The second is `tp * sum|v| + sum|v - ratio q| |P - p|` over energy: what half a price
    tick and the rounding of each leg can do (theory, section 4).
    """
    legs, volumes, count = case.raw.blocks, case.volumes, case.raw.book.blocks.count
    gain = legs.sign * (case.price[legs.cell] - legs.price)
    energy = volumes.block_leg * legs.hours
    surplus = total_by(legs.order, gain * energy, count)
    moved = np.abs(volumes.block_leg - volumes.block_ratio[legs.order] * legs.quantity) * legs.hours
    money = energy * (np.abs(case.price[legs.cell]) + np.abs(legs.price))
    excused = case.half_price_tick[legs.cell] * energy + moved * np.abs(gain) + case.relative * money
    return surplus, total_by(legs.order, excused, count)


def losing_blocks(case: Case, *, excuses: bool = True) -> FloatArray:
    """Return how much surplus each accepted block lacks after transfers, 0 if none; shape (o,).

    `excuses`: whether what rounding may take is no lack.
    """
    blocks = case.raw.book.blocks
    surplus, excused = block_surplus(case)
    accepted = case.volumes.block_ratio > DECIDED
    need = np.where(accepted, surplus + excused if excuses else surplus, 0.0)
    lacking = np.maximum(-need, 0.0)
    if not lacking.any() or len(blocks.link_child) == 0:
        return lacking
    live = accepted[blocks.link_child] & accepted[blocks.link_parent]
    child, parent = blocks.link_child[live], blocks.link_parent[live]
    graph = coo_array((np.ones(len(child)), (child, parent)), shape=(blocks.count, blocks.count))
    _, family = connected_components(graph, directed=False)
    for one in np.unique(family[lacking > 0]).tolist():
        links = family[child] == one
        if links.any():
            members = np.flatnonzero(family == one)
            lacking[members] = _family_lacking(
                need[members], _within(members, child[links]), _within(members, parent[links])
            )
    return lacking


def _within(members: IntArray, orders: IntArray) -> IntArray:
    return np.searchsorted(members, orders)


def _family_lacking(need: FloatArray, child: IntArray, parent: IntArray) -> FloatArray:
    if len(np.unique(child)) == len(child):
        return _forest_lacking(need, child, parent)
    return _shared_lacking(need, child, parent)


def _forest_lacking(need: FloatArray, child: IntArray, parent: IntArray) -> FloatArray:
    """Return what each block of a forest lacks, leaves first."""
    up = dict(zip(child.tolist(), parent.tolist(), strict=True))
    depth = np.zeros(len(need), dtype=np.int64)
    for start in range(len(need)):
        block, seen = start, 0
        while block in up and seen <= len(need):
            block, seen = up[block], seen + 1
        depth[start] = seen
    total = need.copy()
    for block in np.argsort(-depth, kind="stable").tolist():
        if block in up:
            total[up[block]] += max(0.0, total[block])
    return np.maximum(-total, 0.0)


def _shared_lacking(need: FloatArray, child: IntArray, parent: IntArray) -> FloatArray:
    """Return the least total lack over all transfers, block by block: variables are transfers, then lacks."""
    count, links = len(need), len(child)
    rows = np.concatenate([child, parent, np.arange(count)])
    columns = np.concatenate([np.arange(links), np.arange(links), links + np.arange(count)])
    values = np.concatenate([np.ones(links), -np.ones(links), -np.ones(count)])
    matrix = coo_array((values, (rows, columns)), shape=(count, links + count)).tocsc()
    scale = max(1.0, float(np.abs(need).max()))
    cost = np.concatenate([np.zeros(links), np.ones(count)])
    lacking: FloatArray = least_misses(cost, matrix, need / scale)[links:] * scale
    return np.where(lacking > DECIDED * scale, lacking, 0.0)
