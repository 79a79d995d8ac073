"""The Iberian day-ahead market: the operator's public offers of one day to a book.

Files: `formats.omie_files`. Two zones, Spain and Portugal, joined by one line; France is a
price-taking border of Spain at its published price. Simple orders become curves, each with
its own name and its unit as member; blocks, exclusive groups and scalable complex orders
stand beside them, to be decided. What was left out or assumed on the way is in `notes`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from walras.book.book import Book
from walras.book.findings import Findings
from walras.book.profile import load_profile
from walras.errors import BadInput
from walras.formats.omie_day import TIME_ZONE, Day
from walras.formats.omie_files import PATTERNS, read_files
from walras.formats.omie_network import network_of
from walras.formats.omie_offers import read_headers, read_rows
from walras.formats.omie_orders import orders_of
from walras.orders.flexible import FlexibleOrders


@dataclass(frozen=True)
class OmieDay:
    """The book of one day, and what people should know of how it was read."""

    book: Book
    notes: tuple[str, ...]


def convert_omie(src: Path, day: date | None = None) -> Book:
    """Return the book of one Iberian delivery day (see `read_omie`)."""
    return read_omie(src, day).book


def read_omie(src: Path, day: date | None = None) -> OmieDay:
    """Return the book of one Iberian delivery day, with notes.

    Args:
        src: Folder with the files of `formats.omie_files`.
        day: Delivery day; may be left out if the folder holds only one.

    Raises:
        BadInput: Every missing file, unreadable line and number, unknown order, side and zone, number
            off its tick or limit, contradiction inside a block, minimum above its offer, and missing
            capacity or price.
    """
    findings = Findings()
    when, files = read_files(src, day, findings)
    if findings.mistakes or when is None:
        raise BadInput(findings.mistakes)
    reading = Day(when, findings)
    cab, det, capacities, french, zones = (files[name] for name in PATTERNS)
    headers = read_headers(cab, zones, reading)
    orders = orders_of(headers, read_rows(det, headers, reading), reading)
    line, border = network_of(capacities, french, reading)
    if findings.mistakes:
        raise BadInput(findings.mistakes)
    curves, blocks, scalables = orders
    profile = load_profile("european", when)
    book = Book(
        f"Iberia {when}", "EUR", TIME_ZONE, when, profile, reading.cells, line, border,
        curves, blocks, FlexibleOrders.none(), scalables,
    )  # fmt: skip
    return OmieDay(book, tuple(reading.notes))
