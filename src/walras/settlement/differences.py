"""The difference amount of a profile with compensated losses: who is made whole, and who pays for it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from walras.book.book import Book
from walras.results.compensation import PURCHASE, SALE, Compensation
from walras.results.raw import Raw
from walras.results.results import Results
from walras.settlement.energy import ROUNDING
from walras.settlement.items import Item, balanced
from walras.settlement.ledger import Posting
from walras.vocabulary import Side

PART_TEXT = "difference amount: {}"
"""Text of the entry of each part."""


def difference_items(book: Book, results: Results) -> Iterator[Item]:
    """Yield what pays compensations and charges shares of the difference amount, an item a part.

    Formulation, equations 5.12 to 5.14; nothing under a rules profile that forbids losses.
    """
    if not book.profile.compensates:
        return
    found = Compensation(Raw(book), results.published, results.price)
    paid: dict[str, list[Posting]] = {part: [] for part in found.differences}
    for orders, minor in ((book.blocks, found.block_minor), (book.flexibles, found.flexible_minor)):
        for o in np.flatnonzero(minor).tolist():
            part = PURCHASE if orders.side[o] == Side.DEMAND else SALE
            paid[part].append(Posting(f"member/{orders.member[o]}", book.currency, int(minor[o])))
    for part, amount in found.differences.items():
        shares = [(s.member, s.minor) for s in found.shares if s.difference == part and s.minor]
        charged = [Posting(f"member/{member}", book.currency, -minor) for member, minor in shares]
        if amount:
            yield Item(
                "compensation", balanced(PART_TEXT.format(part), [*paid[part], *charged], ROUNDING, book.currency)
            )
