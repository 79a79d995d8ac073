"""Rules of prices: on the tick, within limits, and the rounding of what was decided."""

from __future__ import annotations

import numpy as np

from walras.results.audit.case import DECIDED, FLOAT
from walras.results.audit.names import cell_name
from walras.results.audit.violation import Report
from walras.results.raw import Raw
from walras.results.results import Results


def check_prices(raw: Raw, results: Results, report: Report) -> None:
    """price_on_tick, price_within_limits, price_rounded, price_in_interval (eq. A.3 to A.6)."""
    book, cells, price, exact = raw.book, raw.book.cells, results.price, results.price_exact
    size = np.maximum(1.0, np.abs(price))

    def where(c: int) -> str:
        return cell_name(book, c)

    off = np.abs(price - np.rint(price / raw.price_tick) * raw.price_tick)
    report.add(
        "price_on_tick",
        off - FLOAT * size,
        where,
        lambda c: f"price {price[c]!r} is off its tick of {raw.price_tick[c]:.9g}",
    )
    outside = np.maximum(cells.price_min - price, price - cells.price_max)
    report.add(
        "price_within_limits", outside - FLOAT * size, where, lambda c: f"price {price[c]:.9g} is outside its limits"
    )
    outside = np.maximum(cells.price_min - exact, exact - cells.price_max)
    report.add(
        "price_within_limits",
        outside - DECIDED * size,
        where,
        lambda c: f"exact price {exact[c]:.9g} is outside its limits",
    )
    moved = np.abs(price - exact) - raw.price_tick
    report.add(
        "price_rounded",
        moved - DECIDED * size,
        where,
        lambda c: f"price {price[c]:.9g} is no rounding of {exact[c]:.9g}",
    )
    outside = np.maximum(results.price_low - exact, exact - results.price_high)
    report.add(
        "price_in_interval",
        outside - DECIDED * size,
        where,
        lambda c: (
            f"exact price {exact[c]:.9g} is outside its interval "
            f"[{results.price_low[c]:.9g}, {results.price_high[c]:.9g}]"
        ),
    )
