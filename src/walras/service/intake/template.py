"""The spreadsheet that a trader fills by hand: one sheet a family, what the market allows, and the MTUs of the day."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo

import xlsxwriter
from xlsxwriter.format import Format

from walras.book.market import MarketTerms
from walras.book.spans import time_text
from walras.service.intake.filled import Filled
from walras.service.intake.local_time import local_text
from walras.service.intake.sheets import SHEETS

ROWS = 5_000
"""Rows in which `side` and `carrier` offer a choice."""


def template(market: MarketTerms, filled: Filled | None = None) -> bytes:
    """Return the template of a market day as XLSX, empty or filled; sheets without orders in it may stay empty."""
    filled = filled or Filled({})
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"created": datetime.combine(market.delivery_day, time())})  # the same bytes each time
        bold = book.add_format({"bold": True, "bg_color": "#DDE7F0", "border": 1})
        _read_me(book, market, bold, filled.left_out)
        for sheet in SHEETS:
            page = book.add_worksheet(sheet.name)
            page.freeze_panes(1, 1)
            for i, column in enumerate(sheet.columns):
                page.write_string(0, i, column.name, bold)
                page.set_column(i, i, 24 if column.kind == "time" else 16)
                if column.name == "side":
                    page.data_validation(1, i, ROWS, i, {"validate": "list", "source": ["supply", "demand"]})
            for number, row in enumerate(filled.rows.get(sheet.name, ()), 1):
                for i, value in enumerate(row):
                    if value is not None:
                        write = page.write_string if isinstance(value, str) else page.write_number
                        write(number, i, value)
        _mtus(book, market, bold)
    return buffer.getvalue()


def _read_me(book: xlsxwriter.Workbook, market: MarketTerms, bold: Format, left_out: Sequence[str]) -> None:
    page = book.add_worksheet("Read me")
    page.set_column(0, 8, 24)
    lines = [
        f"{market.name}: orders for {market.delivery_day.isoformat()}",
        f"Currency {market.currency}, prices per MWh. Powers in MW, not negative: the side says which way.",
        f"Times are local ({market.time_zone}); copy them from sheet MTUs, where no two are the same.",
        "The first row of an order says its zone, carrier and side; its further rows may leave these empty.",
        "Values only: a file with formulas is refused. A file with a mistake is refused whole, with all its mistakes.",
    ]
    if left_out:
        lines.append(f"Not in here, their products are longer than an MTU: {', '.join(left_out)[:500]}")
    for number, line in enumerate(lines):
        page.write_string(number, 0, line)
    row = len(lines) + 1
    titles = ("zone", "carrier", "MTU (minutes)", "price from", "price to", "price tick", "quantity tick (MW)")
    for i, title in enumerate(titles):
        page.write_string(row, i, title, bold)
    for grid in market.places.cells.grids:
        row += 1
        page.write_string(row, 0, market.places.cells.zones[grid.zone].name)
        page.write_string(row, 1, grid.carrier)
        tick = grid.price_tick
        numbers = (
            grid.mtu_minutes,
            tick.value(grid.price_min),
            tick.value(grid.price_max),
            tick.size,
            grid.quantity_tick.size,
        )
        for i, value in enumerate(numbers, 2):
            page.write_number(row, i, value)
    row += 2
    for i, title in enumerate(("sheet", "column", "may be empty", "meaning")):
        page.write_string(row, i, title, bold)
    for sheet in SHEETS:
        for column in sheet.columns:
            row += 1
            needed = "yes" if column.is_optional else "after the first row" if column.is_header else "no"
            for i, text in enumerate((sheet.name, column.name, needed, column.note)):
                page.write_string(row, i, text)


def _mtus(book: xlsxwriter.Workbook, market: MarketTerms, bold: Format) -> None:
    page = book.add_worksheet("MTUs")
    page.set_column(0, 4, 24)
    for i, title in enumerate(("zone", "carrier", "number", "local time", "UTC")):
        page.write_string(0, i, title, bold)
    row, zone = 0, ZoneInfo(market.time_zone)
    for grid in market.places.cells.grids:
        for number in range(grid.cell_count):
            row += 1
            start = grid.start + number * grid.mtu_minutes
            page.write_string(row, 0, market.places.cells.zones[grid.zone].name)
            page.write_string(row, 1, grid.carrier)
            page.write_number(row, 2, number + 1)
            page.write_string(row, 3, local_text(start, zone))
            page.write_string(row, 4, time_text(start))
