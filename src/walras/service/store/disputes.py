"""Disputes of runs of settlement in the store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from walras.service.store.settlement_schema import disputes
from walras.service.work import refuse


def add(connection: Connection, **columns: Any) -> None:
    """Store a dispute."""
    connection.execute(insert(disputes).values(**columns))


def get(connection: Connection, dispute: str) -> Row[Any]:
    """Return a dispute, its row locked.

    Raises:
        BadInput: There is none of that id (rule `dispute_known`).
    """
    found = connection.execute(select(disputes).where(disputes.c.id == dispute).with_for_update()).one_or_none()
    if found is None:
        raise refuse(f"there is no dispute {dispute!r}", "dispute", "dispute_known", "Take an id from the list.")
    return found


def decide(connection: Connection, dispute: str, state: str, answer: str) -> None:
    """Say how a dispute ended."""
    connection.execute(update(disputes).where(disputes.c.id == dispute).values(state=state, answer=answer))


def listed(
    connection: Connection, market: str, parties: Sequence[str] | None, after: str, limit: int
) -> Sequence[Row[Any]]:
    """Return disputes of a market after one of them, of some parties alone unless None."""
    d = disputes.c
    query = select(disputes).where(d.market == market, d.id > after).order_by(d.id).limit(limit)
    if parties is not None:
        query = query.where(d.party.in_(list(parties)))
    return connection.execute(query).all()
