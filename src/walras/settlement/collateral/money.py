"""Units of exposure: half a tick of price times a tick of power times an MTU, and how they become minor units.

A settlement rounds once for each member, cell and side. Whatever is not a whole number of minor units there may
gain half a minor unit, so an order that nets over several cells counts half a minor unit for each of them that
is not whole; an order of one cell is rounded up instead, which is as safe.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.book.book import Book
from walras.book.cells import BoolArray, IntArray
from walras.results.compensation import Scales
from walras.results.raw import Raw
from walras.settlement.collateral.exact import Exact, times, up


@dataclass(frozen=True)
class Money:
    """Units of one market.

    Attributes:
        cell: Units of half a price tick times a power tick in each cell; shape (c,).
        unit: Units in one of the currency.
        minor: Minor units in one of the currency.
    """

    cell: IntArray
    unit: int
    minor: int

    @staticmethod
    def of(book: Book) -> Money:
        """Return the units of a book's market."""
        scales = Scales.of(Raw(book))
        return Money(scales.price, 2 * scales.money_unit, scales.minor)

    def is_whole(self, cell: IntArray, power: IntArray | int = 1) -> BoolArray:
        """Return where a power (ticks) costs whole minor units in a cell at any price on the tick."""
        out: BoolArray = (2 * self.cell[cell] * power * self.minor) % self.unit == 0
        return out

    def minor_of(self, units: Exact, unrounded: IntArray) -> Exact:
        """Return minor units, not below zero, rounded up; `unrounded` counts postings that may round up.

        A single one of them is within what rounding up the whole adds.
        """
        unrounded = np.where(unrounded > 1, unrounded, 0)
        exact = times(units, np.array(2 * self.minor)) + times(unrounded, np.array(self.unit))
        return np.maximum(up(exact, 2 * self.unit), 0)
