"""One tie area as equations: what is tied in it, what may flow, and what must balance.

Written by `ties`, read by `area_shares`. Exchanges of flow-based domains are columns like
lines; their sums are equations like the balance of a cell. Axes: c cells, s spans, p line
periods, q border periods, x domain exchanges.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.coupling.entries import Entries
from walras.coupling.market import Market
from walras.coupling.runs import spread


@dataclass(frozen=True)
class Tied:
    """What is fixed and what is tied at the chosen prices.

    Attributes:
        injection: Net injection of everything that is not tied; MWh, shape (c,).
        supply, demand: Tied MW of each span; shape (s,).
        border_cell, border_export, border_import: Tied borders: cell and MW each way.
        exchange: Exchange of each line period as decided; shape (p,).
        is_open: Whether equal prices leave the period's exchange free; shape (p,).
        domain, is_domain_open: The same of exchanges with flow-based domains; shape (x,). Those
            that are not open count in `injection`.
    """

    injection: FloatArray
    supply: FloatArray
    demand: FloatArray
    border_cell: IntArray
    border_export: FloatArray
    border_import: FloatArray
    exchange: FloatArray
    is_open: BoolArray
    domain: FloatArray = field(default_factory=lambda: np.zeros(0))
    is_domain_open: BoolArray = field(default_factory=lambda: np.zeros(0, dtype=bool))


@dataclass(frozen=True)
class Shares:
    """Share of tied supply and demand in each span, exchange of tied borders, of all lines, with all domains."""

    supply: FloatArray
    demand: FloatArray
    border: FloatArray
    exchange: FloatArray
    domain: FloatArray


@dataclass(frozen=True)
class Places:
    """Where an area stands in the market: cells, open periods, spans, tied borders, open domain exchanges, branches."""

    cells: IntArray
    periods: IntArray
    spans: IntArray
    borders: IntArray
    exchanges: IntArray
    branches: IntArray


@dataclass(frozen=True)
class AreaProblem:
    """One tie area as equations: its cells balance, its domains' exchanges sum to zero.

    Attributes:
        at: Where it stands in the market.
        fixed: Injection of what is neither tied nor open, MWh, then a zero for each domain period.
        flow, span, border: What a MW of each line period or domain exchange, of each span and
            of each border's export brings to each equation.
        lower, upper: Capacities of the flows, infinite for domain exchanges.
        branch, ram: MW on each branch for each MW of flow, and its limit.
    """

    at: Places
    fixed: FloatArray
    flow: Entries
    span: Entries
    border: Entries
    lower: FloatArray
    upper: FloatArray
    branch: Entries
    ram: FloatArray

    @staticmethod
    def of(market: Market, at: Places, fixed: FloatArray, tied: Tied) -> AreaProblem:
        """Return the problem of an area from the market's arrays."""
        lines, domains, residual, hours = market.lines, market.domains, market.residual, market.hours
        out, from_cell = spread(lines.from_cell[at.periods], lines.from_cells[at.periods])
        into, to_cell = spread(lines.to_cell[at.periods], lines.to_cells[at.periods])
        which, cell = spread(residual.cell[at.spans], residual.cells[at.spans])
        border_cell = tied.border_cell[at.borders]
        domain_period, period = np.unique(domains.period[at.exchanges], return_inverse=True)
        rows = len(at.cells) + len(domain_period)
        exchange = len(at.periods) + np.arange(len(at.exchanges))
        row = np.searchsorted(at.cells, np.concatenate([from_cell, to_cell, domains.cell[at.exchanges]]))
        arriving = hours[to_cell] * lines.received[at.periods][into]
        energy = np.concatenate([-hours[from_cell], arriving, -domains.hours[at.exchanges]])
        flow = Entries.of(
            np.concatenate([row, len(at.cells) + period]),
            np.concatenate([out, into, exchange, exchange]),
            np.concatenate([energy, np.ones(len(exchange))]),
            rows,
            len(at.periods) + len(at.exchanges),
        )
        border_row = np.searchsorted(at.cells, border_cell)
        nowhere = np.full(len(at.exchanges), np.inf)
        return AreaProblem(
            at=at,
            fixed=np.concatenate([fixed[at.cells], np.zeros(len(domain_period))]),
            flow=flow,
            span=Entries(np.searchsorted(at.cells, cell), which, hours[cell], rows, len(at.spans)),
            border=Entries(border_row, np.arange(len(border_cell)), -hours[border_cell], rows, len(border_cell)),
            lower=np.concatenate([lines.lower[at.periods], -nowhere]),
            upper=np.concatenate([lines.upper[at.periods], nowhere]),
            branch=_branches(market, at),
            ram=domains.ram[at.branches],
        )

    def net_injection(self, tied: Tied, supply: FloatArray, demand: FloatArray, border: FloatArray) -> FloatArray:
        """Return what the open exchanges must carry away from each cell at given shares; MWh."""
        spans = self.at.spans
        power = tied.supply[spans] * supply[spans] - tied.demand[spans] * demand[spans]
        out: FloatArray = self.fixed + self.span @ power + self.border @ border[self.at.borders]
        return out


def _branches(market: Market, at: Places) -> Entries:
    """Return MW on each branch of an area for each MW of its flows."""
    domains, columns = market.domains, len(at.periods) + len(at.exchanges)
    which, entry = spread(*_runs(domains.entry_row, at.branches))
    column = len(at.periods) + np.searchsorted(at.exchanges, domains.entry_exchange[entry])
    return Entries.of(which, column, domains.ptdf[entry], len(at.branches), columns)


def _runs(label: IntArray, wanted: IntArray) -> tuple[IntArray, IntArray]:
    """Return where the run of each wanted label begins in sorted labels, and its length."""
    first = np.searchsorted(label, wanted, side="left")
    return first, np.searchsorted(label, wanted, side="right") - first
