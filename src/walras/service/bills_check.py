"""Does the store still hold the documents of settlement as the trail and the ledger say?

Documents are compared with the events that booked them, their files with the digests in the trail, series
with their numbers, what is open with what settled it, and that with its acts. Part of `walras trail verify`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, select

from walras.errors import BadInput
from walras.service.canonical import bytes_digest
from walras.service.capacity_check import Act, Key, compared
from walras.service.clearing.billing import MEDIA
from walras.service.store import bills as stored
from walras.service.store.ledger import events, stream_of
from walras.service.store.settlement_schema import (
    bill_files,
    bill_settlements,
    billed_runs,
    billed_sessions,
    bills,
    tax_facts,
)
from walras.service.store.trail import Flaw
from walras.settlement.documents.document import Document, document_of
from walras.settlement.documents.numbering import broken_series, number_of

FACTS = ("is_dealer", "vat_number", "used_in", "address")


def bill_flaws(connection: Connection, market: str, acts: list[Act]) -> Iterator[Flaw]:
    """Yield everything in a market's documents that is not as its trail and its ledger say."""
    stream = stream_of(market)
    found = [e for e in events(connection, market) if e.kind == "document issued"]
    booked = {e.number: document_of(e.body) for e in found}
    at = {e.number: e.at for e in found}
    rows = connection.execute(select(bills).where(bills.c.market == market).order_by(bills.c.number)).all()
    settled: dict[str, int] = defaultdict(int)
    for number, _day, _source, minor, _at in _settlements(connection, market):
        settled[number] += minor
    charged: dict[str, str] = {}
    for a in acts:
        if a["act"] == "interest charged":
            charged |= dict.fromkeys(a["body"]["documents"], a["body"]["until"])
    told: dict[Key, Act] = {
        (d.number,): stored.row_of(d)
        | {"open_minor": d.receives_minor - settled[d.number], "charged_until": charged.get(d.number, ""),
           "event": event, "at": at[event], "count": number_of(d.number).count, "year": number_of(d.number).year}
        for event, d in booked.items()
    }  # fmt: skip
    held: dict[Key, Act] = {
        (r.number,): {n: getattr(r, n) for n in told[r.number,]} if (r.number,) in told else {} for r in rows
    }
    yield from compared(stream, "document", held, told)
    try:
        broken = list(broken_series(number_of(r.number) for r in rows))
    except BadInput as error:
        broken = list(error.mistakes)
    for mistake in broken:
        yield Flaw(stream, mistake.where, mistake.what)
    yield from _files(connection, market, stream, acts)
    yield from _around(connection, market, stream, acts, list(booked.values()))


def _files(connection: Connection, market: str, stream: str, acts: list[Act]) -> Iterator[Flaw]:
    rows = connection.execute(select(bill_files).where(bill_files.c.market == market))
    held: dict[Key, Act] = {
        (r.number, r.form): {"digest": r.digest, "content": bytes_digest(r.content), "media_type": r.media_type}
        for r in rows
    }
    told: dict[Key, Act] = {
        (a["body"]["reference"], form): {"digest": digest, "content": digest, "media_type": MEDIA.get(form)}
        for a in acts
        if a["act"] == "booked" and a["body"]["kind"] == "document issued"
        for form, digest in a["body"]["files"].items()
    }
    yield from compared(stream, "file of a document", held, told)


def _settlements(connection: Connection, market: str) -> list[tuple[Any, ...]]:
    s = bill_settlements.c
    rows = connection.execute(select(bill_settlements).where(s.market == market).order_by(s.id))
    return [(r.number, r.day, r.source, r.minor, r.at) for r in rows]


def _around(
    connection: Connection, market: str, stream: str, acts: list[Act], documents: list[Document]
) -> Iterator[Flaw]:
    """Compare what settled documents, which runs are billed, and which document billed a session first."""
    parts = [
        (number, a["body"]["day"], a["body"]["source"], minor, a["at"])
        for a in acts
        if a["act"] == "items settled"
        for number, minor in a["body"]["parts"]
    ]
    yield from compared(
        stream, "settlement of documents", _numbered(_settlements(connection, market)), _numbered(parts)
    )
    b = billed_runs.c
    runs: dict[Key, Act] = {
        (r.session, r.run): {"at": r.at} for r in connection.execute(select(billed_runs).where(b.market == market))
    }
    told: dict[Key, Act] = {
        (session, run): {"at": a["at"]} for a in acts if a["act"] == "runs billed" for session, run in a["body"]["runs"]
    }
    yield from compared(stream, "billed run", runs, told)
    first: dict[Key, Act] = {}
    for d in documents:
        for session, _ in d.runs if not d.corrects else ():
            first.setdefault((session, d.account, d.currency, d.direction), {"number": d.number})
    s = billed_sessions.c
    known: dict[Key, Act] = {
        (r.session, r.account, r.currency, r.direction): {"number": r.number}
        for r in connection.execute(select(billed_sessions).where(s.market == market))
    }
    yield from compared(stream, "billed session", known, first)


def _numbered(rows: list[tuple[Any, ...]]) -> dict[Key, Act]:
    names = ("number", "day", "source", "minor", "at")
    return {(i,): dict(zip(names, row, strict=True)) for i, row in enumerate(rows, 1)}


def tax_flaws(connection: Connection, acts: list[dict[str, Any]]) -> Iterator[Flaw]:
    """Yield tax facts of companies that are not as the stream `members` says."""
    told: dict[Key, Act] = {
        (a["body"]["company"],): {n: a["body"][n] for n in FACTS} | {"at": a["at"]}
        for a in acts
        if a["act"] == "tax facts set"
    }
    held: dict[Key, Act] = {
        (r.company,): {n: getattr(r, n) for n in FACTS} | {"at": r.at} for r in connection.execute(select(tax_facts))
    }
    yield from compared("members", "tax facts", held, told)
