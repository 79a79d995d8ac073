"""Storage orders: energy of one zone and carrier carried from one MTU to another.

Axes: o orders. An accepted order charges, keeps and discharges as pays best at the prices,
within its powers, its room and its efficiencies, from the level that it starts with to at
least the one that it must end with; it asks for one spread on every MWh that it discharges,
and all together must earn its fixed term.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class StorageOrders:
    """All storage orders of a book; each of shape (o,).

    Attributes:
        name, member: One an order.
        grid: Zone and carrier.
        charge, discharge: Most power in either direction, ticks of quantity.
        spread: What a discharged MWh must earn beyond what its charging cost, ticks of price, not negative.
        fixed_term: What an accepted order must earn beyond that, in the trade currency, not negative.
        capacity: Room, MWh.
        start, end: Level before the first MTU, and the least after the last one; MWh.
        charge_efficiency, discharge_efficiency: MWh stored for each MWh bought, sold for each taken out; up to 1.
        hourly_loss: Share of the level that is lost in an hour; from 0 to below 1.
    """

    name: tuple[str, ...]
    member: tuple[str, ...]
    grid: IntArray
    charge: IntArray
    discharge: IntArray
    spread: IntArray
    fixed_term: FloatArray
    capacity: FloatArray
    start: FloatArray
    end: FloatArray
    charge_efficiency: FloatArray
    discharge_efficiency: FloatArray
    hourly_loss: FloatArray

    @property
    def count(self) -> int:
        """Return the number of storage orders."""
        return len(self.name)

    @staticmethod
    def none() -> StorageOrders:
        """Return a book's storage orders when there are none."""
        i, f = np.zeros(0, dtype=np.int64), np.zeros(0)
        return StorageOrders((), (), i, i, i, i, f, f, f, f, f, f, f)
