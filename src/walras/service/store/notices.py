"""Notices to companies: read over the API, and sent on to their webhooks."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, insert, select

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


def of_company(connection: Connection, company: str, after: int, limit: int) -> list[dict[str, Any]]:
    """Return notices to a company after one of them, oldest first."""
    rows = connection.execute(
        select(notices).where(notices.c.company == company, notices.c.id > after).order_by(notices.c.id).limit(limit)
    ).all()
    return [
        {"notice": r.id, "kind": r.kind, "session": r.session, "body": json.loads(r.body), "at": time_text(r.at)}
        for r in rows
    ]
