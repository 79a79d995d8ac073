"""The technological band of a parallel-operation agreement: what of a deviation is permitted.

Its width is a power, a share of the plan, or the larger or lower of both; what counts beyond it is
the excess alone, or the whole deviation once the band is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from walras.capacity.elements import IntArray
from walras.results.minor_units import round_half_away

COUNTS = ("excess", "whole")
WIDER = ("larger", "lower")


@dataclass(frozen=True)
class Band:
    """A band.

    Attributes:
        kw: Its width as a power; None where only the plan counts.
        share: Its width as a share of the planned energy of the MTU; None where only the power counts.
        takes: `larger` or `lower` of the two.
        counts: `excess`, or `whole`: beyond the band everything lies outside.
    """

    kw: int | None = None
    share: Fraction | None = None
    takes: str = "larger"
    counts: str = "excess"

    def __post_init__(self) -> None:
        assert self.takes in WIDER, "larger or lower"
        assert self.counts in COUNTS, "excess or whole"

    def width(self, planned: IntArray, minutes: int) -> IntArray:
        """Return the band of each MTU (eq. D6), kWh to either side; zero without power and share; (t,).

        >>> Band(2000, Fraction(5, 100)).width(np.array([10_000, -50_000]), 60).tolist()
        [2000, 2500]
        """
        parts = []
        if self.kw is not None:
            parts.append(np.full(len(planned), self.kw * minutes // 60, dtype=np.int64))
        if self.share is not None:
            parts.append(round_half_away(np.abs(planned) * self.share.numerator, self.share.denominator))
        if not parts:
            return np.zeros(len(planned), dtype=np.int64)
        return np.asarray((np.maximum if self.takes == "larger" else np.minimum).reduce(parts), dtype=np.int64)

    def outside(self, deviation: IntArray, width: IntArray) -> IntArray:
        """Return what of a deviation lies outside (eq. D7), kWh with its sign; (t,).

        >>> Band().outside(np.array([3, -8, 1]), np.array([2, 2, 2])).tolist()
        [1, -6, 0]
        >>> Band(counts="whole").outside(np.array([3, -8, 1]), np.array([2, 2, 2])).tolist()
        [3, -8, 0]
        """
        beyond = np.maximum(np.abs(deviation) - width, 0)
        size = beyond if self.counts == "excess" else np.where(beyond > 0, np.abs(deviation), 0)
        return (np.sign(deviation) * size).astype(np.int64)
