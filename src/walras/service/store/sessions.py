"""Sessions: their rows, their locks and their moves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, tuple_, update

from walras.service.store.schema import sessions
from walras.service.work import Work, refuse

MOVES: dict[str, tuple[str, ...]] = {
    "scheduled": ("open", "cancelled"),
    "open": ("closed", "cancelled"),
    "closed": ("cleared", "fallback", "cancelled"),
    "cleared": ("closed", "final", "fallback", "cancelled"),
    "fallback": ("closed", "cancelled"),
    "final": (),
    "cancelled": (),
}
"""Where a session may go from each of its states; `cleared` holds a preliminary result."""


def locked(work: Work, session: str, *, is_shared: bool = False) -> Row[Any]:
    """Return a session with its row locked until the transaction ends.

    Orders share the lock, moves have it alone, so no order passes a gate that is closing.

    Raises:
        BadInput: There is none (rule `session_known`).
    """
    queue_up(work.connection, [session], is_shared=is_shared)
    query = select(sessions).where(sessions.c.id == session).with_for_update(read=is_shared)
    found = work.connection.execute(query).one_or_none()
    if found is None:
        raise unknown(session)
    return found


def queue_up(connection: Connection, ids: Sequence[str], *, is_shared: bool) -> None:
    """Stand in line for sessions before their rows are locked; sorted ids cannot lock two lines into each other.

    Share locks on a row are handed out on PostgreSQL while somebody waits for it alone, so a stream
    of orders could keep a gate from closing for ever. Advisory locks are given in the order of asking.
    SQLite has one writer at a time.
    """
    if connection.dialect.name == "postgresql":
        lock = func.pg_advisory_xact_lock_shared if is_shared else func.pg_advisory_xact_lock
        for one in ids:
            connection.execute(select(lock(func.hashtextextended(one, 0))))


def get(connection: Connection, session: str) -> Row[Any]:
    """Return a session as it is; raises as `locked` does."""
    found = connection.execute(select(sessions).where(sessions.c.id == session)).one_or_none()
    if found is None:
        raise unknown(session)
    return found


def latest(
    connection: Connection,
    market: str | None,
    state: str | None,
    kinds: Sequence[str] | None,
    before: Row[Any] | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """Return sessions, the latest delivery day first, those after one of them in that order."""
    query = select(sessions).order_by(sessions.c.delivery_day.desc(), sessions.c.id.desc()).limit(limit)
    if market is not None:
        query = query.where(sessions.c.market == market)
    if state is not None:
        query = query.where(sessions.c.state == state)
    if kinds is not None:
        query = query.where(sessions.c.kind.in_(kinds))
    if before is not None:
        query = query.where(tuple_(sessions.c.delivery_day, sessions.c.id) < (before.delivery_day, before.id))
    return connection.execute(query).all()


def put(work: Work, found: Row[Any], **columns: Any) -> None:
    """Write columns of a locked session that are no move; the caller says so in its stream."""
    work.connection.execute(update(sessions).where(sessions.c.id == found.id).values(**columns))


def newest_version(connection: Connection, session: str) -> int | None:
    """Return the number of a session's newest result, None if it has none, or there is no such session."""
    return connection.scalar(select(sessions.c.version).where(sessions.c.id == session)) or None


def unknown(session: str) -> Exception:
    """Return the refusal of an unknown session."""
    return refuse(f"there is no session {session!r}", "session", "session_known", "Take an id from the list.")


def add(work: Work, **columns: Any) -> None:
    """Store a new session.

    Raises:
        BadInput: There is one of that id (rule `session_unique`).
    """
    if work.connection.scalar(select(sessions.c.id).where(sessions.c.id == columns["id"])) is not None:
        fix = "Give the session a name of its own."
        raise refuse(f"session {columns['id']!r} is there already", "session", "session_unique", fix)
    work.connection.execute(insert(sessions).values(**columns))


def check_move(found: Row[Any], state: str) -> None:
    """Refuse a state that a session cannot go to from where it is (rule `session_moves`)."""
    if state not in MOVES[found.state]:
        reachable = " or ".join(MOVES[found.state]) or "nowhere"
        what = f"a session that is {found.state} cannot become {state}"
        raise refuse(what, f"session {found.id}", "session_moves", f"From {found.state} it can go to {reachable}.")


def move(work: Work, found: Row[Any], state: str, at: int, body: dict[str, Any] | None = None, **columns: Any) -> None:
    """Move a locked session to a state, and say so in its stream.

    Raises:
        BadInput: As `check_move`.
    """
    check_move(found, state)
    work.connection.execute(update(sessions).where(sessions.c.id == found.id).values(state=state, **columns))
    work.record(found.id, state, {"from": found.state} | (body or {}), at)


def final(connection: Connection, market: str, first: date, last: date) -> Sequence[Row[Any]]:
    """Return the live sessions of a market with a final result, from one delivery day to another, by day and id."""
    s = sessions.c
    query = select(sessions).where(
        s.market == market, s.state == "final", s.kind == "live",
        s.delivery_day.between(first.isoformat(), last.isoformat()),
    )  # fmt: skip
    return connection.execute(query.order_by(s.delivery_day, s.id)).all()


def last_final_day(connection: Connection, market: str) -> date | None:
    """Return the last delivery day of a market with a final result, None if there is none."""
    s = sessions.c
    found = connection.scalar(
        select(func.max(s.delivery_day)).where(s.market == market, s.state == "final", s.kind == "live")
    )
    return None if found is None else date.fromisoformat(found)
