"""The point of a polyhedron nearest to a target: prices at the midpoint, shares as equal as possible.

Least distance programming by non-negative least squares (Lawson and Hanson 1974, chapter
23): finite, and sure of itself on the degenerate little programs that ties make, where a
general quadratic solver was seen to cycle (docs/decisions/0008). Dense: meant for the
parts that are really open, tens to hundreds of unknowns.
"""

from __future__ import annotations

import numpy as np
import scipy.linalg
from scipy.optimize import nnls

from walras.book.cells import BoolArray, FloatArray
from walras.coupling.model.program import Program
from walras.errors import SolverFailed

LIGHT = 1e-9
GIVE = 1e-10
CLOSE = 1e-7


def nearest_point(weight: FloatArray, target: FloatArray, program: Program) -> FloatArray:
    """Return x that minimises sum weight (x - target)^2 inside a program's rows and bounds.

    Columns of weight zero have no target; they get a weight of 1e-9 of the greatest, so
    that the answer is unique. The program's cost is not read.

    Raises:
        SolverFailed: No point keeps every row and bound within 1e-7.

    Example:
        Nearest to (3, 3) with x + y = 2 and x >= 1.5:

        >>> import scipy.sparse as sp
        >>> rows = sp.csc_matrix(np.array([[1.0, 1.0]]))
        >>> two, low, high = np.array([2.0]), np.array([1.5, -9.0]), np.array([9.0, 9.0])
        >>> program = Program(np.zeros(2), low, high, two, two, rows)
        >>> nearest_point(np.ones(2), np.array([3.0, 3.0]), program).round(9).tolist()
        [1.5, 0.5]
    """
    scale = np.sqrt(np.maximum(weight, LIGHT * max(float(weight.max(initial=0.0)), 1e-12)))
    goal = np.where(weight > 0, target, 0.0)
    matrix = program.matrix.toarray()
    equal = program.row_upper - program.row_lower <= 0
    stuck = program.upper - program.lower <= 0
    rows = np.vstack([matrix[equal], np.eye(len(goal))[stuck]])
    right = np.concatenate([program.row_lower[equal], program.lower[stuck]])
    start = goal + (scipy.linalg.lstsq(rows / scale, right - rows @ goal)[0] / scale if len(rows) else 0.0)
    basis = scipy.linalg.null_space(rows / scale, rcond=1e-11) if len(rows) else np.eye(len(goal))
    limits, least = _inequalities(program, matrix, ~equal, ~stuck)
    slack = limits @ start - least
    if len(least) and basis.shape[1] and (slack < 0).any():
        turned = (limits / scale) @ basis
        start = start + (basis @ _least_distance(turned, -slack)) / scale
    if len(rows) and np.abs(rows @ start - right).max() > CLOSE:
        raise SolverFailed("No point keeps the equalities.")
    if len(least) and (limits @ start - least).min() < -CLOSE:
        raise SolverFailed("No point keeps the inequalities.")
    return np.clip(start, program.lower, program.upper)


def _inequalities(
    program: Program, matrix: FloatArray, rows: BoolArray, columns: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Return every one-sided limit as limits @ x >= least."""
    unit = np.eye(len(program.lower))
    parts = [
        (matrix[rows], program.row_lower[rows]),
        (-matrix[rows], -program.row_upper[rows]),
        (unit[columns], program.lower[columns]),
        (-unit[columns], -program.upper[columns]),
    ]
    limits = np.vstack([p[np.isfinite(b)] for p, b in parts])
    least = np.concatenate([b[np.isfinite(b)] for _, b in parts])
    return limits, least


def _least_distance(limits: FloatArray, least: FloatArray) -> FloatArray:
    """Return the shortest u with limits @ u >= least."""
    size = np.linalg.norm(limits, axis=1)
    real = size > 1e-12
    limits, least = limits[real] / size[real, None], least[real] / size[real] - GIVE
    reach = max(1.0, float(np.abs(least).max(initial=0.0)))
    tall = np.vstack([limits.T, least[None, :] / reach])
    wanted = np.zeros(tall.shape[0])
    wanted[-1] = 1.0
    try:
        multiplier, _ = nnls(tall, wanted, maxiter=30 * tall.shape[1] + 100)
    except RuntimeError as error:
        raise SolverFailed(f"The nearest point was not found: {error}") from error
    residual = wanted - tall @ multiplier
    if residual[-1] <= 1e-14:
        raise SolverFailed("The limits contradict each other.")
    active = np.flatnonzero(multiplier > 0)
    if not len(active):
        return np.zeros(limits.shape[1])
    # Exact on the active limits: the shortest u that meets them with equality.
    return np.asarray(scipy.linalg.lstsq(limits[active], least[active] + GIVE)[0])
