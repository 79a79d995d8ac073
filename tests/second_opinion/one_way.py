"""Markets of lines with losses and tariffs: every choice of an open direction, a second opinion.

Written from the rules (clearing rules 2.1) on raw orders. A line must not be used both ways
at once, so in each of its periods one direction is closed: a legal result is one of the
market with some choice of closed directions, whose price relations then say nothing. `best`
walks through all choices and all selections; `complaints` holds a result of the engine
against it. Where burning energy would pay, the engine may miss the best, not its bound.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tests.second_opinion import brute, raw, verdict
from tests.second_opinion.random_markets import Script

from walras.book.book import Book
from walras.results.results import Results
from walras.vocabulary import Status

PRICES = [-100, -60, -20, -5, 0, 0, 5, 10, 20, 40, 90]
LOSSES = [0.0, 0.0, 0.02, 0.1, 0.1, 0.25, 0.5]
TARIFFS = [0.0, 0.0, 0.0, 2.0, 5.0, 12.5]


def branches(market: raw.Market) -> Iterator[raw.Market]:
    """Yield the market with every choice of one closed direction a line period of two."""
    first = [i for i, link in enumerate(market.links) if link.way == 1]
    for closed in itertools.product((0, 1), repeat=len(first)):
        links = list(market.links)
        for i, which in zip(first, closed, strict=True):
            links[i + which] = replace(links[i + which], forward=0.0)
        yield replace(market, links=tuple(links))


def best(market: raw.Market) -> float:
    """Return the greatest legal welfare."""
    return max(brute.best(branch).welfare for branch in branches(market))


@dataclass(frozen=True)
class Judged:
    """Complaints about a result, the best legal welfare, and whether the result reaches it."""

    complaints: list[str]
    best: float
    is_best: bool


def judged(book: Book, results: Results) -> Judged:
    """Hold a tiny market against every closed direction and every selection that there is."""
    market = raw.read(book)
    out = verdict.audit_complaints(book, results)
    reasons = [_branch_complaints(branch, results) for branch in branches(market)]
    if not any(r == [] for r in reasons):
        out += [f"legal for no choice of open directions: {r}" for r in reasons if r is not None]
    greatest = best(market)
    slack = verdict.MONEY * max(1.0, abs(greatest)) + 2e-3
    if results.welfare > greatest + slack:
        out.append(f"welfare {results.welfare} above {greatest}, the best of all open directions")
    if results.bound < greatest - slack:
        out.append(f"bound {results.bound} below the legal welfare {greatest}")
    if results.status is Status.OPTIMAL and results.welfare < greatest - verdict.PROVEN - slack:
        out.append(f"called optimal at {results.welfare} though {greatest} is legal")
    return Judged(out, greatest, results.welfare >= greatest - slack)


def complaints(book: Book, results: Results) -> list[str]:
    """Return what `judged` complains about."""
    return judged(book, results).complaints


def _branch_complaints(market: raw.Market, results: Results) -> list[str] | None:
    """Return what is wrong with a result in a market of open directions; None if it uses a closed one."""
    sent = raw.sent(market, results.decided.exchange)
    if any(mw > link.forward + 1e-6 for mw, link in zip(sent, market.links, strict=True)):
        return None
    selection = verdict.chosen(market, results)
    cleared = brute.welfare_of(market, selection)
    if cleared is None:
        return [f"selection {selection} cannot be balanced"]
    out = verdict.money("welfare of the selection", results.welfare, cleared.welfare)
    if not brute.legal(market, cleared).admits(results.price_exact, verdict.PRICE):
        out.append(f"prices {results.price_exact} are not legal for {selection}")
    return out


def lossy_market(chance: random.Random, blocks: int = 3) -> Script:
    """Two or three zones of an hour, lines with losses and tariffs, prices below zero as often as above.

    No order is near a price limit, so that none is passed.
    """
    zones = tuple("ABC"[: 2 + chance.randrange(2)])
    calls = []
    for zone in zones:
        for side in ("buys", "sells"):
            for _ in range(chance.randrange(1, 3)):
                mw, at = chance.choice([5, 10, 20, 33.3, 50, 100]), chance.choice(PRICES)
                more: dict[str, float] = {"at": at}
                if chance.randrange(4) == 0:
                    more["to"] = at + chance.choice([5, 10]) * (1 if side == "sells" else -1)
                calls.append((side, (zone, mw), more))
    pairs = [("A", "B"), ("B", "C"), ("A", "C")] if len(zones) == 3 else [("A", "B"), ("B", "A")]
    for number, (a, b) in enumerate(pairs):
        if number and chance.randrange(2):
            continue
        terms = {"loss": (chance.choice(LOSSES), chance.choice(LOSSES)), "tariff": chance.choice(TARIFFS)}
        capacities = [chance.choice([0, 5, 20, 20.05, 100]) for _ in range(2)]
        calls.append(("line", (a, b, *capacities), terms))
    for number in range(chance.randrange(blocks + 1)):
        side, price = chance.choice([1, 1, -1]), chance.choice(PRICES)
        mar = chance.choice([1, 1, 0.5])
        calls.append(
            ("block", (f"b{number}", chance.choice(zones), side, price, chance.choice([10, 50])), {"mar": mar})
        )
    return Script(zones, 1.0, dict.fromkeys(zones, 60), tuple(calls))
