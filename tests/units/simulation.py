"""A unit run MTU by MTU in plain words: the second opinion on `units.check`.

Written from the meaning of the unit file alone, in MW and minutes, one schedule at a time; it
shares neither ticks nor masks nor states with the package.
"""

from __future__ import annotations

from walras.units.unit import Unit

LONG_AGO = 10**9
SMALL = 1e-9


def runs(unit: Unit, powers: list[float], start: int, mtu: int) -> bool:
    """Whether the unit can run these powers (MW) from `start` (minutes UTC), an MTU of `mtu` minutes each."""
    cycling, state = unit.cycling, unit.state
    now, lasted = state.power_mw, state.minutes
    since_fall = LONG_AGO if state.minutes_since_reduction is None else state.minutes_since_reduction
    starts, changes, heading, energy = 0, 0, 0, 0.0
    for number, power in enumerate(powers):
        begin = start + number * mtu
        room = available(unit, begin, begin + mtu)
        if power > 0 and not unit.minimum_mw - SMALL <= power <= room + SMALL:
            return False
        if now == 0 and power > 0:
            starts += 1
            wait = max(cycling.down_minutes, cycling.no_start_minutes)
            if lasted < wait or power > unit.start_mw + SMALL:
                return False
            lasted, heading = 0, 0
        elif now > 0 and power == 0:
            if lasted < cycling.up_minutes or now > unit.stop_mw + SMALL:
                return False
            if cycling.must_run and room >= unit.minimum_mw:
                return False
            lasted, heading = 0, 0
        elif now > 0:
            if power > now + limit(unit.ramps.up_mw_per_minute, unit.ramps.up_mw_per_hour, mtu) + SMALL:
                return False
            if power < now - limit(unit.ramps.down_mw_per_minute, unit.ramps.down_mw_per_hour, mtu) - SMALL:
                return False
            direction = (power > now) - (power < now)
            if direction > 0 and since_fall < cycling.no_rise_minutes:
                return False
            if direction and direction != heading:
                changes += 1
            if direction < 0:
                since_fall = 0
            heading = direction
        if cycling.starts is not None and starts > cycling.starts:
            return False
        if cycling.power_changes is not None and changes > cycling.power_changes:
            return False
        now = power
        lasted += mtu
        since_fall += mtu
        energy += power * mtu / 60
    if unit.energy_mwh is not None and energy > unit.energy_mwh + SMALL:
        return False
    last = unit.maximum_mw if unit.end_maximum_mw is None else unit.end_maximum_mw
    return unit.end_minimum_mw - SMALL <= powers[-1] <= last + SMALL


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
