"""What a form makes of a unit: a base sold at any price, and orders on top of it.

Axes: t MTUs of the day, s steps, n outcomes. Quantities and powers are ticks of the grid. The
base is the schedule of least energy that the unit can run; it is zero where the unit may stand
all day. All else is offered in addition to it, so that a unit whose further orders are all
rejected runs its base.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np

from walras.book.cells import FloatArray, IntArray
from walras.units.physics import Physics
from walras.units.unit import Unit

FORMS = ("blocks", "scalable", "profiles")


@dataclass(frozen=True)
class UnitBlock:
    """One all-or-nothing block: name, limit price in ticks, power of each MTU (t,), and the block that it hangs on."""

    name: str
    price: int
    quantity: IntArray
    parent: str | None = None


@dataclass(frozen=True)
class UnitScalable:
    """A scalable complex order on top of the base.

    Attributes:
        fixed_term: Currency.
        up, down: Load gradients in ticks, -1 = none.
        price: Ticks of the steps, rising; shape (s,).
        quantity: Of each step in each MTU; shape (s, t).
        minimum: Minimum acceptance power; shape (t,).
    """

    fixed_term: float
    up: int
    down: int
    price: IntArray
    quantity: IntArray
    minimum: IntArray


@dataclass(frozen=True)
class UnitOrders:
    """All orders of one unit for one auction.

    Attributes:
        unit, physics: What they are made from.
        form: `blocks`, `scalable` or `profiles`.
        base: Sold at the lower price limit; shape (t,).
        blocks: A family (`blocks`) or an exclusive group (`profiles`).
        scalable: Of the form `scalable`.
    """

    unit: Unit
    physics: Physics
    form: str
    base: IntArray
    blocks: tuple[UnitBlock, ...] = ()
    scalable: UnitScalable | None = None

    def outcomes(self) -> IntArray:
        """Return every schedule that acceptance of the base and of all-or-nothing blocks can lead to; shape (n, t)."""
        if self.form == "profiles":
            return np.stack([self.base, *(self.base + b.quantity for b in self.blocks)])
        names = [b.name for b in self.blocks]
        taken = np.zeros((1, 0), dtype=np.int64)
        for block in self.blocks:  # parents stand before their children
            free = np.ones(len(taken), np.bool_) if block.parent is None else taken[:, names.index(block.parent)] == 1
            without = np.concatenate([taken, np.zeros((len(taken), 1), dtype=np.int64)], axis=1)
            joined = np.concatenate([taken[free], np.ones((int(free.sum()), 1), dtype=np.int64)], axis=1)
            taken = np.concatenate([without, joined])
        power = np.array([b.quantity for b in self.blocks], dtype=np.int64).reshape(len(names), len(self.base))
        out: IntArray = self.base + taken @ power
        return out


def limit_price(physics: Physics, cost: float, energy_mwh: float) -> int | None:
    """Return the least price in ticks that pays a cost, None if it is above the price limit.

    Rounded up to the tick, so that the unit never runs at a loss; raised to the lower price limit where it is below.
    """
    grid = physics.day.grid
    tick = grid.price_tick
    price = max(ceil(cost / energy_mwh * tick.scale / tick.step - 1e-6), grid.price_min)
    return None if price > grid.price_max else price


def cheapest(physics: Physics, base: IntArray, power: IntArray) -> int | None:
    """Return the limit price in ticks at which running `power` instead of `base` just pays; both shapes (t,)."""
    energy = float(physics.energy_of(power) - physics.energy_of(base))
    cost = physics.cost(np.stack([base, power]))
    return limit_price(physics, float(cost[1] - cost[0]), energy)


def best_profit(physics: Physics, outcomes: IntArray, price: FloatArray) -> FloatArray:
    """Return what the best of some schedules (n, t) earns at each set of prices (r, t); shape (r,)."""
    revenue = price @ physics.day.mw(outcomes).T * physics.day.hours
    out: FloatArray = (revenue - physics.cost(outcomes)).max(axis=1)
    return out
