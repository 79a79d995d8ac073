"""Whose gain the welfare is, for the page: a row a state and carrier, then what belongs to no state."""

from __future__ import annotations

from typing import Any

import numpy as np

from walras.book.book import Book
from walras.results.raw import Raw
from walras.results.results import Results
from walras.results.surpluses import KINDS, surpluses_of


def surplus_rows(book: Book, results: Results) -> dict[str, Any]:
    """Return the kinds that the market has, and for each place its gain of each; None where it has no such kind."""
    found = surpluses_of(Raw(book), results)
    kinds = np.flatnonzero(found.is_there.any(axis=0))
    amount = np.round(found.amount, 6) + 0.0
    return {
        "kinds": [KINDS[k].value for k in kinds],
        "rows": [
            {
                "state": state,
                "carrier": carrier,
                "gains": [float(amount[a, k]) if found.is_there[a, k] else None for k in kinds],
            }
            for a, (state, carrier) in enumerate(found.place)
        ],
    }
