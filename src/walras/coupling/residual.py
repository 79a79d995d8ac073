"""Residual supply: all curve orders and borders of one span as one rising staircase.

A span is a run of cells that an order covers: one cell, or several for an order coarser
than its zone. Demand of q at p counts as q taken at any price and given back at p, so
supply, demand and border terms become one list of atoms sorted by price (formulation,
eq. 2.3). An atom is a step (low = high) or a stretch on which price rises linearly.

Axes: s spans (span s < number of cells is cell s; coarser spans follow), a atoms sorted by
span and price. Volumes in MW, prices in currency per MWh.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from walras.book.book import Book
from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.coupling.runs import summed

NANO = 1e9


@dataclass(frozen=True)
class Residual:
    """Residual supply of every span.

    Attributes:
        cell, cells: First cell and number of cells of each span; shape (s,).
        base: Injection below the lowest price: minus all demand; shape (s,).
        ptr: Atoms of span s are ptr[s] to ptr[s + 1]; shape (s + 1,).
        low, high, quantity: Prices and MW of each atom; shape (a,).
    """

    cell: IntArray
    cells: IntArray
    base: FloatArray
    ptr: IntArray
    low: FloatArray
    high: FloatArray
    quantity: FloatArray

    @property
    def span(self) -> IntArray:
        """Return the span of each atom; shape (a,)."""
        return np.repeat(np.arange(len(self.cell)), np.diff(self.ptr))

    def before(self) -> FloatArray:
        """Return the span's volume before each atom, counted from its base; shape (a,)."""
        total = self.total()
        out: FloatArray = (total[:-1] - total[self.ptr[:-1]][self.span]) / NANO
        return out

    def total(self) -> IntArray:
        """Return the running sum of quantities over all atoms in billionths of a MW; shape (a + 1,).

        Whole numbers, so that a span's sums do not depend on what stands before it.
        """
        return np.concatenate([[0], np.cumsum(np.rint(self.quantity * NANO).astype(np.int64))])


@dataclass(frozen=True)
class RawAtoms:
    """Atoms before sorting, and the base that they count from."""

    span: IntArray
    low: FloatArray
    high: FloatArray
    quantity: FloatArray
    base: FloatArray


def spans_of(book: Book) -> tuple[IntArray, IntArray, IntArray]:
    """Return first cell and length of each span, and the span of each curve step."""
    curves, count = book.curves, book.cells.count
    coarse = curves.step_cells > 1
    if not coarse.any():
        return np.arange(count), np.ones(count, dtype=np.int64), curves.step_cell
    key = curves.step_cell[coarse] * (count + 1) + curves.step_cells[coarse]
    unique, inverse = np.unique(key, return_inverse=True)
    step_span = curves.step_cell.copy()
    step_span[coarse] = count + inverse
    cell = np.concatenate([np.arange(count), unique // (count + 1)])
    cells = np.concatenate([np.ones(count, dtype=np.int64), unique % (count + 1)])
    return cell, cells, step_span


@dataclass(frozen=True)
class CoarseSteps:
    """Curve steps longer than their zone's MTU: the only ones that a price limit may reject (rules, 4).

    Attributes:
        step: Index in the book; span: in the market; is_demand: side.
        low, high, quantity: Prices and MW.
    """

    step: IntArray
    span: IntArray
    is_demand: BoolArray
    low: FloatArray
    high: FloatArray
    quantity: FloatArray

    def chosen(self, which: BoolArray) -> CoarseSteps:
        """Return some of the steps."""
        return CoarseSteps(*(getattr(self, f.name)[which] for f in fields(self)))


def coarse_steps(book: Book) -> CoarseSteps:
    """Return the coarse curve steps of a book."""
    curves = book.curves
    _, _, span = spans_of(book)
    step = np.flatnonzero(curves.step_cells > 1)
    order = curves.step_order[step]
    start = book.cells.prices(curves.price_start[step], curves.grid[order])
    end = book.cells.prices(curves.price_end[step], curves.grid[order])
    return CoarseSteps(
        step,
        span[step],
        curves.side[order] < 0,
        np.minimum(start, end),
        np.maximum(start, end),
        book.cells.quantities(curves.quantity[step], curves.grid[order]),
    )


def residual_supply(book: Book) -> Residual:
    """Return the residual supply of a book's curves and borders.

    Example:
        Supply 10 MW at 20 and demand 15 MW at 50 in one cell: base -15, atoms (20, 10 MW)
        and (50, 15 MW); volume 0 lies inside the second atom, so the price is 50.
    """
    cell, cells, step_span = spans_of(book)
    raw = _join([_curve_atoms(book, step_span, len(cell)), _border_atoms(book, len(cell))])
    return _assembled(cell, cells, raw)


def with_coarse(residual: Residual, coarse: CoarseSteps) -> Residual:
    """Return the residual supply with its coarse spans holding only the given steps."""
    single = residual.cells[residual.span] == 1
    base = np.where(residual.cells == 1, residual.base, 0.0)
    base -= summed(coarse.span, np.where(coarse.is_demand, coarse.quantity, 0.0), len(base))
    raw = RawAtoms(
        np.concatenate([residual.span[single], coarse.span]),
        np.concatenate([residual.low[single], coarse.low]),
        np.concatenate([residual.high[single], coarse.high]),
        np.concatenate([residual.quantity[single], coarse.quantity]),
        base,
    )
    return _assembled(residual.cell, residual.cells, raw)


def with_atoms(residual: Residual, base: FloatArray, cell: IntArray, price: FloatArray, power: FloatArray) -> Residual:
    """Return the residual supply with some more MW in its base, shape (s,), and steps of single cells put in."""
    if not len(cell):
        return replace(residual, base=residual.base + base)
    raw = RawAtoms(
        np.concatenate([residual.span, cell]),
        np.concatenate([residual.low, price]),
        np.concatenate([residual.high, price]),
        np.concatenate([residual.quantity, power]),
        residual.base + base,
    )
    return _assembled(residual.cell, residual.cells, raw)


def _assembled(cell: IntArray, cells: IntArray, raw: RawAtoms) -> Residual:
    """Return atoms sorted by span and price, slopes cut where they overlap, equal steps merged."""
    kept = raw.quantity > 0
    span, low, high, quantity = raw.span[kept], raw.low[kept], raw.high[kept], raw.quantity[kept]
    sloped = high > low
    if sloped.any():
        span, low, high, quantity = _split_slopes(span, low, high, quantity, sloped)
    order = np.lexsort((high, low, span))
    span, low, high, quantity = span[order], low[order], high[order], quantity[order]
    first = np.ones(len(span), dtype=bool)
    first[1:] = (span[1:] != span[:-1]) | (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    at = np.flatnonzero(first)
    merged = np.add.reduceat(quantity, at) if len(at) else quantity
    ptr = np.searchsorted(span[at], np.arange(len(cell) + 1)).astype(np.int64)
    return Residual(cell, cells, raw.base, ptr, low[at], high[at], merged)


def _curve_atoms(book: Book, step_span: IntArray, span_count: int) -> RawAtoms:
    """Return the atoms of all curve steps; demand is given back at its price."""
    curves = book.curves
    grid = curves.grid[curves.step_order]
    quantity = book.cells.quantities(curves.quantity, grid)
    start = book.cells.prices(curves.price_start, grid)
    end = book.cells.prices(curves.price_end, grid)
    demand = curves.side[curves.step_order] < 0
    base = -summed(step_span[demand], quantity[demand], span_count)
    return RawAtoms(step_span, np.minimum(start, end), np.maximum(start, end), quantity, base)


def _border_atoms(book: Book, span_count: int) -> RawAtoms:
    """Return the atoms of the borders: the outside price inside the cell's limits, or the limit itself if fixed."""
    borders, cells = book.borders, book.cells
    fixed = borders.is_fixed[borders.period_border].astype(bool)
    span = borders.period_cell
    outside, outward, inward = borders.terms(cells)
    export = np.where(fixed, np.maximum(borders.exchange, 0.0), outward)
    import_ = np.where(fixed, np.maximum(-borders.exchange, 0.0), inward)
    export_price = np.where(fixed, cells.price_max[span], outside)
    import_price = np.where(fixed, cells.price_min[span], outside)
    price = np.concatenate([export_price, import_price])
    base = -summed(span, export, span_count) if len(span) else np.zeros(span_count)
    return RawAtoms(np.concatenate([span, span]), price, price, np.concatenate([export, import_]), base)


def _join(raws: list[RawAtoms]) -> RawAtoms:
    return RawAtoms(
        np.concatenate([r.span for r in raws]),
        np.concatenate([r.low for r in raws]),
        np.concatenate([r.high for r in raws]),
        np.concatenate([r.quantity for r in raws]),
        np.sum([r.base for r in raws], axis=0),
    )


def _split_slopes(
    span: IntArray, low: FloatArray, high: FloatArray, quantity: FloatArray, sloped: BoolArray
) -> tuple[IntArray, FloatArray, FloatArray, FloatArray]:
    """Cut overlapping slopes at each other's ends and at steps, and add them up between cuts."""
    density = quantity[sloped] / (high[sloped] - low[sloped])
    event_span = np.concatenate([span[sloped], span[sloped], span[~sloped]])
    event_price = np.concatenate([low[sloped], high[sloped], low[~sloped]])
    none = np.zeros(int((~sloped).sum()))
    change = np.concatenate([density, -density, none])
    active = np.concatenate([np.ones(len(density)), -np.ones(len(density)), none]).astype(np.int64)
    order = np.lexsort((event_price, event_span))
    event_span, event_price = event_span[order], event_price[order]
    running, open_slopes = np.cumsum(change[order]), np.cumsum(active[order])
    # What rounding left open at the end of one span must not be carried into the next.
    start = np.searchsorted(event_span, event_span)
    running -= np.concatenate([[0.0], running])[start]
    width = event_price[1:] - event_price[:-1]
    use = (event_span[1:] == event_span[:-1]) & (width > 0) & (open_slopes[:-1] > 0)
    at = np.flatnonzero(use)
    return (
        np.concatenate([span[~sloped], event_span[at]]),
        np.concatenate([low[~sloped], event_price[at]]),
        np.concatenate([low[~sloped], event_price[at + 1]]),
        np.concatenate([quantity[~sloped], running[at] * width[at]]),
    )
