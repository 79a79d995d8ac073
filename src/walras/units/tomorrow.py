"""Tomorrow's first state from today's schedule."""

from __future__ import annotations

import numpy as np

from walras.book.cells import BoolArray, FloatArray
from walras.units.check import ticks_of
from walras.units.physics import NEVER, Physics
from walras.units.unit import State

LONGEST_MINUTES = 366 * 24 * 60
"""A state that has lasted longer is told as this long."""


def next_state(physics: Physics, power_mw: FloatArray) -> State:
    """Return how a day with this schedule ends; whether the unit can run it is not asked (see `check`).

    Args:
        physics: The unit on its day.
        power_mw: One power a MTU; shape (t,).

    Raises:
        BadInput: As `check.check`.

    Example:
        The bundled gas plant stood yesterday, runs from 06:00 and stops at 22:00: it ends the day standing for two
        hours.

        >>> from walras.book.folder import read
        >>> from walras.units.examples import example_unit
        >>> from walras.units.physics import day_of, physics_of
        >>> unit = example_unit("gas")
        >>> physics = physics_of(unit, day_of(read("src/walras/examples/two-neighbours"), unit.zone, unit.carrier))
        >>> next_state(physics, np.array([0.0] * 6 + [180.0] * 16 + [0.0] * 2))
        State(power_mw=0.0, minutes=120, minutes_since_reduction=None)
    """
    power, mtu = ticks_of(physics, power_mw), physics.day.grid.mtu_minutes
    whole = np.concatenate([[physics.power_before], power])
    on = whole > 0
    turned = _last(on[1:] != on[:-1])
    lasted = physics.time_before * mtu + len(power) * mtu if turned is None else (len(power) - turned) * mtu
    reduced = _last(on[1:] & on[:-1] & (whole[1:] < whole[:-1]))
    since: int | None = None
    if reduced is not None:
        since = (len(power) - reduced) * mtu
    elif physics.since_reduction < NEVER:
        since = (physics.since_reduction + len(power)) * mtu
    forgotten = since is None or since > LONGEST_MINUTES
    end = float(physics.day.mw(power[-1]))
    return State(end, min(lasted, LONGEST_MINUTES), None if forgotten else since)


def _last(at: BoolArray) -> int | None:
    found = np.flatnonzero(at)
    return int(found[-1]) if len(found) else None
