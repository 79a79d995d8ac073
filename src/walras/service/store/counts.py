"""How many of what: for the metrics."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from walras.service.store.schema import deliveries, runs, sessions


def by_state(connection: Connection) -> dict[str, dict[str, int]]:
    """Return how many sessions, runs and deliveries are in each state."""
    answer: dict[str, dict[str, int]] = {}
    for table in (sessions, runs, deliveries):
        rows = connection.execute(select(table.c.state, func.count()).group_by(table.c.state)).all()
        answer[table.name] = {r[0]: int(r[1]) for r in rows}
    return answer
