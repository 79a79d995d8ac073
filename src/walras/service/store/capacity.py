"""Capacity in the store: declarations in versions, entries of the ledger, rights, permits, what sessions hold."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from walras.service.canonical import canonical, digest_of
from walras.service.store.capacity_schema import (
    capacity_days,
    capacity_declarations,
    capacity_entries,
    capacity_rights,
    permits,
    session_capacities,
)
from walras.service.store.schema import sessions
from walras.service.store.sessions import queue_up
from walras.service.work import refuse

NAMES = 500
"""Names in one question to the store."""


def lock(connection: Connection, market: str) -> None:
    """Stand in line for a market's ledger until the transaction ends; a session is locked before it, never after."""
    queue_up(connection, [f"capacity {market}"], is_shared=False)


def summed(connection: Connection, market: str, lines: Collection[str], begin: int, end: int) -> Sequence[Any]:
    """Return holdings on lines with MTUs that begin in `[begin, end)`: the sums of entries that are not used up."""
    e = capacity_entries.c
    keys = (e.line, e.start, e.direction, e.layer, e.holder, e.hop)
    found: list[Any] = []
    names = sorted(lines)
    for first in range(0, len(names), NAMES):
        query = select(*keys, func.sum(e.kw).label("kw"), func.sum(e.firm_kw).label("firm_kw"))
        query = query.where(e.market == market, e.line.in_(names[first : first + NAMES]), e.start >= begin,
                            e.start < end).group_by(*keys)  # fmt: skip
        query = query.having((func.sum(e.kw) != 0) | (func.sum(e.firm_kw) != 0))
        found += connection.execute(query).all()
    return found


def add_entries(connection: Connection, market: str, rows: Iterable[dict[str, Any]], act: str, at: int) -> int:
    """Store entries as the next booking of a market and return its number; 0 if there are none."""
    e = capacity_entries.c
    booking = 1 + (connection.scalar(select(func.max(e.booking)).where(e.market == market)) or 0)
    more = [row | {"market": market, "booking": booking, "act": act, "at": at} for row in rows]
    if not more:
        return 0
    connection.execute(insert(capacity_entries), more)
    return booking


def bookings(connection: Connection, market: str) -> dict[int, list[tuple[dict[str, Any], int]]]:
    """Return all entries of a market by booking, as their digests were made, each with its time."""
    e = capacity_entries.c
    names = ("line", "start", "direction", "layer", "holder", "hop", "kw", "firm_kw")
    query = select(e.booking, e.at, *(e[n] for n in names)).where(e.market == market).order_by(e.id)
    found: dict[int, list[tuple[dict[str, Any], int]]] = {}
    for row in connection.execute(query):
        found.setdefault(row.booking, []).append(({n: getattr(row, n) for n in names}, row.at))
    return found


def held_by(connection: Connection, holder: str) -> list[Any]:
    """Return what a holder has on each line and MTU: market, line, start and layer."""
    e = capacity_entries.c
    query = select(e.market, e.line, e.start, e.layer).where(e.holder == holder)
    query = query.group_by(e.market, e.line, e.start, e.layer).having(func.sum(e.kw) > 0)
    return list(connection.execute(query.order_by(e.line, e.start)).all())


def entries_after(connection: Connection, market: str, after: int, limit: int) -> list[Any]:
    """Return entries of a market after one of them, oldest first."""
    e = capacity_entries.c
    query = select(capacity_entries).where(e.market == market, e.id > after).order_by(e.id).limit(limit)
    return list(connection.execute(query).all())


def held_lines(connection: Connection, market: str, begin: int) -> dict[str, int]:
    """Return each line that anybody holds from a minute on, and the last MTU for which it is held."""
    e = capacity_entries.c
    kept = (
        select(e.line, e.start)
        .where(e.market == market, e.start >= begin)
        .group_by(e.line, e.start, e.direction)
        .having(func.sum(e.kw) > 0)
        .subquery()
    )
    rows = connection.execute(select(kept.c.line, func.max(kept.c.start)).group_by(kept.c.line).order_by(kept.c.line))
    return {line: int(start) for line, start in rows.all()}


def has_trade(connection: Connection, market: str, begin: int, end: int) -> bool:
    """Return whether a contract or a right holds anything with MTUs in `[begin, end)`."""
    e = capacity_entries.c
    query = select(e.id).where(e.market == market, e.start >= begin, e.start < end,
                               e.layer.in_(("long_term", "term", "bilateral")))  # fmt: skip
    return connection.execute(query.limit(1)).one_or_none() is not None


def transmissions(connection: Connection, market: str) -> Sequence[Any]:
    """Return what transmission that is no trade holds, by id, line and direction: MTUs and powers."""
    e = capacity_entries.c
    keys = (e.holder, e.line, e.direction)
    kept = (
        select(*keys, e.start, func.sum(e.kw).label("kw"))
        .where(e.market == market, e.layer == "transmission")
        .group_by(*keys, e.start)
        .having(func.sum(e.kw) > 0)
        .subquery()
    )
    c = kept.c
    figures = (func.min(c.start).label("first"), func.max(c.start).label("last"), func.count().label("mtus"),
               func.min(c.kw).label("least_kw"), func.max(c.kw).label("most_kw"))  # fmt: skip
    query = select(c.holder, c.line, c.direction, *figures).group_by(c.holder, c.line, c.direction)
    return connection.execute(query.order_by(c.holder, c.line, c.direction)).all()


# --- declarations ------------------------------------------------------------------------


def declared(connection: Connection, market: str, days: Sequence[date], elements: Collection[str]) -> list[Any]:
    """Return the newest declaration of each element, side and day."""
    d = capacity_declarations.c
    texts = (days[0].isoformat(), days[-1].isoformat())
    rows = connection.execute(
        select(d.element, d.side, d.day, d.version, d.body, d.at)
        .where(d.market == market, d.day >= texts[0], d.day <= texts[1])
        .order_by(d.element, d.side, d.day, d.version)
    ).all()
    newest = {(r.element, r.side, r.day): r for r in rows if r.element in elements}
    return list(newest.values())


def declarations(connection: Connection, market: str, day: str, element: str | None) -> list[Any]:
    """Return every version of a day's declarations, of one element alone unless it is None."""
    d = capacity_declarations.c
    query = select(capacity_declarations).where(d.market == market, d.day == day).order_by(d.element, d.side, d.version)
    return list(connection.execute(query if element is None else query.where(d.element == element)).all())


def add_declaration(
    connection: Connection, market: str, element: str, side: str, day: str, body: dict[str, Any], at: int
) -> int:
    """Store the next version of one side's figures and return its number."""
    d = capacity_declarations.c
    place = (d.market == market, d.element == element, d.side == side, d.day == day)
    version = 1 + (connection.scalar(select(func.max(d.version)).where(*place)) or 0)
    connection.execute(
        insert(capacity_declarations).values(
            market=market, element=element, side=side, day=day, version=version, body=canonical(body),
            digest=digest_of(body), at=at,
        )
    )  # fmt: skip
    return version


# --- days --------------------------------------------------------------------------------


def day_of(connection: Connection, market: str, day: str) -> Row[Any] | None:
    """Return what was done for a day of a market, None if nothing was."""
    c = capacity_days.c
    return connection.execute(select(capacity_days).where(c.market == market, c.day == day)).one_or_none()


def set_day(connection: Connection, market: str, day: str, **columns: Any) -> None:
    """Write down what was done for a day of a market."""
    c = capacity_days.c
    if day_of(connection, market, day) is None:
        connection.execute(insert(capacity_days).values(market=market, day=day, **columns))
    else:
        connection.execute(update(capacity_days).where(c.market == market, c.day == day).values(**columns))


# --- rights and permits ------------------------------------------------------------------


def rights_of(connection: Connection, market: str, holder: str | None = None) -> list[Any]:
    """Return the rights of a market, or of one holder, by id."""
    query = select(capacity_rights).where(capacity_rights.c.market == market).order_by(capacity_rights.c.id)
    return list(connection.execute(query if holder is None else query.where(capacity_rights.c.holder == holder)).all())


def right(connection: Connection, market: str, name: str) -> Row[Any]:
    """Return a right of a market.

    Raises:
        BadInput: There is none of that id (rule `right_known`).
    """
    query = select(capacity_rights).where(capacity_rights.c.id == name, capacity_rights.c.market == market)
    found = connection.execute(query).one_or_none()
    if found is None:
        raise refuse(f"there is no right {name!r}", "right", "right_known", "Take an id from the list of rights.")
    return found


def permits_of(connection: Connection, market: str, holder: str | None = None) -> list[Any]:
    """Return the permits of a market, or of one holder, by id."""
    query = select(permits).where(permits.c.market == market).order_by(permits.c.id)
    return list(connection.execute(query if holder is None else query.where(permits.c.holder == holder)).all())


# --- what sessions hold ------------------------------------------------------------------


def session_capacity(connection: Connection, session: str) -> dict[str, Any] | None:
    """Return what a session got at its gate: for each line begin, MTU and kW both ways; None before its gate."""
    c = session_capacities.c
    found = connection.execute(select(c.body, c.state).where(c.session == session)).one_or_none()
    return None if found is None else {"state": found.state} | json.loads(found.body)


def holds(connection: Connection, market: str, days: Sequence[date]) -> list[tuple[str, str, dict[str, Any]]]:
    """Return session, layer and capacities of each session that holds capacity for an auction on some days."""
    s, c = sessions.c, session_capacities.c
    rows = connection.execute(
        select(s.id, s.layer, c.body)
        .join(session_capacities, c.session == s.id)
        .where(s.market == market, c.state == "held", s.delivery_day >= days[0].isoformat(),
               s.delivery_day <= days[-1].isoformat())
        .order_by(s.id)
    ).all()  # fmt: skip
    return [(r.id, r.layer, json.loads(r.body)) for r in rows]


def add_hold(connection: Connection, session: str, state: str, body: dict[str, Any], at: int) -> str:
    """Store what a session got at its gate and return its digest."""
    digest = digest_of(body)
    row = {"session": session, "state": state, "body": canonical(body), "digest": digest, "at": at}
    connection.execute(insert(session_capacities).values(**row))
    return digest


def set_hold(connection: Connection, session: str, state: str) -> None:
    """Say what became of what a session held: `allocated` or `free`."""
    connection.execute(update(session_capacities).where(session_capacities.c.session == session).values(state=state))
