"""One thing that a session is settled for: an entry of the ledger, and what kind of line it makes on statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from walras.book.book import Book
from walras.settlement.ledger import Entry, Posting

KINDS = {
    "energy": "energy bought or sold in a cell",
    "trade": "trade of a border with its neighbour",
    "tariff": "tariff for what a line sent",
    "loss": "cost of the energy lost on a line",
    "congestion": "income of a line, border or domain",
    "compensation": "loss made good, and shares of the difference amount",
    "fee": "fee of the market operator",
    "conversion": "from the currency of trade into that of payment",
}
"""Kinds of items of a session with what each is."""


@dataclass(frozen=True)
class Item:
    """An entry, and which of `KINDS` it is."""

    kind: str
    entry: Entry


def balanced(text: str, postings: Iterable[Posting], account: str, currency: str) -> Entry:
    """Return an entry whose last posting takes what the others leave.

    >>> sale = [Posting("member/A", "EUR", 3), Posting("member/B", "EUR", -2)]
    >>> balanced("sale", sale, "rounding/market", "EUR").postings[-1]
    Posting(account='rounding/market', currency='EUR', amount_minor=-1)
    """
    kept = tuple(postings)
    left = -sum(p.amount_minor for p in kept)
    return Entry(text, (*kept, Posting(account, currency, left)) if left else kept)


def summed(items: Iterable[Item]) -> dict[tuple[str, str], int]:
    """Return the balance of each account and currency after some items."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for item in items:
        for p in item.entry.postings:
            sums[p.account, p.currency] += p.amount_minor
    return sums


def cell_name(book: Book, c: int) -> str:
    """Return zone, carrier and start of a cell in words."""
    cells = book.cells
    at = datetime.fromtimestamp(int(cells.start[c]) * 60, UTC)
    carrier = cells.grids[int(cells.grid[c])].carrier
    return f"{cells.zones[int(cells.zone[c])].name} {carrier} {at:%Y-%m-%dT%H:%MZ}"
