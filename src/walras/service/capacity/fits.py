"""Does a new version of a market still have what was given away of it? Asked when the version is set."""

from __future__ import annotations

from datetime import date

from walras.capacity.layers import DIRECTIONS
from walras.capacity.taking import utc_text
from walras.errors import BadInput, Mistake
from walras.service.capacity.moments import local_day
from walras.service.capacity.network import network_of
from walras.service.capacity.state import state_of
from walras.service.definition import MarketDefinition
from walras.service.store import capacity as stored
from walras.service.work import Work

FIX = "End or lower what is held first, or let the version begin later."


def check_fits(work: Work, market: str, definition: MarketDefinition, first: date, last: date | None) -> None:
    """Refuse a version whose lines are gone, or too small, for what holds them on its days.

    The version is in the store already, in a transaction that has the ledger's lock and that a refusal ends.

    Raises:
        BadInput: Rule `market_capacity_held`, with each line.
    """
    network = network_of(definition, first, first)
    begin = int(network.elements.begin.min()) if network.elements.items else 0
    held = stored.held_lines(work.connection, market, begin)
    if not held:
        return
    known = {item.name: item.minutes for item in network.elements.items}
    wrong = [
        Mistake(f"{line} is held until {utc_text(until)} and not in the new version", line, "market_capacity_held", FIX)
        for line, until in held.items() if line not in known
    ]  # fmt: skip
    if wrong:
        raise BadInput(wrong)
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
