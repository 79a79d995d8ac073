"""Small random markets of stores whose levels, rooms, losses and efficiencies leave less than a tick.

Written for the laws and the drills, as `random_markets`: what a store starts with misses its end
by anything between nothing and a few ticks, above or below; several stores stand in one zone with
little else to trade with, in MTUs of 15, 30 and 60 minutes.
"""

from __future__ import annotations

import random
from typing import Any

from tests.second_opinion.random_markets import Script, _Draft

DUST = [0, 0.001, 0.004, 0.016, 0.025, 0.049, 0.05, 0.07, 0.099, 0.1, 0.13, 0.21, 1.234]
POWERS = [0, 0.1, 0.2, 0.3, 1, 5, 20, 60]
ROOMS = [0.01, 0.03, 0.1, 0.333, 1.016, 5, 20.007, 450.016]
LOSSES = [0, 0, 0.003, 0.02, 0.05, 0.37]
SHARES = [1, 1, 0.999, 0.93, 0.87, 0.5]


def dusty_market(chance: random.Random) -> Script:
    """One or two zones over one to six hours, a few prices, one to four stores."""
    zones = ("A",) if chance.random() < 0.6 else ("A", "B")
    draft = _Draft(chance, zones, chance.choice([1, 2, 3, 6]), {})
    draft.minutes = {zone: draft.pick([15, 15, 30, 60]) for zone in zones}
    for zone in zones:
        for hour in draft.mtus(zone):
            _orders(draft, zone, hour)
    if len(zones) == 2:
        draft.say("line", "A", "B", draft.pick([0.05, 1, 5, 50]), draft.pick([0, 20]))
    for i in range(1 + chance.randrange(4)):
        _store(draft, f"s{i}")
    return Script(zones, draft.hours, draft.minutes, tuple(draft.calls))


def _orders(draft: _Draft, zone: str, hour: float) -> None:
    """Now and then nothing but the stores; some slopes, so that they trade at any volume."""
    for side, prices in (("sells", [-60, -5, 0, 10, 35, 185]), ("buys", [-20, 0, 20, 60, 185, 400])):
        if draft.often(0.75):
            at = draft.pick(prices)
            slope = {"to": at + (17 if side == "sells" else -17)} if draft.often(0.3) else {}
            draft.say(side, zone, draft.pick([0.1, 0.2, 1, 7, 50]), at=at, hour=hour, **slope)


def _store(draft: _Draft, name: str) -> None:
    zone, room = draft.pick(draft.zones), draft.pick(ROOMS)
    minutes, charge = draft.minutes[zone], draft.pick(POWERS)
    more: dict[str, Any] = {"discharge": draft.pick([charge, charge, draft.pick(POWERS)])}
    into, loss = draft.pick(SHARES), draft.pick(LOSSES)
    more |= {"charge_efficiency": into, "discharge_efficiency": draft.pick(SHARES), "hourly_loss": loss}
    start = min(room, draft.pick([0, room, draft.chance.random() * room]) + draft.pick(DUST))
    wanted = max(0.0, min(room, start + draft.pick([-1, 1]) * draft.pick(DUST)))
    fullest, hours = start, minutes / 60
    for _ in draft.mtus(zone):
        fullest = min(room, fullest * (1 - loss) ** hours + charge * hours * into)
    more |= {"start": round(start, 3), "end": min(round(wanted, 3), max(0.0, int(fullest * 1e3 - 1) / 1e3))}
    more |= {"fixed_term": draft.pick([0, 0, 0, 0.01, 1, 30])}
    draft.say("storage", name, zone, charge, room, draft.pick([0, 0, 1, 5.5]), **more)
