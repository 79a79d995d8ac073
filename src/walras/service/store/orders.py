"""Orders in versions: the sealed submissions, and which orders of them are live."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, func, insert, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from walras.errors import BadInput
from walras.service.secrets import derived, seal, unseal
from walras.service.store.schema import default_orders, orders, submissions

MOST_NAMES = 400
"""Names of a member in one question to the store; with more, all of the member's orders are read."""

MOST_ROWS = 5000
"""Rows that one question names."""


@dataclass(frozen=True)
class Standing:
    """What the store knows of one order: its last version, and whom it stands or falls with."""

    version: int
    submission: int
    is_live: bool
    kin: str


@lru_cache(maxsize=4096)
def member_key(session_key: bytes, member: str) -> bytes:
    """Return the key that opens one member's orders of a session, and nobody else's."""
    return derived(session_key, f"orders of {member}")


def sealed(session_key: bytes, session: str, member: str, payload: bytes) -> bytes:
    """Return a payload as it is stored."""
    return seal(member_key(session_key, member), payload, f"{session} {member}")


def opened(session_key: bytes, session: str, member: str, content: bytes) -> bytes:
    """Return the payload of what is stored.

    Raises:
        BadInput: It was changed (rule `seal_intact`).
    """
    return unseal(member_key(session_key, member), content, f"{session} {member}")


Place = tuple[str, str]
"""A session and a member."""


def standing(connection: Connection, names: dict[Place, set[str] | None]) -> dict[Place, dict[str, Standing]]:
    """Return what is known of orders by name, with all who stand or fall with them; None = all of a member."""
    found: dict[Place, dict[str, Standing]] = {place: {} for place in names}
    few = {place: some for place, some in names.items() if some is not None and len(some) <= MOST_NAMES}
    wanted = sorted((*place, name) for place, some in few.items() for name in some)
    _add(found, connection, tuple_(orders.c.session, orders.c.member, orders.c.name), wanted)
    kin = sorted({(*p, s.kin) for p, mine in found.items() for s in mine.values() if s.kin and s.is_live})
    _add(found, connection, tuple_(orders.c.session, orders.c.member, orders.c.kin), kin)
    _add(found, connection, tuple_(orders.c.session, orders.c.member), sorted(set(names) - set(few)))
    return found


def _add(
    found: dict[Place, dict[str, Standing]], connection: Connection, columns: Any, wanted: Sequence[tuple[str, ...]]
) -> None:
    for first in range(0, len(wanted), MOST_ROWS):
        for r in connection.execute(select(orders).where(columns.in_(wanted[first : first + MOST_ROWS]))):
            found[r.session, r.member][r.name] = Standing(r.version, r.submission, r.is_live, r.kin)


def live_counts(connection: Connection, places: Sequence[Place]) -> dict[Place, int]:
    """Return how many live orders members have in sessions."""
    query = (
        select(orders.c.session, orders.c.member, func.count())
        .where(tuple_(orders.c.session, orders.c.member).in_(list(places)), orders.c.is_live)
        .group_by(orders.c.session, orders.c.member)
    )
    return {(session, member): int(n) for session, member, n in connection.execute(query)}


def add_submissions(connection: Connection, rows: list[dict[str, Any]]) -> list[int]:
    """Store sealed submissions and return their sequence numbers, in the order given."""
    query = insert(submissions).returning(submissions.c.sequence, sort_by_parameter_order=True)
    return [int(n) for n in connection.scalars(query, rows)]


def put(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Write how orders stand now: one row an order."""
    if not rows:
        return
    kind = postgresql if connection.dialect.name == "postgresql" else sqlite
    query = kind.insert(orders)
    changed = {name: query.excluded[name] for name in ("version", "submission", "is_live", "kin")}
    connection.execute(query.on_conflict_do_update(index_elements=["session", "member", "name"], set_=changed), rows)


def live(connection: Connection, session: str, member: str | None = None) -> list[Any]:
    """Return every live order of a session, or of one member: member, name, version, submission and its digest."""
    query = (
        select(orders.c.member, orders.c.name, orders.c.version, orders.c.submission, submissions.c.digest)
        .join(submissions, submissions.c.sequence == orders.c.submission)
        .where(orders.c.session == session, orders.c.is_live)
        .order_by(orders.c.member, orders.c.name)
    )
    return list(connection.execute(query if member is None else query.where(orders.c.member == member)).all())


def payloads(
    connection: Connection, session: str, session_key: bytes, member: str | None = None
) -> Iterator[tuple[str, bytes, frozenset[str]]]:
    """Yield member, payload and live names of every submission that has live orders, by member and sequence.

    A payload whose seal does not open is empty, which does not read either (`intake.payload.decode`): a book
    without its orders still can be had.
    """
    names: dict[tuple[str, int], set[str]] = {}
    for row in live(connection, session, member):
        names.setdefault((row.member, row.submission), set()).add(row.name)
    for (code, number), chosen in sorted(names.items()):
        content = connection.execute(select(submissions.c.sealed).where(submissions.c.sequence == number)).scalar_one()
        try:
            payload = opened(session_key, session, code, content)
        except BadInput:
            payload = b""
        yield code, payload, frozenset(chosen)


def defaults(connection: Connection, market: str) -> list[Any]:
    """Return the default orders that members left in a market, by member."""
    query = select(default_orders).where(default_orders.c.market == market).order_by(default_orders.c.member)
    return list(connection.execute(query).all())


def members_that_sent(connection: Connection, session: str) -> set[str]:
    """Return the members that sent anything in a session, also what they took back."""
    query = select(submissions.c.member).where(submissions.c.session == session).distinct()
    return set(connection.scalars(query))


def sent(connection: Connection, session: str, member: str, after: int, limit: int | None) -> list[Any]:
    """Return what a member sent in a session, oldest first."""
    query = (
        select(submissions)
        .where(submissions.c.session == session, submissions.c.member == member, submissions.c.sequence > after)
        .order_by(submissions.c.sequence)
    )
    return list(connection.execute(query if limit is None else query.limit(limit)).all())


def of_numbers(connection: Connection, numbers: Sequence[int]) -> list[Any]:
    """Return submissions by their sequence numbers."""
    return list(connection.execute(select(submissions).where(submissions.c.sequence.in_(numbers))).all())
