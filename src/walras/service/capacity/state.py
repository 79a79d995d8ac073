"""The ledger of a market on some days as the store has it, and entries on their way into the store."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from sqlalchemy import Connection

from walras.capacity.declared import Agreed, Declaration, agreed
from walras.capacity.elements import Element, Elements, IntArray
from walras.capacity.layers import LAYERS
from walras.capacity.ledger import ENTRY, Entries, Ledger, entries, holdings, joined
from walras.service.canonical import digest_of
from walras.service.capacity.moments import capacity_rules
from walras.service.capacity.network import Network, days_from, network_of, standing_kw
from walras.service.definition import MarketDefinition
from walras.service.store import capacity as stored
from walras.service.store import markets
from walras.service.timetable.rules import load_door_rules
from walras.service.work import Work, refuse

MOST_DAYS = 1100
"""So many days, three years, may be asked about at once."""


@dataclass(frozen=True)
class State:
    """What is known of the capacity of some elements of a market on some days.

    Attributes:
        market: Code of the market.
        definition: Of the first day.
        days: The delivery days.
        network: The elements and their sides.
        ledger: Capacities and holdings.
        agreed: What the sides made of each element on each day, by element and day.
        declared: The newest declaration of each element, day and side.
    """

    market: str
    definition: MarketDefinition
    days: list[date]
    network: Network
    ledger: Ledger
    agreed: dict[tuple[str, date], Agreed]
    declared: dict[tuple[str, date], dict[str, Declaration]]

    @property
    def elements(self) -> Elements:
        """Lines and cross-sections."""
        return self.network.elements


def state_of(
    connection: Connection,
    market: str,
    first: date,
    last: date,
    names: Collection[str] | None = None,
    but_session: str = "",
) -> State:
    """Return the state of a market's capacity on some days; of elements by name with all that they share capacity with.

    Args:
        connection: A transaction; one that writes entries has taken `stored.lock` before.
        market: Code of the market.
        first: First delivery day.
        last: Last delivery day.
        names: Elements asked about, None for all.
        but_session: A session whose hold is left out.

    Raises:
        BadInput: No such market or version, too many days (`days_asked`), or the lines of the market change
            within these days (`market_changes`).
    """  # fmt: skip
    count = (last - first).days + 1
    if not 0 < count <= MOST_DAYS:
        raise refuse(f"{count} days are asked about", "days", "days_asked", f"Ask about 1 to {MOST_DAYS} days.")
    days = days_from(first, last)
    versions = markets.definitions(connection, market, days)
    definition = versions[first]
    network = network_of(definition, first, last, names)
    known = {item.name for item in network.elements.items}
    declared = _declared(connection, market, days, known, network.elements)
    capacity = np.zeros((2, network.elements.slots), dtype=np.int64)
    found: dict[tuple[str, date], Agreed] = {}
    for day in days:
        same = network_of(versions[day], day, day, names)
        if [_shape(i) for i in same.elements.items] != [_shape(i) for i in network.elements.items]:
            what = f"the lines or cross-sections of {market} on {day} are not those of {first}"
            raise refuse(what, "days", "market_changes", "Ask for the days before and after apart.")
        standing = standing_kw(versions[day], same.elements)
        for e, item in enumerate(same.elements.items):
            starts = same.elements.starts(e)
            usual = np.repeat(standing[e][:, None], len(starts), axis=1)
            one = agreed(usual, same.sides[e], declared.get((item.name, day), {}))
            found[item.name, day] = one
            capacity[:, network.elements.slot(e, starts)] = one.kw
    rules = capacity_rules(load_door_rules(definition.profile, first))
    held = _held(connection, market, days, network.elements, but_session)
    ledger = Ledger(network.elements, _sections_limited(network.elements, capacity), held, rules)
    return State(market, definition, days, network, ledger, found, declared)


def _shape(item: Element) -> tuple[Any, ...]:
    return (item.name, item.minutes, item.members)


def _sections_limited(elements: Elements, capacity: IntArray) -> IntArray:
    """Return capacities in which a cross-section has at most what its lines have together."""
    for e, item in enumerate(elements.items):
        if item.is_line:
            continue
        total = np.zeros_like(capacity[:, elements.slice_of(e)])
        for line, is_reversed in elements.lines_of(e):
            part = capacity[:, elements.slice_of(line)]
            total += part[::-1] if is_reversed else part
        capacity[:, elements.slice_of(e)] = np.minimum(capacity[:, elements.slice_of(e)], total)
    return capacity


def _declared(
    connection: Connection, market: str, days: list[date], known: set[str], elements: Elements
) -> dict[tuple[str, date], dict[str, Declaration]]:
    found: dict[tuple[str, date], dict[str, Declaration]] = {}
    for row in stored.declared(connection, market, days, known):
        place = (row.element, date.fromisoformat(row.day))
        found.setdefault(place, {})[row.side] = declaration_of(row.side, row.version, json.loads(row.body))
    return found


def declaration_of(side: str, version: int, body: dict[str, Any]) -> Declaration:
    """Return a declaration as it was stored."""
    limits = np.array(body["limits_kw"], dtype=np.int64)
    return Declaration(side, version, tuple(body["criteria"]), limits, np.array(body["reserve_kw"], dtype=np.int64))


def _held(connection: Connection, market: str, days: list[date], elements: Elements, but_session: str) -> Entries:
    lines = [item.name for item in elements.items if item.is_line]
    if not lines:
        return pl.DataFrame(schema=ENTRY)
    rows = stored.summed(connection, market, lines, int(elements.begin.min()), int(elements.end.max()))
    layers = {layer: n for n, layer in enumerate(LAYERS)}
    kept = [
        (holder, hop, layers[layer], direction, e, start, int(kw), int(firm_kw))
        for line, start, direction, layer, holder, hop, kw, firm_kw in rows
        for e in (elements.number[line],)
        if elements.begin[e] <= start < elements.end[e]  # a gas day begins later than a day of power
    ]
    parts = [pl.DataFrame(kept, schema=ENTRY, orient="row")]
    for session, layer, body in stored.holds(connection, market, days):
        if session != but_session:
            parts += hold_entries(elements, session, layer, body)
    return holdings(joined(parts))


def hold_entries(elements: Elements, session: str, layer: str, body: dict[str, Any]) -> list[Entries]:
    """Return what a session holds as entries, on the lines that are asked about."""
    parts = []
    for name, held in body["lines"].items():
        e = elements.number.get(name)
        if e is None:
            continue
        starts = held["begin"] + held["minutes"] * np.arange(len(held["forward_kw"]), dtype=np.int64)
        for d, column in enumerate(("forward_kw", "backward_kw")):
            kw = np.array(held[column], dtype=np.int64)
            parts.append(entries(session, e, LAYERS.index(layer), d, e, starts, kw, np.zeros_like(kw)))
    return parts


def book(work: Work, state: State, made: Entries, act: str, at: int) -> dict[str, Any]:
    """Store entries as one booking, and return what the trail says of it: its number, and the digest of its entries."""
    names = [item.name for item in state.elements.items]
    rows = [
        {"line": names[r["line"]], "start": r["start"], "direction": r["direction"], "layer": LAYERS[r["layer"]],
         "holder": r["holder"], "hop": r["hop"], "kw": r["kw"], "firm_kw": r["firm_kw"]}
        for r in made.iter_rows(named=True)
    ]  # fmt: skip
    booking = stored.add_entries(work.connection, state.market, rows, act, at)
    return {"market": state.market, "booking": booking, "entries": len(rows), "entries_digest": digest_of(rows)}
