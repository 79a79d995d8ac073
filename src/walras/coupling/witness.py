"""Volumes of single curve steps and borders behind a residual supply (for the witness of a void case).

A span's residual volume fills its staircase from the lowest price up to one place: supply
below it is accepted and demand below it is not; what stands at that price is shared in one
proportion (formulation, eq. 2.3). So volumes follow from the place alone, whatever the
prices of the auction are. Axes: s spans, k curve steps, q border periods of the book.
"""

from __future__ import annotations

import numpy as np

from walras.book.book import Book
from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.coupling.intervals import intervals_of
from walras.coupling.market import Market
from walras.coupling.residual import NANO, Residual, spans_of

SAME = 1e-9
EDGE = 1e-9


def curve_volumes(book: Book, market: Market, span_volume: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return the curve steps of a part of the market and their accepted MW at residual volumes, shape (s,)."""
    curves, cells = book.curves, book.cells
    _, _, span = spans_of(book)
    local = _local(market, span)
    step = np.flatnonzero(local >= 0)
    grid = curves.grid[curves.step_order[step]]
    start, end = cells.prices(curves.price_start[step], grid), cells.prices(curves.price_end[step], grid)
    place, share = _places(market, span_volume)
    filled = _filled(np.minimum(start, end), np.maximum(start, end), place[local[step]], share[local[step]])
    is_supply = curves.side[curves.step_order[step]] > 0
    power = cells.quantities(curves.quantity[step], grid) * np.where(is_supply, filled, 1.0 - filled)
    return step, power


def border_volumes(book: Book, market: Market, span_volume: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return the border periods of a part of the market and their exchange in MW, positive = export."""
    borders, cells = book.borders, book.cells
    local = _local(market, borders.period_cell)
    period = np.flatnonzero(local >= 0)
    cell = borders.period_cell[period]
    is_fixed = borders.is_fixed[borders.period_border[period]].astype(bool)
    outside, export, import_ = (column[period] for column in borders.terms(cells))
    wanted = borders.exchange[period]
    export = np.where(is_fixed, np.maximum(wanted, 0.0), export)
    import_ = np.where(is_fixed, np.maximum(-wanted, 0.0), import_)
    place, share = (column[local[period]] for column in _places(market, span_volume))
    out_price, in_price = (
        np.where(is_fixed, cells.price_max[cell], outside),
        np.where(is_fixed, cells.price_min[cell], outside),
    )
    power = export * (1.0 - _filled(out_price, out_price, place, share))
    return period, power - import_ * _filled(in_price, in_price, place, share)


def _local(market: Market, span: IntArray) -> IntArray:
    """Return the part's own number of each span of the whole, -1 where it is not in the part."""
    count = int(max(span.max(initial=-1), market.span.max(initial=-1))) + 1
    number = np.full(count, -1)
    number[market.span] = np.arange(len(market.span))
    out: IntArray = number[span]
    return out


def _places(market: Market, span_volume: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the price up to which each span is filled, and the share of what stands at it; shape (s,)."""
    residual = market.residual
    where = intervals_of(residual, span_volume, edge=EDGE)
    inside = where.atom >= 0
    atom = np.maximum(where.atom, 0)
    if not len(residual.low):
        return np.full(len(span_volume), -np.inf), np.zeros(len(span_volume))
    before = residual.base + residual.before()[atom]
    share = np.clip((span_volume - before) / residual.quantity[atom], 0.0, 1.0)
    rising = residual.low[atom] + share * (residual.high[atom] - residual.low[atom])
    # Between two atoms everything up to the lower one is taken; where that one is a slope, a step
    # at its upper end is not.
    at_edge = np.where(_ends_on_a_step(residual, span_volume), 1.0, 0.0)
    return np.where(inside, rising, where.low), np.where(inside, share, at_edge)


def _ends_on_a_step(residual: Residual, volume: FloatArray) -> BoolArray:
    """Return whether the last atom that a volume fills is a step; shape (s,)."""
    total, ptr = residual.total(), residual.ptr
    filled = np.rint((volume - residual.base) * NANO).astype(np.int64) + total[ptr[:-1]]
    last = np.clip(np.searchsorted(total, filled - 1), ptr[:-1], ptr[1:]) - 1
    is_there = last >= ptr[:-1]
    last = np.maximum(last, 0)
    out: BoolArray = is_there & (residual.low[last] == residual.high[last])
    return out


def _filled(low: FloatArray, high: FloatArray, place: FloatArray, share: FloatArray) -> FloatArray:
    """Return how much of a step from `low` to `high` lies below its place."""
    slope = np.divide(place - low, high - low, out=np.zeros(len(low)), where=high > low)
    at = np.abs(low - place) <= SAME
    flat = np.where(at, share, (low < place).astype(np.float64))
    return np.where(high > low, np.clip(slope, 0.0, 1.0), flat)
