"""Collateral: cash, guarantees and set-offs come and go, more is called for, and what is bound stays.

Every handler holds the ledger of the market first and the rights row of the member second, so no order is checked
against collateral that is on its way out.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from walras.results.minor_units import unit_mistakes
from walras.service.clearing.calls import call_if_due, call_terms, closed_room, meet_calls, still_open
from walras.service.clearing.collateral import amount_text, newest_guarantee_days, room_of, secured_until
from walras.service.clock import microseconds, moment
from walras.service.commands import (
    AcceptSetOff,
    CallMargin,
    CollectGuarantee,
    ContributeDefaultFund,
    DepositCollateral,
    EndGuarantee,
    FileGuarantee,
    ReleaseCollateral,
)
from walras.service.dispatch import Answer, handles
from walras.service.handlers.payments import cash_reference, check_once, check_value_day
from walras.service.store import collateral as stored
from walras.service.store import ledger, markets, notices, payments
from walras.service.work import Work, refuse
from walras.settlement.collateral.headroom import GUARANTEE, SET_OFF, Cover, check_cover


@handles(DepositCollateral)
def deposit_collateral(work: Work, command: DepositCollateral) -> Answer:
    """Book cash that came, and see whether it meets open calls."""
    at = _begin(work, command, command.member)
    answer = _cash(work, command, "collateral in", command.member, at)
    return answer | meet_calls(work, command.market, command.member, at)


@handles(ReleaseCollateral)
def release_collateral(work: Work, command: ReleaseCollateral) -> Answer:
    """Give cash back, as long as what stays covers what is bound."""
    at = _begin(work, command, command.member)
    where = f"member {command.member}"
    held = ledger.balance(work.connection, command.market, f"collateral/{command.member}", command.currency)
    if command.amount_minor > held:
        what = f"its collateral in {command.currency} is {held} minor units"
        raise refuse(what, where, "collateral_held", "Give back what is there, or less.")
    bank = -ledger.balance(work.connection, command.market, f"bank/{command.bank}", command.currency)
    if command.amount_minor > bank:
        what = f"bank {command.bank} holds {bank} minor units"
        raise refuse(what, f"bank {command.bank}", "bank_holds", "Move money there first.")
    _check_free(work, command.market, command.member, command.currency, command.amount_minor, at)
    return _cash(work, command, "collateral out", command.member, at)


@handles(ContributeDefaultFund)
def contribute_default_fund(work: Work, command: ContributeDefaultFund) -> Answer:
    """Book a contribution to the default fund, or to the operator's own funds."""
    at = _begin(work, command, command.member)
    return _cash(work, command, "default fund in", command.member, at)


@handles(CollectGuarantee)
def collect_guarantee(work: Work, command: CollectGuarantee) -> Answer:
    """Book what a guarantor paid, up to what it owes."""
    at = _begin(work, command, command.member)
    balances = [
        ledger.balance(work.connection, command.market, f"{role}/{command.member}", command.currency)
        for role in ("guarantor", "guarantee")
    ]
    owes = -sum(balances)  # what is still only promised stands on both
    if command.amount_minor > owes:
        what = f"the guarantor of {command.member} owes {owes} minor units"
        raise refuse(what, f"member {command.member}", "guarantor_owes", "Book what it owes, or less.")
    return _cash(work, command, "guarantor paid", command.member, at)


def _begin(work: Work, command: Any, member: str | None) -> int:
    """Hold the ledger and the member's rights, check what cash in and out have in common, and return the time."""
    ledger.lock(work.connection, command.market)
    if member is not None:
        check_member(work, command.market, member)
    at = work.now()
    payments.bank(work.connection, command.market, command.bank, command.currency)
    check_value_day(work, command.market, command.value_day, at)
    check_once(work, command, ("in", "out"))
    return at


def check_member(work: Work, market: str, member: str) -> None:
    """Refuse a member without rights in a market (rule `member_admitted`), and hold its rights row."""
    stored.lock_rights(work.connection, [(member, market)])
    if not stored.has_rights(work.connection, member, market):
        what = f"{member} has no rights in market {market}"
        raise refuse(what, "member", "member_admitted", "Name a member that is admitted to this market.")


def _cash(work: Work, command: Any, kind: str, member: str | None, at: int) -> Answer:
    body = command.model_dump(mode="json")
    booked = ledger.book(work, command.market, kind, cash_reference(command), body, at)
    if member is not None:
        notices.tell(work, member, kind, command.market, body, at)
    return {"market": command.market, "member": member, "event": booked.event}


@handles(FileGuarantee)
def file_guarantee(work: Work, command: FileGuarantee) -> Answer:
    """File a guarantee, and see whether it meets open calls."""
    return _file(work, command, GUARANTEE, command.guarantor)


@handles(AcceptSetOff)
def accept_set_off(work: Work, command: AcceptSetOff) -> Answer:
    """Accept a claim as security, and see whether it meets open calls."""
    return _file(work, command, SET_OFF, command.claim)


def _file(work: Work, command: FileGuarantee | AcceptSetOff, kind: str, issuer: str) -> Answer:
    for mistake in unit_mistakes(command.currency, "currency"):
        raise refuse(mistake.what, mistake.where, mistake.rule, mistake.fix)
    ledger.lock(work.connection, command.market)
    check_member(work, command.market, command.member)
    at = work.now()
    zone = ZoneInfo(markets.version_now(work.connection, command.market, moment(at).date()).definition.time_zone)
    begins, ends = _midnight(command.valid_from, zone), _midnight(command.valid_to + timedelta(days=1), zone)
    check_cover(Cover(kind, command.reference, command.amount_minor, begins, ends), f"cover {command.reference}")
    if stored.cover(work.connection, command.market, command.reference) is not None:
        fix = "Give it a reference of its own."
        raise refuse("there is one of that reference", f"cover {command.reference}", "cover_once", fix)
    row = {"market": command.market, "reference": command.reference, "member": command.member, "kind": kind,
           "issuer": issuer, "currency": command.currency, "amount_minor": command.amount_minor,
           "valid_from": begins, "valid_to": ends}  # fmt: skip
    booked = ledger.book(work, command.market, "cover filed", command.reference, row, at)
    stored.add_cover(work.connection, left_minor=command.amount_minor, state="filed", at=at, **row)
    notices.tell(work, command.member, "cover filed", command.market, row, at)
    answer = {"market": command.market, "reference": command.reference, "event": booked.event}
    return answer | meet_calls(work, command.market, command.member, at)


def _midnight(day: date, zone: ZoneInfo) -> int:
    return microseconds(datetime(day.year, day.month, day.day, tzinfo=zone))


@handles(EndGuarantee)
def end_guarantee(work: Work, command: EndGuarantee) -> Answer:
    """End a guarantee or set-off that nothing needs; one whose days are over ends in any case."""
    ledger.lock(work.connection, command.market)
    found = stored.cover(work.connection, command.market, command.reference)
    if found is None or found.state != "filed":
        raise stored.unknown_cover(command.reference)
    stored.lock_rights(work.connection, [(found.member, command.market)])
    at = work.now()
    if at < found.valid_to:
        _check_free(work, command.market, found.member, found.currency, found.left_minor, at)
    body = {"reference": found.reference, "member": found.member, "kind": found.kind, "currency": found.currency,
            "left_minor": found.left_minor, "reason": command.reason}  # fmt: skip
    booked = ledger.book(work, command.market, "cover ended", found.reference, body, at)
    stored.set_cover(work.connection, command.market, found.reference, {"state": "ended"})
    notices.tell(work, found.member, "cover ended", command.market, body, at)
    return {"market": command.market, "reference": found.reference, "event": booked.event}


def _check_free(work: Work, market: str, member: str, currency: str, amount: int, at: int) -> None:
    """Refuse to take away what covers what is bound; the sum that open books bind is not said to the operator."""
    position = stored.positions(work.connection, work.secrets, [(member, market)])[member, market]
    position.cash[currency] = position.cash.get(currency, 0) - amount
    trade = markets.version_now(work.connection, market, moment(at).date()).definition.currency
    gates = [r.gate_at for r in position.reserved.values()]
    until = secured_until(at, gates, newest_guarantee_days(work.connection, market))
    if room_of(work.connection, market, trade, position, until).free < 0:
        what = "what would be left does not cover what the member owes and what its orders bind"
        fix = "Take less, or ask the member: its headroom is shown to it alone until the gate."
        raise refuse(what, f"member {member}", "collateral_bound", fix)


@handles(CallMargin)
def call_margin(work: Work, command: CallMargin) -> Answer:
    """Ask for what is missing now; what earlier calls ask for is not asked again until they are due."""
    ledger.lock(work.connection, command.market)
    check_member(work, command.market, command.member)
    at = work.now()
    if call_terms(work, command.market, at) is None:
        what = f"the terms of market {command.market} ask for no collateral"
        raise refuse(what, "market", "collateral_terms", "Set terms of settlement with collateral.")
    call = call_if_due(work, command.market, command.member, at)
    if call is None:
        room, trade = closed_room(work, command.market, command.member, at)
        asked = still_open(work, command.market, command.member, at)
        what = f"headroom is {amount_text(room.free, trade)}, and calls over {amount_text(asked, trade)} are open"
        raise refuse(what, f"member {command.member}", "margin_due", "Call when more is missing.")
    return call
