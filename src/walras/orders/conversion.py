"""Conversion orders: scalable complex orders that buy what they sell in another carrier.

Axes: v conversions, each of one scalable order. A gas plant sells electricity and buys gas,
an electrolyser sells hydrogen and buys electricity, a heat pump sells heat. Every MWh that
the order sells takes `1 / efficiency` MWh out of the cells of its input grid that overlap
in time, by minutes. So a step sees the price of its own cell less what its input costs, the
clean spread; everything else is that of a scalable complex order (`scalable`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Conversions:
    """Which scalable orders are conversions, in the order of the orders.

    Attributes:
        order: Scalable order of each; shape (v,).
        grid: Zone and carrier that its input comes from; shape (v,).
        efficiency: MWh sold for each MWh bought; above 1 for heat pumps alone; shape (v,).
        outside_share: Share of the input of MTUs beyond the horizon of the input grid that is
            bought in this auction all the same, in the nearest cell; NaN if nothing is said; shape (v,).
    """

    order: IntArray
    grid: IntArray
    efficiency: FloatArray
    outside_share: FloatArray

    @property
    def count(self) -> int:
        """Return the number of conversions."""
        return len(self.order)

    @staticmethod
    def none() -> Conversions:
        """Return a book's conversions when there are none."""
        i, f = np.zeros(0, dtype=np.int64), np.zeros(0)
        return Conversions(i, i, f, f)
