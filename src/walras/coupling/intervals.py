"""Which prices fit a volume: the interval of each span on its staircase.

A volume inside a step fixes the price, one at the edge of two atoms leaves the gap
between them (formulation, eq. 5.2). Axes: s spans, a atoms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.coupling.residual import NANO, Residual

EDGE_MW = 1e-6


@dataclass(frozen=True)
class Intervals:
    """Prices that fit each span's volume, infinite where nothing limits them; shape (s,).

    Attributes:
        low, high: Ends of the interval; equal where the volume lies inside an atom.
        atom: Atom that the volume lies inside of, -1 at an edge.
        is_sloped: Whether that atom is sloped (its price then follows from the volume).
    """

    low: FloatArray
    high: FloatArray
    atom: IntArray
    is_sloped: BoolArray


def intervals_of(residual: Residual, volume: FloatArray, edge: float = EDGE_MW) -> Intervals:
    """Return the price interval of each span at its volume.

    Example:
        Atoms (20, 10 MW) and (50, 15 MW) on base -15: volume -5 lies at the edge, so the
        interval is [20, 50]; volume 0 lies inside the second, so it is [50, 50].
    """
    ptr, total = residual.ptr, residual.total()
    start, end = total[ptr[:-1]], total[ptr[1:]]
    slack = round(edge * NANO)
    target = np.clip(np.rint((volume - residual.base) * NANO).astype(np.int64) + start, start, end)
    # `at` is the first edge of the span at or above the volume less the slack: either the
    # volume sits on it, or it lies inside the atom that ends there.
    at = np.clip(np.searchsorted(total, target - slack, side="left"), ptr[:-1], ptr[1:])
    inside = total[at] > target + slack
    low_of, high_of = np.append(residual.low, np.inf), np.append(residual.high, -np.inf)
    before = np.maximum(at - 1, 0)
    atom = np.where(inside, before, -1)
    low = np.where(inside, low_of[before], np.where(at > ptr[:-1], high_of[before], -np.inf))
    high = np.where(inside, high_of[before], np.where(at < ptr[1:], low_of[np.minimum(at, len(residual.low))], np.inf))
    sloped = inside & (high > low)
    return Intervals(low, high, atom, sloped)
