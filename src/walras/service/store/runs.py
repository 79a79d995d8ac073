"""Runs: the queue between a closed session and the workers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, case, func, insert, select, update

from walras.service.canonical import canonical
from walras.service.clock import SECOND, time_text
from walras.service.plan import Plan
from walras.service.store.engine import Store
from walras.service.store.schema import runs

STALE = 30 * SECOND
"""A run whose worker was silent for so long is taken over by another; so is one whose last beat lies as far ahead."""


def queue(
    connection: Connection, session: str, version: int, at: int, plan: Plan | None = None, not_before: int = 0
) -> int:
    """Ask for a run and return its number; without a plan it is the auction as everybody expects it.

    No worker begins it before a time; one that takes its place waits as long.
    """
    text = (plan or Plan()).text()
    row = {"session": session, "version": version, "state": "waiting", "at": at, "plan": text}
    result = connection.execute(insert(runs).values(**row, not_before=not_before))
    assert result.inserted_primary_key is not None
    return int(result.inserted_primary_key[0])


def claim(store: Store, worker: str, stale: int = STALE) -> Row[Any] | None:
    """Take the oldest run that waits, or whose worker has gone silent; None if there is none.

    On PostgreSQL rows that another worker is taking are skipped; on SQLite the write lock does it.
    A beat of the future was made before the clock was set back: a worker that lives beats again at once.
    """
    with store.write() as connection:
        now = store.clock.now(connection)
        is_silent = (runs.c.heartbeat_at < now - stale) | (runs.c.heartbeat_at > now + stale)
        is_ready = (runs.c.state == "waiting") & (runs.c.not_before <= now)
        is_stale = (runs.c.state == "running") & is_silent
        found = connection.execute(
            select(runs).where(is_ready | is_stale).order_by(runs.c.id).limit(1)
            .with_for_update(skip_locked=True)
        ).one_or_none()  # fmt: skip
        if found is None:
            return None
        mine = {"state": "running", "worker": worker, "heartbeat_at": now, "attempts": found.attempts + 1}
        connection.execute(update(runs).where(runs.c.id == found.id).values(**mine))
        return connection.execute(select(runs).where(runs.c.id == found.id)).one()


def beat(store: Store, run: int, worker: str, progress: dict[str, Any]) -> bool:
    """Say that a run goes on and how far it is; False if another worker has taken it."""
    with store.write() as connection:
        now = store.clock.now(connection)
        result = connection.execute(
            update(runs)
            .where(runs.c.id == run, runs.c.worker == worker, runs.c.state == "running")
            .values(heartbeat_at=now, progress=canonical(progress))
        )
        return result.rowcount == 1


def tell(store: Store, run: int, worker: str, progress: dict[str, Any]) -> None:
    """Write how far a worker came with a run, also where the run has ended; not one that another worker took."""
    with store.write() as connection:
        mine = (runs.c.id == run) & (runs.c.worker == worker)
        connection.execute(update(runs).where(mine).values(progress=canonical(progress)))


def is_mine(connection: Connection, run: int, worker: str) -> bool:
    """Return whether a run is still this worker's, its row locked."""
    found = connection.execute(select(runs.c.worker, runs.c.state).where(runs.c.id == run).with_for_update()).one()
    return bool(found.worker == worker and found.state == "running")


def give_back(store: Store, run: int, worker: str) -> None:
    """Let another worker take a run that is still this worker's; one that was taken stays where it is.

    The attempt counts for nothing: its worker did not die.
    """
    with store.write() as connection:
        connection.execute(
            update(runs)
            .where(runs.c.id == run, runs.c.worker == worker, runs.c.state == "running")
            .values(state="waiting", worker="", heartbeat_at=None, attempts=runs.c.attempts - 1)
        )


def end(connection: Connection, run: int, state: str, error: str = "", culprits: Sequence[dict[str, Any]] = ()) -> None:
    """End a run: `done`, `failed` with the orders that were found to be the cause, or `superseded`."""
    connection.execute(
        update(runs).where(runs.c.id == run).values(state=state, error=error, culprits=canonical(list(culprits)))
    )


def supersede(connection: Connection, session: str, reason: str) -> list[int]:
    """End every run of a session that waits or goes on, and return their numbers: a later one takes their place.

    Their workers learn of it at the next heartbeat; whatever they bring after this is not stored.
    """
    open_ones = (runs.c.session == session) & runs.c.state.in_(("waiting", "running"))
    found = list(connection.scalars(select(runs.c.id).where(open_ones).order_by(runs.c.id).with_for_update()))
    for run in found:
        end(connection, run, "superseded", reason)
    return found


def plan_of(connection: Connection, session: str, version: int) -> Plan:
    """Return the plan that a version of a session's result was, or will be, cleared by."""
    text = connection.scalar(select(runs.c.plan).where(runs.c.session == session, runs.c.version == version))
    return Plan.read(text or "{}")


def newest_plan(connection: Connection, session: str) -> Plan:
    """Return the plan of a session's newest run, the usual one without any."""
    query = select(runs.c.plan).where(runs.c.session == session).order_by(runs.c.id.desc()).limit(1)
    return Plan.read(connection.scalar(query) or "{}")


def newest_begins(connection: Connection, session: str) -> int:
    """Return the time before which no run of a session may begin, 0 if there is none."""
    return int(connection.scalar(select(func.max(runs.c.not_before)).where(runs.c.session == session)) or 0)


def next_version(connection: Connection, session: str) -> int:
    """Return the number of the next result of a session."""
    return 1 + int(connection.scalar(select(func.max(runs.c.version)).where(runs.c.session == session)) or 0)


def of_session(connection: Connection, session: str) -> list[dict[str, Any]]:
    """Return the runs of a session, oldest first, for callers."""
    rows = connection.execute(select(runs).where(runs.c.session == session).order_by(runs.c.id)).all()
    return [
        {
            "run": r.id, "version": r.version, "state": r.state, "attempts": r.attempts,
            "asked_at": time_text(r.at), "heartbeat_at": time_text(r.heartbeat_at),
            "not_before": time_text(r.not_before) if r.not_before else None,
            "progress": json.loads(r.progress), "error": r.error,
            "plan": json.loads(r.plan), "culprits": json.loads(r.culprits),
        }
        for r in rows
    ]  # fmt: skip


def oldest_waiting(connection: Connection, now: int) -> tuple[int, int | None]:
    """Return how many runs could begin by now and wait for a worker, and since when the oldest of them."""
    is_ready = (runs.c.state == "waiting") & (runs.c.not_before <= now)
    since_when = case((runs.c.not_before > runs.c.at, runs.c.not_before), else_=runs.c.at)
    count, since = connection.execute(select(func.count(), func.min(since_when)).where(is_ready)).one()
    return int(count), since


def running(connection: Connection, now: int) -> list[dict[str, Any]]:
    """Return the runs that are at work, with whether their worker was heard of lately."""
    rows = connection.execute(select(runs).where(runs.c.state == "running").order_by(runs.c.id)).all()
    return [
        {"run": r.id, "session": r.session, "version": r.version, "worker": r.worker, "attempts": r.attempts,
         "heartbeat_at": time_text(r.heartbeat_at), "is_silent": abs(now - (r.heartbeat_at or 0)) > STALE}
        for r in rows
    ]  # fmt: skip
