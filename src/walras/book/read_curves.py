"""Curve orders from their tables: the family with a million rows, so no row is a Python object."""

from __future__ import annotations

from walras.book.cells import BoolArray, IntArray
from walras.book.order_headers import Headers
from walras.book.reading import Reading
from walras.book.step_order import canonical
from walras.book.tables import Table
from walras.orders.curve_rules import Steps, step_breaches
from walras.orders.curves import CurveOrders


def read_curves(headers: Headers, steps: Table, reading: Reading) -> CurveOrders:
    """Return all curve orders."""
    order = headers.find(steps, reading.findings)
    grid = headers.grid_of(order)
    headers.need_rows(steps, order, reading.findings)
    cell, covered, fits = reading.cells_of(steps, grid)
    start, bad_start = reading.prices(steps, "price_start_cur_per_mwh", grid)
    if steps.frame["price_start_cur_per_mwh"].equals(steps.frame["price_end_cur_per_mwh"]):
        end, bad_end = start, bad_start
    else:
        # an end that repeats its start would repeat its mistake
        is_sloped = steps.floats("price_start_cur_per_mwh") != steps.floats("price_end_cur_per_mwh")
        end, bad_end = reading.prices(steps, "price_end_cur_per_mwh", grid, is_sloped)
    quantity, bad_quantity = reading.quantities(steps, "quantity_mw", grid)
    good = fits & ~bad_start & ~bad_end & ~bad_quantity
    columns = (order, cell, steps.ints("step"), covered, grid, start, end, quantity)
    rows = sorted_steps(headers, steps, columns, good, reading)
    return CurveOrders(
        headers.names.names, headers.member, headers.grid, headers.side,
        rows.order, rows.cell, rows.cells, rows.number, rows.price_start, rows.price_end, rows.quantity,
    )  # fmt: skip


def sorted_steps(
    headers: Headers, table: Table, columns: tuple[IntArray, ...], good: BoolArray, reading: Reading
) -> Steps:
    """Return steps in canonical order, checked against the rules of steps.

    Args:
        headers: Their orders.
        table: Their rows.
        columns: Order, first cell, number, cells, grid, start and end price, quantity of
            each row; each shape (rows,).
        good: Rows that can be placed; the others have been reported.
        reading: What to check against, and where mistakes go.
    """
    order = columns[0]
    lost = lost_orders(headers, table, order, good)
    at = canonical(table, columns[:3], good, reading.findings)
    if len(at) < len(order) or not bool((at[1:] > at[:-1]).all()):
        columns = tuple(c[at] for c in columns)
    order, cell, number, covered, grid, start, end, quantity = columns
    rows = Steps(order, cell, covered, number, grid, headers.side_of(order), start, end, quantity)
    broken = step_breaches(rows, reading.terms, ~lost[order], reading.max_curve_steps)
    reading.findings.breaches(table, at, broken)
    return rows


def lost_orders(headers: Headers, table: Table, order: IntArray, good: BoolArray) -> BoolArray:
    """Return which orders miss rows that are in the file but cannot be used; shape (o,)."""
    lost = headers.names.mask(table.lost.to_list())
    lost[order[~good & (order >= 0)]] = True
    return lost
