"""Storage orders from their table."""

from __future__ import annotations

import numpy as np

from walras.book.order_headers import Headers
from walras.book.reading import Reading
from walras.orders.storage import StorageOrders
from walras.orders.storage_rules import storage_breaches

USUAL = {
    "fixed_term_cur": 0.0,
    "capacity_mwh": np.nan,
    "start_mwh": 0.0,
    "end_mwh": 0.0,
    "charge_efficiency": 1.0,
    "discharge_efficiency": 1.0,
    "hourly_loss": 0.0,
}
"""What an empty field means, in the order of `StorageOrders`."""


def read_storages(headers: Headers, reading: Reading) -> StorageOrders:
    """Return all storage orders."""
    table, row = headers.table, headers.row
    grid = reading.header_grid(headers)
    charge, no_charge = reading.quantities(table, "charge_mw", grid)
    discharge, no_discharge = reading.quantities(table, "discharge_mw", grid)
    spread, no_spread = reading.prices(table, "spread_cur_per_mwh", grid)
    numbers = [np.where(table.has(name), table.floats(name), usual) for name, usual in USUAL.items()]

    def columns(at: np.ndarray[tuple[int], np.dtype[np.int64]]) -> StorageOrders:
        names = tuple(table.texts("order").gather(at).to_list())
        members = tuple(table.texts("member").gather(at).to_list())
        return StorageOrders(names, members, grid[at], charge[at], discharge[at], spread[at], *(n[at] for n in numbers))

    known = np.flatnonzero((grid >= 0) & ~no_charge & ~no_discharge & ~no_spread)
    if len(known):
        mtus = np.diff(reading.cells.first)[grid[known]]
        reading.findings.breaches(table, known, storage_breaches(columns(known), mtus, reading.terms))
    return columns(row)
