"""Welfare of a set of volumes, summed over raw orders (formulation, eq. 2.1).

Accepted demand at its prices, minus accepted supply at its prices, minus the fixed terms of
accepted scalable and storage orders, minus the spread of what is discharged. An interpolated
step counts the integral under its line. On a price-taking border an export is demand at the
outside price and an import is supply at it; a fixed export is demand at the cell's upper
price limit and a fixed import is supply at the lower one, so that curtailing them is the
last resort. What is sent over a line costs its tariff, either way.
"""

from __future__ import annotations

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray
from walras.results.raw import Raw
from walras.results.results import Volumes


def welfare_of(book: Book, volumes: Volumes, raw: Raw | None = None) -> float:
    """Return the welfare of volumes in the trade currency; legality is not checked.

    Example:
        Demand of 60 MW at 90 met for an hour by supply at 10: 60 x 90 - 60 x 10 = 4,800.
    """
    return float(sum(np.sum(part) for part in welfare_parts(raw or Raw(book), volumes)))


def welfare_parts(raw: Raw, volumes: Volumes) -> list[FloatArray]:
    """Return welfare piece by piece: of orders (see `order_parts`), of borders, and of tariffs if there are any."""
    hours = raw.book.cells.hours[raw.book.borders.period_cell]
    parts = [*order_parts(raw, volumes), border_price(raw, volumes.border) * volumes.border * hours]
    return [*parts, -tariff_cost(raw, volumes.exchange)] if raw.book.lines.has_tariffs else parts


def order_parts(raw: Raw, volumes: Volumes) -> list[FloatArray]:
    """Return welfare order by order, a column a family: steps, legs, starts; fixed terms follow their steps."""
    book, stores = raw.book, raw.stores
    flexible = raw.flexible_legs(volumes.flexible_start)
    return [
        curve_welfare(raw, volumes.curve),
        -raw.blocks.sign * raw.blocks.price * volumes.block_leg * raw.blocks.hours,
        -flexible.sign * flexible.price * flexible.quantity * flexible.hours,
        -raw.scalables.sign * raw.scalables.price * volumes.scalable * raw.scalables.hours,
        -book.scalables.fixed_term * volumes.scalable_accepted,
        -stores.spread * volumes.discharge * stores.mtus.hours,
        -book.storages.fixed_term * volumes.storage_accepted,
    ]


def tariff_cost(raw: Raw, exchange: FloatArray) -> FloatArray:
    """Return what sending over each line period costs, either way, in currency; shape (p,)."""
    return raw.line_terms[2] * np.abs(exchange) * raw.line_hours


def curve_welfare(raw: Raw, accepted: FloatArray) -> FloatArray:
    """Return welfare of each curve step: price times energy, by integral where it is interpolated; shape (k,)."""
    curves = raw.curves
    if curves.price_end is curves.price_start:
        return -curves.sign * curves.price_start * accepted * curves.hours
    share = np.divide(accepted, curves.quantity, out=np.zeros(len(accepted)), where=curves.quantity > 0)
    mean_price = curves.price_start + (curves.price_end - curves.price_start) * share / 2
    return -curves.sign * mean_price * accepted * curves.hours


def border_price(raw: Raw, exchange: FloatArray) -> FloatArray:
    """Return the price at which each border period counts: outside, or a limit where it is fixed; shape (q,)."""
    borders, cells = raw.book.borders, raw.book.cells
    is_fixed = borders.is_fixed[borders.period_border].astype(bool)
    limit = np.where(exchange >= 0, cells.price_max[borders.period_cell], cells.price_min[borders.period_cell])
    outside, _, _ = borders.terms(cells)
    return np.where(is_fixed, limit, outside)
