"""Block orders with their legs, links and exclusive groups from their tables."""

from __future__ import annotations

import numpy as np

from walras.book.cells import FloatArray, IntArray
from walras.book.findings import Findings
from walras.book.order_headers import Headers
from walras.book.reading import Reading
from walras.book.step_order import canonical
from walras.book.tables import Table, drop_duplicates
from walras.orders.block_rules import Groups, block_breaches, leg_breaches, link_breaches
from walras.orders.blocks import BlockOrders


def read_blocks(headers: Headers, legs: Table, links: Table, groups: Table, reading: Reading) -> BlockOrders:
    """Return all block orders."""
    table, row, findings = headers.table, headers.row, reading.findings
    by_row = reading.header_grid(headers)
    ticks, too_large = reading.prices(table, "price_cur_per_mwh", by_row)
    ratio = table.floats("min_acceptance_ratio")
    known = np.flatnonzero((by_row >= 0) & ~too_large)
    findings.breaches(table, known, block_breaches(ticks[known], ratio[known], by_row[known], reading.terms))
    order, cell, quantity = _legs(headers, legs, reading)
    group, group_names = _groups(headers, groups, findings)
    child, parent = _links(headers, links, ratio[row], Groups(group, group_names), findings)
    return BlockOrders(
        headers.names.names, headers.member, headers.grid, headers.side, ticks[row], ratio[row],
        group, group_names, order, cell, quantity, child, parent,
    )  # fmt: skip


def _legs(headers: Headers, legs: Table, reading: Reading) -> tuple[IntArray, IntArray, IntArray]:
    """Return block, cell and quantity of each leg, one a cell, sorted."""
    findings = reading.findings
    order = headers.find(legs, findings)
    headers.need_rows(legs, order, findings)
    grid = headers.grid_of(order)
    first, covered, fits = reading.cells_of(legs, grid)
    quantity, too_large = reading.quantities(legs, "quantity_mw", grid)
    at = canonical(legs, (order, first), fits & ~too_large, findings)
    order, first, covered, quantity, grid = (c[at] for c in (order, first, covered, quantity, grid))
    broken = leg_breaches(order, quantity, grid, reading.terms, max_legs=reading.max_block_legs)
    findings.breaches(legs, at, broken)
    reaches = np.zeros(len(at), dtype=np.bool_)
    reaches[1:] = (order[1:] == order[:-1]) & (first[:-1] + covered[:-1] > first[1:])
    findings.rows(
        legs,
        np.sort(at[reaches]),
        "products_overlap",
        what=lambda i: "the leg begins before the leg before it, of the same block, has ended",
        fix="Send the quantity of each MTU of a block once.",
    )
    inside = np.arange(int(covered.sum())) - np.repeat(np.cumsum(covered) - covered, covered)
    return np.repeat(order, covered), np.repeat(first, covered) + inside, np.repeat(quantity, covered)


def _groups(headers: Headers, groups: Table, findings: Findings) -> tuple[IntArray, tuple[str, ...]]:
    """Return the group of each block (-1 for none), and the group names."""
    groups = drop_duplicates(groups, findings)
    names = tuple(groups.texts("group").unique().sort().to_list())
    member = headers.find(groups, findings)
    again = np.zeros(groups.count, dtype=np.bool_)
    known = np.flatnonzero(member >= 0)
    _, first = np.unique(member[known], return_index=True)
    again[known] = True
    again[known[first]] = False
    texts = groups.texts("order")
    findings.rows(
        groups,
        again,
        "one_group_a_block",
        what=lambda i: f"block {texts[i]!r} belongs to another exclusive group as well",
        fix="Put each block into one exclusive group at most.",
    )
    code = {n: g for g, n in enumerate(names)}
    group = np.full(len(headers.names.names), -1, dtype=np.int64)
    rows = known[first]
    group[member[rows]] = np.array([code[g] for g in groups.texts("group").gather(rows)], dtype=np.int64)
    return group, names


def _links(
    headers: Headers, links: Table, ratio: FloatArray, groups: Groups, findings: Findings
) -> tuple[IntArray, IntArray]:
    """Return child and parent of each link, sorted."""
    links = drop_duplicates(links, findings)
    child = headers.find(links, findings, "child")
    parent = headers.find(links, findings, "parent")
    at = np.flatnonzero((child >= 0) & (parent >= 0))
    at = at[np.lexsort((parent[at], child[at]))]
    child, parent = child[at], parent[at]
    if len(at):
        broken = link_breaches(child, parent, headers.side, ratio, groups, headers.names.names)
        findings.breaches(links, at, broken)
    return child, parent
