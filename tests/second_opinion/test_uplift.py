"""Tiny random markets whose losers are compensated: the engine against every selection and a program over prices."""

import random
from dataclasses import replace
from datetime import date

import pytest
from tests.second_opinion import random_markets, uplift

from walras.book.compensated import check_compensated
from walras.book.profile import load_profile
from walras.coupling.clear import clear
from walras.errors import BadInput

TURKISH = load_profile("turkish", date(2025, 4, 1))
CHUNK = 25
SAMPLES = {"lumpy": 300, "blocks": 75, "family": 75, "group": 75, "flexible": 75}
WITH_EVERY_RUN = {"lumpy": 100, "blocks": 50, "family": 50, "group": 50, "flexible": 50}
CHUNKS = [
    pytest.param(kind, first, marks=[pytest.mark.drill] if first >= WITH_EVERY_RUN[kind] else [])
    for kind, count in SAMPLES.items()
    for first in range(0, count, CHUNK)
]


def compensated_market(kind: str, seed: int):
    """A random market with what can be compensated; the calls that cannot are left out."""
    if kind == "lumpy":
        return replace(lumpy_market(random.Random(seed)).book(), profile=TURKISH)
    script = random_markets.indivisible_market(random.Random(seed), kind=kind)
    calls = tuple(c for c in script.calls if not _is_refused(c, script.minutes))
    book = replace(script, calls=calls).book()
    return replace(book, profile=TURKISH)


def lumpy_market(chance: random.Random) -> random_markets.Script:
    """A market of dear demand, little cheap supply and large orders between them, so that somebody often loses."""
    zones, hours = ("A", "B")[: chance.choice([1, 2])], chance.choice([1, 2, 3])
    calls: list[random_markets.Call] = []

    def say(name, *args, **more):
        calls.append((name, args, more))

    for zone in zones:
        for hour in range(hours):
            say("buys", zone, chance.choice([40, 60, 80]), at=chance.choice([60, 90, 100, 4000]), hour=hour)
            if chance.random() < 0.5:
                say("buys", zone, chance.choice([10, 20]), at=40, to=chance.choice([40, 40, 10, 25]), hour=hour)
            say("sells", zone, chance.choice([30, 50]), at=10, to=chance.choice([10, 10, 20, 30]), hour=hour)
            if chance.random() < 0.4:
                say("sells", zone, 30, at=chance.choice([50, 70]), hour=hour)
    if len(zones) == 2:
        say("line", "A", "B", chance.choice([5, 20, 100]))
    if chance.random() < 0.2:
        say("border", "A", "X", chance.choice([25, 45]), export=10, import_=10)
    family = None
    for number in range(chance.choice([2, 3, 4])):
        zone, name, mw = chance.choice(zones), f"K{number}", chance.choice([10, 20, 25, 30])
        side, price = ("supply", chance.choice([20, 30, 45, 60])) if chance.random() < 0.7 else ("demand", 35)
        if chance.random() < 0.3:
            say("flexible", name, zone, side, price, mw)
            continue
        more = {"mar": chance.choice([1, 1, 1, 0.4])}
        if family and family[1] == side and chance.random() < 0.5:
            more["parents"] = (family[0],)
        elif chance.random() < 0.2:
            more["group"] = "G"
        profile = {h: mw + 5 * (h % 2) for h in range(hours) if h == 0 or chance.random() < 0.7}
        say("block", name, zone, side, price, profile, **more)
        family = None if "group" in more else (name, side)
    return random_markets.Script(zones, hours, dict.fromkeys(zones, 60), tuple(calls))


def _is_refused(call, minutes):
    name, args, more = call
    if name == "line":
        return (
            bool(more.get("loss") or more.get("tariff")) or len({minutes[z] for z in args[:2]}) > 1 or "minutes" in more
        )
    if name in ("buys", "sells", "offers"):
        return "minutes" in more
    return name in ("domain", "branch")


def complaints(kind: str, seed: int) -> tuple[list[str], int]:
    book = compensated_market(kind, seed)
    try:
        check_compensated(book)
    except BadInput:
        return [], 0
    results = clear(book)
    found = [f"{kind}, seed {seed}: {c}" for c in uplift.compensated_complaints(book, results)]
    return found, 1 + (uplift.exact_compensation(book, results) > 1e-6)  # 2 where somebody loses


@pytest.mark.parametrize(("kind", "first"), CHUNKS)
def test_engine_finds_the_best_selection_and_the_least_compensation(kind, first):
    judged = [complaints(kind, seed) for seed in range(first, first + CHUNK)]
    assert not [text for found, _ in judged for text in found]
    assert sum(count > 0 for _, count in judged) > CHUNK / 3
    assert kind != "lumpy" or any(count == 2 for _, count in judged)
