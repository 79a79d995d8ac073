"""Capacities of a day with the way in which each figure came about, rights, permits, entries of the ledger."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from walras.capacity.elements import IntArray
from walras.capacity.layers import DIRECTIONS, LAYERS
from walras.capacity.taking import utc_text
from walras.capacity.usable import usable
from walras.service.capacity import moments
from walras.service.capacity.state import State, state_of
from walras.service.clock import time_text
from walras.service.queries import (
    GetCapacity,
    GetCorridor,
    ListCapacityEntries,
    ListCapacityRights,
    ListDeclarations,
    ListPermits,
    ListTransmissions,
)
from walras.service.readers.registry import Look, Shown, page, reads
from walras.service.roles import Role
from walras.service.store import capacity as stored
from walras.service.store import corridors, markets, sessions


@reads(GetCapacity)
def get_capacity(look: Look, query: GetCapacity) -> Shown:
    """Return each element of a day; what the two sides declared is for those at the border."""
    day = query.delivery_day
    names = None if query.element is None else [query.element]
    state = state_of(look.connection, query.market, day, day, names)
    if query.element is not None:
        state.elements.known(query.element, "element")
    due = moments.due(state.definition, day)
    most = usable(state.ledger)
    shown = [_element(state, e, most, look) for e, item in enumerate(state.elements.items)
             if query.element in {None, item.name}]  # fmt: skip
    times = {"capacity_due": time_text(due.capacity), "nomination_due": time_text(due.nomination)}
    return {"market": query.market, "delivery_day": day.isoformat()} | times | {"elements": shown}


def _element(state: State, e: int, most: IntArray, look: Look) -> dict[str, Any]:
    """Return one element: arrays run over its MTUs, in MW."""
    item, place = state.elements.items[e], state.elements.slice_of(e)
    ways = {}
    for d, word in enumerate(DIRECTIONS):
        taken = state.ledger.taken[:, d, place]
        ways[word] = {
            "agreed_mw": _mw(state.ledger.capacity[d, place]),
            "allocated_mw": {layer: _mw(taken[n]) for n, layer in enumerate(LAYERS) if taken[n].any()},
            "scheduled_mw": _mw(state.ledger.firm[d, place]),
            "free_mw": _mw(state.ledger.free[d, place]),
            "usable_mw": _mw(most[d, place] if item.is_line else state.ledger.free[d, place]),
        }
    found = {"element": item.name, "is_line": item.is_line, "from": item.from_areas[0], "to": item.to_areas[0],
             "minutes": item.minutes, "mtu_starts": [utc_text(int(s)) for s in state.elements.starts(e)],
             "lines": [name for name, _ in item.members]}  # fmt: skip
    if look.is_watching or look.actor.role is Role.SYSTEM_OPERATOR:
        found["sides"] = _sides(state, e)
    return found | ways


def _sides(state: State, e: int) -> list[dict[str, Any]]:
    """Return what each side declared in its newest version, and where it is the one that decides."""
    item, day = state.elements.items[e], state.days[0]
    declared, agreed = state.declared.get((item.name, day), {}), state.agreed[item.name, day]
    found: list[dict[str, Any]] = []
    for number, side in enumerate(state.network.sides[e]):
        one = declared.get(side)
        if one is None:
            found.append({"side": side, "version": None})
            continue
        ways = {
            word: {
                "permissible_mw": _mw(one.permissible[d]), "reserve_mw": _mw(one.reserve[d]),
                "offered_mw": _mw(one.offered[d]), "criterion": [one.criteria[k] for k in one.binding[d]],
                "decides": (agreed.side[d] == number).tolist(), "differs": agreed.differs[d].tolist(),
            }
            for d, word in enumerate(DIRECTIONS)
        }  # fmt: skip
        found.append({"side": side, "version": one.version} | ways)
    return found


def _mw(kw: Any) -> list[float]:
    return [float(v) for v in np.asarray(kw) / 1000]


@reads(ListDeclarations)
def list_declarations(look: Look, query: ListDeclarations) -> Shown:
    """Return every version, oldest first."""
    rows = stored.declarations(look.connection, query.market, query.delivery_day.isoformat(), query.element)
    items = [
        {"element": r.element, "side": r.side, "version": r.version, "at": time_text(r.at), "digest": r.digest}
        | json.loads(r.body)
        for r in rows
    ]
    return {"items": items, "next": None}


@reads(ListCapacityEntries)
def list_entries(look: Look, query: ListCapacityEntries) -> Shown:
    """Return entries after one of them."""
    rows = stored.entries_after(look.connection, query.market, query.after, query.limit + 1)
    items = [
        {"entry": r.id, "booking": r.booking, "act": r.act, "at": time_text(r.at), "line": r.line,
         "mtu_start": utc_text(r.start), "direction": DIRECTIONS[r.direction], "layer": r.layer, "holder": r.holder,
         "hop": r.hop, "mw": r.kw / 1000, "firm_mw": r.firm_kw / 1000}
        for r in rows
    ]  # fmt: skip
    return page(items, query.limit, "entry")


@reads(ListCapacityRights)
def list_rights(look: Look, query: ListCapacityRights) -> Shown:
    """Return rights by id."""
    rows = stored.rights_of(look.connection, query.market, _own(look))
    items = [
        {"right": r.id, "holder": r.holder, "element": r.element, "direction": DIRECTIONS[r.direction],
         "layer": r.layer, "mw": r.kw / 1000, "valid_from": r.valid_from, "valid_to": r.valid_to,
         "reference": r.reference}
        for r in rows
    ]  # fmt: skip
    return {"items": items, "next": None}


@reads(ListPermits)
def list_permits(look: Look, query: ListPermits) -> Shown:
    """Return permits by id."""
    rows = stored.permits_of(look.connection, query.market, _own(look))
    items = [
        {"permit": r.id, "holder": r.holder, "element": r.element, "direction": DIRECTIONS[r.direction],
         "most_mw": r.most_kw / 1000, "begin": utc_text(r.begin), "end": utc_text(r.end), "granted_by": r.granted_by}
        for r in rows
    ]  # fmt: skip
    return {"items": items, "next": None}


@reads(ListTransmissions)
def list_transmissions(look: Look, query: ListTransmissions) -> Shown:
    """Return what each transmission holds, an item a line and direction; powers are those of its MTUs that hold any."""
    markets.check_known(look.connection, query.market)
    items = [
        {"key": f"{r.holder} {r.line} {DIRECTIONS[r.direction]}", "transmission": r.holder, "line": r.line,
         "direction": DIRECTIONS[r.direction], "begin": utc_text(r.first), "last_mtu": utc_text(r.last),
         "mtus": r.mtus, "least_mw": r.least_kw / 1000, "most_mw": r.most_kw / 1000}
        for r in stored.transmissions(look.connection, query.market)
    ]  # fmt: skip
    return {"items": items, "next": None}


@reads(GetCorridor)
def get_corridor(look: Look, query: GetCorridor) -> Shown:
    """Return the corridor of a session's newest first pass, state `none` without one."""
    session = sessions.get(look.connection, query.session)
    found = corridors.newest(look.connection, session.id)
    if found is None:
        return {"session": session.id, "state": "none"}
    held = stored.session_capacity(look.connection, session.id)
    answers = [
        {"element": a.element, "side": a.side, "at": time_text(a.at)} | json.loads(a.body)
        for a in corridors.answers(look.connection, session.id, found.version)
    ]
    waits = corridors.waits_in(look.connection, session) is not None
    return {
        "session": session.id, "version": found.version, "state": "requested" if waits else found.state,
        "is_open": waits, "due_at": time_text(found.due_at), "requested": json.loads(found.body)["lines"],
        "held": held["lines"] if held else {}, "answers": answers,
        "granted": json.loads(found.granted)["lines"] if found.granted else None,
    }  # fmt: skip


def _own(look: Look) -> str | None:
    """Return the company whose rows alone the caller sees, None for all."""
    return look.actor.company if look.actor.role is Role.MEMBER else None
