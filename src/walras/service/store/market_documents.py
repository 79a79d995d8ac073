"""Market documents in the store: what came in, whose codes they name, and what happened to a delivery day."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select

from walras.service.canonical import canonical
from walras.service.roles import Role
from walras.service.store import markets
from walras.service.store.capacity_schema import (
    capacity_days,
    capacity_declarations,
    capacity_entries,
    capacity_rights,
    contracts,
    market_documents,
)
from walras.service.store.schema import companies, sessions, trail

NAMES = 500
"""Names in one question to the store."""
HELD_ACTS = ("capacity held", "capacity allocated", "capacity freed")
EIC_ACT = "eic set"


def operator(connection: Connection) -> tuple[str, str | None]:
    """Return code and EIC of the market operator: the first of its companies, those with an EIC before others."""
    c = companies.c
    query = select(c.code, c.eic).where(c.role == Role.OPERATOR.value).order_by(c.eic.is_(None), c.code)
    found = connection.execute(query.limit(1)).one()
    return found.code, found.eic


def eics(connection: Connection, codes: Iterable[str]) -> dict[str, str | None]:
    """Return the EIC of each of some companies, None where it has none."""
    rows = _by_names(connection, select(companies.c.code, companies.c.eic), companies.c.code, codes)
    return {r.code: r.eic for r in rows}


def parties(connection: Connection, holders: Collection[str]) -> dict[str, tuple[str, str]]:
    """Return seller and buyer of contracts among some holders of the ledger, and twice the holder of rights."""
    c, r = contracts.c, capacity_rights.c
    found = {row.id: (row.seller, row.buyer)
             for row in _by_names(connection, select(c.id, c.seller, c.buyer), c.id, holders)}  # fmt: skip
    rows = _by_names(connection, select(r.id, r.holder), r.id, holders)
    return found | {row.id: (row.holder, row.holder) for row in rows}


def holders_of(connection: Connection, market: str, company: str) -> set[str]:
    """Return the contracts and rights of a company."""
    c, r = contracts.c, capacity_rights.c
    own = select(c.id).where(c.market == market, (c.seller == company) | (c.buyer == company))
    granted = select(r.id).where(r.market == market, r.holder == company)
    return {*connection.scalars(own).all(), *connection.scalars(granted).all()}


def paths(connection: Connection, names: Collection[str]) -> dict[str, list[list[dict[str, Any]]]]:
    """Return the legs of some contracts."""
    rows = _by_names(connection, select(contracts.c.id, contracts.c.path), contracts.c.id, names)
    return {row.id: json.loads(row.path) for row in rows}


def _by_names(connection: Connection, query: Select[Any], column: Any, names: Iterable[str]) -> list[Row[Any]]:
    wanted, found = sorted(set(names)), list[Row[Any]]()
    for first in range(0, len(wanted), NAMES):
        found += connection.execute(query.where(column.in_(wanted[first : first + NAMES]))).all()
    return found


# --- what came in ------------------------------------------------------------------------


def answered(
    connection: Connection, market: str, company: str, identification: str, version: int
) -> tuple[str, dict[str, Any]] | None:
    """Return digest and answer of a document that a company sent before, None if it is new."""
    d = market_documents.c
    place = (d.market == market, d.company == company, d.identification == identification, d.version == version)
    found = connection.execute(select(d.digest, d.answer).where(*place)).one_or_none()
    return None if found is None else (found.digest, json.loads(found.answer))


def last_version(connection: Connection, market: str, company: str, identification: str) -> int:
    """Return the highest version of a document that was accepted, 0 if none was."""
    d = market_documents.c
    place = (d.market == market, d.company == company, d.identification == identification, d.is_accepted.is_(True))
    return int(connection.scalar(select(func.max(d.version)).where(*place)) or 0)


def add(connection: Connection, answer: dict[str, Any], **columns: Any) -> None:
    """Store a document with its answer."""
    connection.execute(insert(market_documents).values(answer=canonical(answer), **columns))


# --- what happened -----------------------------------------------------------------------


def happened(
    connection: Connection,
    market: str,
    day: date,
    lines: Sequence[str],
    span: tuple[int, int],
    holders: set[str] | None,
) -> tuple[int, int]:
    """Return how many things happened to a day that a document may show, and when the last did, microseconds.

    Args:
        connection: A transaction.
        market: Code of the market.
        day: Delivery day.
        lines: Lines and cross-sections that decide about the document.
        span: First minute of the day, and the minute that follows it.
        holders: Holders whose bookings alone count, None for all, with declarations and auctions.
    """
    version = markets.version_for(connection, market, day)
    counted = [(version.version, markets.since(connection, version)), _count(connection, "members", (EIC_ACT,))]
    parts = (lines[first : first + NAMES] for first in range(0, len(lines), NAMES))
    counted += [_bookings(connection, market, part, span, holders) for part in parts]
    done = connection.execute(
        select(capacity_days).where(capacity_days.c.market == market, capacity_days.c.day == day.isoformat())
    ).one_or_none()
    times = [] if done is None else [done.matched_at, done.capacity_told_at]
    counted += [(1, int(at)) for at in times if at is not None]
    if holders is None:
        d = capacity_declarations.c
        query = select(func.count().label("n"), func.max(d.at).label("at"))
        counted.append(_pair(connection, query.where(d.market == market, d.day == day.isoformat())))
        s = sessions.c
        names = connection.scalars(select(s.id).where(s.market == market, s.delivery_day == day.isoformat()))
        counted += [_count(connection, session, HELD_ACTS) for session in names.all()]
    return sum(n for n, _ in counted), max(at for _, at in counted)


def _bookings(
    connection: Connection, market: str, lines: Sequence[str], span: tuple[int, int], holders: set[str] | None
) -> tuple[int, int]:
    e = capacity_entries.c
    place = (e.market == market, e.line.in_(lines), e.start >= span[0], e.start < span[1])
    if holders is None:
        query = select(func.count(e.booking.distinct()).label("n"), func.max(e.at).label("at"))
        return _pair(connection, query.where(*place))
    found: dict[int, int] = {}
    for row in _by_names(connection, select(e.booking, e.at).where(*place).distinct(), e.holder, holders):
        found[row.booking] = row.at
    return len(found), max(found.values(), default=0)


def _count(connection: Connection, stream: str, acts: Sequence[str]) -> tuple[int, int]:
    query = select(func.count().label("n"), func.max(trail.c.at).label("at"))
    return _pair(connection, query.where(trail.c.stream == stream, trail.c.act.in_(acts)))


def _pair(connection: Connection, query: Any) -> tuple[int, int]:
    found = connection.execute(query).one()
    return int(found.n), int(found.at or 0)
