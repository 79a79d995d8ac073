"""The clock of the service: opens and closes sessions when they are due, and takes the ladder down without a result.

Any number of processes may look at once. Each asks by the same commands as an officer, the
session's row decides who was first, and the others are refused, which is not an error here.
A process that starts late finds what is due and does it late. It never makes a result final:
two officers do.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import Connection, select

from walras.errors import BadInput
from walras.service.commands import CloseCorridor, CloseSession, Command, OpenSession, StepDown
from walras.service.dispatch import Dispatch
from walras.service.roles import SYSTEM
from walras.service.store import corridors
from walras.service.store.schema import sessions
from walras.service.timetable.ladder import rung_due
from walras.service.worker.sealing import seal_stream

LOST = {"session_moves", "session_time", "session_known", "fallback_due", "corridor_open"}
"""Rules by which a command is refused that another process was first with."""


@dataclass(frozen=True)
class Due:
    """One session for which something is due."""

    session: str
    command: Command


def due(connection: Connection, now: int) -> list[Due]:
    """Return what is due at a time, in the order of the times.

    A session that was never opened and whose gate is past can open no more: it is left to an officer.
    """
    found = connection.execute(
        select(sessions.c.id, sessions.c.state, sessions.c.opens_at, sessions.c.gate_at)
        .where(
            ((sessions.c.state == "scheduled") & (sessions.c.opens_at <= now) & (sessions.c.gate_at > now))
            | ((sessions.c.state == "open") & (sessions.c.gate_at <= now))
        )
        .order_by(sessions.c.gate_at, sessions.c.id)
    ).all()
    moves = [
        Due(f.id, OpenSession(session=f.id) if f.state == "scheduled" else CloseSession(session=f.id)) for f in found
    ]
    answered = [Due(session, CloseCorridor(session=session)) for session in corridors.due(connection, now)]
    return moves + answered + _steps_due(connection, now)


def _steps_due(connection: Connection, now: int) -> list[Due]:
    """Return the sessions without any result for which a rung of the ladder is due."""
    found = connection.execute(
        select(sessions.c.id, sessions.c.deadlines, sessions.c.rung)
        .where(sessions.c.state == "closed", sessions.c.version == 0, sessions.c.deadlines != "[]")
        .order_by(sessions.c.gate_at, sessions.c.id)
    ).all()
    return [
        Due(f.id, StepDown(session=f.id)) for f in found if rung_due(json.loads(f.deadlines), f.rung, now) is not None
    ]


def tick(dispatch: Dispatch) -> list[Due]:
    """Do what is due, seal the trail of each gate that closed, and return what this process did.

    Raises:
        BadInput: A command was refused for another reason than that somebody was first; the
            others have been done by then.
        Exception: What else went wrong with one session, the first of them; also after the others.
    """
    store = dispatch.store
    with store.read() as connection:
        waiting = due(connection, store.clock.now(connection))
    done, refused, broken = [], [], list[Exception]()
    for one in waiting:
        try:
            dispatch.do(SYSTEM, one.command)
        except BadInput as error:
            refused += [m for m in error.mistakes if m.rule not in LOST]
            continue
        except Exception as error:  # one session that cannot move holds up no other gate
            broken.append(error)
            continue
        done.append(one)
        if isinstance(one.command, CloseSession):
            seal_stream(store, one.session)
    if broken:
        raise broken[0]
    if refused:
        raise BadInput(refused)
    return done
