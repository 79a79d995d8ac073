"""Terms of settlement, fixings and runs of settlement in the store; all are added to, none is changed."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select

from walras.service.canonical import canonical, digest_of
from walras.service.clearing.terms import SettlementTerms
from walras.service.store.schema import companies, sessions
from walras.service.store.settlement_schema import fixings, settlement_runs, settlement_terms
from walras.service.work import refuse
from walras.settlement.accounts import name_of, role_of

EVER = date.max
"""Last day of terms without an end."""


@dataclass(frozen=True)
class TermsVersion:
    """One version of a market's terms of settlement."""

    market: str
    version: int
    terms: SettlementTerms


def add_terms(
    connection: Connection, market: str, valid_from: date, valid_to: date | None, body: dict[str, Any], at: int
) -> int:
    """Store the next version of a market's terms and return its number."""
    c = settlement_terms.c
    version = 1 + (connection.scalar(select(func.max(c.version)).where(c.market == market)) or 0)
    connection.execute(
        insert(settlement_terms).values(
            market=market, version=version, valid_from=valid_from.isoformat(),
            valid_to=valid_to.isoformat() if valid_to else None, body=canonical(body), digest=digest_of(body), at=at,
        )
    )  # fmt: skip
    return version


def has_terms(connection: Connection, market: str) -> bool:
    """Return whether a market has terms of settlement at all."""
    query = select(settlement_terms.c.version).where(settlement_terms.c.market == market).limit(1)
    return connection.scalar(query) is not None


def terms_body(connection: Connection, market: str, day: date) -> str | None:
    """Return the text of the newest terms that hold for a delivery day, None if there are none."""
    c, text = settlement_terms.c, day.isoformat()
    query = (
        select(c.body)
        .where(c.market == market, c.valid_from <= text, c.valid_to.is_(None) | (c.valid_to >= text))
        .order_by(c.version.desc())
        .limit(1)
    )
    return connection.scalar(query)


def find_terms(connection: Connection, market: str, day: date) -> TermsVersion | None:
    """Return the newest terms that hold for a delivery day; None where a market moves no money then."""
    c, text = settlement_terms.c, day.isoformat()
    found = connection.execute(
        select(settlement_terms)
        .where(c.market == market, c.valid_from <= text, c.valid_to.is_(None) | (c.valid_to >= text))
        .order_by(c.version.desc())
        .limit(1)
    ).one_or_none()
    return None if found is None else _version(found)


def terms_on(connection: Connection, market: str, day: date) -> TermsVersion:
    """Return the newest terms that hold for a delivery day.

    Raises:
        BadInput: The market has none for that day (rule `settlement_terms`).
    """
    found = find_terms(connection, market, day)
    if found is None:
        what = f"market {market!r} has no terms of settlement on {day}"
        raise refuse(what, "delivery_day", "settlement_terms", "Set terms of settlement that hold on that day.")
    return found


def terms_version(connection: Connection, market: str, version: int) -> TermsVersion:
    """Return one version of a market's terms, which must be there."""
    c = settlement_terms.c
    query = select(settlement_terms).where(c.market == market, c.version == version)
    return _version(connection.execute(query).one())


def _version(found: Any) -> TermsVersion:
    return TermsVersion(found.market, found.version, _read(found.body))


@lru_cache(maxsize=64)
def _read(body: str) -> SettlementTerms:
    return SettlementTerms.model_validate(json.loads(body))


def markets_with_terms(connection: Connection) -> Sequence[str]:
    """Return the markets that have terms of settlement at all."""
    return connection.scalars(select(settlement_terms.c.market).distinct().order_by(settlement_terms.c.market)).all()


@dataclass(frozen=True)
class Span:
    """Delivery days, both inclusive, that one version of terms is the newest for."""

    first: date
    last: date
    terms: SettlementTerms


def spans_of(connection: Connection, market: str) -> list[Span]:
    """Return which terms hold when, in the order of days; days without terms are left out."""
    rows = [(date.fromisoformat(r.valid_from), _last_day(r.valid_to), r.body) for r in terms_of(connection, market)]
    starts = sorted({first for first, _, _ in rows} | {last + timedelta(days=1) for _, last, _ in rows if last < EVER})
    ends = [day - timedelta(days=1) for day in starts[1:]] + [EVER]
    found = []
    for first, last in zip(starts, ends, strict=False):
        newest = next((body for begin, end, body in reversed(rows) if begin <= first <= end), None)
        if newest is not None:
            found.append(Span(first, last, _read(newest)))
    return found


def _last_day(valid_to: str | None) -> date:
    return EVER if valid_to is None else date.fromisoformat(valid_to)


def terms_of(connection: Connection, market: str) -> Sequence[Row[Any]]:
    """Return every version of a market's terms, oldest first."""
    c = settlement_terms.c
    return connection.execute(select(settlement_terms).where(c.market == market).order_by(c.version)).all()


def sessions_before_gate(connection: Connection, market: str, first: date, last: date | None) -> Sequence[Any]:
    """Return live sessions of delivery days whose gate has not closed: orders may come, or are there."""
    s = sessions.c
    days = s.delivery_day >= first.isoformat()
    if last is not None:
        days &= s.delivery_day <= last.isoformat()
    is_early = s.state.in_(("scheduled", "open"))
    query = select(s.id, s.delivery_day).where(s.market == market, s.kind == "live", is_early, days)
    return connection.execute(query.order_by(s.id)).all()


# --- fixings -----------------------------------------------------------------------------


def fixing(connection: Connection, market: str, base: str, quote: str, day: date) -> Row[Any] | None:
    """Return the newest fixing of a pair and day, None if there is none."""
    f = fixings.c
    query = select(fixings).where(f.market == market, f.base == base, f.quote == quote, f.day == day.isoformat())
    return connection.execute(query.order_by(f.version.desc()).limit(1)).one_or_none()


def newest_rate(connection: Connection, market: str, one: str, other: str) -> Row[Any] | None:
    """Return the newest fixing of a pair, whichever is its base, None if there is none."""
    f = fixings.c
    pair = ((f.base == one) & (f.quote == other)) | ((f.base == other) & (f.quote == one))
    query = select(fixings).where(f.market == market, pair).order_by(f.day.desc(), f.version.desc()).limit(1)
    return connection.execute(query).one_or_none()


def add_fixing(connection: Connection, version: int, **columns: Any) -> None:
    """Store a version of a fixing."""
    connection.execute(insert(fixings).values(version=version, **columns))


def fixings_of(connection: Connection, market: str, after: int = 0, limit: int | None = None) -> Sequence[Row[Any]]:
    """Return fixings of a market in the order in which they were stored."""
    f = fixings.c
    query = select(fixings).where(f.market == market, f.id > after).order_by(f.id).limit(limit)
    return connection.execute(query).all()


# --- runs --------------------------------------------------------------------------------


def runs_of(connection: Connection, session: str) -> Sequence[Any]:
    """Return the runs of settlement of a session without their lines, oldest first."""
    r = settlement_runs.c
    columns = (r.market, r.session, r.run, r.name, r.result_version, r.event, r.inputs, r.digest, r.at)
    return connection.execute(select(*columns).where(*_of(session)).order_by(r.run)).all()


def runs_before(connection: Connection, market: str, before: int, limit: int) -> Sequence[Row[Any]]:
    """Return runs of settlement of a market with their lines, newest first, before an event (0 = from the newest)."""
    r, s = settlement_runs.c, sessions.c
    query = select(settlement_runs, s.delivery_day).join(sessions, s.id == r.session).where(r.market == market)
    if before:
        query = query.where(r.event < before)
    return connection.execute(query.order_by(r.event.desc()).limit(limit)).all()


def run_of(connection: Connection, session: str, run: int) -> Row[Any]:
    """Return one run of settlement with its lines.

    Raises:
        BadInput: The session has no such run (rule `settlement_run_known`).
    """
    r = settlement_runs.c
    query = select(settlement_runs).where(*_of(session), r.run == run)
    found = connection.execute(query).one_or_none()
    if found is None:
        what = f"session {session!r} has no run {run} of settlement"
        raise refuse(what, "run", "settlement_run_known", "Take a run from the list of the session.")
    return found


def _of(session: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return what finds runs of a session by their key, which begins with its market."""
    r, market = settlement_runs.c, select(sessions.c.market).where(sessions.c.id == session).scalar_subquery()
    return r.market == market, r.session == session


def add_run(connection: Connection, **columns: Any) -> None:
    """Store a run of settlement."""
    connection.execute(insert(settlement_runs).values(**columns))


def companies_among(connection: Connection, names: Collection[str]) -> set[str]:
    """Return which of some names are codes of companies."""
    return set(connection.scalars(select(companies.c.code).where(companies.c.code.in_(sorted(names)))))


COMPANY_ROLES = {"member": "member", "operator": "system_operator"}
"""Role of the company that an account of a role may belong to."""


def is_companys(connection: Connection, account: str) -> bool:
    """Return whether an account is that of a company of the right role."""
    role = COMPANY_ROLES.get(role_of(account), "")
    query = select(companies.c.code).where(companies.c.code == name_of(account), companies.c.role == role)
    return connection.execute(query).one_or_none() is not None
