"""Notices to companies: read over the API, and sent on to their webhooks."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, func, insert, select

from walras.service.canonical import canonical
from walras.service.clock import time_text
from walras.service.store.schema import companies, deliveries, notices, webhooks
from walras.service.work import Work


def tell(work: Work, company: str, kind: str, session: str, body: dict[str, Any], at: int) -> None:
    """Leave a notice for one company; one that has a webhook gets it sent as well."""
    result = work.connection.execute(
        insert(notices).values(company=company, kind=kind, session=session, body=canonical(body), at=at)
    )
    assert result.inserted_primary_key is not None
    if work.connection.scalar(select(webhooks.c.company).where(webhooks.c.company == company)) is not None:
        notice = int(result.inserted_primary_key[0])
        work.connection.execute(insert(deliveries).values(notice=notice, state="waiting", next_at=at))


def tell_everybody(work: Work, kind: str, session: str, body: dict[str, Any], at: int) -> None:
    """Leave a notice for every company that is active or suspended."""
    codes = work.connection.scalars(
        select(companies.c.code).where(companies.c.state.in_(("active", "suspended"))).order_by(companies.c.code)
    )
    for code in codes.all():
        tell(work, code, kind, session, body, at)


def of_company(
    connection: Connection, company: str, after: int, limit: int, *, is_newest_first: bool = False
) -> list[dict[str, Any]]:
    """Return notices to a company behind one of them (0 = from the first), oldest or newest first."""
    n = notices.c
    query = select(notices).where(n.company == company).limit(limit)
    if is_newest_first:
        query = query.where(n.id < after) if after else query
        query = query.order_by(n.id.desc())
    else:
        query = query.where(n.id > after).order_by(n.id)
    return [
        {"notice": r.id, "kind": r.kind, "session": r.session, "body": json.loads(r.body), "at": time_text(r.at)}
        for r in connection.execute(query).all()
    ]


def webhook_of(connection: Connection, company: str) -> dict[str, Any]:
    """Return where notices to a company are sent (None = nowhere), since when, and how many went, wait or failed."""
    w, d = webhooks.c, deliveries.c
    found = connection.execute(select(w.url, w.since).where(w.company == company)).one_or_none()
    own = select(d.state, func.count()).join(notices, notices.c.id == d.notice).where(notices.c.company == company)
    counts = {row[0]: row[1] for row in connection.execute(own.group_by(d.state))}
    last = select(d.error).join(notices, notices.c.id == d.notice).where(notices.c.company == company, d.error != "")
    error = connection.scalar(last.order_by(d.notice.desc()).limit(1))
    url, since = (None, None) if found is None else (found.url, time_text(found.since))
    return {"url": url, "since": since, "deliveries": counts, "last_error": error}
