"""Small random markets with ties and degenerate curves on purpose.

Written for the second opinion, the laws and the drills. A market is a `Script`: the calls
of `tests.builders` that make it. Its text is code that anyone can paste, and `shrink`
drops calls while a failure stays. Prices lie on a coarse grid so that ties are common.
The source of chance is a `random.Random`, so hypothesis can steer and shrink it too.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tests import builders

from walras.book.book import Book

Call = tuple[str, tuple[Any, ...], dict[str, Any]]
PRICES = [-500, -20, 0, 5, 10, 10, 15, 20, 20, 30, 50, 90, 4000]
QUANTITIES = [0.1, 5, 10, 10, 20, 20, 30, 50, 100]
SHARES = [-0.5, -0.3, -0.25, -0.1, 0, 0, 0.1, 0.25, 0.3, 0.5]
MARGINS = [0, 5, 8, 20, 50, 125]
KINDS = ("blocks", "family", "group", "flexible", "scalable", "conversion", "storage", "mixed")


@dataclass(frozen=True)
class Script:
    """Calls that build a market: the first names zones and grids, the others say orders."""

    zones: tuple[str, ...]
    hours: float
    minutes: dict[str, int]
    calls: tuple[Call, ...] = ()
    limits: dict[str, float] = field(default_factory=dict)

    def book(self) -> Book:
        """Return the market as a book."""
        built = builders.market(self.zones, self.hours, self.minutes, **self.limits)
        for name, args, more in self.calls:
            getattr(built, name)(*args, **more)
        return built.book()

    def __str__(self) -> str:
        """Return the code that builds it."""
        limits = "".join(f", {k}={v}" for k, v in self.limits.items())
        lines = [f"m = builders.market({self.zones!r}, {self.hours!r}, {self.minutes!r}{limits})"]
        for name, args, more in self.calls:
            said = [repr(a) for a in args] + [f"{k}={v!r}" for k, v in more.items()]
            lines.append(f"m.{name}({', '.join(said)})")
        return "\n".join([*lines, "book = m.book()"])


def shrink(script: Script, fails: Callable[[Script], bool]) -> Script:
    """Return the script with every call dropped that the failure does not need: halves first, single calls last."""
    size = max(1, len(script.calls) // 2)
    while size:
        at = len(script.calls)
        while at > 0:
            shorter = replace(script, calls=script.calls[: max(0, at - size)] + script.calls[at:])
            try:
                still = fails(shorter)
            except Exception:  # a link to a dropped parent is no market
                still = False
            script = shorter if still else script
            at -= size
        size //= 2
    return script


@dataclass
class _Draft:
    chance: random.Random
    zones: tuple[str, ...]
    hours: float
    minutes: dict[str, int]
    calls: list[Call] = field(default_factory=list)
    is_tied: bool = False  # prices of indivisible markets on a grid of 5, few quantities

    def say(self, name: str, *args: Any, **more: Any) -> None:
        self.calls.append((name, args, more))

    def pick(self, values: Sequence[Any]) -> Any:
        return values[self.chance.randrange(len(values))]

    def often(self, share: float) -> bool:
        return self.chance.randrange(1000) < 1000 * share

    def mtus(self, zone: str) -> list[float]:
        step = self.minutes[zone] / 60
        return [i * step for i in range(round(self.hours / step))]


def curve_market(chance: random.Random, most_zones: int = 4, coarse: bool = True) -> Script:
    """A market of curves, lines and borders."""
    draft = _start(chance, most_zones)
    for zone in draft.zones:
        _zone_orders(draft, zone, coarse)
    _network(draft)
    return Script(draft.zones, draft.hours, draft.minutes, tuple(draft.calls))


def indivisible_market(chance: random.Random, curtailable: bool = True, kind: str | None = None) -> Script:
    """A market with one to six indivisible orders of one kind or of several, and few curves.

    A third of them is tied: prices on a grid of 5 and few quantities, so that many
    selections are worth the same and steps end where others begin.
    """
    draft = _start(chance, 2 if chance.randrange(10) < 7 else 3)
    draft.is_tied = draft.often(0.35)
    for zone in draft.zones:
        for hour in draft.mtus(zone):
            _few_curves(draft, zone, hour)
    _network(draft, borders=0.1)
    _indivisibles(draft, kind or draft.pick(KINDS), curtailable)
    return Script(draft.zones, draft.hours, draft.minutes, tuple(draft.calls))


def _few_curves(draft: _Draft, zone: str, hour: float) -> None:
    """Something elastic on both sides, so that most selections can be balanced."""
    dear, cheap, supply = [20, 50, 90, 4000], [8, 10, 12, 15], [12, 15, 16, 21]
    sizes = [50, 100, 150], [10, 50, 100], [50, 100, 200]
    if draft.is_tied:
        dear, cheap, supply = [15, 20, 20], [5, 10, 15], [10, 15, 20]
        sizes = [100, 150], [50, 100], [50, 100]
    draft.say("buys", zone, draft.pick(sizes[0]), at=draft.pick(dear), hour=hour)
    draft.say("buys", zone, draft.pick(sizes[1]), at=draft.pick(cheap), hour=hour)
    if draft.often(0.6):
        draft.say("sells", zone, draft.pick(sizes[2]), at=draft.pick(supply), hour=hour)
    if draft.often(0.3):
        _step(draft, zone, hour, "supply")


def day_market(chance: random.Random) -> Script:
    """A market of several hours with dozens of orders of every kind, for the audit alone."""
    zones = tuple("ABCDE"[: 2 + chance.randrange(4)])
    draft = _Draft(chance, zones, chance.choice([4, 8, 12]), {})
    for zone in zones:
        draft.minutes[zone] = draft.pick([30, 60, 60])
        base = chance.randrange(10, 60)
        for hour in draft.mtus(zone):
            for _ in range(chance.randrange(2, 6)):
                at, mw = base + chance.randrange(-3000, 4000) / 100, chance.randrange(1, 900) / 10
                draft.say("sells", zone, mw, at=round(at, 2), hour=hour)
                rise = round(at + chance.randrange(-800, 0) / 100, 2)
                draft.say("buys", zone, mw, at=round(at + 5, 2), to=rise, hour=hour)
            draft.say("buys", zone, chance.randrange(20, 150), at=draft.pick([200, 4000]), hour=hour)
    _network(draft)
    for turn in range(1 + chance.randrange(6)):
        _indivisibles(draft, draft.pick(KINDS), True, f"-{turn}")
    return Script(draft.zones, draft.hours, draft.minutes, tuple(draft.calls))


def _start(chance: random.Random, most_zones: int) -> _Draft:
    zones = tuple("ABCD"[: 1 + chance.randrange(most_zones)])
    draft = _Draft(chance, zones, 1.0, {})
    mixed = draft.often(0.3)
    draft.hours = draft.pick([1, 1, 1]) if mixed else draft.pick([1, 1, 2, 3])
    for zone in zones:
        draft.minutes[zone] = draft.pick([15, 30, 60]) if mixed else 60
    return draft


def _zone_orders(draft: _Draft, zone: str, coarse: bool) -> None:
    if draft.often(0.08):
        return
    one_sided = draft.pick(["supply", "demand"]) if draft.often(0.12) else None
    for hour in draft.mtus(zone):
        for side in ("supply", "demand"):
            if one_sided in (None, side):
                for _ in range(draft.chance.randrange(1, 4)):
                    _step(draft, zone, hour, side)
        if draft.often(0.08):
            draft.say("buys", zone, 500, at=4000, hour=hour)
        if draft.often(0.2):
            _long_curve(draft, zone, hour)
    for span in (30, 60) if coarse else ():
        if draft.minutes[zone] < span and draft.often(0.6):
            for _ in range(draft.chance.randrange(1, 3)):
                hour = draft.pick([0] if span == 60 else [0, 0.5])
                _step(draft, zone, hour, draft.pick(["supply", "demand"]), minutes=span)


def _step(draft: _Draft, zone: str, hour: float, side: str, **more: Any) -> None:
    price, mw = draft.pick(PRICES), draft.pick(QUANTITIES)
    if draft.often(0.4) and not (side == "demand" and price == 4000):
        rise = draft.pick([0.01, 1, 5, 10, 40])
        end = min(price + rise, 4000) if side == "supply" else max(price - rise, -500)
        draft.say("offers", side, zone, mw, price, to=end, hour=hour, **more)
    else:
        draft.say("offers", side, zone, mw, price, hour=hour, **more)


def _long_curve(draft: _Draft, zone: str, hour: float) -> None:
    """One order of several steps, steps and slopes in turn."""
    name, side = f"long-{zone}-{hour}", draft.pick(["supply", "demand"])
    price = draft.pick([0, 5, 10, 20])
    for _ in range(draft.chance.randrange(2, 4)):
        end = price + draft.pick([0, 0, 5, 10])
        ends = (price, end) if side == "supply" else (60 - price, 60 - end)
        draft.say("offers", side, zone, draft.pick(QUANTITIES), ends[0], to=ends[1], hour=hour, order=name)
        price = end + draft.pick([0, 5])


def _network(draft: _Draft, borders: float = 0.25) -> None:
    is_meshed = len(draft.zones) > 1 and draft.often(0.35)
    if is_meshed:
        _mesh(draft)
    pairs = [(a, b) for i, a in enumerate(draft.zones) for b in draft.zones[i + 1 :]]
    for a, b in pairs:
        if draft.often(0.2 if is_meshed else 0.6):
            capacities = [draft.pick([0, 5, 10, 20, 50, 1000]) for _ in range(2)]
            more = {}
            if max(draft.minutes[a], draft.minutes[b]) < 60 and draft.often(0.3):
                more["minutes"] = 60
            draft.say("line", a, b, *capacities, **more)
    for zone in draft.zones:
        if draft.often(borders):
            price = draft.pick([0, 10, 12.345, 20, 50])
            terms = {"export": draft.pick([0, 10, 30]), "import_": draft.pick([0, 10, 30])}
            draft.say("border", zone, "outside", price, **terms)
        if draft.often(borders / 2):
            draft.say("fixed_border", zone, "beyond", draft.pick([-5, 0, 5, 30]))


def _mesh(draft: _Draft) -> None:
    """A flow-based domain of two zones or more, with one to three critical branches."""
    zones = draft.zones[: 2 + draft.chance.randrange(len(draft.zones) - 1)]
    draft.say("domain", "mesh", zones)
    for branch in range(1 + draft.chance.randrange(3)):
        shares = {z: draft.pick(SHARES) for z in zones}
        draft.say("branch", f"r{branch}", draft.pick(MARGINS), **shares)


def _indivisibles(draft: _Draft, kind: str, curtailable: bool, turn: str = "") -> None:
    count = 1 + draft.chance.randrange(4)
    if kind in ("blocks", "mixed"):
        for i in range(min(count, 3) if kind == "mixed" else count):
            _block(draft, f"b{i}{turn}", curtailable)
    if kind == "family":
        side = draft.pick([1, 1, 1, -1])
        for i in range(2 + draft.chance.randrange(3)):
            parents = [f"b{p}{turn}" for p in range(i) if draft.often(0.5)]
            _block(draft, f"b{i}{turn}", curtailable, zone=draft.zones[0], side=side, parents=parents)
    if kind == "group":
        for i in range(2 + draft.chance.randrange(3)):
            _block(draft, f"b{i}{turn}", curtailable, zone=draft.zones[0], group=draft.pick(["g", "g", "h"]) + turn)
    if kind in ("flexible", "mixed"):
        for i in range(1 + draft.chance.randrange(2)):
            _flexible(draft, f"f{i}{turn}")
    for plant, letter, makes, often in (
        ("scalable", "s", _scalable, 1.0),
        ("conversion", "c", _conversion, 0.5),
        ("storage", "r", _storage, 0.3),
    ):
        if kind == plant or (kind == "mixed" and draft.often(often)):
            for i in range(1 + draft.chance.randrange(2)):
                makes(draft, f"{letter}{i}{turn}")


def _block(draft: _Draft, name: str, curtailable: bool, **said: Any) -> None:
    zone = said.pop("zone", None) or draft.pick(draft.zones)
    side = said.pop("side", None) or draft.pick([1, 1, 1, -1])
    mar = draft.pick([0.3, 0.5, 1, 1]) if curtailable else 1
    hours = draft.mtus(zone)
    chosen = [h for h in hours if draft.often(0.7)] or hours[:1]
    mw = {h: draft.pick([10, 50, 100, 100]) for h in chosen}
    price = draft.pick([5, 10, 10, 15, 20] if draft.is_tied else [5, 9, 10, 12, 14, 16, 20])
    draft.say("block", name, zone, side, price, mw, mar=mar, **said)


def _flexible(draft: _Draft, name: str) -> None:
    zone = draft.pick(draft.zones)
    price, mw = draft.pick([5, 10, 15, 20] if draft.is_tied else [5, 10, 12, 14, 20]), draft.pick([10, 50, 100])
    more: dict[str, Any] = {}
    if draft.hours > 1 and draft.often(0.3):
        more["window"] = draft.pick([(0, 2), (draft.hours - 1, draft.hours)])
    if draft.minutes[zone] < 60 and draft.often(0.3):
        more["minutes"] = 2 * draft.minutes[zone]
    draft.say("flexible", name, zone, draft.pick([1, 1, -1]), price, mw, **more)


def _storage(draft: _Draft, name: str) -> None:
    zone, room = draft.pick(draft.zones), draft.pick([5, 20, 50])
    more: dict[str, Any] = {"fixed_term": draft.pick([0, 0, 5, 50, 200])}
    if draft.often(0.5):
        more |= {"charge_efficiency": draft.pick([0.8, 0.9, 1]), "discharge_efficiency": draft.pick([0.8, 0.95, 1])}
    if draft.often(0.3):
        more["hourly_loss"] = draft.pick([0.01, 0.1])
    if draft.often(0.4):
        more |= {"start": draft.pick([0, 5, room / 2, room]), "end": draft.pick([0, 0, 2.5])}
    if draft.often(0.3):
        more["discharge"] = draft.pick([5, 50])
    draft.say("storage", name, zone, draft.pick([10, 20, 50]), room, draft.pick([0, 0, 1, 5]), **more)


def _conversion(draft: _Draft, name: str) -> None:
    """A plant that buys in one zone and sells in another, often a heat pump, since others seldom gain here."""
    if len(draft.zones) == 1:
        return
    zone, source = draft.chance.sample(list(draft.zones), 2)
    _scalable(draft, name, zone, 1, [0, 1, 5])
    draft.say("converts", name, source, draft.pick([0.5, 0.8, 1.0, 2.0, 2.5, 4.0]))


def _scalable(draft: _Draft, name: str, zone: str = "", side: int = 0, bases: Sequence[int] = ()) -> None:
    may_stop = not zone
    zone, side = zone or draft.pick(draft.zones), side or draft.pick([1, 1, -1])
    hours = draft.mtus(zone)
    steps = []
    for h in hours:
        base, rise = draft.pick(bases or [5, 10, 10 if draft.is_tied else 12]), 5 if draft.is_tied else 4
        steps += [(h, base + rise * k * side, draft.pick([10, 50])) for k in range(1 + draft.chance.randrange(2))]
    more: dict[str, Any] = {}
    if draft.often(0.4):
        more["minimums"] = {h: draft.pick([5, 10]) for h in hours if draft.often(0.6)}
    if draft.often(0.4):
        more["gradient_up"] = draft.pick([5, 20])
    if draft.often(0.3):
        more["gradient_down"] = draft.pick([5, 20])
    if side > 0 and may_stop and draft.often(0.3):
        more["stop"] = 1
    terms = [0, 50, 100, 300, 700] if may_stop else [0, 0, 20, 50, 100, 300]
    draft.say("scalable", name, zone, side, draft.pick(terms), steps, **more)
