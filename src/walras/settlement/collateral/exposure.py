"""What members may come to owe by a set of orders, before any auction: exposure.

One number in minor units for each order, and for each linked family or exclusive group as a whole: those who stand
or fall together (`kin` at the door). They add up: orders of one member do not net against each other, a purchase
is not secured by a sale that may not happen. Within one order what its own condition secures does net.

    Law: what a member owes by a settled result is at most the sum of its exposures under `limit_price`,
    but for shares of the difference amount, fees and taxes, and (unless `counts_ticks`) what moving volumes of
    orders over several MTUs to their tick may cost.

Read by the door before it takes an order, and by reports.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from walras.book.book import Book
from walras.settlement.collateral.blocks import block_minor, flexible_minor
from walras.settlement.collateral.complexes import scalable_minor, storage_minor
from walras.settlement.collateral.curves import curve_minor
from walras.settlement.collateral.formula import Formula, Prices
from walras.settlement.collateral.money import Money


@dataclass(frozen=True)
class Exposures:
    """What may be owed, a row an order that stands alone or a family or group.

    Attributes:
        currency: Trade currency of the book.
        kin: First name of those who stand or fall together.
        member: Whose they are.
        minor: Whole minor units, not below zero.
    """

    currency: str
    kin: tuple[str, ...]
    member: tuple[str, ...]
    minor: tuple[int, ...]

    @property
    def total(self) -> int:
        """Return the sum of all."""
        return sum(self.minor)

    def by_member(self) -> dict[str, int]:
        """Return the sum of each member, by name."""
        out: dict[str, int] = {}
        for member, minor in zip(self.member, self.minor, strict=True):
            out[member] = out.get(member, 0) + minor
        return dict(sorted(out.items()))


def exposures(book: Book, formula: Formula | None = None) -> Exposures:
    """Return what the orders of a book may come to owe.

    Args:
        book: The orders of one member or of many; nothing is netted between orders, so it is all the same.
        formula: How they count, at their limits unless given.

    Raises:
        BadInput: A zone and carrier without a reference price where the formula needs one (`reference_price`).

    Example:
        A buyer of 10 MW for an hour at 90 EUR/MWh may owe 900 EUR; a seller at -20 EUR/MWh may owe 200 EUR, one at
        10 EUR/MWh nothing. See docs/settlement/collateral.md.
    """
    prices, money = Prices.of(formula or Formula(), book.cells), Money.of(book)
    part, of_part = block_minor(book, prices, money)
    _, first = np.unique(part, return_index=True)
    rows: list[tuple[str, str, int]] = []
    for orders, minor in (
        (book.curves, curve_minor(book, prices, money)),
        (book.flexibles, flexible_minor(book, prices, money)),
        (book.scalables, scalable_minor(book, prices, money)),
        (book.storages, storage_minor(book, prices, money)),
    ):
        rows += _rows(orders.name, orders.member, minor.tolist())
    begins = first.tolist()
    names, members = ([of[i] for i in begins] for of in (book.blocks.name, book.blocks.member))
    rows += _rows(names, members, of_part.tolist())
    kin, member, amount = zip(*rows, strict=True) if rows else ((), (), ())
    return Exposures(book.currency, tuple(kin), tuple(member), tuple(amount))


def _rows(names: Iterable[str], members: Iterable[str], minor: Iterable[int]) -> list[tuple[str, str, int]]:
    return [(n, m, int(a)) for n, m, a in zip(names, members, minor, strict=True)]
