"""A unit run MTU by MTU in plain words: the second opinion on `units.check`.

Written from the meaning of the unit file alone, in MW and minutes, one schedule at a time; it
shares neither ticks nor masks nor states with the package.
"""

from __future__ import annotations

from walras.units.unit import Unit

LONG_AGO = 10**9
SMALL = 1e-9


class Machine:
    """The unit as it runs on: what it does now, since when, and what it has used up of its day."""

    def __init__(self, unit: Unit):
        state = unit.state
        self.unit, self.now, self.lasted = unit, state.power_mw, state.minutes
        self.since_fall = LONG_AGO if state.minutes_since_reduction is None else state.minutes_since_reduction
        self.starts, self.changes, self.heading, self.energy = 0, 0, 0, 0.0

    def can(self, power: float, room: float, mtu: int) -> bool:
        """Go on at a power for one MTU in which `room` MW are available; False where that cannot be."""
        if power > 0 and not self.unit.minimum_mw - SMALL <= power <= room + SMALL:
            return False
        move = self.start if self.now == 0 < power else self.stop if power == 0 < self.now else self.move
        if not move(power, room, mtu):
            return False
        self.now = power
        self.lasted += mtu
        self.since_fall += mtu
        self.energy += power * mtu / 60
        return True

    def start(self, power: float, room: float, mtu: int) -> bool:
        cycling = self.unit.cycling
        ready = self.lasted >= max(cycling.down_minutes, cycling.no_start_minutes)
        self.starts, self.lasted, self.heading = self.starts + 1, 0, 0
        return ready and power <= self.unit.start_mw + SMALL and self.starts <= most(cycling.starts)

    def stop(self, power: float, room: float, mtu: int) -> bool:
        ready = self.lasted >= self.unit.cycling.up_minutes
        may = not self.unit.cycling.must_run or room < self.unit.minimum_mw
        self.lasted, self.heading = 0, 0
        return ready and may and self.now <= self.unit.stop_mw + SMALL

    def move(self, power: float, room: float, mtu: int) -> bool:
        if power == self.now:
            self.heading = 0
            return True
        ramps, cycling, direction = self.unit.ramps, self.unit.cycling, 1 if power > self.now else -1
        up = limit(ramps.up_mw_per_minute, ramps.up_mw_per_hour, mtu)
        down = limit(ramps.down_mw_per_minute, ramps.down_mw_per_hour, mtu)
        ready = direction < 0 or self.since_fall >= cycling.no_rise_minutes
        self.changes += direction != self.heading
        self.since_fall = 0 if direction < 0 else self.since_fall
        self.heading = direction
        near = self.now - down - SMALL <= power <= self.now + up + SMALL
        return ready and near and self.changes <= most(cycling.power_changes)


def runs(unit: Unit, powers: list[float], start: int, mtu: int) -> bool:
    """Whether the unit can run these powers (MW) from `start` (minutes UTC), an MTU of `mtu` minutes each."""
    machine = Machine(unit)
    for begin, power in zip(range(start, start + mtu * len(powers), mtu), powers, strict=True):
        if not machine.can(power, available(unit, begin, begin + mtu), mtu):
            return False
    enough = unit.energy_mwh is None or machine.energy <= unit.energy_mwh + SMALL
    last = unit.maximum_mw if unit.end_maximum_mw is None else unit.end_maximum_mw
    return enough and unit.end_minimum_mw - SMALL <= powers[-1] <= last + SMALL


def most(count: int | None) -> int:
    """A count that may have no limit."""
    return LONG_AGO if count is None else count


def available(unit: Unit, begin: int, end: int) -> float:
    """The most power (MW) between two times (minutes UTC)."""
    room = unit.maximum_mw
    for outage in unit.outages:
        if outage.start.timestamp() / 60 < end and outage.end.timestamp() / 60 > begin:
            room = min(room, outage.maximum_mw)
    return room


def limit(per_minute: float | None, per_hour: float | None, mtu: int) -> float:
    """By how much power may move from one MTU to the next (MW)."""
    limits = [] if per_minute is None else [per_minute * mtu]
    limits += [] if per_hour is None else [per_hour * min(mtu, 60) / 60]
    return min(limits, default=float("inf"))


def cost(unit: Unit, powers: list[float], mtu: int) -> float:
    """What a schedule costs, in the currency."""
    total, now = 0.0, unit.state.power_mw
    for power in powers:
        if power > 0:
            total += unit.costs.no_load_per_hour * mtu / 60 + (unit.costs.start if now == 0 else 0.0)
            below = 0.0
            for step in unit.costs.steps:
                total += max(0.0, min(power, step.to_mw) - below) * step.price * mtu / 60
                below = step.to_mw
        now = power
    return total
