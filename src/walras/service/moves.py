"""What may be done with a session now, and why not.

Each command asks here before it acts, on the locked row; whoever looks at the session is told the
same (`readers.next_steps`), so nobody writes these rules twice. What depends on the things that a
command names (an order, a zone) is decided by its handler alone.

Times are microseconds of the database's clock. Every `check_` raises `BadInput` with one mistake.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select

from walras.service.clock import time_text
from walras.service.definition import MarketDefinition
from walras.service.plan import NONE, RUNGS
from walras.service.store import runs, sessions
from walras.service.store.schema import objections
from walras.service.timetable.ladder import rung_due
from walras.service.timetable.rules import load_door_rules
from walras.service.work import refuse

CLEARABLE = ("closed", "cleared", "fallback")
"""States in which a session may be cleared again: its gate has closed, and its result is not final."""


def check_state(found: Row[Any], states: tuple[str, ...], fix: str) -> None:
    """Refuse a move that another command makes from here: a gate closes once, and no run goes round it."""
    if found.state not in states:
        raise refuse(f"the session is {found.state}", f"session {found.id}", "session_moves", fix)


def check_open(found: Row[Any], at: int) -> None:
    """Refuse to open a session too early, after its gate, or again."""
    if found.kind == "live" and at < found.opens_at:
        what = f"the session opens at {time_text(found.opens_at)}"
        raise refuse(what, f"session {found.id}", "session_time", "Wait for that time.")
    if at >= found.gate_at:
        what = f"its gate closed at {time_text(found.gate_at)}"
        raise refuse(what, f"session {found.id}", "session_time", "Schedule another session.")
    sessions.check_move(found, "open")


def check_close(found: Row[Any], at: int) -> None:
    """Refuse to close a gate twice, or that of a live session before its time."""
    check_state(found, ("open",), "Close a session that is open; run-session clears one again.")
    if found.kind == "live" and at < found.gate_at:
        what = f"the gate closes at {time_text(found.gate_at)}"
        raise refuse(what, f"session {found.id}", "session_time", "Wait for that time, or cancel the session.")


def check_run(connection: Connection, found: Row[Any]) -> None:
    """Refuse to clear again before the gate, after the end, or while a run waits or goes on."""
    check_state(found, CLEARABLE, "Clear again after its gate has closed, until it is final.")
    running = [r for r in runs.of_session(connection, found.id) if r["state"] in {"waiting", "running"}]
    if running:
        what = f"run {running[-1]['run']} of it is {running[-1]['state']}"
        raise refuse(what, f"session {found.id}", "one_run", "Wait until that run has ended.")


def check_final(connection: Connection, found: Row[Any], at: int, version: int | None = None) -> None:
    """Refuse to make binding what is not the newest result, or what may still be objected to."""
    where = f"session {found.id}"
    if version is not None and version != found.version:
        what = f"result {version} was proposed, and the newest is {found.version}"
        raise refuse(what, where, "result_newest", "Propose the newest result.")
    if found.state == "cleared":
        if found.final_after is not None and at < found.final_after:
            what = f"objections may be raised until {time_text(found.final_after)}"
            raise refuse(what, where, "session_time", "Wait for that time.")
        _check_objections(connection, found.id, found.version)
    sessions.check_move(found, "final")


def _check_objections(connection: Connection, session: str, version: int) -> None:
    """Refuse while an objection waits, or was upheld against the result that is there."""
    rows = connection.execute(
        select(objections.c.id, objections.c.state).where(
            objections.c.session == session,
            (objections.c.state == "raised") | ((objections.c.state == "upheld") & (objections.c.version == version)),
        )
    ).all()
    if any(r.state == "raised" for r in rows):
        what = f"objection {rows[0].id} waits for an answer"
        raise refuse(what, f"session {session}", "objections_answered", "Answer every objection first.")
    if rows:
        what = f"objection {rows[0].id} against this result was upheld"
        raise refuse(what, f"session {session}", "objections_upheld", "Clear the session again.")


def check_cancel(found: Row[Any]) -> None:
    """Refuse to cancel what has ended."""
    sessions.check_move(found, "cancelled")


def check_objection(found: Row[Any], at: int) -> None:
    """Refuse an objection outside of the window of a preliminary result."""
    where = f"session {found.id}"
    if found.state != "cleared":
        fix = "Object while the result is preliminary."
        raise refuse(f"the session is {found.state}", where, "objection_window", fix)
    if found.objections_until is None or at > found.objections_until:
        what = f"objections could be raised until {time_text(found.objections_until)}"
        raise refuse(what, where, "objection_window", "Write to the operator.")


def check_rung(found: Row[Any], market: MarketDefinition, rung: str) -> None:
    """Refuse a rung that the profile does not have, or that lies above the one that was taken."""
    where = f"session {found.id}"
    rungs = load_door_rules(market.profile, date.fromisoformat(found.delivery_day)).fallback
    if rung != NONE and rung not in rungs:
        what = f"profile {market.profile} has no rung {rung}"
        raise refuse(what, where, "fallback_rung", f"Take {', '.join(r for r in rungs if r in RUNGS[1:5])} or none.")
    if found.rung and RUNGS.index(rung) < RUNGS.index(found.rung):
        fix = "Use run-session with is_coupled to clear the whole market again."
        raise refuse(f"the session is down on {found.rung} already", where, "fallback_order", fix)


def check_taking(found: Row[Any], rung: str) -> None:
    """Refuse to take a rung from where the session is."""
    if rung == NONE:
        sessions.check_move(found, "fallback")
    else:
        check_state(found, CLEARABLE, "Go down after the gate has closed, until the result is final.")


def check_step(found: Row[Any], at: int) -> str:
    """Return the rung that the clock takes now; refuses where none is due."""
    deadlines = [(rung, int(time)) for rung, time in json.loads(found.deadlines)]
    rung = rung_due(deadlines, found.rung, at) if found.state == "closed" and not found.version else None
    if rung is None:
        what = "no rung of the ladder is due"
        raise refuse(what, f"session {found.id}", "fallback_due", "Wait for its deadline, or start the fallback.")
    return rung


def check_missing(found: Row[Any]) -> None:
    """Refuse to declare a book missing before the opening or after the end."""
    states = ("open", *CLEARABLE)
    check_state(found, states, "Declare it from the opening until the result is final.")


def check_exclusion(found: Row[Any]) -> None:
    """Refuse to leave orders out before the gate or after the end."""
    check_state(found, CLEARABLE, "Exclude an order after the gate has closed, until the result is final.")


def check_readmission(connection: Connection, found: Row[Any]) -> None:
    """Refuse to take orders back in before the gate, after the end, or where none is left out."""
    check_state(found, CLEARABLE, "Take an order back in until the result is final.")
    if not runs.newest_plan(connection, found.id).excluded:
        fix = "Look at the plan of the newest run."
        raise refuse("no order is excluded", f"session {found.id}", "order_excluded", fix)
