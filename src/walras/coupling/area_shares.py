"""Exchanges and shares inside one tie area.

Equal shares are tried first: the smallest exchanges that carry them, by least squares.
Where those pass a capacity, the exchanges are sought inside it, and if there are none the
shares themselves are chosen inside it (most volume, then as equal as it allows).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.coupling.highs import Solver
from walras.coupling.market import Market
from walras.coupling.model.program import Program
from walras.coupling.nearest import nearest_point
from walras.coupling.runs import spread
from walras.errors import SolverFailed

FITS = 1e-7
FLOW_WEIGHT = 1e-9


@dataclass(frozen=True)
class Tied:
    """What is fixed and what is tied at the chosen prices.

    Attributes:
        injection: Net injection of everything that is not tied; MWh, shape (c,).
        supply, demand: Tied MW of each span; shape (s,).
        border_cell, border_export, border_import: Tied borders: cell and MW each way.
        exchange: Exchange of each line period as decided; shape (p,).
        is_open: Whether equal prices leave the period's exchange free; shape (p,).
    """

    injection: FloatArray
    supply: FloatArray
    demand: FloatArray
    border_cell: IntArray
    border_export: FloatArray
    border_import: FloatArray
    exchange: FloatArray
    is_open: BoolArray


@dataclass(frozen=True)
class Shares:
    """Share of tied supply and demand in each span, exchange of tied borders and of all lines."""

    supply: FloatArray
    demand: FloatArray
    border: FloatArray
    exchange: FloatArray


@dataclass(frozen=True)
class AreaProblem:
    """One tie area: its cells, open periods, spans, tied borders, and energies to balance.

    Attributes:
        cells, periods, spans, borders: Indices in the market.
        fixed: Injection of what is neither tied nor open; MWh, shape (cells,).
        flow, span: Energy that a MW of each period and span brings to each cell.
        lower, upper: Capacities of the periods.
    """

    cells: IntArray
    periods: IntArray
    spans: IntArray
    borders: IntArray
    fixed: FloatArray
    flow: sp.csc_matrix
    span: sp.csc_matrix
    lower: FloatArray
    upper: FloatArray

    @staticmethod
    def of(
        market: Market, cells: IntArray, periods: IntArray, spans: IntArray, borders: IntArray, fixed: FloatArray
    ) -> AreaProblem:
        """Return the problem of an area from the market's arrays."""
        lines, residual, hours = market.lines, market.residual, market.hours
        out, from_cell = spread(lines.from_cell[periods], lines.from_cells[periods])
        into, to_cell = spread(lines.to_cell[periods], lines.to_cells[periods])
        which, cell = spread(residual.cell[spans], residual.cells[spans])
        shape = (len(cells), len(periods))
        rows = np.searchsorted(cells, np.concatenate([from_cell, to_cell]))
        energy = np.concatenate([-hours[from_cell], hours[to_cell]])
        flow = sp.csc_matrix((energy, (rows, np.concatenate([out, into]))), shape=shape)
        span = sp.csc_matrix((hours[cell], (np.searchsorted(cells, cell), which)), shape=(len(cells), len(spans)))
        return AreaProblem(
            cells, periods, spans, borders, fixed[cells], flow, span, lines.lower[periods], lines.upper[periods]
        )

    def border_energy(self, market: Market, tied: Tied) -> sp.csc_matrix:
        """Return the energy that a MW of export takes from each cell."""
        cell = tied.border_cell[self.borders]
        rows = np.searchsorted(self.cells, cell)
        return sp.csc_matrix((-market.hours[cell], (rows, np.arange(len(cell)))), shape=(len(self.cells), len(cell)))

    def net_injection(
        self, market: Market, tied: Tied, supply: FloatArray, demand: FloatArray, border: FloatArray
    ) -> FloatArray:
        """Return what the open exchanges must carry away from each cell at given shares; MWh."""
        spans = self.spans
        power = tied.supply[spans] * supply[spans] - tied.demand[spans] * demand[spans]
        out: FloatArray = self.fixed + self.span @ power + self.border_energy(market, tied) @ border[self.borders]
        return out


def smallest_exchanges(area: AreaProblem, net: FloatArray) -> FloatArray | None:
    """Return the exchanges of least squares that carry the net injections, None if none fit."""
    flows: FloatArray = np.linalg.lstsq(area.flow.toarray(), -net, rcond=1e-12)[0]
    miss = np.abs(area.flow @ flows + net).max()
    if miss > FITS * max(1.0, float(np.abs(net).max())):
        return None
    if ((flows >= area.lower - FITS) & (flows <= area.upper + FITS)).all():
        return np.clip(flows, area.lower, area.upper)
    count = len(flows)
    program = Program(np.zeros(count), area.lower, area.upper, -net, -net, area.flow)
    try:
        flows = nearest_point(np.ones(count), np.zeros(count), program)
    except SolverFailed:
        return None
    return _closed(area.flow, flows, area.lower, area.upper, -net)


def _closed(
    matrix: sp.csc_matrix, x: FloatArray, lower: FloatArray, upper: FloatArray, right: FloatArray
) -> FloatArray:
    """Return x with the quadratic program's tolerance taken out of the balance, by what is inside its bounds."""
    inside = np.flatnonzero((x > lower + FITS) & (x < upper - FITS))
    out = np.clip(x, lower, upper)
    if len(inside):
        out[inside] += np.linalg.lstsq(matrix[:, inside].toarray(), right - matrix @ out, rcond=1e-12)[0]
    return out


def shared_under_capacity(area: AreaProblem, market: Market, tied: Tied) -> Shares:
    """Return shares and exchanges inside capacities: most volume, then least squares of shares."""
    supply, demand = tied.supply[area.spans], tied.demand[area.spans]
    export, import_ = tied.border_export[area.borders], tied.border_import[area.borders]
    border = area.border_energy(market, tied)
    matrix = sp.hstack([area.span, -area.span, border, area.flow]).tocsc()
    spans, borders = len(supply), len(export)
    lower = np.concatenate([np.zeros(2 * spans), -import_, area.lower])
    upper = np.concatenate([supply, demand, export, area.upper])
    volume = np.concatenate([-np.ones(2 * spans), np.zeros(borders + len(area.lower))])
    most = Solver(Program(volume, lower, upper, -area.fixed, -area.fixed, matrix)).solve()
    off_face = np.abs(most.reduced) > FITS
    lower, upper = np.where(off_face, most.x, lower), np.where(off_face, most.x, upper)
    size = np.concatenate([supply, demand, np.maximum(export, import_)])
    weight = np.concatenate(
        [np.where(size > 0, 1.0 / np.maximum(size, 1e-9), 0.0), np.full(len(area.lower), FLOW_WEIGHT)]
    )
    program = Program(np.zeros(len(weight)), lower, upper, -area.fixed, -area.fixed, matrix)
    try:
        x = nearest_point(weight, np.zeros(len(weight)), program)
    except SolverFailed:
        x = most.x
    x = _closed(matrix, x, lower, upper, -area.fixed)
    ratio = [
        np.divide(part, whole, out=np.zeros(spans), where=whole > 0)
        for part, whole in ((x[:spans], supply), (x[spans : 2 * spans], demand))
    ]
    return Shares(
        np.clip(ratio[0], 0, 1), np.clip(ratio[1], 0, 1), x[2 * spans : 2 * spans + borders], x[2 * spans + borders :]
    )
