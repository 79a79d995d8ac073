"""Flexible orders from their table."""

from __future__ import annotations

import numpy as np

from walras.book.cells import BoolArray, Cells, IntArray
from walras.book.findings import Findings
from walras.book.order_headers import Headers
from walras.book.spans import MICROSECONDS, Clock, time_text
from walras.book.tables import Table
from walras.book.ticks import to_ticks
from walras.orders.breach import GridTerms
from walras.orders.flexible import FlexibleOrders
from walras.orders.flexible_rules import flexible_breaches


def read_flexibles(headers: Headers, cells: Cells, terms: GridTerms, findings: Findings) -> FlexibleOrders:
    """Return all flexible orders."""
    table, row = headers.table, headers.row
    grid = headers.grid_of(np.arange(len(headers.names.names)))
    by_row = np.empty_like(grid)
    by_row[row] = grid
    price, no_price = to_ticks(table, "price_cur_per_mwh", by_row, terms.price_step, terms.price_scale, findings)
    quantity, no_quantity = to_ticks(table, "quantity_mw", by_row, terms.quantity_step, terms.quantity_scale, findings)
    minutes = table.ints("minutes")
    if not cells.grids:
        zero = np.zeros(len(row), dtype=np.int64)
        return FlexibleOrders(
            headers.names.names, headers.member, grid, headers.side, price[row], quantity[row], zero, zero, zero
        )
    start, end, fits = _window(table, Clock.of(cells), by_row, findings)
    at = np.flatnonzero(fits & ~no_price & ~no_quantity)
    findings.breaches(
        table,
        at,
        flexible_breaches(price[at], quantity[at], minutes[at], (end - start)[at], by_row[at], terms),
    )
    mtu = terms.mtu_minutes[by_row]
    clock = Clock.of(cells)
    first = cells.first[by_row] + (start - clock.start[by_row]) // mtu
    choices = (end - start - minutes) // mtu + 1
    columns = (price, quantity, first, choices, minutes // mtu)
    return FlexibleOrders(headers.names.names, headers.member, headers.grid, headers.side, *(c[row] for c in columns))


def _window(table: Table, clock: Clock, grid: IntArray, findings: Findings) -> tuple[IntArray, IntArray, BoolArray]:
    """Return start and end of each window in minutes UTC, and which can be used; shapes (rows,)."""
    fits = grid >= 0
    bounds = []
    for column, whole in (("window_start", clock.start), ("window_end", clock.end)):
        time = table.times(column)
        minutes = np.where(table.has(column), time // MICROSECONDS, whole[grid])
        is_odd = table.has(column) & (
            (time % MICROSECONDS != 0) | ((minutes - clock.start[grid]) % clock.minutes[grid] != 0)
        )
        is_outside = (minutes < clock.start[grid]) | (minutes > clock.end[grid])
        findings.rows(
            table,
            fits & is_odd & ~is_outside,
            "mtu_on_grid",
            what=lambda i, c=column, m=minutes: f"{c} {time_text(m[i])} is not the boundary of an MTU",
            fix="Write a boundary of an MTU of the zone.",
        )
        findings.rows(
            table,
            fits & is_outside,
            "inside_horizon",
            what=lambda i, c=column, m=minutes: (
                f"{c} {time_text(m[i])} is not inside the horizon "
                f"[{time_text(clock.start[grid[i]])}, {time_text(clock.end[grid[i]])}]"
            ),
            fix="Write a window inside the horizon, or leave it empty for the whole horizon.",
        )
        bounds.append((minutes, is_odd | is_outside))
    (start, bad_start), (end, bad_end) = bounds
    return start, end, fits & ~bad_start & ~bad_end
