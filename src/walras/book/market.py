"""The market that orders are sent to: everything of a book but its orders.

Made once for a session by `MarketTerms.of`; read by whoever checks orders in memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from walras.book.book import Book
from walras.book.families import Families
from walras.book.findings import Findings
from walras.book.flow_based import Domains
from walras.book.names import Names
from walras.book.network import Borders, Lines
from walras.book.profile import Profile
from walras.book.read_places import NONE, Places
from walras.book.reading import Reading
from walras.vocabulary import CARRIERS


@dataclass(frozen=True)
class MarketTerms:
    """Places, rules and network of one auction; the fields are those of `Book`."""

    name: str
    currency: str
    time_zone: str
    delivery_day: date
    profile: Profile
    places: Places
    lines: Lines
    borders: Borders
    domains: Domains

    @staticmethod
    def of(book: Book) -> MarketTerms:
        """Return the market of a book; its orders do not matter."""
        cells = book.cells
        zones = Names("zone", tuple(z.name for z in cells.zones))
        lookup = np.full((len(cells.zones), len(CARRIERS)), NONE, dtype=np.int64)
        for number, grid in enumerate(cells.grids):
            lookup[grid.zone, CARRIERS.index(grid.carrier)] = number
        places = Places(cells, zones, lookup)
        return MarketTerms(
            book.name, book.currency, book.time_zone, book.delivery_day, book.profile,
            places, book.lines, book.borders, book.domains,
        )  # fmt: skip

    def reading(self, findings: Findings) -> Reading:
        """Return what the readers of orders share, with a place for the mistakes."""
        return Reading(self.places.cells, self.currency, self.profile, findings)

    def book(self, families: Families) -> Book:
        """Return the book of these orders."""
        curves, blocks, flexibles, scalables, storages = families
        return Book(
            name=self.name, currency=self.currency, time_zone=self.time_zone, delivery_day=self.delivery_day,
            profile=self.profile, cells=self.places.cells, lines=self.lines, borders=self.borders,
            curves=curves, blocks=blocks, flexibles=flexibles, scalables=scalables, domains=self.domains,
            storages=storages,
        )  # fmt: skip
