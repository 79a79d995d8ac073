"""Who gains how much in one auction, state by state: the `surpluses` of its result, all carriers together.

Plants that buy what they convert and storage orders count as sellers, where they sell. What
borders leave to neighbours is `outside` (see `walras.results.surpluses`); what rounding to ticks
leaves is nobody's, and part of what the summary calls rounding.

Axis s: states (country codes of zones, sorted).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray
from walras.results.raw import Raw
from walras.results.results import Results
from walras.results.surpluses import KINDS, surpluses_of
from walras.vocabulary import SurplusKind

SELLERS = (SurplusKind.SUPPLY, SurplusKind.CONVERSION, SurplusKind.STORAGE)


@dataclass(frozen=True)
class Surplus:
    """Gains of one auction in its currency, unrounded.

    Attributes:
        states: Country codes, sorted; axis s.
        buyers, sellers, congestion: Gains of each state; shape (s,).
        outside: What belongs to neighbours outside the auction.
    """

    states: tuple[str, ...]
    buyers: FloatArray
    sellers: FloatArray
    congestion: FloatArray
    outside: float

    @property
    def total(self) -> float:
        """Return the sum over all states and the outside: the welfare of published volumes, where they balance."""
        return float(self.buyers.sum() + self.sellers.sum() + self.congestion.sum()) + self.outside


def surplus_of(book: Book, results: Results) -> Surplus:
    """Return the gains of every state.

    Example:
        A sells 20 MW for an hour at 10 to B, whose price is 50 and whose buyers would have paid
        90: buyers of B gain 800, sellers of A (who asked for 10) nothing, and the line earns
        800, half for each state. Welfare: 20 x 90 - 20 x 10 = 1,600.
    """
    found = surpluses_of(Raw(book), results)
    country = np.array([country or "" for country, _ in found.place])
    states = tuple(sorted({z.country for z in book.cells.zones}))

    def gains(*kinds: SurplusKind) -> FloatArray:
        column = found.amount[:, [KINDS.index(k) for k in kinds]].sum(axis=1)
        return np.array([column[country == state].sum() for state in states])

    outside = float(found.amount[:, KINDS.index(SurplusKind.OUTSIDE)].sum())
    demand, congestion = gains(SurplusKind.DEMAND), gains(SurplusKind.CONGESTION)
    return Surplus(states, demand, gains(*SELLERS), congestion, outside)
