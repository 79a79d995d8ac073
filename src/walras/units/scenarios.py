"""Price scenarios for a unit that has no forecast: plain shapes of a day around its own costs.

They only steer which schedules are offered; that every one of them can be run does not depend
on them. Shapes and levels are illustrative. Axes: r scenarios, t MTUs.
"""

from __future__ import annotations

import numpy as np

from walras.book.cells import FloatArray
from walras.units.physics import Day, Physics

LEVELS = (-0.4, 0.5, 0.85, 1.05, 1.3, 2.0)
"""Mean prices, as multiples of what a MWh costs at full load."""

SWINGS = (1.0, 2.0)
"""How far prices move about their mean, as multiples of the shapes below."""


def scenarios_of(physics: Physics) -> FloatArray:
    """Return price scenarios around the unit's cost at full load; shape (r, t), currency per MWh."""
    scale = cost_at_capacity(physics)
    flat, *bent = day_shapes(physics.day)
    shapes = np.stack([flat, *(swing * shape for swing in SWINGS for shape in bent)])
    out = np.concatenate([scale * (level + shapes) for level in LEVELS])
    grid = physics.day.grid
    clipped: FloatArray = np.clip(out, grid.price_tick.value(grid.price_min), grid.price_tick.value(grid.price_max))
    return clipped


def cost_at_capacity(physics: Physics) -> float:
    """Return what a MWh costs at capacity, 10 at the least: the scale of the scenarios."""
    full = np.array([physics.top])
    cost = float(physics.running_cost(full)[0] / (physics.day.mw(full)[0] * physics.day.hours))
    return max(abs(cost), 10.0)


def day_shapes(day: Day) -> FloatArray:
    """Return departures from a mean price by local shapes of a day, as shares of it; shape (shapes, t).

    Flat; a night valley; an evening peak; two peaks; a midday valley of the sun; a storm that lifts the second half.
    """
    hour = 24 * (np.arange(day.count) + 0.5) / day.count
    night = -np.cos(2 * np.pi * (hour - 3) / 24)
    evening, morning, noon = (np.exp(-(((hour - at) / width) ** 2)) for at, width in ((19, 2.5), (8, 2.0), (13, 3.0)))
    return np.stack(
        [
            np.zeros(day.count),
            0.3 * night,
            0.8 * evening - 0.1,
            0.5 * morning + 0.6 * evening - 0.2,
            0.3 * morning + 0.5 * evening - 0.9 * noon,
            np.where(hour > 12, 0.3, -0.3),
        ]
    )
