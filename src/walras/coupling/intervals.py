"""Which prices fit a volume: the interval of each span on its staircase.

A volume inside a step fixes the price, one at the edge of two atoms leaves the gap
between them (formulation, eq. 5.2). Axes: s spans, a atoms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.coupling.residual import Residual

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
    ptr, count = residual.ptr, len(residual.cell)
    total = np.concatenate([[0.0], np.cumsum(residual.quantity)])
    start, end = total[ptr[:-1]], total[ptr[1:]]
    target = np.clip(volume - residual.base, 0.0, end - start) + start
    above = np.searchsorted(total, target + edge, side="left")
    below = np.searchsorted(total, target - edge, side="right") - 1
    above = np.clip(above, ptr[:-1], ptr[1:])
    below = np.clip(below, ptr[:-1], ptr[1:])
    # `below` is the last edge under the volume, `above` the first edge over it; an edge
    # between them means that the volume sits on it.
    inside = (above - below == 1) & (above > below)
    padded_low = np.append(residual.low, np.inf)
    padded_high = np.append(residual.high, np.inf)
    edge_at = np.where(inside, below, np.maximum(below + 1, ptr[:-1]))
    edge_at = np.where(target - start <= edge, ptr[:-1], edge_at)
    edge_at = np.where(end - target <= edge, ptr[1:], edge_at)
    inside &= (target - start > edge) & (end - target > edge)
    atom = np.where(inside, below, -1)
    low = np.where(edge_at > ptr[:-1], padded_high[edge_at - 1], -np.inf)
    high = np.where(edge_at < ptr[1:], padded_low[np.minimum(edge_at, len(residual.low))], np.inf)
    safe = np.maximum(atom, 0)
    low = np.where(inside, padded_low[safe], low)
    high = np.where(inside, padded_high[safe], high)
    sloped = inside & (high > low)
    assert len(low) == count
    return Intervals(low, high, atom, sloped)
