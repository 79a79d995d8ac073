"""A small convex program and its solution to the last digit.

Columns carry a cost, a slope of cost, bounds and what they put into each cell; rows join
columns. `solve` runs an interior-point method (clarabel) and then settles the answer: it
reads off which bounds hold, and solves the remaining linear equations. Used by `convex`
and `brute`; the sizes are tiny, so everything is dense and plain.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import clarabel
import numpy as np
from scipy import sparse

SETTLED = 1e-7


@dataclass
class Program:
    """Minimise sum cost x + slope x^2 / 2 with every cell balanced."""

    cells: int
    cost: list[float] = field(default_factory=list)
    slope: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    into: list[dict[int, float]] = field(default_factory=list)
    rows: list[tuple[dict[int, float], float]] = field(default_factory=list)  # sum <= limit
    fixed: dict[int, float] = field(default_factory=dict)  # injection of a cell, MW
    constant: float = 0.0

    def column(self, cost: float, low: float, high: float, into: dict[int, float], slope: float = 0.0) -> int:
        """Add a column; return its number."""
        for values, value in ((self.cost, cost), (self.slope, slope), (self.low, low), (self.high, high)):
            values.append(value)
        self.into.append(into)
        return len(self.cost) - 1

    def at_most(self, terms: dict[int, float], limit: float) -> None:
        """Add a row: the sum of the terms is at most the limit."""
        self.rows.append((terms, limit))

    def inject(self, cell: int, mw: float) -> None:
        """Put a fixed power into a cell."""
        self.fixed[cell] = self.fixed.get(cell, 0.0) + mw


@dataclass(frozen=True)
class Solution:
    """Column values, and the cost at them."""

    x: np.ndarray
    cost: float


def solve(program: Program) -> Solution | None:
    """Return the optimum, or None if nothing balances.

    Raises:
        ArithmeticError: No answer that settles to 1e-7.
    """
    n, m = len(program.cost), program.cells
    balance, supply = np.zeros((m, n)), np.zeros(m)
    for j, into in enumerate(program.into):
        for c, value in into.items():
            balance[c, j] += value
    for c, mw in program.fixed.items():
        supply[c] -= mw
    limits, least = np.zeros((len(program.rows), n)), np.zeros(len(program.rows))
    for r, (terms, limit) in enumerate(program.rows):
        least[r] = limit
        for j, value in terms.items():
            limits[r, j] = value
    if n == 0:
        return Solution(np.zeros(0), program.constant) if not supply.any() else None
    return _solve(program, balance, supply, limits, least)


def _solve(program, balance, supply, limits, least) -> Solution | None:
    cost, slope, low, high = (np.array(v, float) for v in (program.cost, program.slope, program.low, program.high))
    n, m = len(cost), len(supply)
    # A fixed column has no inside: an interior-point method wants it as an equation.
    held, free = low == high, low < high
    eye = np.eye(n)
    below, above = free & np.isfinite(low), free & np.isfinite(high)
    a = np.vstack([balance, eye[held], -eye[below], eye[above], limits])
    b = np.concatenate([supply, low[held], -low[below], high[above], least])
    equal = m + int(held.sum())
    cones = [clarabel.ZeroConeT(equal), clarabel.NonnegativeConeT(len(b) - equal)]
    cones = [c for c, size in zip(cones, (equal, len(b) - equal), strict=True) if size]
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.equilibrate_enable = False  # these programs are well scaled; scaling them costs digits
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-11
    out = clarabel.DefaultSolver(
        sparse.csc_matrix(sparse.diags(slope)), cost, sparse.csc_matrix(a), b, cones, settings
    ).solve()
    if "Infeasible" in str(out.status):
        return None
    x, z, s = np.array(out.x), np.array(out.z), np.array(out.s)
    x = _settled(Stated(slope, cost, a, b, equal), x, z, s)
    x = np.clip(np.where(np.abs(x - low) < 1e-9, low, np.where(np.abs(x - high) < 1e-9, high, x)), low, high)
    return Solution(x, float(cost @ x + 0.5 * slope @ (x * x)) + program.constant)


@dataclass(frozen=True)
class Stated:
    """The program as matrices: a x + room = b, no room in the first `equal` rows, none below zero."""

    slope: np.ndarray
    cost: np.ndarray
    a: np.ndarray
    b: np.ndarray
    equal: int


def _settled(stated: Stated, x, z, s):
    """Return the settled answer of the first guess of the tight set that fulfils every condition, else of the best."""
    least, equal, best = np.inf, stated.equal, x
    for tight in _guesses(z[equal:], s[equal:]):
        held = np.concatenate([np.ones(equal, bool), tight])
        found, y = _settle(stated, x, z, held)
        room = stated.b - stated.a @ found
        off = max(np.abs(room[:equal]).max(initial=0.0), (-room[equal:]).max(initial=0.0))
        wrong = np.abs(stated.slope * found + stated.cost + stated.a[held].T @ y).max(initial=0.0)
        off = max(off, wrong, (-y[equal:]).max(initial=0.0) * 1e-2, np.abs(room[held]).max(initial=0.0))
        if off < 1e-9:
            return found
        if off < least:
            least, best = off, found
    if least > SETTLED:
        raise ArithmeticError(f"the second opinion does not settle: off by {least}")
    return best


def _guesses(z, s):
    """Yield sets of tight bounds: the plain reading first, then every reading of the doubtful ones.

    A bound is doubtful when neither its room nor its rent is clearly there, as on a slope
    that starts exactly at the price.
    """
    plain = z > s
    yield plain
    doubtful = np.flatnonzero((z < 1e-1) & (s < 2e-1))
    doubtful = doubtful[np.argsort(np.abs(np.log(z / s))[doubtful])][:10]
    for reading in itertools.product((True, False), repeat=len(doubtful)):
        guess = plain.copy()
        guess[doubtful] = reading
        yield guess


def _settle(stated: Stated, x, z, tight):
    """Solve the equations of the tight set, starting from the interior point."""
    rows = stated.a[tight]
    n, k = len(x), len(rows)
    system = np.block([[np.diag(stated.slope), rows.T], [rows, np.zeros((k, k))]])
    y = z[tight]
    for _ in range(3):
        wrong = np.concatenate([-(stated.slope * x + stated.cost + rows.T @ y), stated.b[tight] - rows @ x])
        step = np.linalg.lstsq(system, wrong, rcond=1e-13)[0]
        x, y = x + step[:n], y + step[n:]
    return x, y
