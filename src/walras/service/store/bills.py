"""Documents of settlement in the store ("bills"): numbers without gaps, files, what was billed, what is open.

Whoever writes here holds the market's ledger lock (`store.ledger.lock`): the next number follows from the
last one, and is used if and only if the transaction that holds the lock commits. Amounts have the
ledger's sign: `receives_minor` and `open_minor` are positive where the party is to receive.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from walras.service.store.schema import companies, sessions
from walras.service.store.settlement_schema import (
    bill_files,
    bill_settlements,
    billed_runs,
    billed_sessions,
    bills,
    fixings,
    ledger_events,
    payments,
    settlement_runs,
    tax_facts,
)
from walras.service.work import refuse
from walras.settlement.documents.document import Document, document_of
from walras.settlement.documents.invoice import Billed
from walras.settlement.documents.numbering import number_of
from walras.settlement.documents.open_items import OpenItem, Part
from walras.settlement.documents.vat import Taxpayer

NAMES = 500
"""Names in one question to the store."""

# --- tax facts ---------------------------------------------------------------------------


def set_tax_facts(connection: Connection, company: str, **columns: Any) -> None:
    """Store the tax facts of a company in place of those that it had."""
    where = tax_facts.c.company == company
    changed = connection.execute(update(tax_facts).where(where).values(**columns))
    if not changed.rowcount:
        connection.execute(insert(tax_facts).values(company=company, **columns))


def taxpayer_rows(connection: Connection, codes: Iterable[str]) -> list[Row[Any]]:
    """Return companies with their tax facts, empty where they have none; by code."""
    t, found, names = tax_facts.c, list[Row[Any]](), sorted(codes)
    columns = (companies, t.is_dealer, t.vat_number, t.used_in, t.address)
    for first in range(0, len(names), NAMES):
        query = select(*columns).outerjoin(tax_facts, t.company == companies.c.code)
        found += connection.execute(query.where(companies.c.code.in_(names[first : first + NAMES]))).all()
    return found


# --- what is to be billed, and was ---------------------------------------------------------


def unbilled_runs(connection: Connection, market: str, first: date, last: date) -> Sequence[Row[Any]]:
    """Return runs of settlement of delivery days, with their lines, that no issue of documents has covered."""
    r, s, b = settlement_runs.c, sessions.c, billed_runs.c
    return connection.execute(
        select(settlement_runs, s.delivery_day, s.market_version)
        .join(sessions, s.id == r.session)
        .outerjoin(billed_runs, (b.market == r.market) & (b.session == r.session) & (b.run == r.run))
        .where(r.market == market, b.run.is_(None))
        .where(s.delivery_day >= first.isoformat(), s.delivery_day <= last.isoformat())
        .order_by(s.delivery_day, r.session, r.run)
    ).all()


def is_billed(connection: Connection, market: str, reference: str, run: int) -> bool:
    """Return whether an issue of documents has covered a run of a session, or of another reference."""
    b = billed_runs.c
    query = select(b.run).where(b.market == market, b.session == reference, b.run == run)
    return connection.execute(query).one_or_none() is not None


def mark_billed(connection: Connection, market: str, runs: Iterable[tuple[str, int]], at: int) -> None:
    """Say that runs are covered; each can be once."""
    rows = [{"market": market, "session": session, "run": run, "at": at} for session, run in runs]
    if rows:
        connection.execute(insert(billed_runs), rows)


def billed(connection: Connection, market: str, names: Iterable[str]) -> Billed:
    """Return what was billed of some sessions."""
    wanted = sorted(set(names))
    known, documents = set[str](), dict[tuple[str, str, str, int], str]()
    net = dict[str, int]()
    for first in range(0, len(wanted), NAMES):
        some = wanted[first : first + NAMES]
        r, s = billed_runs.c, billed_sessions.c
        known |= set(connection.scalars(select(r.session).where(r.market == market, r.session.in_(some))))
        rows = connection.execute(
            select(billed_sessions, bills.c.net_minor)
            .join(bills, (bills.c.market == s.market) & (bills.c.number == s.number))
            .where(s.market == market, s.session.in_(some))
        ).all()
        documents |= {(x.session, x.account, x.currency, x.direction): x.number for x in rows}
        net |= {x.number: x.net_minor for x in rows}
    return Billed(frozenset(known), documents, net, _facts_of(connection, market, sorted(net)))


def _facts_of(connection: Connection, market: str, numbers: Sequence[str]) -> dict[str, Taxpayer]:
    """Return the party of each document as it stands on it."""
    b, e, found = bills.c, ledger_events.c, dict[str, Taxpayer]()
    for first in range(0, len(numbers), NAMES):
        query = select(b.number, e.body).join(ledger_events, (e.market == b.market) & (e.number == b.event))
        some = query.where(b.market == market, b.number.in_(numbers[first : first + NAMES]))
        found |= {r.number: document_of(json.loads(r.body)).party for r in connection.execute(some)}
    return found


def fixing_versions(connection: Connection, market: str, day: str, used: Iterable[Sequence[Any]]) -> list[Row[Any]]:
    """Return the stored fixings of a day that a run used: base, quote, rate, version."""
    keys = {(base, quote, version) for base, quote, _, version in used}
    f = fixings.c
    rows = connection.execute(select(fixings).where(f.market == market, f.day == day).order_by(f.id))
    return [r for r in rows if (r.base, r.quote, r.version) in keys]


# --- documents ---------------------------------------------------------------------------


def last_counts(connection: Connection, market: str, year: int) -> dict[str, int]:
    """Return the last count of each kind in a market and year; the caller holds the ledger's lock."""
    b = bills.c
    query = select(b.kind, func.max(b.count)).where(b.market == market, b.year == year).group_by(b.kind)
    return {kind: int(count) for kind, count in connection.execute(query)}


def add(
    connection: Connection,
    document: Document,
    event: int,
    files: Mapping[str, tuple[str, str, bytes]],
    at: int,
) -> None:
    """Store a document with its files (form: media type, digest, content) and the sessions that it is the first for."""
    d, number = document, number_of(document.number)
    connection.execute(insert(bills).values(**row_of(d), count=number.count, year=number.year, event=event, at=at))
    connection.execute(
        insert(bill_files),
        [
            {
                "market": d.market,
                "number": d.number,
                "form": form,
                "media_type": media,
                "digest": digest,
                "content": content,
            }
            for form, (media, digest, content) in files.items()
        ],
    )
    if d.corrects or not d.runs:
        return
    place = {"market": d.market, "account": d.account, "currency": d.currency, "direction": d.direction}
    names = sorted({session for session, _ in d.runs})
    before = billed(connection, d.market, names).documents
    rows = [
        place | {"session": name, "number": d.number}
        for name in names
        if (name, d.account, d.currency, d.direction) not in before
    ]
    if rows:
        connection.execute(insert(billed_sessions), rows)


def row_of(document: Document) -> dict[str, Any]:
    """Return the columns of `bills` that a document says itself; nothing of it is settled yet."""
    d = document
    return {
        "market": d.market, "number": d.number, "kind": d.kind, "account": d.account, "currency": d.currency,
        "first_day": d.first_day.isoformat(), "last_day": d.last_day.isoformat(), "issued_day": d.issued.isoformat(),
        "due_day": d.due.isoformat(), "net_minor": d.net_minor, "vat_minor": d.vat_minor,
        "receives_minor": d.receives_minor, "open_minor": d.receives_minor, "corrects": d.corrects, "charged_until": "",
    }  # fmt: skip


def get(connection: Connection, market: str, number: str) -> Row[Any]:
    """Return a document.

    Raises:
        BadInput: The market has none of that number (rule `document_known`).
    """
    b = bills.c
    found = connection.execute(select(bills).where(b.market == market, b.number == number)).one_or_none()
    if found is None:
        fix = "Take a number from the list of documents."
        raise refuse(f"there is no document {number!r}", "number", "document_known", fix)
    return found


def file_of(connection: Connection, market: str, number: str, form: str) -> Row[Any]:
    """Return a stored file of a document, which must be there."""
    f = bill_files.c
    place = (f.market == market, f.number == number, f.form == form)
    return connection.execute(select(bill_files).where(*place)).one()


def listed(
    connection: Connection, market: str, accounts: Sequence[str] | None, after: str, limit: int
) -> Sequence[Row[Any]]:
    """Return documents of a market after one of them, of some accounts alone unless None."""
    b = bills.c
    query = select(bills).where(b.market == market, b.number > after).order_by(b.number).limit(limit)
    if accounts is not None:
        query = query.where(b.account.in_(list(accounts)))
    return connection.execute(query).all()


# --- open items ----------------------------------------------------------------------------


def open_items(connection: Connection, market: str, party: str | None = None) -> list[OpenItem]:
    """Return what documents of a market leave open, of one account or of all, by due day and number."""
    b = bills.c
    query = select(bills).where(b.market == market, b.open_minor != 0).order_by(b.due_day, b.number)
    if party is not None:
        query = query.where(b.account == party)
    rows = connection.execute(query).all()
    return [OpenItem(r.number, r.account, r.currency, date.fromisoformat(r.due_day), r.open_minor) for r in rows]


def add_settlements(connection: Connection, market: str, parts: Sequence[Part], day: str, source: str, at: int) -> None:
    """Settle parts of documents, or open them again where a part has the other sign."""
    b = bills.c
    for p in parts:
        place = (b.market == market, b.number == p.number)
        connection.execute(update(bills).where(*place).values(open_minor=b.open_minor - p.minor))
    if parts:
        same = {"market": market, "day": day, "source": source, "at": at}
        connection.execute(insert(bill_settlements), [same | {"number": p.number, "minor": p.minor} for p in parts])


def settled_by(connection: Connection, market: str, source: str) -> list[Part]:
    """Return what a payment still settles, by document."""
    s = bill_settlements.c
    query = (
        select(s.number, func.sum(s.minor).label("minor"))
        .where(s.market == market, s.source == source)
        .group_by(s.number)
        .order_by(s.number)
    )
    return [Part(r.number, int(r.minor)) for r in connection.execute(query) if r.minor]


def settlements_of(connection: Connection, market: str, numbers: Iterable[str]) -> dict[str, list[tuple[date, int]]]:
    """Return when how much of documents was settled, in the documents' sign."""
    s, wanted = bill_settlements.c, sorted(numbers)
    found: dict[str, list[tuple[date, int]]] = {n: [] for n in wanted}
    for first in range(0, len(wanted), NAMES):
        query = select(s.number, s.day, s.minor).where(s.market == market, s.number.in_(wanted[first : first + NAMES]))
        for r in connection.execute(query.order_by(s.id)):
            found[r.number].append((date.fromisoformat(r.day), r.minor))
    return found


def credits_of(connection: Connection, market: str, party: str) -> list[tuple[str, str, int]]:
    """Return payments of an account that settle less than they are: id, currency, and what is left, in their sign."""
    p, s = payments.c, bill_settlements.c
    used = func.coalesce(func.sum(s.minor), 0).label("used")
    rows = connection.execute(
        select(p.id, p.direction, p.currency, p.amount_minor, used)
        .outerjoin(bill_settlements, (s.market == p.market) & (s.source == p.id))
        .where(p.market == market, p.party == party, p.state.in_(("counted", "sent")))
        .group_by(p.id, p.direction, p.currency, p.amount_minor)
        .order_by(p.id)
    )
    left = [
        (r.id, r.currency, (r.amount_minor if r.direction == "in" else -r.amount_minor) + int(r.used)) for r in rows
    ]
    return [x for x in left if x[2]]


# --- late interest -------------------------------------------------------------------------


def late(connection: Connection, market: str, until: date) -> Sequence[Row[Any]]:
    """Return documents that parties had to pay before a day and that no interest was charged for until then."""
    b, text = bills.c, until.isoformat()
    return connection.execute(
        select(bills)
        .where(b.market == market, b.receives_minor < 0, b.kind != "interest_note", b.due_day < text)
        .where(b.charged_until < text)
        .order_by(b.account, b.currency, b.number)
    ).all()


def set_charged(connection: Connection, market: str, numbers: Iterable[str], until: date) -> None:
    """Say until when late interest of documents was charged."""
    b = bills.c
    for number in numbers:
        place = (b.market == market, b.number == number)
        connection.execute(update(bills).where(*place).values(charged_until=until.isoformat()))
