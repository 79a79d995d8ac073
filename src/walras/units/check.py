"""Can the unit run this schedule? Every limit that it breaks, MTU by MTU.

Written from the limits alone: it shares nothing with the graph of states that schedules are
made from. Anyone can judge any schedule with it, whoever made it.

Axes: n schedules, t MTUs of the day; powers in ticks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.book.spans import time_text
from walras.errors import BadInput, Mistake
from walras.units.physics import NEVER, Physics

RULES = {
    "minimum_power": "runs at {power:g} MW, below its minimum",
    "available_power": "runs at {power:g} MW, above what is available",
    "ramp_up": "climbs by {move:g} MW, more than its ramp",
    "ramp_down": "falls by {move:g} MW, more than its ramp",
    "start_power": "starts at {power:g} MW, above its start power",
    "stop_power": "stops from {before:g} MW, above its stop power",
    "up_time": "stops before it has run for its least time",
    "down_time": "starts before it has stood for its least time",
    "xenon_start": "starts inside the xenon time after its stop",
    "xenon_rise": "rises inside the xenon time after a reduction",
    "starts": "starts more often than a day allows",
    "power_changes": "changes its power more often than a day allows",
    "must_run": "stands though it must run",
    "energy": "has used more energy than its fuel gives",
    "end_power": "ends the day at {power:g} MW, outside its bounds",
}
"""Every limit, by the name that `check` gives it, and how it is told."""


@dataclass(frozen=True)
class Violation:
    """One limit that a schedule breaks in one MTU.

    Example:
        >>> print(Violation("ramp_up", "2026-06-10T01:00:00Z", "climbs by 90 MW, more than its ramp"))
        2026-06-10T01:00:00Z: climbs by 90 MW, more than its ramp
          rule: ramp_up
    """

    rule: str
    when: str
    what: str

    def __str__(self) -> str:
        return f"{self.when}: {self.what}\n  rule: {self.rule}"


def check(physics: Physics, power_mw: FloatArray) -> list[Violation]:
    """Return every limit that a schedule breaks, in the order of time; empty if the unit can run it.

    Args:
        physics: The unit on its day.
        power_mw: One power a MTU; shape (t,).

    Raises:
        BadInput: The schedule has another length than the day, or a power that is missing, negative or off its tick.

    Example:
        The bundled gas plant needs four hours once it runs:

        >>> from walras.book.folder import read
        >>> from walras.units.examples import example_unit
        >>> from walras.units.physics import day_of, physics_of
        >>> unit = example_unit("gas")
        >>> physics = physics_of(unit, day_of(read("src/walras/examples/two-neighbours"), unit.zone, unit.carrier))
        >>> for violation in check(physics, np.array([0.0] * 6 + [180.0] * 3 + [0.0] * 15)):
        ...     print(violation)
        2026-06-10T06:00:00Z: stops before it has run for its least time
          rule: up_time
    """
    day = physics.day
    power = ticks_of(physics, power_mw)
    found = broken(physics, power[None, :])
    before = np.concatenate([[physics.power_before], power[:-1]])
    out = []
    for t in range(day.count):
        words = {
            "power": float(day.mw(power[t])),
            "before": float(day.mw(before[t])),
            "move": float(day.mw(np.abs(power[t] - before[t]))),
        }
        when = time_text(day.grid.start + t * day.grid.mtu_minutes)
        out += [Violation(rule, when, RULES[rule].format(**words)) for rule, at in found.items() if at[0, t]]
    return out


def ticks_of(physics: Physics, power_mw: FloatArray) -> IntArray:
    """Return a schedule in ticks (see `check`); shape (t,)."""
    tick = physics.day.grid.quantity_tick
    power = np.asarray(power_mw, dtype=np.float64)
    if power.shape != (physics.day.count,):
        what = f"the schedule has {power.size} powers, the day {physics.day.count} MTUs"
        raise BadInput([Mistake(what, "schedule", "unit_schedule_length", "Give one power a MTU.")])
    if not np.isfinite(power).all() or (power < 0).any():
        what = "the schedule has a power that is missing, infinite or negative"
        raise BadInput([Mistake(what, "schedule", "unit_schedule_power", "Give powers of 0 MW or more.")])
    scaled = power * tick.scale / tick.step
    if (np.abs(scaled - np.rint(scaled)) > 1e-4).any():
        what = f"the schedule has a power that is not a multiple of {tick.size:g} MW"
        raise BadInput([Mistake(what, "schedule", "unit_schedule_tick", f"Round powers to {tick.size:g} MW.")])
    return np.rint(scaled).astype(np.int64)


def feasible(physics: Physics, power: IntArray) -> BoolArray:
    """Return which schedules the unit can run; shape (n,) of powers in ticks (n, t)."""
    out = np.ones(len(power), dtype=np.bool_)
    for at in broken(physics, power).values():
        out &= ~at.any(axis=1)
    return out


def broken(physics: Physics, power: IntArray) -> dict[str, BoolArray]:
    """Return where each limit is broken; shape (n, t) each, of powers in ticks (n, t)."""
    before = np.concatenate([np.full((len(power), 1), physics.power_before), power[:, :-1]], axis=1)
    on, was = power > 0, before > 0
    both, move = on & was, power - before
    starts, stops = on & ~was, ~on & was
    forced = physics.available < physics.minimum
    at_end = np.arange(power.shape[1]) == power.shape[1] - 1
    found = {
        "minimum_power": on & (power < physics.minimum),
        "available_power": on & (power > physics.available),
        "ramp_up": both & (move > physics.up),
        "ramp_down": both & (-move > physics.down),
        "start_power": starts & (power > physics.start),
        "stop_power": stops & (before > physics.stop),
        "starts": starts & (np.cumsum(starts, axis=1) > physics.starts),
        "must_run": stops & ~forced & physics.must_run,
        "energy": on & (np.cumsum(power, axis=1) > physics.energy),
        "end_power": at_end & ((power < physics.end_low) | (power > physics.end_high)),
    }
    found |= _times(physics, starts, stops, both & (move > 0), both & (move < 0))
    found["power_changes"] = _changes(np.where(both, np.sign(move), 0), physics.changes)
    return found


def _times(
    physics: Physics, starts: BoolArray, stops: BoolArray, rises: BoolArray, falls: BoolArray
) -> dict[str, BoolArray]:
    """Return where something comes too soon after what went before; all shapes (n, t)."""
    since = np.full(len(starts), physics.time_before)  # MTUs in the present state, running or standing
    reduced = np.full(len(starts), physics.since_reduction)
    found = {
        rule: np.zeros(starts.shape, dtype=np.bool_) for rule in ("up_time", "down_time", "xenon_start", "xenon_rise")
    }
    for t in range(starts.shape[1]):
        found["up_time"][:, t] = stops[:, t] & (since < physics.up_time)
        found["down_time"][:, t] = starts[:, t] & (since < physics.down_time)
        found["xenon_start"][:, t] = starts[:, t] & (since < physics.no_start)
        found["xenon_rise"][:, t] = rises[:, t] & (reduced < physics.no_rise)
        since = np.where(starts[:, t] | stops[:, t], 1, np.minimum(since + 1, NEVER))
        reduced = np.where(falls[:, t], 1, np.minimum(reduced + 1, NEVER))
    return found


def _changes(direction: IntArray, most: int) -> BoolArray:
    """Return moves of a running unit that begin a change beyond those of the day; shape of `direction` (n, t).

    A move begins a change unless the MTU before moved the same way.

    >>> _changes(np.array([[-1, -1, 0, 1, 1, -1]]), 2).astype(int).tolist()
    [[0, 0, 0, 0, 0, 1]]
    """
    last = np.concatenate([np.zeros((len(direction), 1), dtype=np.int64), direction[:, :-1]], axis=1)
    begins = (direction != 0) & (direction != last)
    out: BoolArray = begins & (np.cumsum(begins, axis=1) > most)
    return out
