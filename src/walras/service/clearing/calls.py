"""Margin calls: who lacks collateral by what everybody who watches may know, and what became of calls.

What open books bind is left out: a call would tell of it. Calls are made by an officer, and by each first run of a
session's settlement for the members whose orders it had bound. Whoever calls holds the ledger and the rights row.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from walras.service.clearing.collateral import collateral_on, room_of
from walras.service.clearing.terms import margin_terms
from walras.service.clock import moment, time_text
from walras.service.store import collateral as stored
from walras.service.store import ledger, markets, notices, settlement
from walras.service.store.users import next_id
from walras.service.work import Work
from walras.settlement.collateral.headroom import Headroom
from walras.settlement.collateral.margin import MarginTerms, margin_call


def call_if_due(work: Work, market: str, member: str, at: int) -> dict[str, Any] | None:
    """Ask for what is missing beyond what open calls ask for, and return the call; None if none is due.

    None is due where a market asks for no collateral (any more).
    """
    terms = call_terms(work, market, at)
    if terms is None:
        return None
    room, trade = closed_room(work, market, member, at)
    call = margin_call(room, terms, at, still_open(work, market, member, at))
    if call is None:
        return None
    number = next_id(work.connection, "CALL")
    row = {"market": market, "member": member, "currency": trade, "amount_minor": call.minor, "due_at": call.due_at}
    stored.add_call(work.connection, id=number, state="open", at=at, **row)
    work.record(ledger.stream_of(market), "margin called", {"call": number} | row, at)
    told = {"call": number} | row | {"due_at": time_text(call.due_at)}
    notices.tell(work, member, "margin called", market, told, at)
    return told


def still_open(work: Work, market: str, member: str, at: int | None = None) -> int:
    """Return what open calls of a member ask for, in minor units; those that are due at a time are left out."""
    calls = [c for c in stored.calls(work.connection, market, member) if c.state == "open"]
    return sum(c.amount_minor for c in calls if at is None or c.due_at > at)


def closed_room(work: Work, market: str, member: str, at: int) -> tuple[Headroom, str]:
    """Return headroom by what is known to everybody who watches: debts, and orders whose gate has closed."""
    trade = markets.version_now(work.connection, market, moment(at).date()).definition.currency
    position = stored.positions(work.connection, work.secrets, [(member, market)])[member, market]
    bound = sum(r.minor for r in position.reserved.values() if not r.is_open)
    return room_of(work.connection, market, trade, position, at, reserved=bound), trade


def call_terms(work: Work, market: str, at: int) -> MarginTerms | None:
    """Return when a market calls, by the terms of today or, where none hold yet, the newest ones; None if never."""
    definition = markets.version_now(work.connection, market, moment(at).date()).definition
    today = moment(at).astimezone(ZoneInfo(definition.time_zone)).date()
    found = collateral_on(work.connection, market, today, definition.profile)
    newest = settlement.terms_of(work.connection, market)[-1:]
    if found is None and newest:
        first = date.fromisoformat(newest[0].valid_from)
        found = collateral_on(work.connection, market, first, definition.profile)
    return None if found is None else margin_terms(found.terms)


def meet_calls(work: Work, market: str, member: str, at: int) -> dict[str, Any]:
    """Say that open calls are met once nothing is missing any more."""
    if not still_open(work, market, member):
        return {}
    room, _ = closed_room(work, market, member, at)
    if margin_call(room, call_terms(work, market, at) or MarginTerms(), at) is not None or room.free < 0:
        return {}
    met = stored.meet_calls(work.connection, market, member)
    work.record(ledger.stream_of(market), "margin met", {"calls": met, "member": member}, at)
    notices.tell(work, member, "margin met", market, {"calls": met}, at)
    return {"calls_met": met}
