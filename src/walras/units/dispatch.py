"""The best schedule of a unit against given prices, and its schedule of least energy.

Exact on the grid of powers of `graph` where fuel sets no limit to energy. Where it does, the
fuel gets a shadow price that is found by bisection: the schedule keeps the limit, but a better
one may exist inside it.

Axes: r sets of prices, t MTUs, l levels.
"""

from __future__ import annotations

import numpy as np

from walras.book.cells import FloatArray, IntArray
from walras.units.graph import Graph

DOUBLINGS, HALVINGS = 12, 14
"""How often the price of fuel is made greater, and then searched nearer."""


def best_responses(graph: Graph, price: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return the schedule that earns most at each set of prices, and its profit.

    Args:
        graph: The unit's schedules.
        price: Currency per MWh; shape (r, t).

    Returns:
        Powers in ticks, shape (r, t), and revenue less cost, shape (r,): -inf where no schedule was found.

    Example:
        The bundled gas plant starts for 14,000, runs 24 hours at 2,100 an hour, and sells 24 hours at 90: 220 MW in the
        first, 420 MW after it. Energy costs 52 up to 180 MW, 55.50 up to 320 MW, 61 up to 420 MW.

        >>> from walras.book.folder import read
        >>> from walras.units.examples import example_unit
        >>> from walras.units.graph import graph_of
        >>> from walras.units.physics import day_of, physics_of
        >>> unit = example_unit("gas")
        >>> physics = physics_of(unit, day_of(read("src/walras/examples/two-neighbours"), unit.zone, unit.carrier))
        >>> power, profit = best_responses(graph_of(physics), np.full((1, 24), 90.0))
        >>> physics.day.mw(power[0, :3]).tolist(), float(profit[0])
        ([220.0, 420.0, 420.0], 278930.0)
        >>> 38 * 180 * 24 + 34.5 * (140 * 23 + 40) + 29 * 100 * 23 - 2100 * 24 - 14000
        278930.0
    """
    physics = graph.physics
    energy = physics.day.mw(graph.levels) * physics.day.hours
    return best_of_rewards(graph, price[:, :, None] * energy - physics.running_cost(graph.levels))


def best_of_rewards(graph: Graph, reward: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return the best schedules for any rewards of levels, shape (r, t, l); starts are paid besides."""
    physics = graph.physics
    power, value = graph.best(reward, physics.start_cost)
    over = np.flatnonzero((power.sum(axis=1) > physics.energy) & np.isfinite(value))
    if len(over):
        power[over], value[over] = _within_energy(graph, reward[over])
    return power, value


def least_energy(graph: Graph) -> IntArray | None:
    """Return the schedule of least energy, None if the unit has no schedule at all; shape (t,), ticks."""
    physics = graph.physics
    reward = np.broadcast_to(-graph.levels.astype(np.float64), (1, physics.day.count, len(graph.levels)))
    power, value = graph.best(reward, 0.0)
    if not np.isfinite(value[0]) or power[0].sum() > physics.energy:
        return None
    only: IntArray = power[0]
    return only


def _within_energy(graph: Graph, reward: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return schedules that keep the energy limit, by a price a tick of energy found by bisection; shapes (r, ...)."""
    physics, levels = graph.physics, graph.levels.astype(np.float64)
    low = np.zeros(len(reward))
    high = np.maximum((reward[:, :, 1:] / levels[1:]).max(axis=(1, 2)), 1.0)
    power, value = _priced(graph, reward, high, levels)
    for _ in range(DOUBLINGS):
        over = (power.sum(axis=1) > physics.energy) & np.isfinite(value)
        if not over.any():
            break
        high = np.where(over, high * 2, high)
        power, value = _priced(graph, reward, high, levels)
    best, worth = power, np.where(power.sum(axis=1) <= physics.energy, value, -np.inf)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        power, value = _priced(graph, reward, middle, levels)
        kept = power.sum(axis=1) <= physics.energy
        better = kept & (value > worth)
        best = np.where(better[:, None], power, best)
        worth = np.where(better, value, worth)
        low, high = np.where(kept, low, middle), np.where(kept, middle, high)
    return best, worth


def _priced(graph: Graph, reward: FloatArray, price: FloatArray, levels: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return the best schedules when a tick of energy costs so much more, and their worth without that price."""
    power, value = graph.best(reward - price[:, None, None] * levels, graph.physics.start_cost)
    return power, value + price * power.sum(axis=1)
