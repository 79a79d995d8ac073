"""The point of a large polyhedron nearest to a target: `nearest` for parts with thousands of unknowns.

An interior-point solver finds it to about eight digits (clarabel, docs/decisions/0013).
The limits that it ends on are then taken as equations and solved exactly; if a limit is
still missed, the answer is the last legal point on the way from a legal start to the
solver's point. So what comes out keeps every limit that the start keeps, whatever the
solver did.

Rows that hold by themselves at the answer never enter: of thousands of accepted orders a
few dozen are close to a loss.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import clarabel
import numpy as np
import scipy.sparse as sp

from walras.book.cells import BoolArray, FloatArray
from walras.coupling.equations import on_equations
from walras.coupling.highs import Solver
from walras.coupling.model.program import Program
from walras.errors import SolverFailed

LIGHT = 1e-9
GIVE = 1e-9
CLOSE = 1e-7
ON_LIMIT = 1e-6
MOST_ROUNDS = 12
USABLE = {"Solved", "AlmostSolved", "InsufficientProgress"}


@dataclass(frozen=True)
class _Limits:
    """Equations `equal @ x = right` and limits `least @ x >= bound`, the bounds of columns last."""

    equal: sp.csr_matrix
    right: FloatArray
    least: sp.csr_matrix
    bound: FloatArray

    def slack(self, x: FloatArray) -> FloatArray:
        """Return by how much each limit is kept."""
        out: FloatArray = self.least @ x - self.bound
        return out


def nearest_point_sparse(weight: FloatArray, target: FloatArray, program: Program, start: FloatArray) -> FloatArray:
    """Return x that minimises sum weight (x - target)^2 inside a program's rows and bounds.

    Columns of weight zero have no target and get a little weight towards zero, as in
    `nearest.nearest_point`. Of `start` only the columns with a weight are read; limits that
    it breaks are moved to where it stands, so there is always an answer.

    Example:
        Nearest to (3, 3) with x + y = 2 and x >= 1.5:

        >>> rows = sp.csc_matrix(np.array([[1.0, 1.0]]))
        >>> two, low, high = np.array([2.0]), np.array([1.5, -9.0]), np.array([9.0, 9.0])
        >>> program = Program(np.zeros(2), low, high, two, two, rows)
        >>> nearest_point_sparse(np.ones(2), np.array([3.0, 3.0]), program, np.array([2.0, 0.0])).round(9).tolist()
        [1.5, 0.5]
    """
    start = _completed(np.clip(start, program.lower, program.upper), weight > 0, program)
    goal = np.where(weight > 0, target, 0.0)
    scale = np.maximum(weight, LIGHT * float(weight.max(initial=1.0)))
    limits = _met_by(start, _limits(program))
    found = _solved(scale, goal, limits, start)
    if found is None:
        return start
    x, active = found
    exact = _exact(scale, goal, limits, active)
    if exact is None:
        exact = _way(start, x, limits)
    return np.clip(exact, program.lower, program.upper)


def _completed(start: FloatArray, known: BoolArray, program: Program) -> FloatArray:
    """Return the start with its unknown columns chosen so that rows are missed by as little as can be."""
    if known.all():
        return start
    matrix = program.matrix.tocsc()
    held = matrix[:, known] @ start[known]
    rows, unknown = len(held), int((~known).sum())
    miss = sp.eye_array(rows, format="csc")
    cost = np.concatenate([np.zeros(unknown), np.ones(2 * rows)])
    lower = np.concatenate([program.lower[~known], np.zeros(2 * rows)])
    upper = np.concatenate([program.upper[~known], np.full(2 * rows, np.inf)])
    whole = sp.csc_matrix(sp.hstack([matrix[:, ~known], miss, -miss], format="csc"))
    try:
        solution = Solver(
            Program(cost, lower, upper, program.row_lower - held, program.row_upper - held, whole)
        ).solve()
    except SolverFailed:
        return start
    out = start.copy()
    out[~known] = np.clip(solution.x[:unknown], program.lower[~known], program.upper[~known])
    return out


def _limits(program: Program) -> _Limits:
    """Return rows and bounds, equations apart from one-sided limits; all finite."""
    matrix, unit = program.matrix.tocsr(), sp.eye_array(len(program.lower), format="csr")
    equal = program.row_upper - program.row_lower <= 0
    stuck = program.upper - program.lower <= 0
    sides = [
        (matrix, program.row_lower, ~equal & np.isfinite(program.row_lower)),
        (-matrix, -program.row_upper, ~equal & np.isfinite(program.row_upper)),
        (unit, program.lower, ~stuck & np.isfinite(program.lower)),
        (-unit, -program.upper, ~stuck & np.isfinite(program.upper)),
    ]
    return _Limits(
        sp.csr_matrix(sp.vstack([matrix[equal], unit[stuck]], format="csr")),
        np.concatenate([program.row_lower[equal], program.lower[stuck]]),
        sp.csr_matrix(sp.vstack([rows[use] for rows, _, use in sides], format="csr")),
        np.concatenate([bound[use] for _, bound, use in sides]),
    )


def _met_by(start: FloatArray, limits: _Limits) -> _Limits:
    """Return the limits, moved to where the start stands if it breaks them."""
    value = limits.equal @ start
    right = np.where(np.abs(value - limits.right) > CLOSE, value, limits.right)
    return replace(limits, right=right, bound=np.minimum(limits.bound, limits.least @ start))


def _solved(
    scale: FloatArray, goal: FloatArray, limits: _Limits, start: FloatArray
) -> tuple[FloatArray, BoolArray] | None:
    """Return the solver's point and the limits that it ends on; limits enter once they are missed."""
    columns = len(goal)
    is_bound = np.diff(limits.least.indptr) == 1
    use = is_bound | (limits.slack(goal) < 0)
    for _ in range(MOST_ROUNDS):
        chosen = np.flatnonzero(use)
        matrix = sp.vstack([limits.equal, -limits.least[chosen]], format="csc")
        right = np.concatenate([limits.right, -limits.bound[chosen]])
        cones = [clarabel.ZeroConeT(len(limits.right)), clarabel.NonnegativeConeT(len(chosen))]
        quadratic = sp.csc_matrix((scale, (np.arange(columns), np.arange(columns))), shape=(columns, columns))
        answer = clarabel.DefaultSolver(quadratic, -scale * goal, matrix, right, cones, _settings()).solve()
        if str(answer.status) not in USABLE:
            return None
        x, dual = np.array(answer.x), np.array(answer.z)[len(limits.right) :]
        missed = (limits.slack(x) < -GIVE) & ~use
        if not missed.any():
            break
        use |= missed
    active = np.zeros(len(use), dtype=bool)
    slack = limits.slack(x)[chosen]
    active[chosen[(dual > slack) & (slack < ON_LIMIT)]] = True
    return x, active


def _settings() -> clarabel.DefaultSettings:
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.max_threads = 1
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-10
    return settings


def _exact(scale: FloatArray, goal: FloatArray, limits: _Limits, active: BoolArray) -> FloatArray | None:
    """Return the nearest point on the active limits, None if it misses another or hangs on one it should not."""
    for _ in range(MOST_ROUNDS):
        chosen = np.flatnonzero(active)
        matrix = sp.csr_matrix(sp.vstack([limits.equal, limits.least[chosen]], format="csr"))
        x, force = on_equations(scale, goal, matrix, np.concatenate([limits.right, limits.bound[chosen]]))
        slack = limits.slack(x)
        missed = slack < -GIVE
        pulls = force[len(limits.right) :] < -CLOSE
        if np.abs(matrix @ x - np.concatenate([limits.right, limits.bound[chosen]])).max(initial=0.0) > CLOSE:
            return None
        if not missed.any() and not pulls.any():
            return x
        active = active | missed
        active[chosen[pulls]] = False
    return None


def _way(start: FloatArray, end: FloatArray, limits: _Limits) -> FloatArray:
    """Return the last point on the way from a legal start that keeps every limit; equations hold on all of it."""
    ones = np.ones(len(end))
    end, _ = on_equations(ones, end, limits.equal, limits.right)
    before, after = limits.slack(start), limits.slack(end)
    floor = np.minimum(before, 0.0) - GIVE
    worse = after < floor
    share = (before[worse] - floor[worse]) / (before[worse] - after[worse])
    return start + float(min(1.0, share.min(initial=1.0))) * (end - start)
