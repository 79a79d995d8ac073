"""Deviations in the store: series of meters and initiatives in versions, agreements, runs, movements of energy."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Table, func, insert, select, update

from walras.service.canonical import canonical, digest_of
from walras.service.store.settlement_schema import (
    border_agreements,
    deviation_runs,
    energy_movements,
)
from walras.service.work import refuse
from walras.settlement.deviations.in_kind import Movement

PLACE = {"meter_series": "line", "initiatives": "element"}


def stream_of(market: str) -> str:
    """Return the stream of the trail that has meters, initiatives and agreements of a market.

    >>> stream_of("two")
    'deviations.two'
    """
    return f"deviations.{market}"


def add_version(connection: Connection, table: Table, place: str, body: dict[str, Any], **columns: Any) -> str:
    """Store a version of a series or initiative and return its digest; columns are those of the table."""
    digest = digest_of(body)
    row = {PLACE[table.name]: place, "body": canonical(body), "digest": digest}
    connection.execute(insert(table).values(**columns, **row))
    return digest


def newest_version(connection: Connection, table: Table, market: str, place: str, side: str, day: date) -> int:
    """Return the number of the newest version, 0 for none."""
    c = table.c
    query = select(func.max(c.version)).where(
        c.market == market, c[PLACE[table.name]] == place, c.side == side, c.day == day.isoformat()
    )
    return int(connection.scalar(query) or 0)


def versions(connection: Connection, table: Table, market: str, places: Iterable[str], day: date) -> Sequence[Row[Any]]:
    """Return every version of some places on a day, oldest first."""
    c, place = table.c, table.c[PLACE[table.name]]
    query = select(table).where(c.market == market, c.day == day.isoformat(), place.in_(sorted(places)))
    return connection.execute(query.order_by(place, c.side, c.version)).all()


def newest(
    connection: Connection, table: Table, market: str, places: Iterable[str], day: date
) -> dict[tuple[str, str], Row[Any]]:
    """Return the newest version of each place and side on a day."""
    rows = versions(connection, table, market, places, day)
    return {(getattr(r, PLACE[table.name]), r.side): r for r in rows}


# --- agreements of the two sides ---------------------------------------------------------


def add_agreement(connection: Connection, body: dict[str, Any], **columns: Any) -> str:
    """Store what one side proposes and return its digest."""
    digest = digest_of(body)
    row = {"body": canonical(body), "digest": digest, "state": "proposed", "schedule": ""}
    connection.execute(insert(border_agreements).values(**columns, **row))
    return digest


def agreement(connection: Connection, name: str) -> Row[Any]:
    """Return an agreement.

    Raises:
        BadInput: There is none of that name (rule `agreement_known`).
    """
    query = select(border_agreements).where(border_agreements.c.id == name)
    found = connection.execute(query).one_or_none()
    if found is None:
        fix = "Take an id from the list of agreements."
        raise refuse(f"there is no agreement {name!r}", "agreement", "agreement_known", fix)
    return found


def set_agreement(connection: Connection, name: str, state: str, schedule: str = "") -> None:
    """Say what became of an agreement, and under which name its schedule holds capacity."""
    query = update(border_agreements).where(border_agreements.c.id == name)
    connection.execute(query.values(state=state, schedule=schedule))


def agreements(connection: Connection, market: str, day: date | None, element: str | None = None) -> Sequence[Row[Any]]:
    """Return agreements of a market on a day, or on all days, by id."""
    c = border_agreements.c
    query = select(border_agreements).where(c.market == market)
    if day is not None:
        query = query.where(c.day == day.isoformat())
    if element is not None:
        query = query.where(c.element == element)
    return connection.execute(query.order_by(c.id)).all()


# --- runs and energy ---------------------------------------------------------------------


def runs_of(connection: Connection, market: str, element: str, day: date) -> Sequence[Row[Any]]:
    """Return the runs of a day, oldest first."""
    c = deviation_runs.c
    query = select(deviation_runs).where(c.market == market, c.element == element, c.day == day.isoformat())
    return connection.execute(query.order_by(c.run)).all()


def runs_between(connection: Connection, market: str, first: date, last: date) -> Sequence[Row[Any]]:
    """Return the runs of all cross-sections on some days, by day."""
    c = deviation_runs.c
    query = select(deviation_runs).where(c.market == market, c.day >= first.isoformat(), c.day <= last.isoformat())
    return connection.execute(query.order_by(c.day, c.element, c.run)).all()


def add_run(connection: Connection, **columns: Any) -> None:
    """Store a run."""
    connection.execute(insert(deviation_runs).values(**columns))


def movements(connection: Connection, market: str, element: str) -> Sequence[Row[Any]]:
    """Return the movements of an element's energy account, oldest first."""
    c = energy_movements.c
    query = select(energy_movements).where(c.market == market, c.element == element).order_by(c.id)
    return connection.execute(query).all()


def add_movements(
    connection: Connection, market: str, element: str, event: int, made: Sequence[Movement], at: int
) -> None:
    """Store movements of energy that an event led to."""
    rows = [
        {"market": market, "element": element, "event": event, "kind": m.kind, "day": m.day.isoformat(),
         "tariff": m.tariff, "kwh": m.kwh, "at": at}
        for m in made
    ]  # fmt: skip
    if rows:
        connection.execute(insert(energy_movements), rows)


def movements_digest(made: Iterable[Movement]) -> str:
    """Return the digest of movements, as the trail has it."""
    return rows_digest([[m.kind, m.day.isoformat(), m.tariff, m.kwh] for m in made])


def rows_digest(rows: Sequence[Sequence[Any]]) -> str:
    """Return the same of rows of the store: kind, day, class and kWh, which may say anything."""
    return digest_of([list(row) for row in rows])


def movement_of(row: Any) -> Movement:
    """Return a movement as it was stored."""
    return Movement(row.kind, date.fromisoformat(row.day), row.tariff, row.kwh)


def body_of(row: Any) -> dict[str, Any]:
    """Return the body of a row."""
    read: dict[str, Any] = json.loads(row.body)
    return read
