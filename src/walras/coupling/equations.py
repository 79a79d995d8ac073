"""The point nearest to a target on equations that may repeat each other: sparse, and exact to the last digits.

Read by the nearest points of large parts, the smallest exchanges of large tie areas, and
the finish of slopes. Small ones take dense least squares instead.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg

from walras.book.cells import FloatArray

SOFT = 1e-10
REFINEMENTS = 30
DONE = 1e-13


def on_equations(
    scale: FloatArray, goal: FloatArray, matrix: sp.csr_matrix, right: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return x that minimises sum scale (x - goal)^2 / 2 with matrix @ x = right, and the force of each equation.

    Equations may repeat each other: a soft copy of the system is factorised and its error
    taken out by refinement.

    >>> sum_is_two = sp.csr_matrix([[1.0, 1.0]]), np.array([2.0])
    >>> [a.round(9).tolist() for a in on_equations(np.ones(2), np.zeros(2), *sum_is_two)]
    [[1.0, 1.0], [1.0]]
    """
    columns, rows = len(goal), len(right)
    hard, soft = (_system(scale, matrix, give) for give in (0.0, SOFT))
    factor = scipy.sparse.linalg.splu(soft)
    wanted = np.concatenate([scale * goal, -right])
    point = np.concatenate([goal, np.zeros(rows)])
    best, least = point, np.inf
    for _ in range(REFINEMENTS):
        error = wanted - hard @ point
        size = float(np.abs(error).max(initial=0.0))
        if size < least:
            best, least = point, size
        if size < DONE or size > 10 * least:
            break
        point = point + factor.solve(error)
    return best[:columns], best[columns:]


def _system(scale: FloatArray, matrix: sp.csr_matrix, give: float) -> sp.csc_matrix:
    """Return the conditions of optimality as one matrix, its equations softened by `give`."""
    entries, columns, rows = matrix.tocoo(), len(scale), matrix.shape[0]
    diagonal = np.concatenate([scale, np.full(rows, -give)])
    at = np.arange(columns + rows)
    row, column = entries.row.astype(np.int64) + columns, entries.col.astype(np.int64)
    value = np.concatenate([diagonal, -entries.data, -entries.data])
    places = np.concatenate([at, row, column]), np.concatenate([at, column, row])
    return sp.csc_matrix((value, places), shape=(columns + rows, columns + rows))
