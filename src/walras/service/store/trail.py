"""The trail: every command that did something, and every attempt that was refused.

A row is written in the transaction of its command, so it is there if and only if the command
took effect. Chaining waits: `seal` gathers the rows of a stream that no seal holds yet and
binds them to the seal before, in one short transaction of its own, so that writers never wait
for each other. One stream a session; `members`, `markets` and `access` for the rest.

A row's digest is the SHA-256 of its canonical content; a seal's is that of the seal before,
its own number, its time and the digests of its rows in order.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from walras.service.canonical import canonical, digest_of
from walras.service.clock import time_text
from walras.service.roles import Actor
from walras.service.store.schema import seals, trail

FIRST = "0" * 64
"""What the first seal of a stream follows."""


def row_of(stream: str, at: int, actor: Actor, act: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return a row of the trail with its digest, not yet stored."""
    row = {"stream": stream, "at": at, "actor": actor.user, "company": actor.company, "act": act}
    return row | {"body": canonical(body), "digest": digest_of(row | {"body": body})}


def append(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Add rows to the trail, in this transaction."""
    if rows:
        connection.execute(insert(trail), list(rows))


def seal(connection: Connection, stream: str, at: int) -> str | None:
    """Bind every row of a stream that no seal holds yet; return the seal's digest, None if there is none.

    Two sealers cannot make the same seal: its number is the key.
    """
    last = connection.execute(
        select(seals.c.number, seals.c.digest).where(seals.c.stream == stream).order_by(seals.c.number.desc()).limit(1)
    ).one_or_none()  # read before the rows: whoever seals in between takes the next number, so this attempt collides
    rows = connection.execute(
        select(trail.c.id, trail.c.digest).where(trail.c.stream == stream, trail.c.seal.is_(None)).order_by(trail.c.id)
    ).all()
    if not rows:
        return None
    number, previous = (last.number + 1, last.digest) if last else (1, FIRST)
    digest = seal_digest(stream, number, previous, at, [r.digest for r in rows])
    connection.execute(
        insert(seals).values(stream=stream, number=number, rows=len(rows), previous=previous, digest=digest, at=at)
    )
    for first in range(0, len(rows), 500):
        ids = [r.id for r in rows[first : first + 500]]
        connection.execute(update(trail).where(trail.c.id.in_(ids)).values(seal=number))
    return digest


def seal_digest(stream: str, number: int, previous: str, at: int, digests: Sequence[str]) -> str:
    """Return the digest of a seal."""
    total = hashlib.sha256(f"walras-seal 1\n{stream}\n{number}\n{previous}\n{at}\n".encode())
    for digest in digests:
        total.update(digest.encode())
    return total.hexdigest()


def unsealed_streams(connection: Connection) -> list[str]:
    """Return the streams with rows that wait for a seal, sorted."""
    return list(connection.scalars(select(trail.c.stream).where(trail.c.seal.is_(None)).distinct().order_by("stream")))


@dataclass(frozen=True)
class Flaw:
    """One thing in the trail that is not as it was written."""

    stream: str
    where: str
    what: str


def flaws(connection: Connection) -> Iterator[Flaw]:
    """Yield everything in the trail that was changed, added or removed after its seal.

    Not found here: rows removed before any seal held them (receipts hold those), and a chain
    that was rewritten whole from some point on (certificates and receipts name its seals).
    """
    for stream in connection.scalars(select(trail.c.stream).union(select(seals.c.stream)).order_by("stream")):
        yield from _stream_flaws(connection, stream)


def head(connection: Connection, stream: str) -> str:
    """Return the digest of the last seal of a stream, `FIRST` if there is none."""
    found = connection.scalar(
        select(seals.c.digest).where(seals.c.stream == stream).order_by(seals.c.number.desc()).limit(1)
    )
    return found or FIRST


def _stream_flaws(connection: Connection, stream: str) -> Iterator[Flaw]:
    held: dict[int, list[str]] = {}
    rows = connection.execute(select(trail).where(trail.c.stream == stream).order_by(trail.c.id))
    for row in rows.mappings():
        if _digest(row) != row["digest"]:
            yield Flaw(stream, f"trail row {row['id']}", "its content is not what its digest says")
        if row["seal"] is not None:
            held.setdefault(row["seal"], []).append(row["digest"])
    previous, number = FIRST, 0
    for found in connection.execute(select(seals).where(seals.c.stream == stream).order_by(seals.c.number)).mappings():
        number += 1
        where = f"seal {found['number']}"
        if found["number"] != number or found["previous"] != previous:
            yield Flaw(stream, where, "it does not follow the seal before")
        digests = held.pop(found["number"], [])
        if len(digests) != found["rows"]:
            yield Flaw(stream, where, f"it holds {found['rows']} rows, the trail has {len(digests)}")
        if seal_digest(stream, found["number"], found["previous"], found["at"], digests) != found["digest"]:
            yield Flaw(stream, where, "its rows are not those that were sealed")
        number, previous = found["number"], found["digest"]
    for lost in held:
        yield Flaw(stream, f"seal {lost}", "rows name it, and it is not there")


def _digest(row: Any) -> str | None:
    try:
        body = json.loads(row["body"])
    except ValueError:
        return None
    content = {name: row[name] for name in ("stream", "at", "actor", "company", "act")}
    return digest_of(content | {"body": body}) if canonical(body) == row["body"] else None


def count(connection: Connection, stream: str) -> int:
    """Return how many rows a stream has."""
    return int(connection.scalar(select(func.count()).select_from(trail).where(trail.c.stream == stream)) or 0)


def listed(
    connection: Connection, stream: str, after: int, limit: int, *, is_newest_first: bool = False
) -> list[dict[str, Any]]:
    """Return the rows of a stream after one of them, from the oldest or the newest on, for callers."""
    query = select(trail).where(trail.c.stream == stream).limit(limit)
    if is_newest_first:
        query = (query.where(trail.c.id < after) if after else query).order_by(trail.c.id.desc())
    else:
        query = query.where(trail.c.id > after).order_by(trail.c.id)
    rows = connection.execute(query).all()
    plain = ("actor", "company", "act", "digest", "seal")
    return [
        {"row": r.id, "at": time_text(r.at), "body": json.loads(r.body)} | {n: getattr(r, n) for n in plain}
        for r in rows
    ]
