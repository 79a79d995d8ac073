"""Curve orders from their tables: the family with a million rows, so no row is a Python object."""

from __future__ import annotations

import numpy as np

from walras.book.cells import Cells
from walras.book.findings import Findings
from walras.book.order_headers import Headers
from walras.book.spans import Clock, spans
from walras.book.step_order import canonical
from walras.book.tables import Table
from walras.book.ticks import to_ticks
from walras.orders.breach import GridTerms
from walras.orders.curve_rules import Steps, step_breaches
from walras.orders.curves import CurveOrders


def read_curves(
    headers: Headers, steps: Table, cells: Cells, terms: GridTerms, max_steps: int, findings: Findings
) -> CurveOrders:
    """Return all curve orders; `max_steps` of the rules profile, 0 = no limit."""
    order = headers.find(steps, findings)
    grid = headers.grid_of(order)
    headers.need_rows(steps, order, findings)
    position, covered, fits = spans(steps, Clock.of(cells), grid, findings)
    cell = np.append(cells.first[:-1], 0)[grid] + position
    price = terms.price_step, terms.price_scale
    start, bad_start = to_ticks(steps, "price_start_cur_per_mwh", grid, *price, findings)
    if steps.frame["price_start_cur_per_mwh"].equals(steps.frame["price_end_cur_per_mwh"]):
        end, bad_end = start, bad_start
    else:
        # an end that repeats its start would repeat its mistake
        is_sloped = steps.floats("price_start_cur_per_mwh") != steps.floats("price_end_cur_per_mwh")
        end, bad_end = to_ticks(steps, "price_end_cur_per_mwh", grid, *price, findings, is_sloped)
    quantity, bad_quantity = to_ticks(steps, "quantity_mw", grid, terms.quantity_step, terms.quantity_scale, findings)
    number = steps.ints("step")
    good = fits & ~bad_start & ~bad_end & ~bad_quantity
    at = canonical(steps, (order, cell, number), good, findings)
    lost = headers.names.mask(steps.lost.to_list())
    lost[order[~good & (order >= 0)]] = True
    is_all = len(at) == len(order) and (len(at) == 0 or bool((at[1:] > at[:-1]).all()))
    columns = (order, cell, covered, number, grid, start, end, quantity)
    order, cell, covered, number, grid, start, end, quantity = columns if is_all else tuple(c[at] for c in columns)
    rows = Steps(order, cell, covered, number, grid, headers.side_of(order), start, end, quantity)
    findings.breaches(steps, at, step_breaches(rows, terms, ~lost[order], max_steps))
    return CurveOrders(
        headers.names.names, headers.member, headers.grid, headers.side,
        order, cell, covered, number, start, end, quantity,
    )  # fmt: skip
