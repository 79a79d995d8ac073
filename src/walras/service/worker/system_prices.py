"""System prices: the book of a result cleared once more without network limits, for information.

Nothing of a result depends on them. Where the second clearing gives none, or one that the audit
does not let pass, the result is published without them and the trail says why.
"""

from __future__ import annotations

import polars as pl

from walras.book.book import Book
from walras.book.unlimited import unlimited
from walras.coupling.settings import Settings
from walras.errors import NoResult, SolverFailed
from walras.results.audit.second_step import verdict_of
from walras.results.tables import results_tables
from walras.service.worker.heart import Heart
from walras.service.worker.outcome import SystemPrices
from walras.service.worker.trial import Audit, Clear


def system_prices(book: Book, settings: Settings, heart: Heart, clear: Clear, audit: Audit) -> SystemPrices:
    """Return the prices of a book without network limits, or why there are none; the run may have been ended since."""
    free = unlimited(book)
    try:
        results = clear(free, settings, heart.hear_aside, heart.stop)
    except (NoResult, SolverFailed) as error:
        return SystemPrices(None, f"none: {error}")
    if heart.stop.is_set():
        return SystemPrices(None, "none: the run was ended")
    if verdict_of(free, audit(free, results)) == "violations":
        return SystemPrices(None, "none: the audit found violations")
    prices = results_tables(free, results)["prices"]
    price = next(name for name in prices.columns if name.startswith("price_") and name.endswith("_per_mwh"))
    return SystemPrices(prices.select(pl.col("zone", "carrier", "mtu_start", price)), "published")
