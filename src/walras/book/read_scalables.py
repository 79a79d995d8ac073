"""Scalable complex orders with their steps and minimum acceptance powers from their tables."""

from __future__ import annotations

import numpy as np

from walras.book.cells import IntArray
from walras.book.order_headers import Headers
from walras.book.read_curves import lost_orders, sorted_steps
from walras.book.reading import Reading
from walras.book.spans import time_text
from walras.book.step_order import canonical
from walras.book.tables import Table
from walras.orders.curve_rules import Steps
from walras.orders.scalable import ScalableOrders
from walras.orders.scalable_rules import Gradient, minimum_breaches, scalable_breaches, schedule_breaches


def read_scalables(headers: Headers, steps: Table, minimums: Table, reading: Reading) -> ScalableOrders:
    """Return all scalable complex orders."""
    row = headers.row
    stop, up, down = _checked_headers(headers, reading)
    rows, is_whole = _steps(headers, steps, reading)
    minimum = _minimums(headers, minimums, rows, is_whole, reading)
    if is_whole and minimums.is_whole:
        _check_schedules(headers, rows, minimum, (up[row], down[row]), reading)
    return ScalableOrders(
        headers.names.names, headers.member, headers.grid, headers.side,
        headers.table.floats("fixed_term_cur")[row], up[row], down[row], stop[row],
        rows.order, rows.cell, rows.number, rows.price_start, rows.quantity, *minimum,
    )  # fmt: skip


def _checked_headers(headers: Headers, reading: Reading) -> tuple[IntArray, IntArray, IntArray]:
    """Return scheduled stop and both gradients of each row; shapes (rows,)."""
    table, grid = headers.table, reading.header_grid(headers)
    side = np.empty_like(grid)
    side[headers.row] = headers.side
    known = np.flatnonzero(grid >= 0)
    stop = table.ints("stop_mtus")
    limits = []
    for column in ("gradient_up_mw", "gradient_down_mw"):
        ticks, _ = reading.quantities(table, column, grid)
        is_limit = table.has(column)
        limits.append(np.where(is_limit, ticks, -1))
        broken = Gradient(column, ticks[known], is_limit[known]).breaches(grid[known], reading.terms)
        reading.findings.breaches(table, known, broken)
    fixed_term = table.floats("fixed_term_cur")
    broken = scalable_breaches(fixed_term[known], stop[known], side[known], grid[known], reading.terms)
    reading.findings.breaches(table, known, broken)
    return stop, limits[0], limits[1]


def _steps(headers: Headers, steps: Table, reading: Reading) -> tuple[Steps, bool]:
    """Return the steps, sorted, and whether all rows of the file are among them."""
    order = headers.find(steps, reading.findings)
    headers.need_rows(steps, order, reading.findings)
    grid = headers.grid_of(order)
    cell, covered, fits = reading.cells_of(steps, grid)
    price, no_price = reading.prices(steps, "price_cur_per_mwh", grid)
    quantity, no_quantity = reading.quantities(steps, "quantity_mw", grid)
    good = fits & ~no_price & ~no_quantity
    columns = (order, cell, steps.ints("step"), covered, grid, price, price, quantity)
    rows = sorted_steps(headers, steps, columns, good, reading)
    return rows, steps.is_whole and not lost_orders(headers, steps, order, good).any()


def _minimums(
    headers: Headers, minimums: Table, steps: Steps, is_whole: bool, reading: Reading
) -> tuple[IntArray, IntArray, IntArray]:
    """Return order, cell and ticks of each minimum, sorted; compared with the offer if all steps could be read."""
    order = headers.find(minimums, reading.findings)
    grid = headers.grid_of(order)
    cell, _, fits = reading.cells_of(minimums, grid)
    ticks, too_large = reading.quantities(minimums, "minimum_mw", grid)
    at = canonical(minimums, (order, cell), fits & ~too_large, reading.findings)
    order, cell, ticks, grid = order[at], cell[at], ticks[at], grid[at]
    if is_whole:
        count = max(reading.cells.count, 1)
        own, place = np.unique(steps.order * count + steps.cell, return_inverse=True)
        offered = np.append(np.bincount(place, weights=steps.quantity, minlength=len(own)), 0.0).astype(np.int64)
        wanted = order * count + cell
        near = np.searchsorted(own, wanted)
        offer = np.where(np.append(own, -1)[near] == wanted, offered[near], 0)
        reading.findings.breaches(minimums, at, minimum_breaches(ticks, offer, grid, reading.terms))
    return order, cell, ticks


def _check_schedules(
    headers: Headers,
    steps: Steps,
    minimum: tuple[IntArray, IntArray, IntArray],
    gradients: tuple[IntArray, IntArray],
    reading: Reading,
) -> None:
    """Report orders whose minimums and offers no schedule can join inside their load gradients."""
    up, down = gradients
    tied = ((up >= 0) | (down >= 0)) & (headers.side != 0)
    for grid in np.unique(headers.grid[tied & (headers.grid >= 0)]).tolist():
        orders = np.flatnonzero(tied & (headers.grid == grid))
        first, after = reading.cells.first[grid : grid + 2].tolist()
        place = np.full(len(tied), -1)
        place[orders] = np.arange(len(orders))
        least, most = (np.zeros((len(orders), after - first), dtype=np.int64) for _ in range(2))
        for order, cell, ticks, goal in (
            (steps.order, steps.cell, steps.quantity, most),
            (minimum[0], minimum[1], minimum[2], least),
        ):
            here = place[order] >= 0
            np.add.at(goal, (place[order[here]], cell[here] - first), np.maximum(ticks[here], 0))
        start, mtu = int(reading.clock.start[grid]), int(reading.clock.minutes[grid])

        def time(t: int, start: int = start, mtu: int = mtu) -> str:
            return time_text(start + t * mtu)

        broken = schedule_breaches(least, most, up[orders], down[orders], grid, reading.terms, time)
        reading.findings.breaches(headers.table, headers.row[orders], broken)
