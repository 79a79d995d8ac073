"""Collateral in the store: sealed exposures of submissions, sealed sums that are reserved, covers, margin calls.

What orders may owe says something of them, so before the gate it stands nowhere in plain: each submission has a
sealed map from order or family to minor units, each session and member the sealed sum of those that are live.
Both are sealed with the key of that member's orders.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from walras.service.canonical import canonical
from walras.service.secrets import Secrets, seal, unseal
from walras.service.store.orders import member_key
from walras.service.store.schema import rights, sessions
from walras.service.store.settlement_schema import (
    covers,
    ledger_balances,
    margin_calls,
    reservations,
    submission_exposures,
)
from walras.service.work import refuse
from walras.settlement.collateral.headroom import SET_OFF, Cover

Owner = tuple[str, str]
"""A member and a market."""
ROWS = 500
FILLED = 32
"""Sealed values are a multiple of this many bytes long."""


@dataclass(frozen=True)
class Reserved:
    """What one member has reserved in one session.

    Attributes:
        minor: Sum of the exposures of its live orders.
        gate_at: Gate of the session.
        is_open: Whether its book is still sealed: its gate has not closed.
    """

    minor: int
    gate_at: int
    is_open: bool


@dataclass
class Position:
    """What the store knows of the collateral of one member in one market; amounts by currency, minor units."""

    cash: dict[str, int] = field(default_factory=dict)
    balance: dict[str, int] = field(default_factory=dict)
    fund: dict[str, int] = field(default_factory=dict)
    covers: list[tuple[str, Cover]] = field(default_factory=list)
    reserved: dict[str, Reserved] = field(default_factory=dict)


# --- sealed exposures --------------------------------------------------------------------


def hidden(session_key: bytes, session: str, member: str, value: Any, what: str) -> bytes:
    """Return a value as it is stored; `what` is `exposure` (of a submission) or `reserved` (a sum).

    Blanks fill it up: the length of what is sealed would tell how many digits an amount has.
    """
    text = canonical(value).encode()
    filled = text.ljust(-(-len(text) // FILLED) * FILLED)
    return seal(member_key(session_key, member), filled, f"{session} {member} {what}")


def shown(session_key: bytes, session: str, member: str, sealed: bytes, what: str) -> Any:
    """Return what was hidden.

    Raises:
        BadInput: It was changed (rule `seal_intact`).
    """
    return json.loads(unseal(member_key(session_key, member), sealed, f"{session} {member} {what}"))


def add_exposures(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Store the sealed maps of submissions."""
    if rows:
        connection.execute(insert(submission_exposures), rows)


def exposures(connection: Connection, submissions: Sequence[int]) -> dict[int, bytes]:
    """Return the sealed map of each submission that has one."""
    e, out = submission_exposures.c, dict[int, bytes]()
    for first in range(0, len(submissions), ROWS):
        query = select(e.submission, e.sealed).where(e.submission.in_(list(submissions[first : first + ROWS])))
        out |= {r.submission: r.sealed for r in connection.execute(query)}
    return out


def put_reserved(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Write what is reserved now: one row a session and member."""
    if not rows:
        return
    kind = postgresql if connection.dialect.name == "postgresql" else sqlite
    query = kind.insert(reservations)
    changed = {"sealed": query.excluded["sealed"]}
    connection.execute(query.on_conflict_do_update(index_elements=["session", "member"], set_=changed), rows)


def free(connection: Connection, session: str, at: int) -> list[str]:
    """End what is reserved in a session and return whose it was, with their rights rows held.

    The rows are locked so that nobody's orders are checked between the end of a reservation and the debt that
    takes its place in the same transaction.
    """
    r = reservations.c
    rows = connection.execute(select(r.member, r.market).where(r.session == session, r.freed_at.is_(None))).all()
    if not rows:
        return []
    lock_rights(connection, [(row.member, row.market) for row in rows])
    connection.execute(update(reservations).where(r.session == session, r.freed_at.is_(None)).values(freed_at=at))
    return sorted(row.member for row in rows)


def lock_rights(connection: Connection, owners: Sequence[Owner]) -> None:
    """Hold the rights rows of members, in one order: whoever sends orders for them waits."""
    query = select(rights.c.version).where(tuple_(rights.c.company, rights.c.market).in_(sorted(set(owners))))
    connection.execute(query.order_by(rights.c.company, rights.c.market).with_for_update()).all()


def has_rights(connection: Connection, member: str, market: str) -> bool:
    """Return whether a member may trade in a market."""
    query = select(rights.c.version).where(rights.c.company == member, rights.c.market == market)
    return connection.scalar(query) is not None


# --- positions ---------------------------------------------------------------------------


def positions(connection: Connection, secrets: Secrets, owners: Sequence[Owner]) -> dict[Owner, Position]:
    """Return the positions of members in markets: four questions to the store, however many they are."""
    out = {owner: Position() for owner in owners}
    if not out:
        return out
    wanted = sorted(out)
    b = ledger_balances.c
    accounts = [(market, f"{role}/{m}") for m, market in wanted for role in ("collateral", "member", "default_fund")]
    query = select(b.market, b.account, b.currency, b.amount_minor).where(tuple_(b.market, b.account).in_(accounts))
    for row in connection.execute(query):
        role, _, member = row.account.partition("/")
        mine = out[member, row.market]
        of = {"collateral": mine.cash, "member": mine.balance, "default_fund": mine.fund}[role]
        of[row.currency] = int(row.amount_minor)
    c = covers.c
    query = select(covers).where(tuple_(c.member, c.market).in_(wanted), c.state == "filed").order_by(c.reference)
    for given in connection.execute(query):
        one = Cover(given.kind, given.reference, given.left_minor, given.valid_from, given.valid_to)
        out[given.member, given.market].covers.append((given.currency, one))
    r, s = reservations.c, sessions.c
    query = (
        select(r.session, r.member, r.market, r.sealed, s.sealed_key, s.gate_at, s.key_released_at)
        .join(sessions, s.id == r.session)
        .where(tuple_(r.member, r.market).in_(wanted), r.freed_at.is_(None))
    )
    for held in connection.execute(query):
        key = secrets.session_key(held.session, held.sealed_key)
        minor = shown(key, held.session, held.member, held.sealed, "reserved")
        found = Reserved(int(minor), held.gate_at, held.key_released_at is None)
        out[held.member, held.market].reserved[held.session] = found
    return out


def members_with_any(connection: Connection, market: str) -> list[str]:
    """Return the members that have given collateral, or have reserved, in a market."""
    found = set(connection.scalars(select(covers.c.member).where(covers.c.market == market)))
    found |= set(connection.scalars(select(reservations.c.member).where(reservations.c.market == market)))
    b = ledger_balances.c
    query = select(b.account).where(b.market == market, b.account.like("collateral/%"))
    return sorted(found | {a.partition("/")[2] for a in connection.scalars(query)})


# --- covers and calls --------------------------------------------------------------------


def cover(connection: Connection, market: str, reference: str) -> Row[Any] | None:
    """Return a guarantee or set-off by its reference, None if there is none."""
    query = select(covers).where(covers.c.market == market, covers.c.reference == reference)
    return connection.execute(query).one_or_none()


def set_offs(connection: Connection, market: str, party: str, currency: str, at: int) -> int:
    """Return what of the claims of a party is accepted as a set-off that counts at a moment."""
    c, (role, _, member) = covers.c, party.partition("/")
    query = select(func.sum(c.left_minor)).where(
        c.market == market, c.member == member, c.kind == SET_OFF, c.currency == currency, c.state == "filed",
        c.valid_from <= at, c.valid_to > at,
    )  # fmt: skip
    return int(connection.scalar(query) or 0) if role == "member" else 0


def add_cover(connection: Connection, **columns: Any) -> None:
    """Store a guarantee or set-off."""
    connection.execute(insert(covers).values(**columns))


def set_cover(connection: Connection, market: str, reference: str, values: Mapping[str, Any]) -> None:
    """Change what a guarantee or set-off still covers, or its state."""
    place = (covers.c.market == market, covers.c.reference == reference)
    connection.execute(update(covers).where(*place).values(**values))


def calls(connection: Connection, market: str, member: str | None, after: str = "", limit: int | None = None) -> Any:
    """Return margin calls of a market by id, of one member alone unless None."""
    m = margin_calls.c
    query = select(margin_calls).where(m.market == market, m.id > after).order_by(m.id).limit(limit)
    return connection.execute(query if member is None else query.where(m.member == member)).all()


def add_call(connection: Connection, **columns: Any) -> None:
    """Store a margin call."""
    connection.execute(insert(margin_calls).values(**columns))


def meet_calls(connection: Connection, market: str, member: str) -> list[str]:
    """Say that the open calls of a member are met, and return them."""
    m = margin_calls.c
    place = (m.market == market, m.member == member, m.state == "open")
    found = list(connection.scalars(select(m.id).where(*place).order_by(m.id)))
    if found:
        connection.execute(update(margin_calls).where(*place).values(state="met"))
    return found


def unknown_cover(reference: str) -> Exception:
    """Return the refusal of a reference that no guarantee or set-off has."""
    fix = "Take a reference from get-headroom."
    return refuse("there is none of that reference", f"cover {reference}", "cover_known", fix)
