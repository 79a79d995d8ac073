"""Bank accounts and payments: in, out, held because they cannot cross, and sent back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from walras.results.minor_units import unit_mistakes
from walras.service.clearing.calls import meet_calls
from walras.service.clearing.matching import match_items, open_again, parts_text, settle_items
from walras.service.clock import moment
from walras.service.commands import (
    CloseBankAccount,
    FreePayout,
    HoldPayout,
    OpenBankAccount,
    ReceivePayment,
    ReleasePayment,
    ReturnPayment,
    SendPayment,
)
from walras.service.dispatch import Answer, handles
from walras.service.handlers.settlement import UNDO
from walras.service.store import ledger, markets, notices, payments, settlement
from walras.service.store.collateral import set_offs
from walras.service.store.users import next_id
from walras.service.work import Work, refuse
from walras.settlement.accounts import name_of, role_of
from walras.settlement.books import Event

CASH_KINDS = ("collateral in", "collateral out", "default fund in", "guarantor paid")
"""Events of collateral that move money of a bank."""


@handles(OpenBankAccount)
def open_bank_account(work: Work, command: OpenBankAccount) -> Answer:
    """Name a bank account of a market."""
    for mistake in unit_mistakes(command.currency, "currency"):
        raise refuse(mistake.what, mistake.where, mistake.rule, mistake.fix)
    ledger.lock(work.connection, command.market)
    at = work.now()
    if payments.find_bank(work.connection, command.market, command.bank) is not None:
        fix = "Give it another name; a closed account keeps its own."
        raise refuse("there is one of that name", f"bank {command.bank}", "bank_once", fix)
    payments.add_bank(
        work.connection, market=command.market, name=command.bank, owner=work.actor.company,
        currency=command.currency, number=command.number, is_open=True, at=at,
    )  # fmt: skip
    told = {"bank": command.bank, "owner": work.actor.company, "currency": command.currency, "number": command.number}
    work.record(ledger.stream_of(command.market), "bank account opened", told, at)
    return {"market": command.market, "bank": command.bank}


@handles(CloseBankAccount)
def close_bank_account(work: Work, command: CloseBankAccount) -> Answer:
    """Close a bank account that holds nothing."""
    ledger.lock(work.connection, command.market)
    at = work.now()
    found = payments.find_bank(work.connection, command.market, command.bank)
    if found is None or not found.is_open:
        what, fix = "the market has no open account of that name", "Take a name from the list of accounts."
        raise refuse(what, f"bank {command.bank}", "bank_known", fix)
    held = -ledger.balance(work.connection, command.market, f"bank/{command.bank}", found.currency)
    if held:
        what = f"it holds {held} minor units of {found.currency}"
        raise refuse(what, f"bank {command.bank}", "bank_empty", "Move what it holds first.")
    payments.close_bank(work.connection, command.market, command.bank)
    work.record(ledger.stream_of(command.market), "bank account closed", {"bank": command.bank}, at)
    return {"market": command.market, "bank": command.bank}


@handles(ReceivePayment)
def receive_payment(work: Work, command: ReceivePayment) -> Answer:
    """Book what came from a party, once for each reference of the bank."""
    at = _begin(work, command)
    answer = _add(work, command, "in", "blocked" if command.is_blocked else "counted", at,
                  {"is_blocked": command.is_blocked, "for_document": command.for_document})  # fmt: skip
    if role_of(command.party) == "member":
        meet_calls(work, command.market, name_of(command.party), at)
    return answer


@handles(SendPayment)
def send_payment(work: Work, command: SendPayment) -> Answer:
    """Pay a party what the market owes it, from an account that holds enough."""
    at = _begin(work, command)
    _check_owed(work, command, at)
    held = -ledger.balance(work.connection, command.market, f"bank/{command.bank}", command.currency)
    check_at_most(command.amount_minor, held, f"bank {command.bank}", "bank_holds", "it holds")
    return _add(work, command, "out", "sent", at, {})


def _begin(work: Work, command: ReceivePayment | SendPayment) -> int:
    """Check what payments in and out have in common, under the ledger's lock; return the time."""
    ledger.lock(work.connection, command.market)
    at = work.now()
    payments.bank(work.connection, command.market, command.bank, command.currency)
    check_party(work, command.market, command.party)
    check_value_day(work, command.market, command.value_day, at)
    check_once(work, command, ["in" if isinstance(command, ReceivePayment) else "out"])
    return at


def check_once(work: Work, command: Any, directions: Sequence[str]) -> None:
    """Refuse a movement of the bank that was booked before, as a payment or as collateral (rule `payment_once`)."""
    bank = (work.connection, command.market, command.bank, command.bank_reference)
    is_known = any(payments.is_known(*bank, direction) for direction in directions)
    named = (work.connection, command.market)
    if is_known or any(ledger.has_event(*named, kind, cash_reference(command)) for kind in CASH_KINDS):
        what = f"money with reference {command.bank_reference!r} was booked before"
        raise refuse(what, "bank_reference", "payment_once", "Book each movement of the bank once.")


def cash_reference(command: Any) -> str:
    """Return how events of collateral name a movement of the bank."""
    return f"{command.bank} {command.bank_reference}"


def _add(
    work: Work, command: ReceivePayment | SendPayment, direction: str, state: str, at: int, more: dict[str, Any]
) -> Answer:
    """Store a payment and book it."""
    payment = next_id(work.connection, "PAY")
    minor = command.amount_minor if direction == "in" else -command.amount_minor
    named = [command.for_document] if isinstance(command, ReceivePayment) and command.for_document else []
    matched = match_items(work.connection, command.market, command.party, command.currency, minor, named)
    parts = () if state == "blocked" else matched.parts
    body = command.model_dump(mode="json") | {"payment": payment, "settles": parts_text(parts)} | more
    booked = ledger.book(work, command.market, f"payment {direction}", payment, body, at)
    settle_items(work, command.market, parts, command.value_day, payment, at)
    payments.add(
        work.connection, id=payment, market=command.market, direction=direction, party=command.party,
        bank=command.bank, currency=command.currency, amount_minor=command.amount_minor,
        value_day=command.value_day.isoformat(), bank_reference=command.bank_reference, state=state,
        event=booked.event, at=at,
    )  # fmt: skip
    tell_party(work, command.party, f"payment {direction}", body | {"state": state}, at)
    return {"payment": payment, "state": state, "event": booked.event}


def check_party(work: Work, market: str, party: str) -> None:
    """Refuse a party that is no company and has no account in the ledger of a market (rule `party_known`)."""
    if settlement.is_companys(work.connection, party):
        return
    if not ledger.balances(work.connection, market, account=party):
        fix = "Name the account of a company, or one that the ledger has."
        raise refuse(f"the ledger knows no {party}", "party", "party_known", fix)


def check_value_day(work: Work, market: str, value_day: date, at: int) -> None:
    """Refuse a value day that is more than a year ago, or still to come (rule `value_day`)."""
    zone = ZoneInfo(markets.version_now(work.connection, market, moment(at).date()).definition.time_zone)
    today = moment(at).astimezone(zone).date()
    if not today - timedelta(days=366) <= value_day <= today:
        what = f"the value day is {value_day}"
        raise refuse(what, "value_day", "value_day", f"Give a day of the last year, until {today}.")


def _check_owed(work: Work, command: SendPayment | HoldPayout, at: int) -> None:
    """Refuse to pay more than a party is owed beside what was accepted as its security (rule `payment_owed`)."""
    owed = ledger.balance(work.connection, command.market, command.party, command.currency)
    secures = set_offs(work.connection, command.market, command.party, command.currency, at)
    words = "the market owes it" + (f" beside set-offs of {secures}" if secures else "")
    check_at_most(command.amount_minor, owed - secures, f"party {command.party}", "payment_owed", words)


def check_at_most(amount: int, most: int, where: str, rule: str, words: str) -> None:
    """Refuse an amount beyond another one; `words` say what that is."""
    if amount > most:
        what = f"{amount} minor units are to be paid, and {words} {max(most, 0)}"
        raise refuse(what, where, rule, f"Pay {max(most, 0)} or less.")


def tell_party(work: Work, party: str, kind: str, body: dict[str, Any], at: int) -> None:
    """Tell the company behind an account, if there is one."""
    for company in settlement.companies_among(work.connection, {name_of(party)}):
        notices.tell(work, company, kind, "", body, at)


@handles(ReleasePayment)
def release_payment(work: Work, command: ReleasePayment) -> Answer:
    """Let a held payment count from its new value day on."""
    found, at = _opened(work, command.payment, "in", ("blocked",))
    check_value_day(work, found.market, command.value_day, at)
    if command.value_day.isoformat() < found.value_day:
        fix = f"Give a day from {found.value_day} on."
        raise refuse(f"it came on {found.value_day}", "value_day", "value_day", fix)
    named = ledger.event(work.connection, found.market, found.event).body["for_document"]
    parts = match_items(
        work.connection, found.market, found.party, found.currency, found.amount_minor, [named] if named else []
    ).parts
    body = {"value_day": command.value_day.isoformat(), "settles": parts_text(parts)}
    settle_items(work, found.market, parts, command.value_day, found.id, at)
    return _moved(work, found, "payment released", "counted", at, body)


@handles(ReturnPayment)
def return_payment(work: Work, command: ReturnPayment) -> Answer:
    """Send a payment back, held or counted."""
    found, at = _opened(work, command.payment, "in", ("blocked", "counted"))
    payments.bank(work.connection, found.market, found.bank, found.currency)
    body = {"is_blocked": found.state == "blocked", "reason": command.reason}
    open_again(work, found.market, found.id, moment(at).date(), at)
    return _moved(work, found, "payment returned", "returned", at, body)


@handles(HoldPayout)
def hold_payout(work: Work, command: HoldPayout) -> Answer:
    """Set apart what a party is to get and cannot be sent."""
    ledger.lock(work.connection, command.market)
    at = work.now()
    check_party(work, command.market, command.party)
    _check_owed(work, command, at)
    payment = next_id(work.connection, "PAY")
    body = command.model_dump(mode="json") | {"payment": payment}
    booked = ledger.book(work, command.market, "payment out held", payment, body, at)
    payments.add(
        work.connection, id=payment, market=command.market, direction="hold", party=command.party, bank="",
        currency=command.currency, amount_minor=command.amount_minor, value_day="", bank_reference=payment,
        note=command.reason, state="held", event=booked.event, at=at,
    )  # fmt: skip
    tell_party(work, command.party, "payment out held", body, at)
    return {"payment": payment, "state": "held", "event": booked.event}


@handles(FreePayout)
def free_payout(work: Work, command: FreePayout) -> Answer:
    """Let what was set apart be owed as before."""
    found, at = _opened(work, command.payment, "hold", ("held",))
    return _moved(work, found, "payment out freed", "freed", at, {})


def _opened(work: Work, payment: str, direction: str, states: tuple[str, ...]) -> tuple[Row[Any], int]:
    """Return a payment in one of some states, under the ledger's lock, and the time."""
    ledger.lock(work.connection, payments.get(work.connection, payment).market)
    found = payments.get(work.connection, payment)
    if found.direction != direction or found.state not in states:
        what = f"it is a payment {found.direction} that is {found.state}"
        fix = f"Name a payment {direction} that is {' or '.join(states)}."
        raise refuse(what, f"payment {payment}", "payment_state", fix)
    return found, work.now()


def _moved(work: Work, found: Row[Any], kind: str, state: str, at: int, more: dict[str, Any]) -> Answer:
    body = {name: getattr(found, name) for name in ("party", "bank", "currency", "amount_minor")}
    body |= {"payment": found.id} | more
    booked = ledger.book(work, found.market, kind, found.id, body, at)
    payments.set_state(work.connection, found.id, state)
    tell_party(work, found.party, kind, body | {"state": state}, at)
    return {"payment": found.id, "state": state, "event": booked.event}


def _undo_out(work: Work, market: str, event: Event) -> None:
    found = payments.of_event(work.connection, market, event.number)
    payments.bank(work.connection, market, found.bank, found.currency)
    at = work.now()
    open_again(work, market, found.id, moment(at).date(), at)
    payments.set_state(work.connection, found.id, "reversed")


UNDO["payment out"] = _undo_out
