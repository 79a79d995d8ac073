"""Objections, as callers read them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from walras.service.clock import time_text
from walras.service.store.schema import objections


def of_session(connection: Connection, session: str, member: str | None) -> list[dict[str, Any]]:
    """Return the objections of a session, those of one member unless it is None."""
    query = select(objections).where(objections.c.session == session).order_by(objections.c.id)
    if member is not None:
        query = query.where(objections.c.member == member)
    plain = ("member", "version", "text", "state", "answer")
    rows = connection.execute(query).all()
    return [{"objection": r.id} | {n: getattr(r, n) for n in plain} | {"at": time_text(r.at)} for r in rows]
