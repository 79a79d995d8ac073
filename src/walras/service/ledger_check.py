"""Does the ledger of a market still say what its trail says, and what its events lead to?

Every byte is held by something else: events by their digests in the trail, entries and postings by
their chain and by a replay of the events, balances by the postings, terms, fixings, runs, bank
accounts, payments and disputes by their acts. Part of `walras trail verify`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, select

from walras.errors import BadInput
from walras.service.canonical import bytes_digest, canonical, digest_of
from walras.service.capacity_check import Act, Key, compared
from walras.service.clearing.inputs import Inputs
from walras.service.clock import time_text
from walras.service.secrets import Secrets
from walras.service.store import ledger as stored
from walras.service.store.settlement_schema import (
    bank_accounts,
    disputes,
    fixings,
    ledger_balances,
    ledger_events,
    ledgers,
    payments,
    settlement_runs,
    settlement_terms,
)
from walras.service.store.trail import Flaw
from walras.settlement.books import replay
from walras.settlement.ledger import GENESIS, Sealed, broken_links

BLOCK = 1000
PAYMENT_STATES = {
    "payment in": "counted", "payment out": "sent", "payment released": "counted", "payment returned": "returned",
    "payment out held": "held", "payment out freed": "freed",
}  # fmt: skip
DIRECTIONS = {"payment in": "in", "payment out": "out", "payment out held": "hold"}


def ledger_flaws(connection: Connection, market: str, acts: list[Act], secrets: Secrets | None) -> Iterator[Flaw]:
    """Yield everything in the ledger of a market, and around it, that is not as its trail says."""
    stream = stored.stream_of(market)
    row = connection.execute(select(ledgers).where(ledgers.c.market == market)).one_or_none()
    if row is None:
        if any(a["act"] == "booked" for a in acts):
            yield Flaw(stream, "ledger", "the trail knows it, and it is not there")
        return
    yield from _events(connection, market, stream, acts)
    entries = _entries(connection, market)
    for mistake in broken_links(entries):
        yield Flaw(stream, mistake.where, mistake.what)
    yield from _heads(stream, row, entries, acts)
    yield from _balances(connection, market, stream, entries)
    yield from _terms(connection, market, stream, acts)
    yield from _fixings(connection, market, stream, acts)
    yield from _runs(connection, market, stream, acts)
    yield from _around(connection, market, stream, acts)
    if secrets is not None:
        yield from _replayed(connection, market, stream, entries, secrets)


def _events(connection: Connection, market: str, stream: str, acts: list[Act]) -> Iterator[Flaw]:
    names = ("kind", "reference")
    told: dict[Key, Act] = {
        (a["body"]["event"],): {n: a["body"][n] for n in names} | {"digest": a["body"]["event_digest"], "at": a["at"]}
        for a in acts
        if a["act"] == "booked"
    }
    held: dict[Key, Act] = {}
    rows = connection.execute(select(ledger_events).where(ledger_events.c.market == market))
    for r in rows:
        event = stored.read_event(r)
        said = {"kind": r.kind, "reference": r.reference, "body": event.body, "at": r.at}
        digest = digest_of(said) if canonical(event.body) == r.body and digest_of(said) == r.digest else ""
        held[r.number,] = {n: getattr(r, n) for n in names} | {"digest": digest, "at": r.at}
    yield from compared(stream, "event", held, told)


def _entries(connection: Connection, market: str) -> list[Sealed]:
    found: list[Sealed] = []
    while more := stored.entries(connection, market, found[-1].number if found else 0, BLOCK):
        found += more
    return found


def _heads(stream: str, row: Any, entries: list[Sealed], acts: list[Act]) -> Iterator[Flaw]:
    """Compare the row of the ledger, and the head after each event, with the entries."""
    last = entries[-1].hash if entries else GENESIS
    booked = [a["body"] for a in acts if a["act"] == "booked"]
    told = {"events": len(booked), "entries": len(entries), "head": last}
    for name, value in told.items():
        if getattr(row, name) != value:
            yield Flaw(stream, f"ledger.{name}", f"it is {getattr(row, name)!r}, its events say {value!r}")
    head, by_event = GENESIS, defaultdict(list)
    for s in entries:
        by_event[s.event].append(s)
    for body in booked:
        own = by_event.get(body["event"], [])
        head = own[-1].hash if own else head
        if (len(own), head) != (body["entries"], body["head"]):
            yield Flaw(stream, f"event {body['event']}", "its entries are not those that the trail says")


def _balances(connection: Connection, market: str, stream: str, entries: list[Sealed]) -> Iterator[Flaw]:
    sums: dict[Key, int] = defaultdict(int)
    for s in entries:
        for p in s.entry.postings:
            sums[p.account, p.currency] += p.amount_minor
    rows = connection.execute(select(ledger_balances).where(ledger_balances.c.market == market))
    held: dict[Key, Act] = {(r.account, r.currency): {"amount_minor": r.amount_minor} for r in rows}
    told: dict[Key, Act] = {key: {"amount_minor": amount} for key, amount in sums.items()}
    yield from compared(stream, "balance", held, told)


def _terms(connection: Connection, market: str, stream: str, acts: list[Act]) -> Iterator[Flaw]:
    rows = connection.execute(select(settlement_terms).where(settlement_terms.c.market == market))
    held: dict[Key, Act] = {
        (r.version,): {"valid_from": r.valid_from, "valid_to": r.valid_to, "body": bytes_digest(r.body.encode()),
                       "digest": r.digest, "at": r.at}
        for r in rows
    }  # fmt: skip
    told: dict[Key, Act] = {
        (a["body"]["version"],): {n: a["body"][n] for n in ("valid_from", "valid_to")}
        | {"body": (digest := digest_of(a["body"]["terms"])), "digest": digest, "at": a["at"]}
        for a in acts
        if a["act"] == "terms set"
    }
    yield from compared(stream, "terms", held, told)


def _fixings(connection: Connection, market: str, stream: str, acts: list[Act]) -> Iterator[Flaw]:
    names = ("rate", "source", "fixed_at")
    rows = connection.execute(select(fixings).where(fixings.c.market == market))
    held: dict[Key, Act] = {
        (r.base, r.quote, r.day, r.version): {"rate": r.rate, "source": r.source, "at": r.at}
        | {"fixed_at": time_text(r.fixed_at)}
        for r in rows
    }
    told: dict[Key, Act] = {
        (b["base"], b["quote"], b["day"], b["version"]): {n: b[n] for n in names} | {"at": a["at"]}
        for a in acts
        if a["act"] == "fixing stored" and (b := a["body"])
    }
    yield from compared(stream, "fixing", held, told)


def _runs(connection: Connection, market: str, stream: str, acts: list[Act]) -> Iterator[Flaw]:
    r = settlement_runs.c
    rows = connection.execute(select(settlement_runs).where(r.market == market))
    events = {e.number: e.body for e in stored.events(connection, market) if e.kind == "settlement"}
    held: dict[Key, Act] = {
        (row.session, row.run): {"name": row.name, "event": row.event, "lines": bytes_digest(row.lines),
                                 "digest": row.digest, "at": row.at, "result_version": row.result_version,
                                 "inputs": row.inputs == canonical(events.get(row.event, {}).get("inputs"))}
        for row in rows
    }  # fmt: skip
    told: dict[Key, Act] = {
        (b["reference"], b["run"]): {"name": b["name"], "event": b["event"], "lines": b["lines_digest"],
                                     "digest": b["lines_digest"], "at": a["at"], "inputs": True,
                                     "result_version": events[b["event"]]["inputs"]["result_version"]}
        for a in acts
        if a["act"] == "booked" and (b := a["body"])["kind"] == "settlement"
    }  # fmt: skip
    yield from compared(stream, "run", held, told)


def _around(connection: Connection, market: str, stream: str, acts: list[Act]) -> Iterator[Flaw]:
    """Compare bank accounts, payments and disputes with their acts."""
    names = ("owner", "currency", "number")
    rows = connection.execute(select(bank_accounts).where(bank_accounts.c.market == market)).all()
    banks: dict[Key, Act] = {
        (r.name,): {n: getattr(r, n) for n in names} | {"is_open": r.is_open, "at": r.at} for r in rows
    }
    told: dict[Key, Act] = {}
    for a in acts:
        body = a["body"]
        if a["act"] == "bank account opened":
            told[body["bank"],] = {n: body[n] for n in names} | {"is_open": True, "at": a["at"]}
        elif a["act"] == "bank account closed":
            told[body["bank"],]["is_open"] = False
    yield from compared(stream, "bank account", banks, told)
    yield from compared(stream, "payment", *_payments(connection, market))
    yield from compared(stream, "dispute", *_disputes(connection, market, acts))


def _payments(connection: Connection, market: str) -> tuple[dict[Key, Act], dict[Key, Act]]:
    """Return payments as they stand, and as the events of the ledger say."""
    names = ("party", "currency", "amount_minor")
    rows = connection.execute(select(payments).where(payments.c.market == market))
    held: dict[Key, Act] = {
        (r.id,): {n: getattr(r, n) for n in names} | {"state": r.state, "event": r.event, "at": r.at}
        | {"direction": r.direction, "bank": r.bank, "bank_reference": r.bank_reference}
        | {"value_day": r.value_day, "note": r.note}
        for r in rows
    }  # fmt: skip
    told: dict[Key, Act] = {}
    of_event: dict[int, str] = {}
    for event in stored.events(connection, market):
        body = event.body
        if event.kind in DIRECTIONS:
            state = "blocked" if body.get("is_blocked") else PAYMENT_STATES[event.kind]
            of_event[event.number] = body["payment"]
            plain = {"bank": "", "bank_reference": body["payment"], "value_day": ""}
            told[body["payment"],] = {n: body[n] for n in names} | {
                "state": state, "direction": DIRECTIONS[event.kind], "event": event.number, "at": event.at,
                "note": body.get("reason", ""),
            } | {n: body.get(n, plain[n]) for n in plain}  # fmt: skip
        elif event.kind in PAYMENT_STATES:
            told[body["payment"],]["state"] = PAYMENT_STATES[event.kind]
        elif event.kind == "reversal" and body["event"] in of_event:
            told[of_event[body["event"]],]["state"] = "reversed"
    return held, told


def _disputes(connection: Connection, market: str, acts: list[Act]) -> tuple[dict[Key, Act], dict[Key, Act]]:
    names = ("session", "run", "party", "text")
    rows = connection.execute(select(disputes).where(disputes.c.market == market))
    held: dict[Key, Act] = {
        (r.id,): {n: getattr(r, n) for n in names} | {"state": r.state, "answer": r.answer, "at": r.at} for r in rows
    }
    told: dict[Key, Act] = {}
    for a in acts:
        body = a["body"]
        if a["act"] == "dispute raised":
            more = {"state": "raised", "answer": "", "at": a["at"]}
            told[body["dispute"],] = {n: body[n] for n in names} | more
        elif a["act"] == "dispute ended":
            told[body["dispute"],] |= {"state": body["state"], "answer": body["answer"]}
    return held, told


def _replayed(
    connection: Connection, market: str, stream: str, entries: list[Sealed], secrets: Secrets
) -> Iterator[Flaw]:
    """Rebuild the ledger from its events and the published results, and compare it entry by entry."""
    try:
        again = list(replay(stored.events(connection, market), Inputs(connection, secrets)))
    except BadInput as error:
        yield Flaw(stream, "ledger", f"its events cannot be replayed: {error.mistakes[0].what}")
        return
    for one, other in zip(entries, again, strict=False):
        if one != other:
            yield Flaw(stream, f"entry {one.number}", "its event leads to another entry")
            return
    if len(entries) != len(again):
        yield Flaw(stream, "ledger", f"it has {len(entries)} entries, its events lead to {len(again)}")
