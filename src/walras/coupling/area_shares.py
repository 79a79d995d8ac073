"""Exchanges and shares inside one tie area.

Equal shares are tried first: the smallest exchanges that carry them, by least squares.
Where those pass a capacity, the exchanges are sought inside it, and if there are none the
shares themselves are chosen inside it (most volume, then as equal as it allows). Exchanges
of flow-based domains are columns like lines, with two more kinds of rows: they sum to zero
a period, and no branch is overloaded.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sp

from walras.book.cells import BoolArray, FloatArray
from walras.coupling.area_problem import AreaProblem, Shares, Tied
from walras.coupling.entries import Entries
from walras.coupling.equations import on_equations
from walras.coupling.highs import Solution, Solver
from walras.coupling.model.program import Program
from walras.coupling.nearest import nearest_point
from walras.coupling.nearest_sparse import nearest_point_sparse
from walras.errors import SolverFailed

FITS = 1e-7
FLOW_WEIGHT = 1e-9
DUST_MWH = 1e-5
DUST_COST = 1e3
LARGE = 400


def smallest_exchanges(area: AreaProblem, net: FloatArray) -> FloatArray | None:
    """Return the exchanges of least squares that carry the net injections, None if none fit."""
    count = area.flow.columns
    flows = _least_squares(area.flow, -net)
    miss = np.abs(area.flow @ flows + net).max()
    if miss > FITS * max(1.0, float(np.abs(net).max())):
        return None
    overloaded = area.branch @ flows > area.ram + FITS
    if ((flows >= area.lower - FITS) & (flows <= area.upper + FITS)).all() and not overloaded.any():
        return np.clip(flows, area.lower, area.upper)
    return _inside(area, (area.flow, -net, area.lower, area.upper), np.ones(count), None, overloaded)


def _least_squares(matrix: Entries, right: FloatArray) -> FloatArray:
    if matrix.rows + matrix.columns > LARGE:
        equations = sp.csr_matrix(matrix.sparse())
        return on_equations(np.ones(matrix.columns), np.zeros(matrix.columns), equations, right)[0]
    return np.asarray(np.linalg.lstsq(matrix.dense(), right, rcond=1e-12)[0], dtype=np.float64)


Equations = tuple[Entries, FloatArray, FloatArray, FloatArray]
"""Matrix and right-hand side of equations, lower and upper bounds of their columns; flows are the last columns."""


def _inside(
    area: AreaProblem, equations: Equations, weight: FloatArray, start: FloatArray | None, entered: BoolArray
) -> FloatArray | None:
    """Return the point nearest to zero that keeps equations, bounds and branches, None if there is none.

    Branches enter once they are overloaded. A large area begins from `start`, or from any
    point that fits.
    """
    matrix, right, lower, upper = equations
    flows = slice(matrix.columns - area.flow.columns, None)
    entered = entered.copy()
    while True:
        chosen = np.flatnonzero(entered)
        rows = matrix.above(area.branch.of_rows(chosen))
        low = np.concatenate([right, np.full(len(chosen), -np.inf)])
        high = np.concatenate([right, area.ram[chosen]])
        program = Program(np.zeros(matrix.columns), lower, upper, low, high, rows.sparse())
        x = _nearest(weight, program, start)
        if x is None:
            return None
        loaded = area.branch @ x[flows]
        missed = (loaded > area.ram + FITS) & ~entered
        if not missed.any():
            full = np.flatnonzero(loaded > area.ram - FITS)
            kept = matrix.above(area.branch.of_rows(full))
            return _closed(kept, x, lower, upper, np.concatenate([right, area.ram[full]]))
        entered |= missed


def _nearest(weight: FloatArray, program: Program, start: FloatArray | None) -> FloatArray | None:
    goal = np.zeros(len(weight))
    try:
        if sum(program.matrix.shape) <= LARGE:
            return nearest_point(weight, goal, program)
        return nearest_point_sparse(weight, goal, program, Solver(program).solve().x if start is None else start)
    except SolverFailed:
        return None


def _closed(matrix: Entries, x: FloatArray, lower: FloatArray, upper: FloatArray, right: FloatArray) -> FloatArray:
    """Return x with the quadratic program's tolerance taken out of the equations, by what is inside its bounds."""
    inside = np.flatnonzero((x > lower + FITS) & (x < upper - FITS))
    out = np.clip(x, lower, upper)
    if len(inside):
        out[inside] += _least_squares(matrix.of_columns(inside), right - matrix @ out)
    return out


def shared_under_capacity(area: AreaProblem, tied: Tied) -> Shares:
    """Return shares and exchanges inside capacities: most volume, then least squares of shares."""
    supply, demand = tied.supply[area.at.spans], tied.demand[area.at.spans]
    export, import_ = tied.border_export[area.at.borders], tied.border_import[area.at.borders]
    matrix = area.span.beside(-area.span, area.border, area.flow)
    spans, borders, flows = len(supply), len(export), len(area.lower)
    lower = np.concatenate([np.zeros(2 * spans), -import_, area.lower])
    upper = np.concatenate([supply, demand, export, area.upper])
    most, full = _most_volume(area, matrix, lower, upper, 2 * spans)
    off_face = np.abs(most.reduced) > FITS
    lower, upper = np.where(off_face, most.x, lower), np.where(off_face, most.x, upper)
    size = np.concatenate([supply, demand, np.maximum(export, import_)])
    weight = np.concatenate([np.where(size > 0, 1.0 / np.maximum(size, 1e-9), 0.0), np.full(flows, FLOW_WEIGHT)])
    matrix = matrix.above(area.branch.of_rows(np.flatnonzero(full)))
    right = np.concatenate([-area.fixed, area.ram[full]])
    entered = np.zeros(len(area.ram), dtype=bool)
    x = _inside(area, (matrix, right, lower, upper), weight, most.x, entered)
    if x is None:
        x = _closed(matrix, most.x, lower, upper, right)
    ratio = [
        np.divide(part, whole, out=np.zeros(spans), where=whole > 0)
        for part, whole in ((x[:spans], supply), (x[spans : 2 * spans], demand))
    ]
    first = 2 * spans + borders
    lines = first + len(area.at.periods)
    return Shares(np.clip(ratio[0], 0, 1), np.clip(ratio[1], 0, 1), x[2 * spans : first], x[first:lines], x[lines:])


def _most_volume(
    area: AreaProblem, matrix: Entries, lower: FloatArray, upper: FloatArray, volumes: int
) -> tuple[Solution, BoolArray]:
    """Return the greatest volume inside capacities, and the branches that stand against more."""
    count, rams, balances = matrix.columns, len(area.ram), len(area.fixed)
    cost = np.concatenate([-np.ones(volumes), np.zeros(count - volumes)])
    rows = matrix.above(area.branch)
    low = np.concatenate([-area.fixed, np.full(rams, -np.inf)])
    high = np.concatenate([-area.fixed, area.ram])
    # What was decided may miss balance by dust, which no share could make good: let dust pass, dearly.
    dust = Entries.identity(balances)
    rows = rows.beside(dust, -dust)
    none, most_dust = np.zeros(2 * balances), np.full(2 * balances, DUST_MWH)
    program = Program(
        np.concatenate([cost, none + DUST_COST]),
        np.concatenate([lower, none]),
        np.concatenate([upper, most_dust]),
        low,
        high,
        rows.sparse(),
    )
    most = Solver(program).solve()
    most = replace(most, x=most.x[:count], reduced=most.reduced[:count])
    return most, np.abs(most.dual[balances:]) > FITS
