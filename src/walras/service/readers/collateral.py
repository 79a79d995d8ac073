"""Collateral for callers: a member its own; operator and regulator of all, but for what open books bind."""

from __future__ import annotations

from typing import Any

from walras.service.clearing.collateral import room_of
from walras.service.clock import moment, time_text
from walras.service.permissions import not_allowed
from walras.service.queries import GetHeadroom, ListMarginCalls
from walras.service.readers.registry import Look, Shown, page, reads
from walras.service.store import collateral as stored
from walras.service.store import markets


@reads(GetHeadroom)
def get_headroom(look: Look, query: GetHeadroom) -> Shown:
    """Return headroom of one member, or of every member that has given collateral to those who watch."""
    markets.check_known(look.connection, query.market)
    member = query.member or (None if look.is_watching else look.actor.company)
    if member != look.actor.company and not look.is_watching:
        what = f"headroom of {member} is for that member"
        raise not_allowed(what, f"market {query.market}", "own_company", "Ask for your own.")
    names = [member] if member else stored.members_with_any(look.connection, query.market)
    found = stored.positions(look.connection, look.secrets, [(name, query.market) for name in names])
    currency = markets.version_now(look.connection, query.market, moment(look.at).date()).definition.currency
    items = [_shown(look, query.market, currency, name, position) for (name, _), position in sorted(found.items())]
    return {"items": items, "next": None}


def _shown(look: Look, market: str, currency: str, member: str, position: stored.Position) -> dict[str, Any]:
    """Return one member's headroom; of an open book only its member sees what it binds."""
    is_own = member == look.actor.company
    seen = {s: r for s, r in position.reserved.items() if is_own or not r.is_open}
    bound = sum(r.minor for r in seen.values())
    room = room_of(look.connection, market, currency, position, look.at, reserved=bound)
    return {
        "member": member, "currency": currency, "cash_minor": room.cash, "guarantees_minor": room.guarantees,
        "set_offs_minor": room.set_offs, "debt_minor": room.debt, "reserved_minor": room.reserved,
        "headroom_minor": room.free,
        "sessions": [
            {"session": s, "reserved_minor": seen[s].minor if s in seen else None, "is_sealed": s not in seen}
            for s in sorted(position.reserved)
        ],
        "covers": [
            {"kind": c.kind, "reference": c.reference, "currency": other, "left_minor": c.minor,
             "valid_from": time_text(c.valid_from), "valid_to": time_text(c.valid_to)}
            for other, c in position.covers
        ],
    }  # fmt: skip


@reads(ListMarginCalls)
def list_margin_calls(look: Look, query: ListMarginCalls) -> Shown:
    """Return margin calls by id."""
    markets.check_known(look.connection, query.market)
    member = None if look.is_watching else look.actor.company
    rows = stored.calls(look.connection, query.market, member, query.after, query.limit + 1)
    names = ("id", "member", "currency", "amount_minor", "state")
    shown = [{n: getattr(r, n) for n in names} | {"due_at": time_text(r.due_at), "at": time_text(r.at)} for r in rows]
    return page(shown, query.limit, "id")
