"""Scalable complex orders with their steps and minimum acceptance powers from their tables."""

from __future__ import annotations

import numpy as np

from walras.book.cells import Cells, IntArray
from walras.book.findings import Findings
from walras.book.order_headers import Headers
from walras.book.spans import Clock, spans
from walras.book.step_order import canonical
from walras.book.tables import Table
from walras.book.ticks import to_ticks
from walras.orders.breach import GridTerms
from walras.orders.curve_rules import Steps, step_breaches
from walras.orders.scalable import ScalableOrders
from walras.orders.scalable_rules import minimum_breaches, scalable_breaches


def read_scalables(
    headers: Headers, steps: Table, minimums: Table, cells: Cells, terms: GridTerms, max_steps: int, findings: Findings
) -> ScalableOrders:
    """Return all scalable complex orders; `max_steps` of the rules profile, 0 = no limit."""
    row = headers.row
    stop, up, down = _checked_headers(headers, terms, findings)
    rows, is_whole = _steps(headers, steps, cells, terms, max_steps, findings)
    minimum = _minimums(headers, minimums, rows, is_whole, cells, terms, findings)
    return ScalableOrders(
        headers.names.names, headers.member, headers.grid, headers.side,
        headers.table.floats("fixed_term_cur")[row], up, down, stop,
        rows.order, rows.cell, rows.number, rows.price_start, rows.quantity, *minimum,
    )  # fmt: skip


def _checked_headers(headers: Headers, terms: GridTerms, findings: Findings) -> tuple[IntArray, IntArray, IntArray]:
    """Return scheduled stop and both gradients of each order; shapes (o,)."""
    table, row = headers.table, headers.row
    grid = headers.grid_of(np.arange(len(row)))
    by_row = np.empty_like(grid)
    by_row[row] = grid
    gradients = {}
    for column in ("gradient_up_mw", "gradient_down_mw"):
        ticks, _ = to_ticks(table, column, by_row, terms.quantity_step, terms.quantity_scale, findings)
        # -1 says that there is no limit, so a negative gradient moves one further down
        gradients[column] = np.where(table.has(column), np.where(ticks < 0, ticks - 1, ticks), -1)[row]
    stop = table.ints("stop_mtus")[row]
    known = np.flatnonzero(grid >= 0)
    broken = scalable_breaches(
        table.floats("fixed_term_cur")[row][known],
        {c: g[known] for c, g in gradients.items()},
        stop[known],
        headers.side[known],
        grid[known],
        terms,
    )
    findings.breaches(table, row[known], broken)
    return stop, gradients["gradient_up_mw"], gradients["gradient_down_mw"]


def _steps(
    headers: Headers, steps: Table, cells: Cells, terms: GridTerms, max_steps: int, findings: Findings
) -> tuple[Steps, bool]:
    """Return the steps, sorted, and whether all rows of the file are among them."""
    order = headers.find(steps, findings)
    headers.need_rows(steps, order, findings)
    grid = headers.grid_of(order)
    position, covered, fits = spans(steps, Clock.of(cells), grid, findings)
    cell = np.append(cells.first[:-1], 0)[grid] + position
    price, no_price = to_ticks(steps, "price_cur_per_mwh", grid, terms.price_step, terms.price_scale, findings)
    quantity, no_quantity = to_ticks(steps, "quantity_mw", grid, terms.quantity_step, terms.quantity_scale, findings)
    number = steps.ints("step")
    good = fits & ~no_price & ~no_quantity
    at = canonical(steps, (order, cell, number), good, findings)
    lost = headers.names.mask(steps.lost.to_list())
    lost[order[~good & (order >= 0)]] = True
    order, cell, covered, number, grid, price, quantity = (
        c[at] for c in (order, cell, covered, number, grid, price, quantity)
    )
    rows = Steps(order, cell, covered, number, grid, headers.side_of(order), price, price, quantity)
    findings.breaches(steps, at, step_breaches(rows, terms, ~lost[order], max_steps))
    return rows, steps.is_whole and not lost.any()


def _minimums(
    headers: Headers,
    minimums: Table,
    steps: Steps,
    is_whole: bool,
    cells: Cells,
    terms: GridTerms,
    findings: Findings,
) -> tuple[IntArray, IntArray, IntArray]:
    """Return order, cell and ticks of each minimum, sorted; compared with the offer if all steps could be read."""
    order = headers.find(minimums, findings)
    grid = headers.grid_of(order)
    position, _, fits = spans(minimums, Clock.of(cells), grid, findings)
    cell = np.append(cells.first[:-1], 0)[grid] + position
    ticks, too_large = to_ticks(minimums, "minimum_mw", grid, terms.quantity_step, terms.quantity_scale, findings)
    at = canonical(minimums, (order, cell), fits & ~too_large, findings)
    order, cell, ticks, grid = order[at], cell[at], ticks[at], grid[at]
    if is_whole:
        key = steps.order * cells.count + steps.cell
        own, total = np.unique(key, return_inverse=True)
        offered = np.bincount(total, weights=steps.quantity, minlength=len(own) + 1).astype(np.int64)
        place = np.searchsorted(own, order * cells.count + cell)
        found = np.append(own, -1)[place] == order * cells.count + cell
        offer = np.where(found, np.append(offered, 0)[place], 0)
        findings.breaches(minimums, at, minimum_breaches(ticks, offer, grid, terms))
    return order, cell, ticks
