"""What welfare leaves open: tied volumes and exchanges at the chosen prices.

Orders at the money may be accepted in any share that balances. Most volume comes first,
then equal shares within each price area and side (pro rata), then the smallest exchanges
(formulation, section 7). Areas here are joined by exchanges that equal prices leave free;
where a capacity stands against equal shares, a small quadratic program shares as equally
as it allows. A flow-based domain joins its zones where one price holds for all of them;
where its branches keep prices apart its exchanges stay as decided. Runs on the whole book
at once.

Axes: c cells, s spans, p line periods, q border periods, x domain exchanges, g tie areas.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.coupling.area_problem import AreaProblem, Places, Shares, Tied
from walras.coupling.area_shares import shared_under_capacity, smallest_exchanges
from walras.coupling.at_price import EQUAL
from walras.coupling.intervals import EDGE_MW
from walras.coupling.market import FlowBased, LinePeriods, Market
from walras.coupling.runs import in_groups, spread, summed


def open_exchanges(lines: LinePeriods, hours: FloatArray, price: FloatArray, exchange: FloatArray) -> BoolArray:
    """Return which periods join cells of equal (mean) price; shape (p,).

    A direction of a line with a loss or a tariff does if it gains nothing and loses nothing,
    and its counterpart neither does so nor is in use.
    """
    out = _mean(lines.from_cell, lines.from_cells, hours, price)
    into = _mean(lines.to_cell, lines.to_cells, hours, price)
    equal: BoolArray = np.abs(out - (lines.received * into - lines.tariff)) <= EQUAL
    first, second = lines.pairs
    busy = equal | (exchange > EDGE_MW)
    equal[first], equal[second] = equal[first] & ~busy[second], equal[second] & ~busy[first]
    return equal & (lines.upper > lines.lower)


def open_domains(domains: FlowBased, price: FloatArray) -> BoolArray:
    """Return which exchanges are of a period in which all zones of the domain have one price; shape (x,)."""
    low, high = np.full(domains.periods, np.inf), np.full(domains.periods, -np.inf)
    np.minimum.at(low, domains.period, price[domains.cell])
    np.maximum.at(high, domains.period, price[domains.cell])
    out: BoolArray = (high - low <= EQUAL)[domains.period]
    return out


def _mean(cell: IntArray, cells: IntArray, hours: FloatArray, price: FloatArray) -> FloatArray:
    which, covered = spread(cell, cells)
    money = summed(which, hours[covered] * price[covered], len(cell))
    out: FloatArray = money / np.maximum(summed(which, hours[covered], len(cell)), 1e-300)
    return np.where(cells == 1, price[cell], out)


def share(market: Market, tied: Tied) -> Shares:
    """Return shares and exchanges that balance every cell."""
    area = _areas(market, tied)
    totals = _totals(market, tied, area)
    supply = totals.supply_share[area[market.residual.cell]]
    demand = totals.demand_share[area[market.residual.cell]]
    border = totals.border_of(tied, area)
    exchange, domain = tied.exchange.copy(), tied.domain.copy()
    for part in _area_problems(market, tied, area):
        at = part.at
        flows = smallest_exchanges(part, part.net_injection(tied, supply, demand, border))
        if flows is None:
            shares = shared_under_capacity(part, tied)
            supply[at.spans], demand[at.spans] = shares.supply, shares.demand
            border[at.borders], exchange[at.periods], domain[at.exchanges] = (
                shares.border,
                shares.exchange,
                shares.domain,
            )
        else:
            exchange[at.periods], domain[at.exchanges] = np.split(flows, [len(at.periods)])
    return Shares(supply, demand, border, exchange, domain)


def _areas(market: Market, tied: Tied) -> IntArray:
    """Return the tie area of each cell: joined by open exchanges, of lines and domains, and by tied coarse spans."""
    lines, residual, domains = market.lines, market.residual, market.domains
    op = tied.is_open
    coarse = (residual.cells > 1) & (tied.supply + tied.demand > 0)
    out, from_cell = spread(lines.from_cell[op], lines.from_cells[op])
    into, to_cell = spread(lines.to_cell[op], lines.to_cells[op])
    which, cell = spread(residual.cell[coarse], residual.cells[coarse])
    leader = np.full(domains.periods, -1)
    leader[domains.period[::-1]] = domains.cell[::-1]
    joined = np.flatnonzero(tied.is_domain_open)
    left = np.concatenate(
        [
            lines.from_cell[op][out],
            lines.from_cell[op][into],
            residual.cell[coarse][which],
            leader[domains.period[joined]],
        ]
    )
    right = np.concatenate([from_cell, to_cell, cell, domains.cell[joined]])
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
    gain = summed(to_cell, (exchange * lines.received)[into] * market.hours[to_cell], market.cells)
    lost = summed(from_cell, exchange[out] * market.hours[from_cell], market.cells)
    energy: FloatArray = gain - lost
    return energy


def _area_problems(market: Market, tied: Tied, area: IntArray) -> Iterator[AreaProblem]:
    """Yield the areas that have open exchanges or tied coarse orders, each with what is in it."""
    lines, residual, domains = market.lines, market.residual, market.domains
    period_area = np.where(tied.is_open, area[lines.from_cell], -1)
    exchange_area = np.where(tied.is_domain_open, area[domains.cell], -1)
    domain_area = np.full(domains.periods, -1)
    domain_area[domains.period] = exchange_area
    coarse = (residual.cells > 1) & (tied.supply + tied.demand > 0)
    wanted = np.unique(
        np.concatenate([period_area[period_area >= 0], exchange_area[exchange_area >= 0], area[residual.cell[coarse]]])
    )
    number = np.full(market.cells + 1, -1)
    number[wanted] = np.arange(len(wanted))
    free_span = (residual.cells == 1) | (tied.supply + tied.demand > 0)
    labels = (
        area,
        period_area,
        np.where(free_span, area[residual.cell], -1),
        area[tied.border_cell],
        exchange_area,
        domain_area[domains.row_period],
    )
    groups = [in_groups(number[label], len(wanted)) for label in labels]
    fixed = tied.injection + _line_energy(market, np.where(tied.is_open, 0.0, tied.exchange))
    for places in zip(*groups, strict=True):
        yield AreaProblem.of(market, Places(*places), fixed, tied)
