"""What in the store needs somebody: failed runs, objections, hits, debts; for a screen that is looked at often."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from walras.service.store.schema import cases, deliveries, objections, runs, sessions
from walras.service.store.settlement_schema import bills, margin_calls

ENDED = ("final", "cancelled")


def failed_runs(connection: Connection) -> Sequence[Any]:
    """Return the newest run of each session that has not ended, where it failed: session, run, version, error."""
    newest = select(func.max(runs.c.id)).group_by(runs.c.session)
    query = (
        select(runs.c.session, runs.c.id, runs.c.version, runs.c.error)
        .join(sessions, sessions.c.id == runs.c.session)
        .where(runs.c.id.in_(newest), runs.c.state == "failed", sessions.c.state.not_in(ENDED))
        .order_by(runs.c.id)
    )
    return connection.execute(query).all()


def objections_raised(connection: Connection) -> Sequence[Any]:
    """Return objections that wait for an answer, oldest first: id, session, member."""
    o = objections.c
    return connection.execute(select(o.id, o.session, o.member).where(o.state == "raised").order_by(o.id)).all()


def cases_in(connection: Connection, state: str) -> Sequence[Any]:
    """Return the cases of screenings in a state, oldest first: id, company."""
    c = cases.c
    return connection.execute(select(c.id, c.company).where(c.state == state).order_by(c.id)).all()


def bills_overdue(connection: Connection, market: str, today: str) -> Sequence[Any]:
    """Return what parties had to pay before a day and have not, by currency: how many documents, minor units."""
    b = bills.c
    query = (
        select(b.currency, func.count().label("count"), func.sum(-b.open_minor).label("minor"))
        .where(b.market == market, b.open_minor < 0, b.due_day < today)
        .group_by(b.currency)
        .order_by(b.currency)
    )
    return connection.execute(query).all()


def margin_calls_overdue(connection: Connection, at: int) -> Sequence[Any]:
    """Return margin calls that were not met in time, by id."""
    m = margin_calls.c
    return connection.execute(select(margin_calls).where(m.state == "open", m.due_at < at).order_by(m.id)).all()


def days_ahead(connection: Connection, most: int) -> Sequence[Any]:
    """Return markets and delivery days of live sessions whose gate has not closed, the earliest days first."""
    s = sessions.c
    query = select(s.market, s.delivery_day).where(s.kind == "live", s.state.in_(("scheduled", "open"))).distinct()
    return connection.execute(query.order_by(s.delivery_day, s.market).limit(most)).all()


def runs_waiting_since(connection: Connection, at: int) -> Sequence[Any]:
    """Return runs that could have begun before a time and wait, oldest first: session, run, since when."""
    r = runs.c
    query = select(r.session, r.id, r.at, r.not_before).where(r.state == "waiting", r.at < at, r.not_before < at)
    return connection.execute(query.order_by(r.id)).all()


def deliveries_failed(connection: Connection) -> int:
    """Return how many notices were given up to be sent to an address."""
    query = select(func.count()).select_from(deliveries).where(deliveries.c.state == "failed")
    return int(connection.scalar(query) or 0)
