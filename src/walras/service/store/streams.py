"""Streams of the trail and their seals, as those who watch read them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, func, select

from walras.service.clock import time_text
from walras.service.store.schema import seals, trail

ROWS = 1000


def listed(connection: Connection, contains: str, after: str, limit: int) -> list[dict[str, Any]]:
    """Return streams by name after one of them: rows, how many wait for a seal, the last row, the last seal.

    Args:
        connection: A transaction.
        contains: Part of the name, whatever its case.
        after: Name of the stream before the first one.
        limit: The most that are returned.
    """
    query = (
        select(
            trail.c.stream, func.count().label("rows"), (func.count() - func.count(trail.c.seal)).label("unsealed"),
            func.max(trail.c.at).label("last_at"),
        )
        .where(trail.c.stream > after)
        .group_by(trail.c.stream).order_by(trail.c.stream).limit(limit)
    )  # fmt: skip
    if contains:
        query = query.where(func.lower(trail.c.stream).contains(contains.lower(), autoescape=True))
    rows = connection.execute(query).all()
    newest = last_seals(connection, [r.stream for r in rows])
    return [
        {"stream": r.stream, "rows": r.rows, "unsealed": r.unsealed, "last_at": time_text(r.last_at),
         "last_seal": newest.get(r.stream)}
        for r in rows
    ]  # fmt: skip


def last_seals(connection: Connection, streams: list[str]) -> dict[str, dict[str, Any]]:
    """Return the last seal of each stream that has one."""
    number = (
        select(seals.c.stream, func.max(seals.c.number).label("number"))
        .where(seals.c.stream.in_(streams)).group_by(seals.c.stream).subquery()
    )  # fmt: skip
    is_last = (seals.c.stream == number.c.stream) & (seals.c.number == number.c.number)
    return {r.stream: _shown(r) for r in connection.execute(select(seals).join(number, is_last)).all()}


def newest_seals(connection: Connection, limit: int) -> list[dict[str, Any]]:
    """Return the seals that were made last, of whichever stream, newest first."""
    rows = connection.execute(select(seals).order_by(seals.c.at.desc(), seals.c.stream).limit(limit)).all()
    return [{"stream": r.stream} | _shown(r) for r in rows]


def seals_of(connection: Connection, stream: str, after: int, limit: int) -> list[dict[str, Any]]:
    """Return the seals of a stream after one of them, oldest first."""
    query = select(seals).where(seals.c.stream == stream, seals.c.number > after).order_by(seals.c.number).limit(limit)
    return [_shown(r) for r in connection.execute(query).all()]


def unsealed(connection: Connection) -> tuple[int, int | None]:
    """Return how many rows of all streams wait for a seal, and since when."""
    count, since = connection.execute(
        select(func.count(), func.min(trail.c.at)).where(trail.c.seal.is_(None))
    ).one()  # fmt: skip
    return int(count), since


def all_rows(connection: Connection, stream: str) -> Iterator[Any]:
    """Yield every row of a stream as it is stored, oldest first."""
    after = 0
    while True:
        query = select(trail).where(trail.c.stream == stream, trail.c.id > after).order_by(trail.c.id).limit(ROWS)
        found = connection.execute(query).all()
        if not found:
            return
        yield from found
        after = found[-1].id


def _shown(row: Any) -> dict[str, Any]:
    plain = ("number", "rows", "previous", "digest")
    return {n: getattr(row, n) for n in plain} | {"at": time_text(row.at)}
