"""Small random markets of power and gas: plants between them, stores in both, time grids of their own.

Written for the second opinion and the drills, as `random_markets`. Gas is dealt in hours or
in one gas day that begins an hour after the power day, so that conversions reach beyond its
horizon and declare what they do there.
"""

from __future__ import annotations

import random

from tests.second_opinion.random_markets import Script, _block, _Draft, _storage


def carrier_market(chance: random.Random) -> Script:
    """One or two power zones and one of gas over two or three hours."""
    power = ("P",) if chance.random() < 0.6 else ("P", "Q")
    draft = _Draft(chance, (*power, "G"), chance.choice([2, 2, 3]), {})
    draft.is_tied = draft.often(0.35)
    shifted = draft.often(0.5)
    minutes = draft.pick([30, 60, 60])
    draft.minutes = dict.fromkeys(power, minutes) | {"G": int(draft.hours) * 60 if draft.often(0.4) else 60}
    for zone in draft.zones:
        for hour in draft.mtus(zone):
            _orders(draft, zone, hour)
    if len(power) == 2:
        draft.say("line", "P", "Q", draft.pick([5, 20, 50]), draft.pick([0, 20]))
    for i in range(1 + draft.chance.randrange(2)):
        _plant(draft, f"c{i}", draft.pick(power), shifted)
    for i in range(draft.chance.randrange(2)):
        _storage(draft, f"r{i}")
    if draft.often(0.2):
        _block(draft, "b", True, zone=draft.pick(power))
    horizons = {"G": (1.0, draft.hours + 1.0)} if shifted else {}
    more = {"carriers": {"G": "gas"}, "horizons": horizons}
    return Script(draft.zones, draft.hours, draft.minutes, tuple(draft.calls), more)  # type: ignore[arg-type]


def _orders(draft: _Draft, zone: str, hour: float) -> None:
    """Gas at 5 to 20; power that gas can make for less at some hours and not at others."""
    gas = zone == "G"
    cheap, dear = ([5, 8, 10], [12, 15, 20]) if gas else ([15, 20, 30], [40, 45, 60])
    draft.say("sells", zone, draft.pick([20, 50, 100]), at=draft.pick(cheap), hour=hour)
    if draft.often(0.7):
        draft.say("sells", zone, draft.pick([20, 50, 100]), at=draft.pick(dear), hour=hour)
    draft.say("buys", zone, draft.pick([10, 30, 80]), at=draft.pick(dear) + 40, hour=hour)
    if draft.often(0.6):
        draft.say("buys", zone, draft.pick([10, 50]), at=draft.pick(cheap), hour=hour)


def _plant(draft: _Draft, name: str, zone: str, shifted: bool) -> None:
    hours = draft.mtus(zone)
    steps = []
    for hour in hours:
        base = draft.pick([0, 2, 5])
        steps += [(hour, base + 4 * k, draft.pick([10, 20])) for k in range(1 + draft.chance.randrange(2))]
    more = {}
    if draft.often(0.4):
        more["minimums"] = {h: draft.pick([5, 10]) for h in hours if draft.often(0.6)}
    if draft.often(0.4):
        more["gradient_up"] = draft.pick([5, 20])
    if draft.often(0.3):
        more["gradient_down"] = draft.pick([5, 20])
    draft.say("scalable", name, zone, 1, draft.pick([0, 20, 100, 400]), steps, **more)
    share = draft.pick([0, 0.5, 1]) if shifted else None
    draft.say("converts", name, "G", draft.pick([0.4, 0.5, 0.55]), share)
