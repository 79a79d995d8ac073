"""Corridors in the store: what a market asks of its lines in a first pass, what is answered, and what was granted.

Answers are added to and never changed. What a session clears in is what it holds, or what was
granted of that once its corridor is decided (`capacity_of`).
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from walras.service.canonical import canonical, digest_of
from walras.service.store import capacity
from walras.service.store.capacity_schema import corridor_answers, corridors
from walras.service.store.schema import runs, sessions


def add(connection: Connection, session: str, version: int, body: dict[str, Any], due_at: int, at: int) -> str:
    """Store what a first pass asks for and return its digest."""
    digest = digest_of(body)
    row = {"session": session, "version": version, "state": "requested", "body": canonical(body), "digest": digest}
    connection.execute(insert(corridors).values(**row, due_at=due_at, at=at))
    return digest


def newest(connection: Connection, session: str) -> Row[Any] | None:
    """Return the corridor of a session's newest first pass, None if it has none."""
    c = corridors.c
    query = select(corridors).where(c.session == session).order_by(c.version.desc()).limit(1)
    return connection.execute(query).one_or_none()


def waits_in(connection: Connection, session: Row[Any]) -> Row[Any] | None:
    """Return the corridor that a session waits for: its run was the last one, and nothing is decided."""
    found = newest(connection, session.id)
    last = connection.scalar(select(func.max(runs.c.version)).where(runs.c.session == session.id))
    is_waiting = found is not None and session.state == "closed" and not session.version
    return found if found is not None and is_waiting and (found.state, found.version) == ("requested", last) else None


def due(connection: Connection, now: int) -> list[str]:
    """Return the sessions that wait for a corridor whose time is over."""
    c, r = corridors.c, runs.c
    last = select(func.max(r.version)).where(r.session == c.session).scalar_subquery()
    query = (
        select(c.session)
        .join(sessions, sessions.c.id == c.session)
        .where(c.state == "requested", c.due_at <= now, sessions.c.state == "closed", sessions.c.version == 0,
               c.version == last)
        .order_by(c.due_at, c.session)
    )  # fmt: skip
    return list(connection.scalars(query))


def answers(connection: Connection, session: str, version: int) -> list[Row[Any]]:
    """Return what was answered, by element and side."""
    a = corridor_answers.c
    query = select(corridor_answers).where(a.session == session, a.version == version).order_by(a.element, a.side)
    return list(connection.execute(query).all())


def add_answer(
    connection: Connection, session: str, version: int, element: str, side: str, body: dict[str, Any], at: int
) -> str:
    """Store what one side grants of an element and return its digest."""
    digest = digest_of(body)
    row = {"session": session, "version": version, "element": element, "side": side, "body": canonical(body)}
    connection.execute(insert(corridor_answers).values(**row, digest=digest, at=at))
    return digest


def decide(connection: Connection, session: str, version: int, granted: dict[str, Any]) -> str:
    """Store what was granted and return its digest."""
    c = corridors.c
    place = (c.session == session) & (c.version == version)
    connection.execute(update(corridors).where(place).values(state="granted", granted=canonical(granted)))
    return digest_of(granted)


def capacity_of(connection: Connection, session: str) -> dict[str, Any] | None:
    """Return in what a session clears, as `capacity.session_capacity`: what was granted of what it holds, or all."""
    held = capacity.session_capacity(connection, session)
    found = newest(connection, session)
    if held is None or found is None or not found.granted:
        return held
    return held | {"lines": json.loads(found.granted)["lines"]}
