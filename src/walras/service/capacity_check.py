"""Does the store still hold what the trail says of a market's capacity? Declarations, bookings, rights, contracts.

A part of `trail_check`: every row that decides who may use the border is compared with the act
that made it, and the state of each contract with a replay of its acts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, select

from walras.service.canonical import bytes_digest, digest_of
from walras.service.clock import time_text
from walras.service.store import capacity as stored
from walras.service.store.capacity_schema import (
    capacity_days,
    capacity_declarations,
    capacity_rights,
    contract_volumes,
    contracts,
    market_documents,
    nominations,
    permits,
    session_capacities,
)
from walras.service.store.trail import Flaw

Act = dict[str, Any]
Key = tuple[Any, ...]


def capacity_flaws(
    connection: Connection, market: str, stream: str, acts: list[Act], all_acts: list[Act]
) -> Iterator[Flaw]:
    """Yield what is not as the trail says.

    Args:
        connection: A transaction that reads.
        market: Code of the market.
        stream: Its stream of the trail.
        acts: Of that stream, oldest first.
        all_acts: Of every stream: auctions book as well.
    """
    yield from _bookings(connection, market, stream, all_acts)
    pairs = {
        "declaration": (_declarations(connection, market), _declared(acts)),
        "right": (_rows(connection, capacity_rights, market, RIGHT), _told(acts, "right granted", "right", RIGHT)),
        "permit": (_rows(connection, permits, market, PERMIT), _permits_told(acts)),
        "contract": (_contract_rows(connection, market), _contracts_told(acts)),
        "volumes": (_volume_rows(connection, market), _volumes_told(acts)),
        "nomination": (_nomination_rows(connection, market), _nominations_told(acts)),
        "day": (_day_rows(connection, market), _days_told(acts)),
        "document": (_document_rows(connection, market), _documents_told(acts)),
    }
    for kind, (held, told) in pairs.items():
        yield from compared(stream, kind, held, told)


RIGHT = ("element", "direction", "layer", "holder", "kw", "valid_from", "valid_to", "reference")
PERMIT = ("element", "direction", "holder", "most_kw", "begin", "end", "granted_by")
CONTRACT = ("reference", "kind", "seller", "buyer", "registrant", "begin", "end")


def compared(stream: str, kind: str, held: dict[Key, Act], told: dict[Key, Act]) -> Iterator[Flaw]:
    """Yield rows that the trail does not know, that are gone, and those that say something else."""
    for key in sorted({*held, *told}, key=repr):
        where = f"{kind} {' '.join(map(str, key))}"
        if key not in told:
            yield Flaw(stream, where, "the trail does not know it")
        elif key not in held:
            yield Flaw(stream, where, "the trail knows it, and it is not there")
        else:
            for name, value in told[key].items():
                if held[key][name] != value:
                    yield Flaw(stream, f"{where}.{name}", f"it is {held[key][name]!r}, the trail says {value!r}")


def _bookings(connection: Connection, market: str, stream: str, acts: list[Act]) -> Iterator[Flaw]:
    told = {
        (a["body"]["booking"],): {"entries": a["body"]["entries"], "digest": a["body"]["entries_digest"], "at": a["at"]}
        for a in acts if a["body"].get("market") == market and a["body"].get("booking")
    }  # fmt: skip
    held = {
        (number,): {"entries": len(rows), "digest": digest_of([r for r, _ in rows]), "at": rows[0][1]}
        if len({at for _, at in rows}) == 1 else {"entries": len(rows), "digest": "", "at": None}
        for number, rows in stored.bookings(connection, market).items()
    }  # fmt: skip
    yield from compared(stream, "booking", held, told)


def _rows(connection: Connection, table: Any, market: str, names: tuple[str, ...]) -> dict[Key, Act]:
    rows = connection.execute(select(table).where(table.c.market == market)).all()
    return {(r.id,): {n: getattr(r, n) for n in names} | {"at": r.at} for r in rows}


def _told(acts: list[Act], act: str, key: str, names: tuple[str, ...]) -> dict[Key, Act]:
    return {(a["body"][key],): {n: a["body"][n] for n in names} | {"at": a["at"]} for a in acts if a["act"] == act}


def _permits_told(acts: list[Act]) -> dict[Key, Act]:
    found = _told(acts, "permit granted", "permit", PERMIT)
    for a in acts:
        if a["act"] == "permit ended":
            found[a["body"]["permit"],]["end"] = a["body"]["end"]
    return found


def _declarations(connection: Connection, market: str) -> dict[Key, Act]:
    d = capacity_declarations.c
    rows = connection.execute(select(capacity_declarations).where(d.market == market)).all()
    return {
        (r.element, r.side, r.day, r.version): {"digest": r.digest, "body": bytes_digest(r.body.encode()), "at": r.at}
        for r in rows
    }


def _declared(acts: list[Act]) -> dict[Key, Act]:
    found: dict[Key, Act] = {}
    for a in acts:
        body = a["body"]
        if a["act"] == "capacity declared":
            for element, version in body["versions"].items():
                digest = body["digests"][element]
                key = (element, body["side"], body["delivery_day"], version)
                found[key] = {"digest": digest, "body": digest, "at": a["at"]}
        for z in body.get("zeros", ()) if a["act"] == "capacities closed" else ():
            key = (z["element"], z["side"], body["delivery_day"], z["version"])
            found[key] = {"digest": z["digest"], "body": z["digest"], "at": a["at"]}
    return found


def _contract_rows(connection: Connection, market: str) -> dict[Key, Act]:
    rows = connection.execute(select(contracts).where(contracts.c.market == market)).all()
    return {
        (r.id,): {n: getattr(r, n) for n in CONTRACT}
        | {"state": r.state, "reason": r.reason, "legs": bytes_digest(r.path.encode()), "at": r.at,
           "confirm_until": time_text(r.confirm_until)}
        for r in rows
    }  # fmt: skip


def _contracts_told(acts: list[Act]) -> dict[Key, Act]:
    """Return how each contract stands after its acts."""
    found: dict[Key, Act] = {}
    for a in acts:
        body, word = a["body"], a["act"].removeprefix("contract ")
        if word == "registered":
            found[body["contract"],] = {n: body[n] for n in CONTRACT} | {
                "state": "registered", "reason": "", "legs": digest_of(body["legs"]), "at": a["at"],
                "confirm_until": body["confirm_until"],
            }  # fmt: skip
        elif word == "confirmed":
            found[body["contract"],]["state"] = "confirmed"
        elif word in {"refused", "lapsed"}:
            mine = found[body["contract"],]
            mine["reason"] = body["reason"]
            mine["state"] = word if mine["state"] == "registered" else mine["state"]
        elif word == "terminated":
            found[body["contract"],] |= {"state": body["state"], "end": body["ended"], "reason": body["reason"]}
    return found


def _volume_rows(connection: Connection, market: str) -> dict[Key, Act]:
    v = contract_volumes.c
    query = select(contract_volumes).join(contracts, contracts.c.id == v.contract).where(contracts.c.market == market)
    return {
        (r.contract, r.version): {"state": r.state, "by": r.proposed_by, "digest": bytes_digest(r.body.encode()),
                                  "confirm_until": time_text(r.confirm_until), "at": r.at}
        for r in connection.execute(query).all()
    }  # fmt: skip


def _volumes_told(acts: list[Act]) -> dict[Key, Act]:
    found: dict[Key, Act] = {}
    for a in acts:
        body, word = a["body"], a["act"].removeprefix("contract ")
        if word in {"registered", "change"}:
            found[body["contract"], body["version"]] = {
                "state": "pending", "by": a["company"], "digest": body["volumes_digest"],
                "confirm_until": body["confirm_until"], "at": a["at"],
            }  # fmt: skip
        elif word in {"confirmed", "refused", "lapsed"}:
            found[body["contract"], body["version"]]["state"] = "agreed" if word == "confirmed" else word
        elif word == "terminated" and body["withdrawn"]:
            found[body["contract"], body["withdrawn"]]["state"] = "withdrawn"
    return found


def _nomination_rows(connection: Connection, market: str) -> dict[Key, Act]:
    query = select(nominations).join(contracts, contracts.c.id == nominations.c.contract)
    rows = connection.execute(query.where(contracts.c.market == market)).all()
    return {(r.contract, r.side, r.day, r.version): {"kw": bytes_digest(r.body.encode()), "at": r.at} for r in rows}


def _nominations_told(acts: list[Act]) -> dict[Key, Act]:
    return {
        (a["body"]["contract"], a["body"]["side"], a["body"]["delivery_day"], a["body"]["version"]): {
            "kw": digest_of(a["body"]["kw"]), "at": a["at"],
        }
        for a in acts if a["act"] == "schedule nominated"
    }  # fmt: skip


def _day_rows(connection: Connection, market: str) -> dict[Key, Act]:
    rows = connection.execute(select(capacity_days).where(capacity_days.c.market == market)).all()
    return {
        (r.day,): {"told": r.capacity_told_at, "matched": r.matched_at, "matches": bytes_digest(r.matches.encode())}
        for r in rows
    }


def _days_told(acts: list[Act]) -> dict[Key, Act]:
    empty = {"told": None, "matched": None, "matches": bytes_digest(b"[]")}
    found: dict[Key, Act] = {}
    for a in acts:
        if a["act"] == "capacities closed":
            found.setdefault((a["body"]["delivery_day"],), dict(empty))["told"] = a["at"]
        elif a["act"] == "schedules matched":
            day = found.setdefault((a["body"]["delivery_day"],), dict(empty))
            day |= {"matched": a["at"], "matches": a["body"]["matches_digest"]}
    return found


def hold_flaws(connection: Connection, session: Row[Any], acts: list[Act]) -> Iterator[Flaw]:
    """Yield where what a session got at its gate, or what became of it, is not as its stream says."""
    told: Act | None = None
    for a in acts:
        if a["act"] in {"capacity held", "capacity shown"}:
            told = {"state": a["act"].removeprefix("capacity "), "digest": a["body"]["digest"], "at": a["at"]}
        elif told is not None and a["act"] in {"capacity allocated", "capacity freed"}:
            told["state"] = {"capacity allocated": "allocated", "capacity freed": "free"}[a["act"]]
    c = session_capacities.c
    row = connection.execute(select(session_capacities).where(c.session == session.id)).one_or_none()
    held = {} if row is None else {(session.id,): {"state": row.state, "digest": bytes_digest(row.body.encode()),
                                                   "at": row.at}}  # fmt: skip
    yield from compared(session.id, "capacity of", held, {} if told is None else {(session.id,): told})
    if row is not None and row.digest != bytes_digest(row.body.encode()):
        yield Flaw(session.id, "capacity of the session", "its figures have another digest")


def _document_rows(connection: Connection, market: str) -> dict[Key, Act]:
    rows = connection.execute(select(market_documents).where(market_documents.c.market == market)).all()
    return {
        (r.id,): {"company": r.company, "identification": r.identification, "version": r.version, "digest": r.digest,
                  "content": None if r.content is None else bytes_digest(bytes(r.content)),
                  "is_accepted": r.is_accepted, "answer": bytes_digest(r.answer.encode()), "at": r.at}
        for r in rows
    }  # fmt: skip


def _documents_told(acts: list[Act]) -> dict[Key, Act]:
    found: dict[Key, Act] = {}
    for a in acts:
        if a["act"] in {"document accepted", "document rejected"}:
            body, is_accepted = a["body"], a["act"] == "document accepted"
            found[body["document"],] = {
                "company": a["company"], "identification": body["kept_as"], "version": body["version"],
                "digest": body["digest"], "content": body["digest"] if is_accepted else None,
                "is_accepted": is_accepted, "answer": body["answer_digest"], "at": a["at"],
            }  # fmt: skip
    return found
