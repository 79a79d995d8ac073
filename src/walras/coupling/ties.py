"""What welfare leaves open: tied volumes and exchanges at the chosen prices.

Orders at the money may be accepted in any share that balances. Most volume comes first,
then equal shares within each price area and side (pro rata), then the smallest exchanges
(formulation, section 7). Areas here are joined by exchanges that equal prices leave free;
where a capacity stands against equal shares, a small quadratic program shares as equally
as it allows. Runs on the whole book at once.

Axes: c cells, s spans, p line periods, q border periods, g tie areas.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.coupling.area_shares import AreaProblem, Shares, Tied, shared_under_capacity, smallest_exchanges
from walras.coupling.at_price import EQUAL
from walras.coupling.market import LinePeriods, Market
from walras.coupling.runs import spread, summed


def open_exchanges(lines: LinePeriods, hours: FloatArray, price: FloatArray) -> BoolArray:
    """Return which periods join cells of equal (mean) price; shape (p,)."""
    out = _mean(lines.from_cell, lines.from_cells, hours, price)
    into = _mean(lines.to_cell, lines.to_cells, hours, price)
    equal: BoolArray = np.abs(out - into) <= EQUAL
    return equal & (lines.upper > lines.lower)


def _mean(cell: IntArray, cells: IntArray, hours: FloatArray, price: FloatArray) -> FloatArray:
    which, covered = spread(cell, cells)
    money = summed(which, hours[covered] * price[covered], len(cell))
    out: FloatArray = money / np.maximum(summed(which, hours[covered], len(cell)), 1e-300)
    return np.where(cells == 1, price[cell], out)


def share(market: Market, tied: Tied) -> Shares:
    """Return shares and exchanges that balance every cell."""
    area = _areas(market, tied)
    problem = _totals(market, tied, area)
    supply = problem.supply_share[area[market.residual.cell]]
    demand = problem.demand_share[area[market.residual.cell]]
    border = problem.border_of(tied, area)
    exchange = tied.exchange.copy()
    for part in _area_problems(market, tied, area):
        net = part.net_injection(market, tied, supply, demand, border)
        flows = smallest_exchanges(part, net)
        if flows is None:
            shares = shared_under_capacity(part, market, tied)
            supply[part.spans], demand[part.spans] = shares.supply, shares.demand
            border[part.borders], flows = shares.border, shares.exchange
        exchange[part.periods] = flows
    return Shares(supply, demand, border, exchange)


def _areas(market: Market, tied: Tied) -> IntArray:
    """Return the tie area of each cell: joined by open exchanges and by tied coarse spans."""
    lines, residual = market.lines, market.residual
    op = tied.is_open
    coarse = (residual.cells > 1) & (tied.supply + tied.demand > 0)
    out, from_cell = spread(lines.from_cell[op], lines.from_cells[op])
    into, to_cell = spread(lines.to_cell[op], lines.to_cells[op])
    which, cell = spread(residual.cell[coarse], residual.cells[coarse])
    left = np.concatenate([lines.from_cell[op][out], lines.from_cell[op][into], residual.cell[coarse][which]])
    right = np.concatenate([from_cell, to_cell, cell])
    graph = sp.coo_matrix((np.ones(len(left)), (left, right)), shape=(market.cells, market.cells))
    _, area = connected_components(graph, directed=False)
    return np.asarray(area, dtype=np.int64)


@dataclass(frozen=True)
class _Totals:
    """Equal shares of each area if capacity does not stand against them; shape (g,), borders in MWh."""

    supply_share: FloatArray
    demand_share: FloatArray
    exports: FloatArray
    imports: FloatArray
    border_total: FloatArray

    def border_of(self, tied: Tied, area: IntArray) -> FloatArray:
        """Return the exchange of each tied border: its share of the area's, by capacity."""
        at = area[tied.border_cell]
        total = self.border_total[at]
        capacity = np.where(total > 0, tied.border_export, tied.border_import)
        whole = np.where(total > 0, self.exports[at], self.imports[at])
        out: FloatArray = np.divide(total * capacity, whole, out=np.zeros(len(at)), where=whole > 0)
        return out


def _totals(market: Market, tied: Tied, area: IntArray) -> _Totals:
    """Return the most volume and equal shares of each area, its lines taken as wide enough.

    All tied volume is accepted if tied borders can take the difference; else the side that
    is too much is cut to fit.
    """
    residual, hours = market.residual, market.hours
    count = int(area.max()) + 1 if len(area) else 0
    fixed_flow = np.where(tied.is_open, 0.0, tied.exchange)
    injection = tied.injection + _line_energy(market, fixed_flow)
    which, cell = spread(residual.cell, residual.cells)
    span_hours = summed(which, hours[cell], len(residual.cell))
    at = area[residual.cell]
    net = summed(area, injection, count)
    supply = summed(at, tied.supply * span_hours, count)
    demand = summed(at, tied.demand * span_hours, count)
    border_at, border_hours = area[tied.border_cell], hours[tied.border_cell]
    exports = summed(border_at, tied.border_export * border_hours, count)
    imports = summed(border_at, tied.border_import * border_hours, count)
    wanted = net + supply - demand
    border = np.clip(wanted, -imports, exports)
    surplus = wanted - border
    supply_share = 1.0 - np.divide(np.maximum(surplus, 0), supply, out=np.zeros(count), where=supply > 0)
    demand_share = 1.0 + np.divide(np.minimum(surplus, 0), demand, out=np.zeros(count), where=demand > 0)
    return _Totals(np.clip(supply_share, 0, 1), np.clip(demand_share, 0, 1), exports, imports, border)


def _line_energy(market: Market, exchange: FloatArray) -> FloatArray:
    """Return the energy that exchanges bring to each cell; MWh, shape (c,)."""
    lines = market.lines
    out, from_cell = spread(lines.from_cell, lines.from_cells)
    into, to_cell = spread(lines.to_cell, lines.to_cells)
    gain = summed(to_cell, exchange[into] * market.hours[to_cell], market.cells)
    lost = summed(from_cell, exchange[out] * market.hours[from_cell], market.cells)
    energy: FloatArray = gain - lost
    return energy


def _area_problems(market: Market, tied: Tied, area: IntArray) -> list[AreaProblem]:
    """Return the areas that have open exchanges or tied coarse orders, each with its cells, spans and borders."""
    lines = market.lines
    period_area = np.where(tied.is_open, area[lines.from_cell], -1)
    residual = market.residual
    coarse = (residual.cells > 1) & (tied.supply + tied.demand > 0)
    wanted = np.unique(np.concatenate([period_area[period_area >= 0], area[residual.cell[coarse]]]))
    if not len(wanted):
        return []
    cells, periods = _grouped(area, wanted), _grouped(period_area, wanted)
    free_span = (market.residual.cells == 1) | (tied.supply + tied.demand > 0)
    spans = _grouped(np.where(free_span, area[market.residual.cell], -1), wanted)
    borders = _grouped(area[tied.border_cell], wanted)
    fixed = tied.injection + _line_energy(market, np.where(tied.is_open, 0.0, tied.exchange))
    return [
        AreaProblem.of(market, c, p, s, b, fixed) for c, p, s, b in zip(cells, periods, spans, borders, strict=True)
    ]


def _grouped(label: IntArray, wanted: IntArray) -> list[IntArray]:
    """Return the positions of each wanted label."""
    order = np.argsort(label, kind="stable")
    left = np.searchsorted(label[order], wanted, side="left")
    right = np.searchsorted(label[order], wanted, side="right")
    return [order[a:b] for a, b in zip(left.tolist(), right.tolist(), strict=True)]
