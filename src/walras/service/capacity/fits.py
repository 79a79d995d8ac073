"""Does a new version of a market still have what was given away of it? Asked when the version is set."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from walras.capacity.layers import DIRECTIONS
from walras.capacity.taking import utc_text
from walras.errors import BadInput, Mistake
from walras.service.capacity.moments import local_day
from walras.service.capacity.network import Network, network_of
from walras.service.capacity.state import state_of
from walras.service.definition import MarketDefinition
from walras.service.store import capacity as stored
from walras.service.store import contracts
from walras.service.work import Work

LAST_MINUTE = 2**53
"""Later than any day."""
FIX = "End or lower what is held first, or let the version begin later."


def check_fits(
    work: Work,
    market: str,
    definition: MarketDefinition,
    first: date,
    last: date | None,
    before: MarketDefinition | None,
) -> None:
    """Refuse a version whose lines are gone, too small, or of other hours or ends, for what holds them on its days.

    The version is in the store already, in a transaction that has the ledger's lock and that a refusal ends.

    Args:
        work: The transaction.
        market: Code of the market.
        definition: Of the new version.
        first: Its first delivery day.
        last: Its last one, None for no end.
        before: What held on the first day until now, None for nothing.

    Raises:
        BadInput: Rule `market_capacity_held`, with each line, session and contract.
    """
    network = network_of(definition, first, first)
    begin = int(network.elements.begin.min()) if network.elements.items else 0
    held = stored.held_lines(work.connection, market, begin)
    auctions = stored.holds(work.connection, market, [first, last or date.max])
    if not held and not auctions:
        return
    now = _frames(network)
    old = now if before is None else _frames(network_of(before, first, first))
    wrong = [
        Mistake(f"{line} is held until {utc_text(until)} and not in the new version, or has other hours or ends",
                line, "market_capacity_held", FIX)
        for line, until in held.items() if now.get(line) is None or old.get(line, now[line]) != now[line]
    ]  # fmt: skip
    wrong += [
        Mistake(f"{line} is held by the auction {session} and not in the new version, or has other hours or ends",
                line, "market_capacity_held", "Cancel that session, or let the version begin later.")
        for session, _, body in auctions for line in body["lines"]
        if now.get(line) is None or old.get(line, now[line]) != now[line]
    ]  # fmt: skip
    wrong += _contract_mistakes(work, market, definition, first, begin, before)
    if wrong:
        raise BadInput(wrong)
    if not held:
        return
    until = local_day(definition, max(held.values()))
    days = (first, min(until, last) if last is not None else until)
    state = state_of(work.connection, market, *days, list(held))
    for e, item in enumerate(state.elements.items):
        free = state.ledger.free[:, state.elements.slice_of(e)]
        if (free < 0).any():
            d, t = (int(i[0]) for i in (free < 0).nonzero())
            start = utc_text(int(state.elements.starts(e)[t]))
            what = f"{-free[d, t] / 1000:g} MW more are held than it would have"
            wrong.append(Mistake(what, f"{item.name} {DIRECTIONS[d]} {start}", "market_capacity_held", FIX))
    if wrong:
        raise BadInput(wrong)


def _frames(network: Network) -> dict[str, tuple[Any, ...]]:
    """Return of each line where its MTUs begin, and what it lies between."""
    elements = network.elements
    return {
        item.name: (item.minutes, int(elements.begin[e]) % item.minutes, item.from_areas, item.to_areas)
        for e, item in enumerate(elements.items) if item.is_line
    }  # fmt: skip


def _contract_mistakes(
    work: Work, market: str, definition: MarketDefinition, first: date, begin: int, before: MarketDefinition | None
) -> list[Mistake]:
    """Return contracts whose path is gone, or that run over the first day while their part of the network changes."""
    wrong = []
    for contract in contracts.alive(work.connection, market, begin, LAST_MINUTE):
        names = [hop["element"] for leg in json.loads(contract.path) for hop in leg]
        now = _shapes(definition, first, names)
        is_over = contract.begin < begin and before is not None and _shapes(before, first, names) != now
        if is_over or not now.keys() >= set(names):
            what = f"{contract.id} runs until {utc_text(contract.end)}, and its lines or cross-sections change"
            wrong.append(Mistake(what, f"contract {contract.id}", "market_capacity_held", FIX))
    return wrong


def _shapes(definition: MarketDefinition, day: date, names: list[str]) -> dict[str, tuple[Any, ...]]:
    """Return the elements that some share capacity with, as a span of days has to have them throughout."""
    return {i.name: (i.minutes, i.members) for i in network_of(definition, day, day, names).elements.items}
