"""What comes next in a session, and which of its acts the caller may do now.

The answers are those of `service.moves`, which the commands ask too: a page that offers only what
may be done here is never wrong for longer than somebody else's act takes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import Row

from walras.errors import BadInput
from walras.service import batch, moves
from walras.service.clock import time_text
from walras.service.commands import (
    CancelSession,
    CloseSession,
    Command,
    DeclareMissingBook,
    ExcludeOrder,
    FinaliseSession,
    OpenSession,
    RaiseObjection,
    ReadmitOrder,
    RunSession,
    StartFallback,
    StepDown,
)
from walras.service.plan import RUNGS
from walras.service.queries import GetNextSteps
from walras.service.readers.registry import Look, Shown, reads
from walras.service.readers.sessions import seen
from walras.service.store import corridors, markets, objections, proposals, runs

Check = Callable[[Look, Row[Any]], object]


@reads(GetNextSteps)
def get_next_steps(look: Look, query: GetNextSteps) -> Shown:
    """Return the next step, the caller's acts with reasons against those that may not be done, proposals that wait."""
    found = seen(look, query.session)
    acts = [_act(look, found, command) for command in CHECKS if look.actor.role in command.roles]
    waiting = []
    if look.is_watching:
        waiting = [p for p in proposals.waiting_on(look.connection) if p["body"].get("session") == found.id]
    return {
        "session": found.id, "state": found.state, "at": time_text(look.at), "next": _next(look, found), "acts": acts,
        "proposals": [{n: p[n] for n in ("proposal", "command", "proposed_by", "proposed_at")} for p in waiting],
    }  # fmt: skip


def _act(look: Look, found: Row[Any], command: type[Command]) -> Shown:
    """Return whether the caller may do an act, with the reasons against it."""
    shown: Shown = {"act": command.word(), "needs_two": command.is_critical}
    if command is ReadmitOrder:
        left_out = runs.newest_plan(look.connection, found.id).excluded
        shown["orders"] = [{"member": o.member, "order": o.order} for o in left_out]
    try:
        given = CHECKS[command](look, found)
    except BadInput as refused:
        reasons = [{"what": m.what, "where": m.where, "rule": m.rule, "fix": m.fix} for m in refused.mistakes]
        return shown | {"may": False, "reasons": reasons}
    rungs = {"rungs": given} if command is StartFallback else {}
    return shown | rungs | {"may": True, "reasons": []}


def _fallback(look: Look, found: Row[Any]) -> list[str]:
    """Return the rungs that may be taken now; refuses where there is none."""
    market = markets.version(look.connection, found.market, found.market_version).definition
    may, refusals = [], []
    for rung in RUNGS[1:5]:
        try:
            moves.check_taking(found, rung)
            moves.check_rung(found, market, rung)
        except BadInput as refused:
            refusals.append(refused)
        else:
            may.append(rung)
    if not may:
        raise refusals[0]
    return may


def _objection(look: Look, found: Row[Any]) -> None:
    batch.rights_of(look.connection, look.actor.company, found.market)
    moves.check_objection(found, look.at)


CHECKS: dict[type[Command], Check] = {
    OpenSession: lambda look, found: moves.check_open(found, look.at),
    CloseSession: lambda look, found: moves.check_close(found, look.at),
    RunSession: lambda look, found: moves.check_run(look.connection, found),
    FinaliseSession: lambda look, found: moves.check_final(look.connection, found, look.at),
    StepDown: lambda look, found: moves.check_step(found, look.at),
    StartFallback: _fallback,
    DeclareMissingBook: lambda _, found: moves.check_missing(found),
    ExcludeOrder: lambda _, found: moves.check_exclusion(found),
    ReadmitOrder: lambda look, found: moves.check_readmission(look.connection, found),
    CancelSession: lambda _, found: moves.check_cancel(found),
    RaiseObjection: _objection,
}
"""Acts of a session in the order of its life, each with what its command asks first."""


def _next(look: Look, found: Row[Any]) -> Shown:
    """Return what comes next: a word, by whom, and when if that is known."""
    if found.state == "scheduled":
        is_late = look.at >= found.gate_at
        return _step("cancel-session", "officers") if is_late else _step("open-session", "clock", found.opens_at)
    if found.state == "open":
        return _step("close-session", "clock", found.gate_at)
    if found.state == "closed":
        return _after_gate(look, found)
    if found.state == "cleared":
        return _after_result(look, found)
    return _step("run-session", "officer") if found.state == "fallback" else _step("", "")


def _after_gate(look: Look, found: Row[Any]) -> Shown:
    """Return what comes next while there is no result."""
    newest = (runs.of_session(look.connection, found.id) or [{"state": "failed"}])[-1]
    if newest["state"] in ("waiting", "running"):
        is_waiting = newest["state"] == "waiting"
        return {"step": "begin-run" if is_waiting else "end-run", "by": "worker", "at": newest["not_before"]}
    corridor = corridors.waits_in(look.connection, found)
    if corridor is not None:
        return _step("answer-corridor", "system_operators", corridor.due_at)
    rungs = [(rung, int(at)) for rung, at in json.loads(found.deadlines)]
    below = RUNGS.index(found.rung) if found.rung else 0
    ahead = [at for rung, at in rungs if RUNGS.index(rung) > below]
    if ahead and not found.version:
        return _step("step-down", "clock", ahead[0])
    return _step("run-session", "officer")


def _after_result(look: Look, found: Row[Any]) -> Shown:
    """Return what comes next while the result is preliminary."""
    known = objections.of_session(look.connection, found.id, None)
    if any(o["state"] == "raised" for o in known):
        return _step("answer-objection", "officer")
    if any(o["state"] == "upheld" and o["version"] == found.version for o in known):
        return _step("run-session", "officer")
    if found.final_after is not None and look.at < found.final_after:
        return _step("raise-objection", "members", found.final_after)
    return _step("finalise-session", "officers")


def _step(step: str, by: str, at: int | None = None) -> Shown:
    return {"step": step, "by": by, "at": time_text(at)}
