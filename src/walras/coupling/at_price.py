"""Every curve step and border at given prices: sure, out, or tied.

In the money is accepted whole, out of the money not at all, at the money is tied; an
interpolated step follows its line (rules, 3.1). A fixed exchange is sure unless the price
of its cell stands at the limit: then it is curtailed alongside the price-taking orders.

Axes: k curve steps, q border periods.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.book.book import Book
from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.coupling.frames import span_means
from walras.coupling.market import Market
from walras.coupling.residual import spans_of

EQUAL = 1e-7


@dataclass(frozen=True)
class StepsAtPrice:
    """Span, offered MW, surely accepted MW, and whether the step is tied; shape (k,)."""

    span: IntArray
    offered: FloatArray
    sure: FloatArray
    is_tied: BoolArray
    is_supply: BoolArray


@dataclass(frozen=True)
class BordersAtPrice:
    """Sure exchange, tied capacity each way, tied fixed exchange (positive = export); shape (q,)."""

    sure: FloatArray
    tied_export: FloatArray
    tied_import: FloatArray
    tied_fixed: FloatArray


def steps_at_price(book: Book, market: Market, price: FloatArray, rejected: IntArray) -> StepsAtPrice:
    """Return what the price of each cell does to each curve step; those in `rejected` are out whatever it is."""
    curves, cells = book.curves, book.cells
    _, _, span = spans_of(book)
    grid = curves.grid[curves.step_order]
    offered = cells.quantities(curves.quantity, grid)
    offered[rejected] = 0.0
    start, end = cells.prices(curves.price_start, grid), cells.prices(curves.price_end, grid)
    at = span_means(market, price)[span]
    supply = curves.side[curves.step_order] > 0
    sloped = start != end
    tied = ~sloped & (np.abs(at - start) <= EQUAL)
    whole = ~sloped & ~tied & ((at > start) == supply)
    line = np.divide(at - start, end - start, out=np.zeros(len(at)), where=sloped)
    accepted = np.where(sloped, np.clip(line, 0.0, 1.0), whole)
    return StepsAtPrice(span, offered, offered * accepted, tied & (offered > 0), supply)


def borders_at_price(book: Book, price: FloatArray) -> BordersAtPrice:
    """Return what the price of each cell does to each border."""
    borders, cells = book.borders, book.cells
    at = price[borders.period_cell]
    fixed = borders.is_fixed[borders.period_border].astype(bool)
    outside, export, import_ = borders.terms(cells)
    gap = np.where(fixed, 0.0, at - outside)
    tied = ~fixed & (np.abs(gap) <= EQUAL)
    sure = np.where(gap > 0, -import_, export)
    low, high = cells.price_min[borders.period_cell], cells.price_max[borders.period_cell]
    room = np.where(borders.exchange > 0, high - at, at - low)
    return BordersAtPrice(
        sure=np.where(fixed, np.where(room > EQUAL, borders.exchange, 0.0), np.where(tied, 0.0, sure)),
        tied_export=np.where(tied, export, 0.0),
        tied_import=np.where(tied, import_, 0.0),
        tied_fixed=np.where(fixed & (np.abs(room) <= EQUAL), borders.exchange, 0.0),
    )
