"""Flexible orders from their table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.book.cells import BoolArray, IntArray
from walras.book.findings import Findings
from walras.book.order_headers import Headers
from walras.book.reading import Reading
from walras.book.spans import MICROSECONDS, Clock, time_text
from walras.book.tables import Table
from walras.orders.flexible import FlexibleOrders
from walras.orders.flexible_rules import flexible_breaches


def read_flexibles(headers: Headers, reading: Reading) -> FlexibleOrders:
    """Return all flexible orders."""
    table, row = headers.table, headers.row
    grid = reading.header_grid(headers)
    price, no_price = reading.prices(table, "price_cur_per_mwh", grid)
    quantity, no_quantity = reading.quantities(table, "quantity_mw", grid)
    minutes = table.ints("minutes")
    first = choices = covered = np.zeros(len(row), dtype=np.int64)
    if reading.cells.grids:
        clock = reading.clock
        start, end, fits = _window(table, clock, grid, reading.findings)
        at = np.flatnonzero(fits & ~no_price & ~no_quantity)
        broken = flexible_breaches(
            price=price[at], quantity=quantity[at], minutes=minutes[at], window=(end - start)[at],
            grid=grid[at], terms=reading.terms,
        )  # fmt: skip
        reading.findings.breaches(table, at, broken)
        mtu = clock.minutes[grid]
        first = reading.cells.first[grid] + (start - clock.start[grid]) // mtu
        choices = (end - start - minutes) // mtu + 1
        covered = minutes // mtu
    columns = (price, quantity, first, choices, covered)
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
        _Bound(table, column, minutes, grid, clock).report(fits & is_odd & ~is_outside, fits & is_outside, findings)
        bounds.append((minutes, is_odd | is_outside))
    (start, bad_start), (end, bad_end) = bounds
    return start, end, fits & ~bad_start & ~bad_end


@dataclass(frozen=True)
class _Bound:
    """One end of all windows: its column and its minutes UTC."""

    table: Table
    column: str
    minutes: IntArray
    grid: IntArray
    clock: Clock

    def report(self, odd: BoolArray, outside: BoolArray, findings: Findings) -> None:
        """Report ends that are no boundary of an MTU and ends outside the horizon."""
        findings.rows(
            self.table,
            odd,
            "mtu_on_grid",
            what=lambda i: (
                f"{self.column} {time_text(self.minutes[i])} is not the boundary of an MTU of "
                f"{self.clock.minutes[self.grid[i]]} minutes"
            ),
            fix="Write a boundary of an MTU of the zone.",
        )
        findings.rows(
            self.table,
            outside,
            "inside_horizon",
            what=lambda i: (
                f"{self.column} {time_text(self.minutes[i])} is not inside the horizon "
                f"[{time_text(self.clock.start[self.grid[i]])}, {time_text(self.clock.end[self.grid[i]])}]"
            ),
            fix="Write a window inside the horizon, or leave it empty for the whole horizon.",
        )
