"""Tables of one Italian delivery day to a book (see `formats.gme`)."""

from __future__ import annotations

from datetime import date

from walras.book.book import Book
from walras.book.profile import load_profile
from walras.errors import BadInput
from walras.formats import gme_network, gme_orders
from walras.formats.gme_day import TIME_ZONE, Day
from walras.formats.gme_tables import Tables
from walras.orders.blocks import BlockOrders
from walras.orders.flexible import FlexibleOrders
from walras.orders.scalable import ScalableOrders

CURVES = {"decide": "simple-bid-curves", "published": "bid-curves"}


def book_of_day(tables: Tables, day: date, *, borders: str, blocks: str) -> Book:
    """Return the book of one day from tables that hold only that day (see `formats.gme.convert_gme`).

    Raises:
        BadInput: Everything that is wrong in the tables of the day.
    """
    rows = Day(tables, day)
    lines = gme_network.lines(rows)
    outside = gme_network.taking_borders(rows) if borders == "prices" else gme_network.fixed_borders(rows)
    curves = gme_orders.curves(rows, CURVES[blocks])
    decided = gme_orders.blocks(rows) if blocks == "decide" else BlockOrders.none()
    if rows.mistakes:
        raise BadInput(rows.mistakes)
    return Book(
        f"Italy {day}",
        "EUR",
        TIME_ZONE,
        day,
        load_profile("european", day),
        rows.cells,
        lines,
        outside,
        curves,
        decided,
        FlexibleOrders.none(),
        ScalableOrders.none(),
    )
