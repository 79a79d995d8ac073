"""Terms of settlement and fixings: what sessions are settled by."""

from __future__ import annotations

from datetime import UTC, date
from fractions import Fraction

from walras.errors import BadInput
from walras.service.clearing.checks import terms_mistakes
from walras.service.clearing.terms import FixingTerms, exposure_terms, fixing_time
from walras.service.clock import MINUTE, microseconds, time_text
from walras.service.commands import CorrectFixing, SetSettlementTerms, StoreFixing
from walras.service.dispatch import Answer, handles
from walras.service.store import ledger, markets, settlement
from walras.service.work import Work, refuse

SMALLEST = Fraction(1, 10**9)
"""No currency is worth so little of another one; amounts beyond it would leave what the store can hold."""
MOST_AHEAD = 5 * MINUTE
"""A fixing may be so much younger than the store's clock: clocks differ."""


@handles(SetSettlementTerms)
def set_settlement_terms(work: Work, command: SetSettlementTerms) -> Answer:
    """Store a version of a market's terms, once every part of it can be settled by."""
    if command.valid_to is not None and command.valid_to < command.valid_from:
        raise refuse("they end before they begin", "valid_to", "market_valid", "Give a later last day, or none.")
    definition = markets.version_for(work.connection, command.market, command.valid_from).definition
    mistakes = terms_mistakes(command.terms, definition, command.valid_from)
    if mistakes:
        raise BadInput(mistakes)
    ledger.lock(work.connection, command.market)
    _check_sessions(work, command)
    at = work.now()
    body = command.terms.model_dump(mode="json")
    version = settlement.add_terms(
        work.connection, command.market, command.valid_from, command.valid_to, body, at
    )  # fmt: skip
    valid = {"valid_from": str(command.valid_from), "valid_to": command.valid_to and str(command.valid_to)}
    told = {"market": command.market, "version": version, "terms": body} | valid
    work.record(ledger.stream_of(command.market), "terms set", told, at)
    return {"market": command.market, "version": version}


def _check_sessions(work: Work, command: SetSettlementTerms) -> None:
    """Refuse another formula of exposure where orders may be bound by the one that holds (`collateral_in_use`)."""
    for session in settlement.sessions_before_gate(
        work.connection, command.market, command.valid_from, command.valid_to
    ):
        day = date.fromisoformat(session.delivery_day)
        before = settlement.find_terms(work.connection, command.market, day)
        held = None if before is None else before.terms.collateral
        if exposure_terms(held) != exposure_terms(command.terms.collateral):
            what = f"orders of session {session.id} count by another formula of exposure"
            fix = "Let the terms hold from the first delivery day on that has no session yet."
            raise refuse(what, "collateral", "collateral_in_use", fix)


@handles(StoreFixing)
def store_fixing(work: Work, command: StoreFixing) -> Answer:
    """Store the first fixing of a pair and day."""
    return _store(work, command, is_correction=False)


@handles(CorrectFixing)
def correct_fixing(work: Work, command: CorrectFixing) -> Answer:
    """Store another version of a fixing."""
    return _store(work, command, is_correction=True)


def _store(work: Work, command: StoreFixing, *, is_correction: bool) -> Answer:
    where = f"fixing {command.base}/{command.quote} {command.day}"
    if not SMALLEST <= Fraction(command.rate) <= 1 / SMALLEST:
        fix = f"Give a rate above zero, from {SMALLEST} to {1 / SMALLEST}."
        raise refuse(f"the rate is {command.rate}", where, "fixing_positive", fix)
    if command.fixed_at.tzinfo is None:
        raise refuse("the time has no zone", "fixed_at", "time_zone", "Write it with its offset, such as 08:30Z.")
    terms = settlement.terms_on(work.connection, command.market, command.day).terms
    rule = next((f for f in terms.fixings if (f.base, f.quote) == (command.base, command.quote)), None)
    if rule is None:
        fix = "Name a pair of the terms of settlement, base and quote as there."
        raise refuse("the market converts no such pair", where, "fixing_pair", fix)
    ledger.lock(work.connection, command.market)
    at = work.now()
    _check_time(rule, command, where, at)
    before = settlement.fixing(work.connection, command.market, command.base, command.quote, command.day)
    if before is not None and not is_correction:
        what = f"there is one of {before.rate} already"
        raise refuse(what, where, "fixing_once", "Correct it by correct-fixing, with a second officer.")
    if before is None and is_correction:
        raise refuse("there is none to correct", where, "fixing_known", "Store it by store-fixing.")
    version = 1 if before is None else before.version + 1
    row = {"market": command.market, "base": command.base, "quote": command.quote, "day": command.day.isoformat(),
           "rate": command.rate, "source": command.source}  # fmt: skip
    fixed_at = microseconds(command.fixed_at)
    settlement.add_fixing(work.connection, version, at=at, fixed_at=fixed_at, **row)
    told = row | {"version": version, "fixed_at": time_text(fixed_at)}
    work.record(ledger.stream_of(command.market), "fixing stored", told, at)
    return {"market": command.market, "version": version}


def _check_time(rule: FixingTerms, command: StoreFixing, where: str, at: int) -> None:
    """Refuse another source, and a time that is not that of the terms or is still to come."""
    if command.source != rule.source:
        fix = f"Store the rate of {rule.source}."
        raise refuse(f"its source is {command.source!r}", where, "fixing_source", fix)
    due = fixing_time(rule, command.day)
    if command.fixed_at.astimezone(UTC) != due:
        what = f"it is of {command.fixed_at.isoformat()}"
        fix = f"Store the rate that was fixed at {due.isoformat()}."
        raise refuse(what, where, "fixing_time", fix)
    if microseconds(command.fixed_at) > at + MOST_AHEAD:
        raise refuse("its time is still to come", where, "fixing_to_come", "Store it once it was fixed.")
