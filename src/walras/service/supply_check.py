"""Does the store still hold what the trail says of supply agreements? Versions, records, bookings.

A part of `trail_check`. Records are held by their seals, whose heads the trail has, and every document is
computed anew from the records before it; bookings are held by the trail of the ledger, and say what
their records say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Table, select

from walras.contracts import Event, Journal
from walras.contracts.events import broken_seals
from walras.errors import BadInput
from walras.service.canonical import bytes_digest, canonical
from walras.service.capacity_check import Act, Key, compared
from walras.service.clock import MINUTE, time_text
from walras.service.store import ledger
from walras.service.store import supply as stored
from walras.service.store.settlement_schema import ledger_events
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
from walras.service.store.trail import Flaw
from walras.settlement.supply import KIND, body_of, books

VERSION = ("text", "digest", "state", "proposed_by", "asked", "confirm_until", "reason", "at")
BOOKING = ("agreement", "record", "day", "reference", "run")
OFFERED = {"supply offered": "offered", "supply allocated": "allocated", "supply freed": "free"}
WORDS = {"supply agreement refused": "refused", "supply agreement lapsed": "lapsed"}


def supply_flaws(connection: Connection, market: str, said: Mapping[str, Sequence[Act]]) -> Iterator[Flaw]:
    """Yield what is not as the trail says.

    Args:
        connection: A transaction that reads.
        market: Code of the market.
        said: Acts of every stream of the trail, oldest first.
    """
    stream = stored.stream_of(market)
    acts = said.get(stream, [])
    found = connection.execute(select(supply_agreements).where(supply_agreements.c.market == market)).all()
    ids = [r.id for r in found]
    agreements, versions, confirmed = _told(acts)
    held: dict[Key, Act] = {(r.id,): {"name": r.name, "version": r.version, "at": r.at} for r in found}
    yield from compared(stream, "agreement", held, agreements)
    yield from compared(stream, "version", _versions(connection, ids), versions)
    yield from compared(stream, "confirmation", _confirmations(connection, ids), confirmed)
    yield from compared(stream, "contract", *_contracts(connection, market, found))
    booked = [a for a in said.get(ledger.stream_of(market), []) if a["body"].get("kind") == KIND]
    told: dict[Key, Act] = {(a["body"]["event"],): {n: a["body"][n] for n in BOOKING} for a in booked}
    rows = connection.execute(select(supply_bookings).where(supply_bookings.c.market == market)).all()
    yield from compared(stream, "booking", {(r.event,): {n: getattr(r, n) for n in BOOKING} for r in rows}, told)
    yield from compared(stream, "flexibility", _flexibility(connection, ids), _flexibility_told(acts))
    for row in found:
        mine = {r.record: r.event for r in rows if r.agreement == row.id}
        yield from _record_flaws(connection, stream, row, acts, mine)


def _told(acts: Sequence[Act]) -> tuple[dict[Key, Act], dict[Key, Act], dict[Key, Act]]:
    """Return agreements, versions and confirmations as the acts lead to them."""
    agreements, versions, confirmed = dict[Key, Act](), dict[Key, Act](), dict[Key, Act]()
    for a in acts:
        b = a["body"]
        key = (b.get("agreement"), b.get("version"))
        if a["act"] == "supply agreement proposed":
            agreements.setdefault(key[:1], {"name": b["name"], "version": 0, "at": a["at"]})
            versions[key] = {
                "text": b["digest"], "digest": b["digest"], "state": "proposed", "proposed_by": a["company"],
                "asked": canonical(b["asked"]), "confirm_until": b["confirm_until"], "reason": "", "at": a["at"],
            }  # fmt: skip
        elif a["act"] == "supply agreement confirmed":
            confirmed[(*key, b["company"])] = {"at": a["at"]}
            if b["holds"]:
                versions[key]["state"] = "agreed"
                agreements[key[:1]]["version"] = b["version"]
        elif a["act"] in WORDS:
            versions[key] |= {"state": WORDS[a["act"]], "reason": b["reason"]}
    return agreements, versions, confirmed


def _of(connection: Connection, table: Table, ids: Sequence[str]) -> Sequence[Row[Any]]:
    """Return rows of some agreements; ids are those of one market, asked one by one."""
    return [r for a in ids for r in connection.execute(select(table).where(table.c.agreement == a))]


def _versions(connection: Connection, ids: Sequence[str]) -> dict[Key, Act]:
    return {
        (r.agreement, r.version): {n: getattr(r, n) for n in VERSION}
        | {"text": bytes_digest(r.text.encode()), "confirm_until": time_text(r.confirm_until)}
        for r in _of(connection, supply_versions, ids)
    }


def _confirmations(connection: Connection, ids: Sequence[str]) -> dict[Key, Act]:
    rows = _of(connection, supply_confirmations, ids)
    return {(r.agreement, r.version, r.company): {"at": r.at} for r in rows}


def _flexibility(connection: Connection, ids: Sequence[str]) -> dict[Key, Act]:
    return {
        (r.agreement, r.contract, r.day, r.version): {"digest": bytes_digest(r.steps.encode()), "at": r.at}
        for r in _of(connection, supply_flexibility, ids)
    }


def _flexibility_told(acts: Sequence[Act]) -> dict[Key, Act]:
    return {
        (b["agreement"], b["contract"], b["day"], b["flexibility"]): {"digest": b["digest"], "at": a["at"]}
        for a in acts if a["act"] == "supply flexibility" for b in [a["body"]]
    }  # fmt: skip


def offered_flaws(connection: Connection, session: Row[Any], acts: Sequence[Act]) -> Iterator[Flaw]:
    """Yield where what contracts brought to a session, or what became of it, is not as its stream says."""
    told: dict[Key, Act] = {}
    for a in acts:
        if a["act"] == "supply offered":
            digest = a["body"]["digest"]
            told[session.id,] = {"state": "offered", "digest": digest, "body": digest, "at": a["at"]}
        elif a["act"] in OFFERED:
            told[session.id,]["state"] = OFFERED[a["act"]]
    rows = connection.execute(select(session_supply).where(session_supply.c.session == session.id))
    held: dict[Key, Act] = {
        (r.session,): {"state": r.state, "digest": r.digest, "body": bytes_digest(r.body.encode()), "at": r.at}
        for r in rows
    }
    yield from compared(session.id, "supply of", held, told)


def _contracts(connection: Connection, market: str, found: Sequence[Row[Any]]) -> tuple[dict[Key, Act], dict[Key, Act]]:
    """Return the contracts of a market as they are listed, and as the texts that hold say."""
    names = ("agreement", "begin", "end", "is_offered")
    rows = connection.execute(select(supply_contracts).where(supply_contracts.c.market == market))
    held: dict[Key, Act] = {(r.contract,): {n: getattr(r, n) for n in names} for r in rows}
    told: dict[Key, Act] = {}
    for row in found:
        read = _agreement(connection, row)
        for c in [] if read is None else stored.contract_rows(market, row.id, read):
            told[c["contract"],] = {n: c[n] for n in names}
    return held, told


def _agreement(connection: Connection, row: Row[Any]) -> Any:
    """Return the agreement that holds, None where none does or its text is no agreement any more."""
    try:
        return stored.read(stored.text_of(connection, row.id, row.version)) if row.version else None
    except BadInput:
        return None


def _record_flaws(
    connection: Connection, stream: str, row: Row[Any], acts: Sequence[Act], booked: dict[int, int]
) -> Iterator[Flaw]:
    """Compare the records of an agreement with their seals, with the trail, with each other, and with the ledger."""
    where = f"agreement {row.id}"
    query = select(supply_events).where(supply_events.c.agreement == row.id).order_by(supply_events.c.number)
    rows = connection.execute(query).all()
    events = [stored.event_of(r) for r in rows]
    for r, e in zip(rows, events, strict=True):
        if canonical(e.body) != r.body:
            yield Flaw(stream, f"{where} record {r.number}", "it is not written as the service writes")
    broken = broken_seals(events)
    yield from (Flaw(stream, f"{where} {m.where}", m.what) for m in broken)
    yield from _heads(stream, row.id, events, acts)
    agreement = _agreement(connection, row)
    if broken or agreement is None:
        return
    try:
        journal = Journal(agreement, events)
    except BadInput as error:
        yield from (Flaw(stream, f"{where} {m.where}", m.what) for m in error.mistakes)
        return
    yield from _bookings(connection, stream, row, journal, booked)


def _heads(stream: str, agreement: str, events: Sequence[Event], acts: Sequence[Act]) -> Iterator[Flaw]:
    """Compare the chain of an agreement with the heads and times that the trail has."""
    last = 0
    for a in acts:
        b = a["body"]
        if a["act"] != "supply recorded" or b["agreement"] != agreement:
            continue
        where, part = f"agreement {agreement} records {b['first']} to {b['last']}", events[b["first"] - 1 : b["last"]]
        if b["first"] != last + 1 or not part or part[-1].number != b["last"] or part[-1].hash != b["head"]:
            yield Flaw(stream, where, "they are not those that the trail says")
        if any(e.at != a["at"] // MINUTE for e in part):
            yield Flaw(stream, where, "they bear another time than the trail says")
        last = b["last"]
    if len(events) != last:
        yield Flaw(stream, f"agreement {agreement}", f"it has {len(events)} records, the trail says {last}")


def _bookings(
    connection: Connection, stream: str, row: Row[Any], journal: Journal, booked: dict[int, int]
) -> Iterator[Flaw]:
    """Compare what records move with the events of the ledger that they led to."""
    for event in journal.events:
        where = f"agreement {row.id} {event.where}"
        number = booked.pop(event.number, None)
        if books(event) != (number is not None):
            yield Flaw(stream, where, "it moves money, and the ledger has no event of it, or the other way round")
        elif number is not None:
            place = (ledger_events.c.market == row.market, ledger_events.c.number == number)
            body = connection.scalar(select(ledger_events.c.body).where(*place))
            if canonical(body_of(journal.standing, event) | {"agreement": row.id}) != body:
                yield Flaw(stream, where, f"event {number} of the ledger books something else")
    for record, number in booked.items():
        yield Flaw(stream, f"agreement {row.id} record {record}", f"event {number} is of no record")
