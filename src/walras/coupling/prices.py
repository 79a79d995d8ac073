"""Prices of a decided selection: every legal price, then the one in the middle.

With volumes fixed, a price vector is legal if it fits every curve (its interval), every
line (equal where the exchange is free, ordered where it is full), every flow-based domain
(the binding branches explain how far prices stand apart) and leaves no accepted order with
a loss (formulation, section 5). That set is convex. The chosen point is the one nearest to
the middles of the price areas' intervals (the midpoint rule).

A price area is a set of cells that free exchanges force to one price. Axes: n cells,
s spans, p line periods, g areas.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.coupling.compensation import least_compensation
from walras.coupling.domain_prices import Bounds, DomainPrices, domain_prices, narrowed, settled
from walras.coupling.intervals import EDGE_MW, Intervals, intervals_of
from walras.coupling.line_prices import Relations
from walras.coupling.market import Market
from walras.coupling.model.program import Program
from walras.coupling.nearest import nearest_point
from walras.coupling.nearest_sparse import nearest_point_sparse
from walras.coupling.points import Relaxed
from walras.coupling.price_rows import Rows, domain_rows, gain_rows, line_rows, order_rows, order_volumes, span_rows
from walras.coupling.step_prices import step_bounds
from walras.errors import SolverFailed

SAME = 1e-6
CROSSED = 1e-3
LOSS = 1e-9
NOTHING = 1e-11
SMALL = 400


@dataclass(frozen=True)
class Prices:
    """The chosen price of each cell and the ends of its interval; shape (n,)."""

    price: FloatArray
    low: FloatArray
    high: FloatArray


def choose_prices(market: Market, relaxed: Relaxed, *, compensates: bool = False) -> Prices:
    """Return the midpoint prices of a legal optimum; where losses are compensated, among those of least compensation.

    Then `relaxed` is any optimum of a fixed selection, and its accepted orders may lose.
    """
    where = intervals_of(market.residual, relaxed.span_volume)
    low, high = _cell_bounds(market, relaxed, where)
    domains = domain_prices(market, relaxed)
    area = _areas(market, relaxed, domains)
    near = _area_means(area, relaxed.price)
    bounds = _area_bounds(low, high, area, near, _pinned(market, where))
    rows = _rows_on_areas(market, relaxed, where, area, domains)
    relations = Relations.of(market, relaxed, area)
    low, high, fixed = _narrowed(rows, relations, domains, area, bounds, near)
    middle, ends = (low + high) / 2, (low, high)
    if compensates:
        face = least_compensation(rows, order_volumes(market, relaxed), low, high, fixed)
        rows, low, high, fixed, near = face.rows, face.low, face.high, face.fixed, face.price
        middle = np.clip(middle, low, high)
    price = _nearest_legal(rows, middle, low, high, fixed, near)
    if len(relations.out):  # what a division by the share that arrives leaves of nothing
        price[np.abs(price) <= NOTHING] = 0.0
    return Prices(price[area], ends[0][area], ends[1][area])


def _cell_bounds(market: Market, relaxed: Relaxed, where: Intervals) -> tuple[FloatArray, FloatArray]:
    """Return the interval of each cell from its own curves, scalable steps and price limits."""
    low, high = market.price_min.copy(), market.price_max.copy()
    single = market.residual.cells == 1
    cell = market.residual.cell[single]
    sloped = where.is_sloped[single]
    at = relaxed.price[cell]
    low[cell] = np.maximum(low[cell], np.where(sloped, at, where.low[single]))
    high[cell] = np.minimum(high[cell], np.where(sloped, at, where.high[single]))
    step_low, step_high = step_bounds(market, relaxed)
    return np.maximum(low, step_low), np.minimum(high, step_high)


def _pinned(market: Market, where: Intervals) -> FloatArray:
    """Return the step price that fixes a cell exactly, NaN where none does; shape (n,)."""
    pinned = np.full(market.cells, np.nan)
    single = (market.residual.cells == 1) & (where.atom >= 0) & ~where.is_sloped
    pinned[market.residual.cell[single]] = where.low[single]
    return pinned


def _areas(market: Market, relaxed: Relaxed, domains: DomainPrices) -> IntArray:
    """Return the price area of each cell: joined by free exchanges of one cell at both ends, and by domains."""
    lines = market.lines
    free = is_free(market, relaxed.exchange) & (lines.from_cells == 1) & (lines.to_cells == 1) & ~lines.one_way
    left = np.concatenate([lines.from_cell[free], domains.left])
    right = np.concatenate([lines.to_cell[free], domains.right])
    graph = sp.coo_matrix((np.ones(len(left)), (left, right)), shape=(market.cells, market.cells))
    _, area = connected_components(graph, directed=False)
    return np.asarray(area, dtype=np.int64)


def is_free(market: Market, exchange: FloatArray) -> BoolArray:
    """Return which exchanges lie strictly between their capacities; shape (p,)."""
    lines = market.lines
    out: BoolArray = (exchange > lines.lower + EDGE_MW) & (exchange < lines.upper - EDGE_MW)
    return out


def _area_means(area: IntArray, price: FloatArray) -> FloatArray:
    out: FloatArray = np.bincount(area, price) / np.bincount(area)
    return out


def _area_bounds(low: FloatArray, high: FloatArray, area: IntArray, mean: FloatArray, pinned: FloatArray) -> Bounds:
    """Return the common interval of each area and whether it is a single price.

    Ends that cross by rounding noise are one price: that of a step where a step fixes it.
    """
    count = int(area.max()) + 1
    bottom, top = np.full(count, -np.inf), np.full(count, np.inf)
    np.maximum.at(bottom, area, low)
    np.minimum.at(top, area, high)
    step = np.full(count, -np.inf)
    np.fmax.at(step, area, np.where(np.isnan(pinned), -np.inf, pinned))
    assert (bottom - top).max(initial=-1.0) < CROSSED, "intervals of one price area contradict each other"
    fixed = top - bottom <= SAME
    one = np.where(np.isfinite(step), step, np.clip(mean, np.minimum(bottom, top), np.maximum(bottom, top)))
    return np.where(fixed, one, bottom), np.where(fixed, one, top), fixed


def _rows_on_areas(market: Market, relaxed: Relaxed, where: Intervals, area: IntArray, domains: DomainPrices) -> Rows:
    """Return every other rule as rows over areas (and over passed surplus of families, and mu of branches)."""
    rows = span_rows(market, relaxed, where)
    rows = rows.stacked(line_rows(market, relaxed, is_free(market, relaxed.exchange)))
    if market.lines.one_way.any():
        rows = rows.stacked(gain_rows(market, relaxed))
    rows = rows.stacked(domain_rows(market, domains))
    rows = rows.stacked(order_rows(market, relaxed))
    return rows.over_areas(area, int(area.max()) + 1)


def _narrowed(
    rows: Rows, relations: Relations, domains: DomainPrices, area: IntArray, bounds: Bounds, near: FloatArray
) -> Bounds:
    """Narrow the intervals of areas by lines and by binding branches between them."""
    low, high, fixed = bounds
    low, high = _tightened(rows, low, high, fixed)
    low, high = relations.narrowed(low, high, fixed)
    if domains.periods:
        low, high, fixed = settled(domains.periods, area, (low, high, fixed), near)
        low, high, fixed = narrowed(domains.periods, area, (low, high, fixed))
        low, high = _tightened(rows, low, high, fixed)
        low, high = relations.narrowed(low, high, fixed)
    return low, high, fixed


def _tightened(rows: Rows, low: FloatArray, high: FloatArray, fixed: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Narrow intervals by the order of prices across full lines, as far as that goes in a few sweeps."""
    left, right = rows.ordered_pairs()
    bottom, top = low.copy(), high.copy()
    for _ in range(len(low) if len(left) else 0):
        before = bottom.copy(), top.copy()
        np.maximum.at(bottom, right, bottom[left])
        np.minimum.at(top, left, top[right])
        bottom[fixed], top[fixed] = low[fixed], high[fixed]
        if (bottom == before[0]).all() and (top == before[1]).all():
            break
    crossed = bottom > top
    return np.where(crossed, low, bottom), np.where(crossed, high, top)


def _nearest_legal(
    rows: Rows, middle: FloatArray, low: FloatArray, high: FloatArray, fixed: BoolArray, fallback: FloatArray
) -> FloatArray:
    """Return the legal point nearest to the middles; middles where no rule stands against them."""
    price = middle.copy()
    broken = rows.broken(price, LOSS)
    if not broken.any():
        return price
    for part in rows.touching(broken, fixed):
        areas, program, weight, target = part.areas, *_projection(part, middle, low, high, price)
        if sum(program.matrix.shape) > SMALL:
            start = np.concatenate([fallback[areas], np.zeros(part.extra_count)])
            price[areas] = nearest_point_sparse(weight, target, program, start)[: len(areas)]
            continue
        try:
            price[areas] = nearest_point(weight, target, program)[: len(areas)]
        except SolverFailed:
            price[areas] = np.clip(fallback[areas], low[areas], high[areas])
    return price


def _projection(
    part: Rows, middle: FloatArray, low: FloatArray, high: FloatArray, price: FloatArray
) -> tuple[Program, FloatArray, FloatArray]:
    """Return one connected part as rows and bounds, with the weight and target of its areas and extras."""
    areas, extra = part.areas, part.extra_count
    matrix = part.matrix.tocsc()
    held = matrix[:, : part.area_count] @ price - matrix[:, areas] @ price[areas]
    columns = sp.hstack([matrix[:, areas], matrix[:, part.area_count :]]).tocsc()
    weight = np.concatenate([np.ones(len(areas)), np.zeros(extra)])
    program = Program(
        cost=np.zeros(len(weight)),
        lower=np.concatenate([low[areas], np.zeros(extra)]),
        upper=np.concatenate([high[areas], np.full(extra, np.inf)]),
        row_lower=part.lower - held,
        row_upper=part.upper - held,
        matrix=columns,
    )
    return program, weight, np.concatenate([middle[areas], np.zeros(extra)])
