"""Runs of settlement: a final session is settled once, and again by dated or disputed reruns that book differences."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import polars as pl
from sqlalchemy import Row

from walras.service.canonical import bytes_digest, canonical
from walras.service.clearing.collateral import free_session
from walras.service.clearing.inputs import Inputs, newest_inputs
from walras.service.commands import ResettleSession, ReverseEvent, SettleSession
from walras.service.dispatch import Answer, handles
from walras.service.store import ledger, notices, sessions, settlement
from walras.service.work import Work, refuse
from walras.settlement.accounts import name_of
from walras.settlement.books import Event
from walras.settlement.session import line_differences
from walras.settlement.statement import party_sums

INITIAL = "initial"
UNDO: dict[str, Callable[[Work, str, Event], None]] = {}
"""Kinds of events that may be taken back, each with what else has to be undone; filled by the handlers of a subject."""


@handles(SettleSession)
def settle_session(work: Work, command: SettleSession) -> Answer:
    """Settle a final session for the first time."""
    found = _final(work, command.session)
    ledger.lock(work.connection, found.market)
    before = settlement.runs_of(work.connection, found.id)
    if before:
        what = f"it was settled as event {before[0].event}"
        fix = "Settle it again by resettle-session, which books differences."
        raise refuse(what, f"session {found.id}", "settled_once", fix)
    return _run(work, found, 1, INITIAL, None, "")


@handles(ResettleSession)
def resettle_session(work: Work, command: ResettleSession) -> Answer:
    """Settle a session again by what holds now; what was booked before stays, and differences are added."""
    found = _final(work, command.session)
    ledger.lock(work.connection, found.market)
    before = settlement.runs_of(work.connection, found.id)
    where = f"session {found.id}"
    if not before:
        raise refuse("it was never settled", where, "settled_before", "Settle it for the first time by settle-session.")
    if command.name in {r.name for r in before}:
        raise refuse(f"there is a run {command.name!r} already", where, "run_once", "Give the run another name.")
    return _run(work, found, before[-1].run + 1, command.name, before[-1], command.reason)


def _final(work: Work, session: str) -> Row[Any]:
    """Return a session whose result is final and moves money, its row held."""
    found = sessions.locked(work, session, is_shared=True)
    where = f"session {found.id}"
    if found.kind != "live":
        raise refuse(f"it is a session of kind {found.kind}", where, "settled_live", "Only live sessions move money.")
    if found.state != "final":
        raise refuse(f"the session is {found.state}", where, "settled_final", "Wait until its result is final.")
    return found


def _run(work: Work, found: Row[Any], run: int, name: str, before: Any, reason: str) -> Answer:
    """Book a run of settlement and keep the lines of its statements."""
    at = work.now()
    inputs = newest_inputs(work.connection, found)
    earlier = None if before is None else _inputs(before)
    load = Inputs(work.connection, work.secrets)
    lines = load.settlement(inputs).lines
    if earlier is not None:
        lines = line_differences(load.settlement(earlier).lines, lines)
    content = _bytes(lines)
    digest = bytes_digest(content)
    body = {"session": found.id, "run": run, "name": name, "inputs": inputs, "before": earlier}
    said = {"run": run, "name": name, "lines": lines.height, "lines_digest": digest, "reason": reason}
    booked = ledger.book(work, found.market, "settlement", found.id, body, at, load=load, said=said)
    settlement.add_run(
        work.connection, market=found.market, session=found.id, run=run, name=name, result_version=found.version,
        event=booked.event, inputs=canonical(inputs), lines=content, digest=digest, at=at,
    )  # fmt: skip
    work.record(found.id, "settled", {"run": run, "name": name, "event": booked.event}, at)
    if before is None:
        free_session(work, found.id, "its debts stand in the ledger", at)
    _tell(work, found, run, name, lines, at)
    return {"session": found.id, "run": run, "name": name, "event": booked.event, "entries": len(booked.entries)}


def _inputs(run: Any) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(run.inputs)
    return read


def _bytes(lines: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    lines.write_parquet(out, compression="zstd", statistics=False)
    return out.getvalue()


def _tell(work: Work, found: Row[Any], run: int, name: str, lines: pl.DataFrame, at: int) -> None:
    """Tell every company that has lines what it receives and owes."""
    companies = settlement.companies_among(work.connection, {name_of(p) for p in lines["party"].unique()})
    told: dict[str, dict[str, int]] = {}
    for (party, currency), minor in party_sums(lines).items():
        if name_of(party) in companies:
            told.setdefault(name_of(party), {})[f"{party} {currency}"] = minor
    for company, sums in sorted(told.items()):
        body = {"run": run, "name": name, "receives_minor": sums}
        notices.tell(work, company, "session settled", found.id, body, at)


@handles(ReverseEvent)
def reverse_event(work: Work, command: ReverseEvent) -> Answer:
    """Take back an event by entries that reverse its own."""
    where = f"event {command.event} of {command.market}"
    ledger.lock(work.connection, command.market)
    at = work.now()
    event = ledger.event(work.connection, command.market, command.event)
    if event.kind not in UNDO:
        fix = "Settle a session again, or use the command that ends what the event began."
        raise refuse(f"events of kind {event.kind!r} are not taken back", where, "event_reversible", fix)
    reference = f"event {command.event}"
    if ledger.has_event(work.connection, command.market, "reversal", reference):
        raise refuse("it was taken back before", where, "reversed_once", "Book what is right as a new event.")
    entries = ledger.entries_of_event(work.connection, command.market, event.number)
    body = {
        "event": event.number, "reason": command.reason,
        "entries": [[s.number, s.entry.text, [[p.account, p.currency, p.amount_minor] for p in s.entry.postings]]
                    for s in entries],
    }  # fmt: skip
    UNDO[event.kind](work, command.market, event)
    booked = ledger.book(work, command.market, "reversal", reference, body, at, said={"reason": command.reason})
    return {"market": command.market, "event": booked.event, "reverses": event.number}


def lines_of(run: Row[Any]) -> pl.DataFrame:
    """Return the statement lines that a run keeps."""
    return pl.read_parquet(io.BytesIO(run.lines))
