"""All schedules of a unit over a day, as a layered graph of states on a grid of powers.

A state says all that the future must know: power, MTUs left until the unit may stop (or
start), until it may rise, changes and direction so far, starts so far. A path is a schedule
that the unit can run; what it earns is a sum over its edges, so the best of all paths is found
by dynamic programming backwards, for many sets of prices at once. The energy limit of the
fuel is not in the states (`dispatch` prices it).

Axes: l power levels (0 = standing), t MTUs, n states of a layer, k successors, r rewards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.units.physics import NEVER, Physics

FEWEST = 4
"""Parts into which the range of power is cut where ramps do not ask for more."""

LONGEST_WAY = 8


@dataclass(frozen=True)
class Layer:
    """Edges from the states before an MTU into that MTU.

    Attributes:
        level: Power level that each edge leads to; shape (n, k).
        into: State of the next layer, -1 for no edge; shape (n, k).
        is_start: Whether the edge starts the unit; shape (n, k).
    """

    level: IntArray
    into: IntArray
    is_start: BoolArray


@dataclass(frozen=True)
class Graph:
    """The schedules of one unit on a grid of powers.

    Attributes:
        physics: The unit.
        levels: Powers in ticks, rising, the first 0; shape (l,).
        layers: One a MTU; the first has the one state of yesterday.
    """

    physics: Physics
    levels: IntArray
    layers: tuple[Layer, ...]

    def best(self, reward: FloatArray, start_cost: float) -> tuple[IntArray, FloatArray]:
        """Return the schedule of greatest reward for each set of rewards.

        Args:
            reward: Of running at each level in each MTU; shape (r, t, l).
            start_cost: Taken off for every start.

        Returns:
            Powers in ticks, shape (r, t), and their reward, shape (r,): -inf where there is no schedule.
        """
        count = len(reward)
        if not all((layer.into >= 0).any() for layer in self.layers):
            return np.zeros((count, len(self.layers)), dtype=np.int64), np.full(count, -np.inf)
        value = np.zeros((int(self.layers[-1].into.max()) + 1, count))
        choices: list[IntArray] = []
        for t in range(len(self.layers) - 1, -1, -1):
            value, choice = _step(self.layers[t], np.ascontiguousarray(reward[:, t, :].T), value, start_cost)
            choices.append(choice)
        power = np.zeros((count, len(self.layers)), dtype=np.int64)
        state = np.zeros(count, dtype=np.int64)
        for t, choice in enumerate(reversed(choices)):
            k = choice[state, np.arange(count)]
            power[:, t] = self.levels[self.layers[t].level[state, k]]
            state = self.layers[t].into[state, k]
        return power, value[0]


def _step(layer: Layer, reward: FloatArray, after: FloatArray, start_cost: float) -> tuple[FloatArray, IntArray]:
    """Return the best value of the states before an MTU and the edge that gives it, each shape (n, r).

    Args:
        layer: Edges into the MTU.
        reward: Of each level in it; shape (l, r).
        after: Best values of the states behind it; shape (states, r).
        start_cost: Of an edge that starts.
    """
    after = np.concatenate([after, np.full((1, after.shape[1]), -np.inf)])  # where an edge is none, -1 leads here
    best = np.full((len(layer.into), after.shape[1]), -np.inf)
    choice = np.zeros(best.shape, dtype=np.int64)
    for k in range(layer.into.shape[1]):
        gain = reward[layer.level[:, k]] + after[layer.into[:, k]]
        if start_cost:
            gain -= start_cost * layer.is_start[:, k, None]
        better = gain > best
        np.copyto(best, gain, where=better)
        choice[better] = k
    return best, choice


def levels_of(physics: Physics, parts: int = FEWEST) -> IntArray:
    """Return the grid of powers: 0, minimum to capacity in steps no longer than a ramp, and every power that matters.

    With the shortest ramp as the longest step, a unit can always move on the grid. Shape (l,), ticks.
    """
    span = physics.top - physics.minimum
    step = max(1, min(physics.up or NEVER, physics.down or NEVER, -(-span // parts)))
    even = np.arange(physics.minimum, physics.top + 1, step)
    marks = [physics.top, physics.power_before, physics.end_high, physics.end_low, physics.start, physics.stop]
    special = np.array([*marks, *physics.available.tolist(), *_ways(physics)])
    special = special[(special >= physics.minimum) & (special <= physics.top)]
    extra = np.array([0, physics.power_before])
    return np.unique(np.concatenate([extra, even, special]))


def _ways(physics: Physics) -> list[int]:
    """Return the powers on the steepest ways from yesterday's power and a start, and to capacity and a stop.

    Best schedules move on these where nothing else holds them. Ways of more than `LONGEST_WAY` MTUs are left to the
    even grid.
    """
    span, out = physics.top - physics.minimum, []
    if physics.up and span <= LONGEST_WAY * physics.up:
        rise = np.arange(1, LONGEST_WAY + 1) * physics.up
        out += [*(physics.power_before + rise), *(physics.start + rise), *(physics.top - rise)]
    if physics.down and span <= LONGEST_WAY * physics.down:
        fall = np.arange(1, LONGEST_WAY + 1) * physics.down
        out += [*(physics.power_before - fall), *(physics.stop + fall), *(physics.top - fall)]
    return [int(power) for power in out]


def graph_of(physics: Physics, levels: IntArray | None = None, floor: IntArray | None = None) -> Graph:
    """Return the graph of a unit.

    Args:
        physics: The unit.
        levels: Powers in ticks; `levels_of` unless given. 0 and the power before must be among them.
        floor: Least power of each MTU in ticks, for schedules above another one; shape (t,).
    """
    levels = levels_of(physics) if levels is None else levels
    floor = np.zeros(physics.day.count, dtype=np.int64) if floor is None else floor
    table = _successors(physics, levels)
    code = _Code.of(physics, len(levels))
    states = code.pack(*(np.array([v]) for v in _first(physics, levels)))
    layers = []
    for t in range(physics.day.count):
        after, level, allowed, is_start = _edges(physics, levels, table, code, states, t, int(floor[t]))
        states, into = np.unique(after[allowed], return_inverse=True)
        index = np.full(after.shape, -1, dtype=np.int64)
        index[allowed] = into
        layers.append(Layer(level, index, is_start))
    return Graph(physics, levels, tuple(layers))


@dataclass(frozen=True)
class _Code:
    """States as whole numbers: level, wait (to stop or start), wait to rise, changes, direction, starts."""

    sizes: tuple[int, ...]

    @staticmethod
    def of(physics: Physics, levels: int) -> _Code:
        wait = max(physics.up_time, physics.down_time, physics.no_start) + 1
        changes = 1 if physics.changes >= NEVER else physics.changes + 1
        starts = 1 if physics.starts >= NEVER else physics.starts + 1
        return _Code((levels, wait, physics.no_rise + 1, changes, 3, starts))

    def pack(self, *parts: IntArray) -> IntArray:
        out = np.zeros_like(parts[0])
        for part, size in zip(parts, self.sizes, strict=True):
            out = out * size + part
        return out

    def unpack(self, code: IntArray) -> list[IntArray]:
        parts = []
        for size in reversed(self.sizes):
            parts.append(code % size)
            code = code // size
        return parts[::-1]


def _first(physics: Physics, levels: IntArray) -> tuple[int, ...]:
    """Return the state of yesterday evening."""
    level = int(np.searchsorted(levels, physics.power_before))
    need = physics.up_time if level else max(physics.down_time, physics.no_start)
    return level, max(need - physics.time_before, 0), max(physics.no_rise - physics.since_reduction, 0), 0, 0, 0


def _successors(physics: Physics, levels: IntArray) -> IntArray:
    """Return the levels that each level may lead to, -1 where there are no more; shape (l, k)."""
    out = []
    for power in levels.tolist():
        if power:
            near = (levels >= max(power - physics.down, physics.minimum)) & (levels <= power + physics.up)
            near[0] = power <= physics.stop
        else:
            near = (levels >= physics.minimum) & (levels <= physics.start)
            near[0] = True
        out.append(np.flatnonzero(near))
    width = max(1, *(len(row) for row in out))
    table = np.full((len(levels), width), -1, dtype=np.int64)
    for i, row in enumerate(out):
        table[i, : len(row)] = row
    return table


def _edges(
    physics: Physics, levels: IntArray, table: IntArray, code: _Code, states: IntArray, t: int, floor: int
) -> tuple[IntArray, IntArray, BoolArray, BoolArray]:
    """Return next states, levels, which edges exist and which are starts; each shape (n, k)."""
    level, wait, rise, changes, direction, starts = (part[:, None] for part in code.unpack(states))
    to = table[level[:, 0]]
    power, before = levels[to], levels[level]
    on, was = power > 0, before > 0
    is_start, is_stop, both = on & ~was, ~on & was, on & was
    heading = np.where(both, np.sign(power - before), 0) % 3  # 0 flat, 1 up, 2 down
    begins = (heading > 0) & (heading != direction)
    used = changes + begins if physics.changes < NEVER else changes + 0 * begins
    begun = starts + is_start if physics.starts < NEVER else starts + 0 * is_start
    allowed = (to >= 0) & (power >= floor) & (power <= physics.available[t])
    allowed &= ~(is_start | is_stop) | (wait == 0)
    allowed &= ~((heading == 1) & (rise > 0))
    allowed &= (used <= physics.changes) & (begun <= physics.starts)
    if physics.must_run and physics.available[t] >= physics.minimum:
        allowed &= ~is_stop
    if t == physics.day.count - 1:
        allowed &= (power >= physics.end_low) & (power <= physics.end_high)
    after_start, after_stop = physics.up_time - 1, max(physics.down_time, physics.no_start) - 1
    left = np.where(is_start, after_start, np.where(is_stop, after_stop, wait - 1))
    rest = np.where(heading == 2, physics.no_rise - 1, rise - 1)
    kept = heading if physics.changes < NEVER else 0 * heading
    after = code.pack(np.maximum(to, 0), np.maximum(left, 0), np.maximum(rest, 0), used, kept, begun)
    return after, np.maximum(to, 0), allowed, is_start
