"""Supply agreements in the store: versions and who confirmed them, records, bookings, flexibility.

The row of an agreement is the lock of its journal: `locked` before anything of it is read that decides.
Whoever also needs a session or the capacity of a market locks them before, and the ledger after.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from walras.contracts import Agreement, Event, Journal, agreement_of
from walras.service.canonical import bytes_digest, canonical
from walras.service.store.schema import sessions
from walras.service.store.sessions import queue_up
from walras.service.store.supply_schema import (
    session_supply,
    supply_agreements,
    supply_bookings,
    supply_confirmations,
    supply_contracts,
    supply_events,
    supply_flexibility,
    supply_versions,
)
from walras.service.work import refuse
from walras.settlement.accounts import name_of

ROWS = 500
"""Rows in one statement."""


def stream_of(market: str) -> str:
    """Return the stream of the trail that has the supply agreements of a market.

    >>> stream_of("two")
    'supply.two'
    """
    return f"supply.{market}"


def lock_names(connection: Connection, market: str) -> None:
    """Stand in line for the names of agreements and contracts of a market, before the row of any of them."""
    queue_up(connection, [f"supply {market}"], is_shared=False)


def unknown(agreement: str) -> Exception:
    """Return the refusal of an agreement that is not there, or not for the caller."""
    fix = "Take an id from the list."
    return refuse(f"there is no supply agreement {agreement!r}", "agreement", "supply_agreement_known", fix)


def get(connection: Connection, agreement: str, *, is_locked: bool = False) -> Row[Any]:
    """Return an agreement, its row locked until the transaction ends if asked.

    Raises:
        BadInput: There is none (rule `supply_agreement_known`).
    """
    query = select(supply_agreements).where(supply_agreements.c.id == agreement)
    found = connection.execute(query.with_for_update() if is_locked else query).one_or_none()
    if found is None:
        raise unknown(agreement)
    return found


def of_name(connection: Connection, market: str, name: str) -> Row[Any] | None:
    """Return the agreement of a name, None where there is none."""
    a = supply_agreements.c
    return connection.execute(select(supply_agreements).where(a.market == market, a.name == name)).one_or_none()


def of_market(connection: Connection, market: str, after: str, limit: int) -> Sequence[Row[Any]]:
    """Return agreements of a market after one of them, by id."""
    a = supply_agreements.c
    query = select(supply_agreements).where(a.market == market, a.id > after).order_by(a.id).limit(limit)
    return connection.execute(query).all()


def add(connection: Connection, **columns: Any) -> None:
    """Store an agreement of which no version holds yet."""
    connection.execute(insert(supply_agreements).values(version=0, **columns))


# --- versions ----------------------------------------------------------------------------


def versions(connection: Connection, agreement: str) -> Sequence[Row[Any]]:
    """Return every version, oldest first."""
    v = supply_versions.c
    return connection.execute(select(supply_versions).where(v.agreement == agreement).order_by(v.version)).all()


def text_of(connection: Connection, agreement: str, version: int) -> str:
    """Return the text of a version, which must be there."""
    v = supply_versions.c
    query = select(v.text).where(v.agreement == agreement, v.version == version)
    return str(connection.execute(query).scalar_one())


def waiting(connection: Connection, until: int) -> list[str]:
    """Return agreements with a version that waits and should have been confirmed by a time."""
    v = supply_versions.c
    query = select(v.agreement).where(v.state == "proposed", v.confirm_until <= until).order_by(v.agreement)
    return list(connection.scalars(query))


def add_version(connection: Connection, agreement: str, number: int, text: str, asked: Any, **columns: Any) -> str:
    """Store a proposed version and return the digest of its text."""
    digest = bytes_digest(text.encode())
    row = {"agreement": agreement, "version": number, "text": text, "digest": digest, "asked": canonical(asked)}
    connection.execute(insert(supply_versions).values(**row, state="proposed", reason="", **columns))
    return digest


def decide(connection: Connection, agreement: str, version: int, state: str, reason: str = "") -> None:
    """Say what became of a version that waited."""
    place = (supply_versions.c.agreement == agreement, supply_versions.c.version == version)
    connection.execute(update(supply_versions).where(*place).values(state=state, reason=reason))


def confirm(connection: Connection, agreement: str, version: int, company: str, at: int) -> None:
    """Store that a party agrees."""
    row = {"agreement": agreement, "version": version, "company": company, "at": at}
    connection.execute(insert(supply_confirmations).values(**row))


def confirmed(connection: Connection, agreement: str, version: int) -> list[str]:
    """Return who agreed to a version, sorted."""
    c = supply_confirmations.c
    query = select(c.company).where(c.agreement == agreement, c.version == version).order_by(c.company)
    return list(connection.scalars(query))


def hold(connection: Connection, found: Row[Any], version: int, agreement: Agreement) -> None:
    """Let a version hold, and its contracts stand in the list of the market."""
    connection.execute(
        update(supply_agreements).where(supply_agreements.c.id == found.id).values(version=version)
    )  # fmt: skip
    connection.execute(delete(supply_contracts).where(supply_contracts.c.agreement == found.id))
    connection.execute(insert(supply_contracts), contract_rows(found.market, found.id, agreement))


def contract_rows(market: str, agreement: str, read: Agreement) -> list[dict[str, Any]]:
    """Return the rows of an agreement's contracts."""
    return [
        {"market": market, "contract": c.contract, "agreement": agreement, "begin": c.begin.isoformat(),
         "end": c.end.isoformat(), "is_offered": c.meeting is not None}
        for c in read.contracts
    ]  # fmt: skip


def named_elsewhere(connection: Connection, market: str, agreement: str, names: Iterable[str]) -> list[str]:
    """Return which names of contracts other agreements of a market have."""
    c, found, wanted = supply_contracts.c, list[str](), sorted(set(names))
    for first in range(0, len(wanted), ROWS):
        query = select(c.contract).where(c.market == market, c.agreement != agreement)
        found += connection.scalars(query.where(c.contract.in_(wanted[first : first + ROWS]))).all()
    return found


def offered_between(connection: Connection, market: str, first: str, last: str) -> list[str]:
    """Return agreements with contracts that meet the auction on some days, by id."""
    c = supply_contracts.c
    query = select(c.agreement).where(c.market == market, c.is_offered, c.begin <= last, c.end > first)
    return list(connection.scalars(query.distinct().order_by(c.agreement)))


HOLDER = "supply "
"""What holders of capacity that supply contracts are begin with."""


def parties_of(connection: Connection, holder: str) -> list[str]:
    """Return seller and buyer of the supply contracts of a name, in any market; none where the holder is none."""
    c, a, name = supply_contracts.c, supply_agreements.c, holder.removeprefix(HOLDER)
    if name == holder:
        return []
    query = select(a.id, a.version).join(supply_contracts, c.agreement == a.id).where(c.contract == name)
    found = [read(text_of(connection, *row)).contract(name) for row in connection.execute(query).all()]
    return sorted({name_of(account) for one in found if one is not None for account in (one.seller, one.buyer)})


@lru_cache(maxsize=128)
def read(text: str) -> Agreement:
    """Return the agreement of a text that was found right before; the same text is not read twice."""
    return agreement_of(text)


# --- records -----------------------------------------------------------------------------


def journal(connection: Connection, found: Row[Any]) -> Journal:
    """Return the journal of an agreement as its version that holds reads.

    Raises:
        BadInput: No version of it holds (rule `supply_agreement_state`).
    """
    if not found.version:
        what, fix = "no version of it holds", "Have every party confirm it first."
        raise refuse(what, f"agreement {found.id}", "supply_agreement_state", fix)
    return Journal.trusted(read(text_of(connection, found.id, found.version)), events(connection, found.id))


def events(
    connection: Connection, agreement: str, after: int = 0, limit: int | None = None, kinds: Sequence[str] = ()
) -> list[Event]:
    """Return records in order, after one of them; of some kinds alone if any are named."""
    e = supply_events.c
    query = select(supply_events).where(e.agreement == agreement, e.number > after).order_by(e.number).limit(limit)
    if kinds:
        query = query.where(e.kind.in_(list(kinds)))
    return [event_of(row) for row in connection.execute(query)]


def event(connection: Connection, agreement: str, number: int) -> Event:
    """Return one record, which must be there."""
    e = supply_events.c
    query = select(supply_events).where(e.agreement == agreement, e.number == number)
    return event_of(connection.execute(query).one())


def event_of(row: Any) -> Event:
    """Return a record as it was stored."""
    return Event(row.number, row.kind, row.at, row.contract, json.loads(row.body), row.previous, row.hash)


def add_events(connection: Connection, agreement: str, made: Sequence[Event]) -> None:
    """Store records behind those that are there."""
    rows = [
        {"agreement": agreement, "number": e.number, "kind": e.kind, "at": e.at, "contract": e.contract,
         "body": canonical(e.body), "previous": e.previous, "hash": e.hash}
        for e in made
    ]  # fmt: skip
    for first in range(0, len(rows), ROWS):
        connection.execute(insert(supply_events), rows[first : first + ROWS])


# --- bookings ----------------------------------------------------------------------------


def add_booking(connection: Connection, **columns: Any) -> None:
    """Store that the ledger booked a record."""
    connection.execute(insert(supply_bookings).values(**columns))


def next_run(connection: Connection, market: str, reference: str) -> int:
    """Return the number of the next booking of a reference, from 1."""
    b = supply_bookings.c
    query = select(func.count()).select_from(supply_bookings).where(b.market == market, b.reference == reference)
    return 1 + int(connection.scalar(query) or 0)


def bookings_between(connection: Connection, market: str, first: str, last: str) -> Sequence[Row[Any]]:
    """Return bookings about some days, by day and reference."""
    b = supply_bookings.c
    query = select(supply_bookings).where(b.market == market, b.day >= first, b.day <= last)
    return connection.execute(query.order_by(b.day, b.reference, b.run)).all()


def bookings_of(connection: Connection, agreement: str) -> Sequence[Row[Any]]:
    """Return the bookings of an agreement, by record."""
    b = supply_bookings.c
    query = select(supply_bookings).where(b.agreement == agreement).order_by(b.record)
    return connection.execute(query).all()


# --- what reaches an auction -------------------------------------------------------------


def flexibility(connection: Connection, agreement: str, contract: str, day: str) -> tuple[int, dict[str, Any]]:
    """Return the newest flexibility of a contract day and its version; no steps and version 0 where there is none."""
    f = supply_flexibility.c
    query = select(f.version, f.steps).where(f.agreement == agreement, f.contract == contract, f.day == day)
    found = connection.execute(query.order_by(f.version.desc()).limit(1)).one_or_none()
    return (0, {"steps": [], "floor": None}) if found is None else (found.version, json.loads(found.steps))


def offered_days(connection: Connection, agreement: str, since: int) -> set[tuple[str, date]]:
    """Return contracts and days with flexibility that stands, about a minute UTC and later."""
    f, first = supply_flexibility.c, date(1970, 1, 1) + timedelta(days=since // 1440 - 1)
    query = select(f.contract, f.day, f.steps).where(f.agreement == agreement, f.day >= first.isoformat())
    newest = {(r.contract, r.day): r.steps for r in connection.execute(query.order_by(f.version))}
    return {(name, date.fromisoformat(day)) for (name, day), text in newest.items() if json.loads(text)["steps"]}


def add_flexibility(
    connection: Connection, agreement: str, contract: str, day: str, body: dict[str, Any], at: int
) -> tuple[int, str]:
    """Store the next version of a contract day's flexibility; return its number and digest."""
    version = 1 + flexibility(connection, agreement, contract, day)[0]
    text = canonical(body)
    row = {"agreement": agreement, "contract": contract, "day": day, "version": version, "steps": text, "at": at}
    connection.execute(insert(supply_flexibility).values(**row))
    return version, bytes_digest(text.encode())


def add_offered(connection: Connection, session: str, body: list[dict[str, Any]], at: int) -> str:
    """Store what contracts bring to a session and return its digest."""
    text = canonical(body)
    digest = bytes_digest(text.encode())
    row = {"session": session, "state": "offered", "body": text, "digest": digest, "at": at}
    connection.execute(insert(session_supply).values(**row))
    return digest


def offered(connection: Connection, session: str) -> tuple[str, list[dict[str, Any]]]:
    """Return the state of what contracts bring to a session, and its rows; none where they bring nothing."""
    query = select(session_supply.c.state, session_supply.c.body).where(session_supply.c.session == session)
    found = connection.execute(query).one_or_none()
    return ("", []) if found is None else (found.state, json.loads(found.body))


def set_offered(connection: Connection, session: str, state: str) -> None:
    """Say what became of what contracts brought to a session."""
    connection.execute(update(session_supply).where(session_supply.c.session == session).values(state=state))


def offered_elsewhere(connection: Connection, market: str, session: str, first: str, last: str) -> set[tuple[str, str]]:
    """Return contracts and days that other sessions of some delivery days took in, and were not cancelled."""
    query = (
        select(session_supply.c.body)
        .join(sessions, sessions.c.id == session_supply.c.session)
        .where(sessions.c.market == market, sessions.c.delivery_day.between(first, last), sessions.c.id != session)
        .where(session_supply.c.state != "free")
    )
    return {(row["contract"], row["day"]) for body in connection.scalars(query) for row in json.loads(body)}
