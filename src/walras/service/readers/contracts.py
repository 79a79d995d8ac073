"""Contracts to their parties and to those at the border; schedules of a day to everybody, without contracts."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Row

from walras.capacity.layers import LAYERS
from walras.capacity.schedules import interchange, planned_net_interchange
from walras.capacity.taking import utc_text
from walras.service import permissions
from walras.service.capacity import moments
from walras.service.capacity.asking import days_of, definition_about
from walras.service.capacity.network import network_of
from walras.service.capacity.state import state_of
from walras.service.clock import time_text
from walras.service.queries import GetContract, GetSchedules, ListContracts
from walras.service.readers.registry import Look, Shown, page, reads
from walras.service.roles import Role
from walras.service.store import capacity as stored
from walras.service.store import contracts


@reads(ListContracts)
def list_contracts(look: Look, query: ListContracts) -> Shown:
    """Return contracts after one of them."""
    party = look.actor.company if look.actor.role is Role.MEMBER else None
    rows = contracts.of_market(look.connection, query.market, party, query.after, query.limit + 1)
    answer = page([{"contract": r.id} for r in rows], query.limit, "contract")
    seen = [r for r in rows[: query.limit] if _sees(look, r)]
    proposers = contracts.proposers(look.connection, [r.id for r in seen])
    return answer | {"items": [_contract(r) | _waits(r, proposers.get(r.id)) for r in seen]}


def _waits(row: Row[Any], proposer: str | None) -> dict[str, Any]:
    """Return which party has to answer what the other one proposed, None where nothing waits."""
    return {"waits_for": None if proposer is None else row.buyer if proposer == row.seller else row.seller}


def _sees(look: Look, row: Row[Any]) -> bool:
    """Return whether the caller may see a contract."""
    if look.is_watching:
        return True
    if look.actor.role is Role.MEMBER:
        return look.actor.company in (row.seller, row.buyer)
    names = [hop["element"] for leg in json.loads(row.path) for hop in leg]
    definition = definition_about(look.connection, row.market, row.begin)
    day = moments.local_day(definition, row.begin)
    network = network_of(definition, day, day, names)
    known = network.elements.number
    return any(look.actor.company in network.sides[known[name]] for name in names if name in known)


def _contract(row: Row[Any]) -> dict[str, Any]:
    plain = ("reference", "kind", "seller", "buyer", "registrant", "state", "reason")
    return {"contract": row.id, "market": row.market} | {name: getattr(row, name) for name in plain} | {
        "legs": json.loads(row.path), "begin": utc_text(row.begin), "end": utc_text(row.end),
        "confirm_until": time_text(row.confirm_until), "registered_at": time_text(row.at),
    }  # fmt: skip


@reads(GetContract)
def get_contract(look: Look, query: GetContract) -> Shown:
    """Return a contract with every version of its volumes, in MW an MTU."""
    row = contracts.get(look.connection, query.contract)
    if not _sees(look, row):
        what = f"{look.actor.company} is no party of {row.id}"
        raise permissions.not_allowed(what, "contract", "contract_party", "Ask for contracts of your own.")
    versions = []
    for v in contracts.versions(look.connection, row.id):
        body = json.loads(v.body)
        shown = {"version": v.version, "state": v.state, "proposed_by": v.proposed_by, "at": time_text(v.at)}
        mtus = [utc_text(m) for m in body["mtus"]]
        versions.append(shown | {"mtu_starts": mtus, "mw": [kw / 1000 for kw in body["kw"]]})
    waiting = contracts.pending(look.connection, row.id)
    proposer = None if waiting is None else waiting.proposed_by
    until = {"change_until": None if waiting is None else time_text(waiting.confirm_until)}
    return _contract(row) | _waits(row, proposer) | until | _holds(look, row) | {"versions": versions}


def _holds(look: Look, row: Row[Any]) -> dict[str, Any]:
    """Return the delivery days of a contract, the length of its MTUs and the volumes that both parties agreed to."""
    names = [hop["element"] for leg in json.loads(row.path) for hop in leg]
    first, last = days_of(look.connection, row.market, row.begin, max(row.end, row.begin + 1), names)
    elements = network_of(definition_about(look.connection, row.market, row.begin), first, first, names).elements
    mtus, kw = contracts.volumes(look.connection, row.id)
    is_held = mtus < row.end
    return {
        "first_day": first.isoformat(), "last_day": last.isoformat(),
        "minutes": int(elements.minutes[elements.known(names[0], "contract")]),
        "mtu_starts": [utc_text(m) for m in mtus[is_held].tolist()], "mw": (kw[is_held] / 1000).tolist(),
    }  # fmt: skip


@reads(GetSchedules)
def get_schedules(look: Look, query: GetSchedules) -> Shown:
    """Return the planned net interchange of each element, forward positive, by layer and in sum, in MW."""
    day = query.delivery_day
    state = state_of(look.connection, query.market, day, day)
    elements = []
    for e, item in enumerate(state.elements.items):
        by_layer = interchange(state.ledger, e)
        elements.append(
            {"element": item.name, "from": item.from_areas[0], "to": item.to_areas[0], "minutes": item.minutes,
             "mtu_starts": [utc_text(int(s)) for s in state.elements.starts(e)],
             "layers_mw": {name: (by_layer[n] / 1000).tolist() for n, name in enumerate(LAYERS) if by_layer[n].any()},
             "planned_net_interchange_mw": (planned_net_interchange(state.ledger, e) / 1000).tolist()}
        )  # fmt: skip
    done = stored.day_of(look.connection, query.market, day.isoformat())
    matches = [] if done is None else json.loads(done.matches)
    seen = [m for m in matches if look.actor.company and _sees(look, contracts.get(look.connection, m["contract"]))]
    is_matched = done is not None and done.matched_at is not None
    head = {"market": query.market, "delivery_day": day.isoformat(), "is_matched": is_matched}
    return head | {"elements": elements, "contracts": [_match(m) for m in seen]}


def _match(found: dict[str, Any]) -> dict[str, Any]:
    starts = [utc_text(found["begin"] + found["minutes"] * t) for t in range(len(found["kw"]))]
    powers = {name: [kw / 1000 for kw in found[kind]] for name, kind in
              (("scheduled_mw", "kw"), ("seller_mw", "seller_kw"), ("buyer_mw", "buyer_kw"))}  # fmt: skip
    plain = {name: found[name] for name in ("contract", "seller", "buyer", "minutes", "versions", "differs")}
    return plain | {"mtu_starts": starts} | powers
