"""The life of a session: scheduled, open, closed, cleared, final, or cancelled, or fallback."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Row

from walras.service import gate, moves
from walras.service.canonical import canonical
from walras.service.capacity import auctions
from walras.service.clearing.collateral import free_session
from walras.service.clock import SECOND, time_text
from walras.service.commands import (
    CancelSession,
    CloseSession,
    FinaliseSession,
    OpenSession,
    RunSession,
    ScheduleSession,
)
from walras.service.dispatch import Answer, critical_when, handles
from walras.service.plan import COUPLED, Plan
from walras.service.store import markets, notices, runs, sessions
from walras.service.supply import allocating, offered
from walras.service.terms import market_terms
from walras.service.work import Work

LATE = 10 * SECOND
"""A gate that closes so much after its time says how much."""


@handles(ScheduleSession)
def schedule(work: Work, command: ScheduleSession) -> Answer:
    """Plan a session; its times come from the market's timetable unless the command gives them."""
    version = markets.version_for(work.connection, command.market, command.delivery_day)
    gate.check_kind(version.definition, command.delivery_day, command.kind, command.layer)
    market_terms(version.definition, command.delivery_day)  # a day of 23 hours may not fit what other days do
    times = gate.times_of(version.definition, command.delivery_day, command.opens_at, command.gate_at)
    deadlines = gate.deadlines_of(version.definition, command.delivery_day, times["gate_at"])
    suffix = "" if command.kind == "live" else f"-{command.kind}"
    session = f"{command.market}-{command.delivery_day}-{command.name}{suffix}"
    sessions.add(
        work, id=session, market=command.market, market_version=version.version,
        delivery_day=command.delivery_day.isoformat(), kind=command.kind, layer=command.layer, state="scheduled",
        sealed_key=work.secrets.new_session_key(session), deadlines=canonical(deadlines), **times,
    )  # fmt: skip
    shown = {name: time_text(at) for name, at in times.items()}
    body = {"market": command.market, "market_version": version.version, "kind": command.kind}
    body |= {"layer": command.layer, "deadlines": canonical(deadlines)}
    work.record(session, "scheduled", body | shown | {"delivery_day": command.delivery_day.isoformat()})
    return {"session": session, "state": "scheduled"} | shown


@critical_when(ScheduleSession)
def has_times_of_its_own(work: Work, command: ScheduleSession) -> bool:
    """Return whether a live session leaves the timetable: an early gate opens the book, and default orders, early.

    One of the intraday layer does too: at the gate of the day before it would take the capacity of that auction.
    """
    is_usual = (command.opens_at, command.gate_at, command.layer) == (None, None, "day_ahead")
    return command.kind == "live" and not is_usual


@handles(OpenSession)
def open_session(work: Work, command: OpenSession) -> Answer:
    """Open the book; a live session not before its time."""
    found = sessions.locked(work, command.session)
    at = work.now()
    moves.check_open(found, at)
    sessions.move(work, found, "open", at)
    notices.tell_everybody(work, "session open", found.id, {"gate_at": time_text(found.gate_at)}, at)
    return {"session": found.id, "state": "open"}


@handles(CloseSession)
def close_session(work: Work, command: CloseSession) -> Answer:
    """Close the gate, release the key of the book, take in default orders, and ask for a run.

    Whoever is sending orders holds a share of the session's lock: they are in before this, or too late.
    A gate that the service closes late says so; orders after its time are refused all the same.
    """
    found = sessions.locked(work, command.session)
    at = work.now()
    moves.check_close(found, at)
    book = gate.gather(work, found, at)
    auctions.hold_for(work, found, at)
    offered.offer_for(work, found, at)
    late = {"late_seconds": (at - found.gate_at) // SECOND} if at - found.gate_at > LATE else {}
    definition = markets.version(work.connection, found.market, found.market_version).definition
    plan = gate.first_plan(definition, date.fromisoformat(found.delivery_day))
    begins, version = gate.begins_at(definition, found, at), runs.next_version(work.connection, found.id)
    body: dict[str, Any] = {"book": book} | late
    body |= {"not_before": begins} if begins else {}
    body |= {} if plan == Plan() else {"version": version, "plan": plan.text()}
    sessions.move(work, found, "closed", at, body, key_released_at=at, book=book)
    run = runs.queue(work.connection, found.id, version, at, plan, begins)
    told = late | ({"verified_until": time_text(begins)} if begins else {})
    notices.tell_everybody(work, "gate closed", found.id, told, at)
    return {"session": found.id, "state": "closed", "run": run, "book": book}


@handles(RunSession)
def run_session(work: Work, command: RunSession) -> Answer:
    """Clear again: the next version of the result; the gate must have closed before."""
    found = sessions.locked(work, command.session)
    at = work.now()
    moves.check_run(work.connection, found)
    plan = runs.newest_plan(work.connection, found.id)
    return queue_again(
        work, found, plan.at(COUPLED) if command.is_coupled else plan, at, "run again", {"reason": command.reason}
    )


@handles(FinaliseSession)
def finalise_session(work: Work, command: FinaliseSession) -> Answer:
    """Make the preliminary result binding, once the objection window is over and every objection answered.

    A worker signs the certificate of the final result right after (`worker.finals`).
    """
    found = sessions.locked(work, command.session)
    at = work.now()
    moves.check_final(work.connection, found, at, command.version)
    sessions.move(work, found, "final", at, {"version": found.version})
    auctions.settle_for(work, found, at)
    allocating.allocate_for(work, found, found.version, at)
    notices.tell_everybody(work, "result final", found.id, {"version": found.version}, at)
    return {"session": found.id, "state": "final", "version": found.version}


def queue_again(work: Work, found: Row[Any], plan: Plan, at: int, act: str, body: dict[str, Any]) -> Answer:
    """Ask for another run of a locked session whose gate has closed, say so in its stream, and answer."""
    version = runs.next_version(work.connection, found.id)
    said = body | {"version": version, "plan": plan.text()}
    if found.state == "closed":
        work.record(found.id, act, said, at)
    else:
        sessions.move(work, found, "closed", at, said | {"by": act})
    run = runs.queue(work.connection, found.id, version, at, plan, runs.newest_begins(work.connection, found.id))
    return {"session": found.id, "state": "closed", "run": run, "version": version}


@handles(CancelSession)
def cancel_session(work: Work, command: CancelSession) -> Answer:
    """End a session without a result; nobody owes anything by it."""
    found = sessions.locked(work, command.session)
    at = work.now()
    sessions.move(work, found, "cancelled", at, {"reason": command.reason})
    auctions.free_for(work, found, at)
    offered.free_for(work, found, at)
    free_session(work, found.id, "the session was cancelled", at)
    runs.supersede(work.connection, found.id, "the session was cancelled")
    notices.tell_everybody(work, "session cancelled", found.id, {"reason": command.reason}, at)
    return {"session": found.id, "state": "cancelled"}
