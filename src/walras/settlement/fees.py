"""Fees of the market operator: on traded energy, and on having traded at all.

fee = per_mwh x energy + per_session if there is any, of what a member traded on its sides    (rounded once)
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from walras.book.book import Book
from walras.results.minor_units import half_away
from walras.settlement.items import Item
from walras.settlement.ledger import Entry, Posting
from walras.settlement.money import Units
from walras.settlement.positions import Injections
from walras.settlement.terms import SIDES, Fee


def fee_items(book: Book, members: Injections, units: Units, fees: tuple[Fee, ...]) -> Iterator[Item]:
    """Yield an item a fee: every member that traded on its sides pays its part to `fee/NAME`."""
    energy = members.units * book.cells.minutes[members.cell]  # power units x minutes, positive = supply
    for fee in fees:
        sides = [SIDES[s] for s in fee.sides]
        counted = np.zeros(len(members.party), dtype=np.int64)
        np.add.at(counted, members.who, np.where(np.isin(np.sign(energy), sides), np.abs(energy), 0))
        traded = np.flatnonzero(counted).tolist()
        postings = []
        for m in traded:
            exact = fee.per_mwh * Fraction(int(counted[m]), 60 * units.quantity_scale) + fee.per_session
            minor = half_away(exact * 10**units.decimals)
            if minor:
                postings.append(Posting(f"member/{members.party[m]}", book.currency, -minor))
        if postings:
            total = -sum(p.amount_minor for p in postings)
            income = Posting(f"fee/{fee.name}", book.currency, total)
            yield Item("fee", Entry(f"fee {fee.name}", (*postings, income)))
