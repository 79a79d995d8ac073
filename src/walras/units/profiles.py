"""Form `profiles`: an exclusive group of whole days, of which the auction takes one or none.

Candidates are the best responses of the unit to price scenarios, and the days of least and of
most energy that it runs through. Of these the group gets one after the other: each time the
profile that raises the weighted mean worth over all scenarios most, where each scenario takes
the best profile so far or the base. In half of the scenarios prices fall as the unit runs, so
that days in part load are offered too, which a unit needs where it sets the price. All are
all-or-nothing and above the base, so whatever the auction takes is one of them.

Axes: r scenarios, t MTUs, n profiles, l power levels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.book.cells import FloatArray, IntArray
from walras.units.dispatch import best_of_rewards
from walras.units.graph import Graph, graph_of
from walras.units.orders import UnitBlock, UnitOrders, cheapest
from walras.units.physics import Physics
from walras.units.unit import Unit

LEAST_GAIN = 1e-6


@dataclass(frozen=True)
class Expected:
    """What a unit expects of a market.

    Attributes:
        price: Prices if the unit stands, currency per MWh; shape (r, t).
        fall: By how much a price falls when the unit runs at capacity, in proportion below it; shape (r,).
        weight: How much each scenario counts; shape (r,), sums to one.
    """

    price: FloatArray
    fall: FloatArray
    weight: FloatArray

    def worth(self, physics: Physics, power: IntArray) -> FloatArray:
        """Return what others gain from powers held in each MTU: the area under a price that falls.

        Args:
            physics: The unit.
            power: Ticks; any shape (..., 1) or (..., t).

        Returns:
            Currency; shape (r, ..., t).
        """
        shape = (len(self.price), *(1 for _ in power.shape[:-1]), self.price.shape[1])
        fall = self.fall.reshape(-1, *(1 for _ in power.shape))
        mean_price = self.price.reshape(shape) - fall / 2 * power / physics.top
        out: FloatArray = mean_price * physics.day.mw(power) * physics.day.hours
        return out


def profile_orders(unit: Unit, physics: Physics, base: IntArray, expected: Expected, count: int) -> UnitOrders:
    """Return the base and up to `count` profiles on top of it."""
    graph = graph_of(physics, floor=base)
    candidates = candidate_days(graph, base, expected)
    prices = [cheapest(physics, base, day) for day in candidates]
    offered = [n for n, price in enumerate(prices) if price is not None]
    chosen = chosen_days(physics, base, candidates[offered], expected, count)
    blocks = tuple(
        UnitBlock(f"{unit.name}:day-{k:02d}", prices[offered[n]] or 0, candidates[offered[n]] - base)
        for k, n in enumerate(chosen, 1)
    )
    return UnitOrders(unit, physics, "profiles", base, blocks)


def candidate_days(graph: Graph, base: IntArray, expected: Expected) -> IntArray:
    """Return different schedules above the base that are worth an offer; shape (n, t)."""
    physics = graph.physics
    gain = np.swapaxes(expected.worth(physics, graph.levels[:, None]), 1, 2)
    power, value = best_of_rewards(graph, gain - physics.running_cost(graph.levels))
    through, worth = best_of_rewards(graph, _extremes(graph))
    every = np.concatenate([power[np.isfinite(value)], through[np.isfinite(worth)]])
    every = np.unique(every[every.sum(axis=1) > base.sum()], axis=0)
    return every.reshape(-1, physics.day.count)


def _extremes(graph: Graph) -> FloatArray:
    """Return rewards of running through the day with the least and with the most energy; shape (2, t, l)."""
    levels = graph.levels.astype(np.float64)
    on = np.where(levels > 0, 1e3 * levels[-1], 0.0)
    rewards = np.stack([on - levels, on + levels])
    return np.repeat(rewards[:, None, :], graph.physics.day.count, axis=1)


def chosen_days(physics: Physics, base: IntArray, candidates: IntArray, expected: Expected, count: int) -> list[int]:
    """Return the candidates that the group gets, the most useful first."""
    days = np.concatenate([base[None, :], candidates])
    profit = np.stack([expected.worth(physics, day).sum(axis=-1) for day in days], axis=1) - physics.cost(days)
    best = profit[:, 0]
    chosen: list[int] = []
    while len(chosen) < min(count, len(candidates)):
        gain = expected.weight @ np.maximum(profit[:, 1:] - best[:, None], 0.0)
        n = int(np.argmax(gain))
        if gain[n] <= LEAST_GAIN:
            break
        chosen.append(n)
        best = np.maximum(best, profit[:, 1 + n])
    return chosen
