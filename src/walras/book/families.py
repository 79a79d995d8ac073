"""Order tables to the orders of a book, wherever the tables come from: a folder, a file at the door, a store."""

from __future__ import annotations

from walras.book.allowed import check_allowed
from walras.book.compensated import check_orders
from walras.book.order_headers import Headers, read_headers
from walras.book.read_blocks import read_blocks
from walras.book.read_conversions import read_conversions
from walras.book.read_curves import read_curves
from walras.book.read_flexibles import read_flexibles
from walras.book.read_places import Places
from walras.book.read_scalables import read_scalables
from walras.book.read_storages import read_storages
from walras.book.reading import Reading
from walras.book.tables import Table
from walras.orders.blocks import BlockOrders
from walras.orders.curves import CurveOrders
from walras.orders.flexible import FlexibleOrders
from walras.orders.scalable import ScalableOrders
from walras.orders.storage import StorageOrders

HEADERS = ("curve_orders", "block_orders", "flexible_orders", "scalable_orders", "storage_orders")
"""The tables with a row an order."""
ROWS = {
    "curve_orders": ("curve_steps",),
    "block_orders": ("block_legs", "block_links", "exclusive_groups"),
    "flexible_orders": (),
    "scalable_orders": ("scalable_steps", "scalable_minimums", "conversions"),
    "storage_orders": (),
}
"""What belongs to the orders of each of them."""

Families = tuple[CurveOrders, BlockOrders, FlexibleOrders, ScalableOrders, StorageOrders]


def read_families(tables: dict[str, Table], places: Places, reading: Reading) -> Families:
    """Return the orders of all families; mistakes go to `reading.findings`.

    Args:
        tables: Every order table by its name, empty where there are none of its kind.
        places: Where orders can be.
        reading: What to check against. A family without a row in any of its tables costs nothing.
    """
    used = [any(tables[t].count or len(tables[t].lost) for t in (name, *ROWS[name])) for name in HEADERS]
    found = read_headers(tuple(tables[n] for n, is_used in zip(HEADERS, used, strict=True) if is_used),
                         places, reading.findings)  # fmt: skip
    headers = dict(zip([n for n, is_used in zip(HEADERS, used, strict=True) if is_used], found, strict=True))
    scalables = ScalableOrders.none()
    if scalable := headers.get("scalable_orders"):
        steps, minimums = tables["scalable_steps"], tables["scalable_minimums"]
        scalables = read_scalables(scalable, steps, minimums, reading)
    curves = CurveOrders.none()
    if curve := headers.get("curve_orders"):
        curves = read_curves(curve, tables["curve_steps"], reading)
    families = (
        curves,
        _blocks(headers.get("block_orders"), tables, reading),
        read_flexibles(flexible, reading) if (flexible := headers.get("flexible_orders")) else FlexibleOrders.none(),
        read_conversions(scalable, tables["conversions"], scalables, places, reading) if scalable else scalables,
        read_storages(storage, reading) if (storage := headers.get("storage_orders")) else StorageOrders.none(),
    )
    check_allowed(families, reading)
    check_orders(families, reading.profile, reading.findings)
    return families


def _blocks(headers: Headers | None, tables: dict[str, Table], reading: Reading) -> BlockOrders:
    if headers is None:
        return BlockOrders.none()
    return read_blocks(headers, tables["block_legs"], tables["block_links"], tables["exclusive_groups"], reading)
