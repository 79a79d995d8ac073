"""Prices of least compensation: where an order of the best selection may lose, at which prices do all lose least?

With the selection fixed, prices that fit curves and network are a convex set. Each accepted order is
paid what it lacks there after what its children hand up; the sum of that is made least by a linear
program (formulation, eq. 5.10), and all prices that reach the least sum are one face of the set. The
midpoint is then taken on that face (eq. 5.11). A face is stated by what the program's own rents say:
what has one stands where it stands (theory, 3k). No objective row, whose tolerance a nearest
point would use up, and no column of lacks is left: who lacks nothing keeps its row, who is paid has
it turned round.

Axes: g price areas, r rows, o rows of accepted orders, the last of all rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from walras.book.cells import BoolArray, FloatArray
from walras.coupling.highs import Solution, Solver
from walras.coupling.model.program import Program
from walras.coupling.price_rows import Rows
from walras.errors import SolverFailed

NOTHING = 1e-7
"""Compensation in the currency that is noise: then prices are those at which nobody loses."""

HAS_RENT = 1e-9
ROOMS = (0.0, 1e-7, 1e-5)
"""By how much rows of the network may be missed, tried in turn: areas that are one price may disagree by noise."""


@dataclass(frozen=True)
class Face:
    """Where compensations are least: rows and intervals of areas that say so, and one point there.

    Attributes:
        rows: Rows over areas and extras, as in `price_rows`.
        low, high, fixed: Interval of each area, and whether it is one price; shape (g,).
        price: A price of each area on the face; shape (g,).
        total: The least sum of compensations, in the currency.
    """

    rows: Rows
    low: FloatArray
    high: FloatArray
    fixed: BoolArray
    price: FloatArray
    total: float


def least_compensation(rows: Rows, volume: FloatArray, low: FloatArray, high: FloatArray, fixed: BoolArray) -> Face:
    """Return the face of least compensation.

    Args:
        rows: Of the network, then one for each accepted order: surplus a MWh with what families hand up.
        volume: MWh that each of those rows is counted by: its lack times this is its compensation; shape (o,).
        low: Least price of each area that curves and network leave; shape (g,).
        high: The greatest; shape (g,).
        fixed: Whether that is one price; shape (g,).

    Example:
        Any price from 5 to 20 fits. A sells 10 MWh that must earn 12 each, and B buys 30 MWh worth 8 each:
        at 8 only A loses, 40 in all, and any other price costs more.

        >>> matrix = sp.csr_matrix(np.array([[1.0], [-1.0]]))
        >>> least, most = np.array([12.0, -8.0]), np.full(2, np.inf)
        >>> orders = Rows(matrix, least, most, 1, np.arange(1), np.zeros(2, dtype=bool))
        >>> face = least_compensation(
        ...     orders, np.array([10.0, 30.0]), np.array([5.0]), np.array([20.0]), np.array([False])
        ... )
        >>> face.total, face.price.tolist()
        (40.0, [8.0])
    """
    if not len(volume):
        return Face(rows, low, high, fixed, (low + high) / 2, 0.0)
    scale = max(1.0, float(volume.max()))
    solution = _solved(rows, volume / scale, low, high)
    areas, total = rows.area_count, solution.cost * scale
    price = np.clip(solution.x[:areas], low, high)
    if total <= NOTHING:
        return Face(rows, low, high, fixed, price, 0.0)
    stands = ~fixed & (np.abs(solution.reduced[:areas]) > HAS_RENT)
    low, high = np.where(stands, price, low), np.where(stands, price, high)
    return Face(_on_face(rows, volume / scale, solution), low, high, fixed | stands, price, total)


def _solved(rows: Rows, cost: FloatArray, low: FloatArray, high: FloatArray) -> Solution:
    """Return the program's optimum: columns are areas, extras, lacks."""
    count, orders = rows.matrix.shape[0], len(cost)
    lacks = sp.csr_matrix((np.ones(orders), (count - orders + np.arange(orders), np.arange(orders))), (count, orders))
    free = rows.extra_count + orders
    for room in ROOMS:
        slack = np.concatenate([np.full(count - orders, room), np.zeros(orders)])
        program = Program(
            cost=np.concatenate([np.zeros(rows.area_count + rows.extra_count), cost]),
            lower=np.concatenate([low, np.zeros(free)]),
            upper=np.concatenate([high, np.full(free, np.inf)]),
            row_lower=rows.lower - slack,
            row_upper=rows.upper + slack,
            matrix=sp.csc_matrix(sp.hstack([rows.matrix, lacks])),
        )
        solver = Solver(program)
        solver.may_be_infeasible = True
        solution = solver.solve()
        if np.isfinite(solution.cost):
            return solution
    raise SolverFailed("No prices fit curves and network of the best selection.")


def _on_face(rows: Rows, cost: FloatArray, solution: Solution) -> Rows:
    """Return rows that hold on the face alone, without lacks and without transfers that cost something."""
    areas, orders = rows.area_count, len(cost)
    first = len(rows.lower) - orders
    lower, upper = rows.lower.copy(), rows.upper.copy()
    rising, falling = solution.dual > HAS_RENT, solution.dual < -HAS_RENT
    network = np.arange(len(lower)) < first
    upper[network & rising] = lower[network & rising]
    lower[network & falling] = upper[network & falling]
    tight = rising[first:]
    may_lack = cost - solution.dual[first:] <= HAS_RENT
    upper[first:] = np.where(tight, rows.lower[first:], upper[first:])
    lower[first:] = np.where(tight & may_lack, -np.inf, lower[first:])
    used = solution.reduced[areas : areas + rows.extra_count] <= HAS_RENT
    kept = np.concatenate([np.arange(areas), areas + np.flatnonzero(used)])
    return replace(rows, matrix=sp.csr_matrix(rows.matrix[:, kept]), lower=lower, upper=upper)
