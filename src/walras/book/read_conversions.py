"""Conversions from their table: which scalable orders buy what they sell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from walras.book.inputs import uncovered_minutes
from walras.book.order_headers import Headers
from walras.book.read_places import Places
from walras.book.reading import Reading
from walras.book.spans import time_text
from walras.book.tables import Table, drop_duplicates
from walras.orders.conversion import Conversions
from walras.orders.conversion_rules import HEAT, conversion_breaches
from walras.orders.scalable import ScalableOrders


def read_conversions(
    headers: Headers, table: Table, orders: ScalableOrders, places: Places, reading: Reading
) -> ScalableOrders:
    """Return the scalable orders with their conversions."""
    table = drop_duplicates(table, reading.findings)
    order = headers.find(table, reading.findings)
    grid = places.grid_of(table, reading.findings, "input_zone", "input_carrier")
    output = headers.grid_of(order)
    at = np.flatnonzero((order >= 0) & (grid >= 0) & (output >= 0))
    at = at[np.argsort(order[at], kind="stable")]
    found = Conversions(order[at], grid[at], table.floats("efficiency")[at], table.floats("outside_share")[at])
    orders = replace(orders, conversions=found)
    grids = reading.cells.grids
    broken = conversion_breaches(
        side=headers.side_of(found.order),
        stop=orders.stop_cells[found.order],
        is_same=found.grid == output[at],
        efficiency=found.efficiency,
        is_heat=np.array([grids[g].carrier == HEAT for g in output[at].tolist()], dtype=np.bool_),
        outside_share=found.outside_share,
        uncovered=uncovered_minutes(reading.cells, orders),
        horizon=lambda v: f"{time_text(grids[found.grid[v]].start)} to {time_text(grids[found.grid[v]].end)}",
    )
    reading.findings.breaches(table, at, broken)
    return orders
