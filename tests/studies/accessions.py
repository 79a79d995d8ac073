"""Folders of a market and of a new member for tests: small, valid, to be broken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from tests.builders import DAY, Market, market

from walras.book.book import Book
from walras.book.cells import Cells, Zone
from walras.book.folder import write
from walras.studies.accession.joining import write_joining


def settled(book: Book, countries: dict[str, str]) -> Book:
    """The same book with a country for each zone, and no orders moved."""
    zones = tuple(replace(z, country=countries[z.name]) for z in book.cells.zones)
    return replace(book, cells=Cells(zones, book.cells.grids))


def as_member(book: Book, country: str = "XC") -> Book:
    """The same book under names of its own: every name with an N in front, one country; indices stay."""

    def named(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(f"N{n}" for n in names)

    zones = tuple(Zone(f"N{z.name}", None, country) for z in book.cells.zones)
    families = {
        f: replace(getattr(book, f), name=named(getattr(book, f).name))
        for f in ("curves", "blocks", "flexibles", "scalables", "lines", "borders", "domains")
    }
    families["blocks"] = replace(families["blocks"], group_name=named(book.blocks.group_name))
    return replace(book, cells=Cells(zones, book.cells.grids), **families)


def join(folder: Path, book: Book, other: Book, ends: Sequence[tuple[str, str]], mw: float = 30) -> None:
    """Write joining lines of one capacity both ways; `book` is the member, `other` the market."""
    rows = []
    for a, b in ends:
        both = [g for bk in (book, other) for g in bk.cells.grids if bk.cells.zones[g.zone].name in (a, b)]
        minutes = max(g.mtu_minutes for g in both)
        starts = np.arange(max(g.start for g in both), min(g.end for g in both), minutes)
        rows.append((a, b, starts, np.full(len(starts), float(mw)), np.full(len(starts), float(mw))))
    write_joining(folder, rows)


def said_market() -> Market:
    """A cheap zone and a dear one, hardly joined."""
    return (
        market(("A", "B"), 2)
        .line("A", "B", 20)
        .sells("A", 100, at=10, order="a-sells")
        .sells("A", 100, at=10, hour=1, order="a-sells")
        .buys("A", 30, at=90, order="a-buys")
        .sells("B", 100, at=50, order="b-sells")
        .buys("B", 60, at=90, order="b-buys")
        .buys("B", 60, at=90, hour=1, order="b-buys")
        .sells("B", 100, at=60, hour=1, order="b-sells")
    )


def said_member() -> Market:
    """A state that sells at 30 and buys at 80."""
    return (
        market(("C",), 2)
        .sells("C", 100, at=30, order="c-sells")
        .sells("C", 50, at=70, hour=1, order="c-sells")
        .buys("C", 40, at=80, order="c-buys")
        .buys("C", 40, at=80, hour=1, order="c-buys")
    )


class Accession:
    """Two folders of days; a test breaks one thing and asks what is wrong."""

    def __init__(self, root: Path, days: int = 2, mw: float = 30):
        self.market, self.member = root / "market", root / "member"
        self.days = [DAY + timedelta(days=d) for d in range(days)]
        for day in self.days:
            ours = settled(moved(said_market().book(), day), {"A": "XA", "B": "XB"})
            theirs = settled(moved(said_member().book(), day), {"C": "XC"})
            write(ours, self.market / day.isoformat(), format="csv")
            write(theirs, self.member / day.isoformat(), format="csv")
            join(self.member / day.isoformat(), theirs, ours, [("C", "A"), ("C", "B")], mw)

    def day(self, side: str, at: int = 0) -> Path:
        """The folder of one day."""
        return getattr(self, side) / self.days[at].isoformat()

    def change(self, side: str, file: str, old: str, new: str, at: int = 0) -> None:
        """Put other text into one file of one day."""
        path = self.day(side, at) / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")


def moved(book: Book, day: date) -> Book:
    """The same book on another day."""
    shift = (day - book.delivery_day).days * 24 * 60
    grids = tuple(replace(g, start=g.start + shift, end=g.end + shift) for g in book.cells.grids)
    lines = replace(book.lines, period_start=book.lines.period_start + shift)
    return replace(book, delivery_day=day, cells=Cells(book.cells.zones, grids), lines=lines)
