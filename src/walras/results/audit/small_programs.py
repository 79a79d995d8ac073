"""Small linear programs of the audit: do transfers or rents exist that explain an outcome?

A second, independent use of an LP: no model, array or aggregate of the engine comes here.
"""

from __future__ import annotations

from scipy.optimize import linprog
from scipy.sparse import csc_array

from walras.book.cells import FloatArray

Bounds = list[tuple[float, float | None]]


def least_misses(cost: FloatArray, matrix: csc_array, limits: FloatArray) -> FloatArray:
    """Return x >= 0 with `matrix @ x <= limits` of least cost; its last columns are misses, so x exists."""
    answer = linprog(cost, A_ub=matrix, b_ub=limits, bounds=(0, None), method="highs")  # type: ignore[call-overload]
    assert answer.status == 0, f"small program of the audit: {answer.message}"
    x: FloatArray = answer.x
    return x


def least_cost(cost: FloatArray, matrix: csc_array, limits: FloatArray, bounds: Bounds) -> FloatArray | None:
    """Return x inside bounds with `matrix @ x <= limits` of least cost, None where nothing fits."""
    answer = linprog(cost, A_ub=matrix, b_ub=limits, bounds=bounds, method="highs")  # type: ignore[call-overload]
    assert answer.status in (0, 2), f"small program of the audit: {answer.message}"
    x: FloatArray | None = answer.x if answer.status == 0 else None
    return x
