"""The ledger of a market in the store: events are booked, entries follow, balances are kept.

One row of `ledgers` a market is the lock: events and entries are numbered without gaps, and each
entry's hash follows from the one before. A session is locked before it, capacity too, never after;
the rights of members are locked after it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select, update

from walras.results.minor_units import MOST_MINOR
from walras.service.canonical import canonical, digest_of
from walras.service.store.schema import markets
from walras.service.store.settlement_schema import (
    ledger_balances,
    ledger_entries,
    ledger_events,
    ledger_postings,
    ledgers,
)
from walras.service.work import Work, refuse
from walras.settlement import kinds  # noqa: F401 - fills the registry of events
from walras.settlement.accounts import ROLES
from walras.settlement.books import Event, Loader, entries_of
from walras.settlement.ledger import GENESIS, Entry, Posting, Sealed, check, seal

ROWS = 500


def stream_of(market: str) -> str:
    """Return the trail stream of a market's ledger."""
    return f"ledger.{market}"


def lock(connection: Connection, market: str) -> Any:
    """Return the row of a market's ledger, locked until the transaction ends; made if there is none yet.

    Raises:
        BadInput: There is no such market (rule `market_known`).
    """
    query = select(ledgers).where(ledgers.c.market == market).with_for_update()
    found = connection.execute(query).one_or_none()
    if found is None:
        known = connection.scalar(select(markets.c.code).where(markets.c.code == market).with_for_update())
        if known is None:
            raise refuse(f"there is no market {market!r}", "market", "market_known", "Take a code from the list.")
        found = connection.execute(query).one_or_none()
        if found is None:
            connection.execute(insert(ledgers).values(market=market, events=0, entries=0, head=GENESIS))
            found = connection.execute(query).one()
    return found


@dataclass(frozen=True)
class Booked:
    """What was written: the event's number and digest, its entries, and the head of the ledger after it."""

    event: int
    digest: str
    entries: tuple[int, ...]
    head: str

    @property
    def said(self) -> dict[str, Any]:
        """Return what the trail has to say of it."""
        return {
            "event": self.event,
            "event_digest": self.digest,
            "entries": len(self.entries),
            "head": self.head,
        }


def book(
    work: Work,
    market: str,
    kind: str,
    reference: str,
    body: Mapping[str, Any],
    at: int,
    *,
    load: Loader | None = None,
    said: Mapping[str, Any] | None = None,
) -> Booked:
    """Write an event and the entries that follow from it, and say so in the trail of the ledger.

    Args:
        work: The transaction; it holds the ledger's lock, or gets it here.
        market: Code of the market.
        kind: Which event it is (see `settlement.books.Event`).
        reference: What it is about.
        body: All that it says; plain JSON.
        at: Time of the store, microseconds.
        load: Gives what a settlement event needs beside its body.
        said: What the trail has to say beyond the booking itself.

    Raises:
        BadInput: An entry that the ledger does not take; nothing is written then.
    """
    ledger = lock(work.connection, market)
    entries = entries_of(kind, body, load)
    check(entries, ledger.entries + 1)
    number, digest = ledger.events + 1, digest_of({"kind": kind, "reference": reference, "body": body, "at": at})
    work.connection.execute(
        insert(ledger_events).values(
            market=market, number=number, kind=kind, reference=reference, body=canonical(body), digest=digest, at=at
        )
    )
    head = _append(work.connection, ledger, entries, number, at)
    _add_to_balances(work.connection, market, entries)
    work.connection.execute(
        update(ledgers)
        .where(ledgers.c.market == market)
        .values(events=number, entries=ledger.entries + len(entries), head=head)
    )
    numbers = tuple(range(ledger.entries + 1, ledger.entries + len(entries) + 1))
    booked = Booked(number, digest, numbers, head)
    told = {"market": market, "kind": kind, "reference": reference}
    work.record(stream_of(market), "booked", told | booked.said | dict(said or {}), at)
    return booked


def _append(connection: Connection, ledger: Any, entries: Sequence[Entry], event: int, at: int) -> str:
    """Write entries and postings behind those that are there; return the hash of the last one."""
    rows, postings, head = [], [], ledger.head
    for number, entry in enumerate(entries, ledger.entries + 1):
        place = {"market": ledger.market, "number": number, "event": event, "at": at}
        previous, head = head, seal(entry, number, event, at, head)
        rows.append(place | {"text": entry.text, "reverses": entry.reverses, "previous": previous, "hash": head})
        postings += [
            {"market": ledger.market, "entry": number, "position": i, "account": p.account, "currency": p.currency,
             "amount_minor": p.amount_minor}
            for i, p in enumerate(entry.postings)
        ]  # fmt: skip
    if rows:
        connection.execute(insert(ledger_entries), rows)
        connection.execute(insert(ledger_postings), postings)
    return str(head)


def _add_to_balances(connection: Connection, market: str, entries: Sequence[Entry]) -> None:
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for entry in entries:
        for p in entry.postings:
            sums[p.account, p.currency] += p.amount_minor
    b = ledger_balances.c
    accounts = sorted({account for account, _ in sums})
    known: dict[tuple[str, str], int] = {}
    for first in range(0, len(accounts), ROWS):
        query = select(b.account, b.currency, b.amount_minor).where(
            b.market == market, b.account.in_(accounts[first : first + ROWS])
        )
        known |= {(r.account, r.currency): r.amount_minor for r in connection.execute(query)}
    new = [
        {"market": market, "account": a, "currency": c, "amount_minor": amount}
        for (a, c), amount in sorted(sums.items())
        if (a, c) not in known
    ]
    if new:
        connection.execute(insert(ledger_balances), new)
    for (account, currency), amount in sorted(sums.items()):
        if abs(known.get((account, currency), 0) + amount) > MOST_MINOR:
            what, fix = f"its balance would pass {MOST_MINOR} minor units of {currency}", "Book less, or in parts."
            raise refuse(what, f"account {account}", "entry_amount", fix)
        if (account, currency) in known and amount:
            place = (b.market == market, b.account == account, b.currency == currency)
            connection.execute(update(ledger_balances).where(*place).values(amount_minor=b.amount_minor + amount))


def balance(connection: Connection, market: str, account: str, currency: str) -> int:
    """Return the balance of an account now, zero if nothing was ever posted."""
    b = ledger_balances.c
    query = select(b.amount_minor).where(b.market == market, b.account == account, b.currency == currency)
    return int(connection.scalar(query) or 0)


def balances(
    connection: Connection, market: str, roles: Sequence[str] = (), until: int | None = None, account: str | None = None
) -> dict[tuple[str, str], int]:
    """Return balances by account and currency, sorted; of some roles or one account, now or at a past moment.

    Args:
        connection: A transaction.
        market: Code of the market.
        roles: Roles of the chart; empty for all.
        until: Microseconds; what was booked later does not count. None is now.
        account: One account; None for all.
    """
    if until is None:
        b = ledger_balances.c
        query = select(b.account, b.currency, b.amount_minor).where(b.market == market)
        column = b.account
    else:
        p, e = ledger_postings.c, ledger_entries.c
        query = (
            select(p.account, p.currency, func.sum(p.amount_minor).label("amount_minor"))
            .join(ledger_entries, (e.market == p.market) & (e.number == p.entry))
            .where(p.market == market, e.at <= until)
            .group_by(p.account, p.currency)
        )
        column = p.account
    if account is not None:
        query = query.where(column == account)
    rows = connection.execute(query).all()
    wanted = set(roles or ROLES)
    found = {(r.account, r.currency): int(r.amount_minor) for r in rows if r.account.partition("/")[0] in wanted}
    return dict(sorted(found.items()))


def event(connection: Connection, market: str, number: int) -> Event:
    """Return one event.

    Raises:
        BadInput: There is none of that number (rule `event_known`).
    """
    e = ledger_events.c
    found = connection.execute(select(ledger_events).where(e.market == market, e.number == number)).one_or_none()
    if found is None:
        raise refuse(f"the ledger has no event {number}", "event", "event_known", "Take a number from the ledger.")
    return read_event(found)


def has_event(connection: Connection, market: str, kind: str, reference: str) -> bool:
    """Return whether there is an event of a kind about something."""
    e = ledger_events.c
    query = select(e.number).where(e.market == market, e.kind == kind, e.reference == reference)
    return connection.execute(query.limit(1)).one_or_none() is not None


def events(
    connection: Connection, market: str, after: int = 0, limit: int | None = None, *,
    kind: str | None = None, is_newest_first: bool = False,
) -> Iterator[Event]:  # fmt: skip
    """Yield events in order, after one of them; of one kind alone unless None."""
    e = ledger_events.c
    query = select(ledger_events).where(e.market == market).limit(limit)
    if kind is not None:
        query = query.where(e.kind == kind)
    for row in connection.execute(_from(query, e.number, after, is_newest_first)):
        yield read_event(row)


def read_event(row: Any) -> Event:
    """Return a row of `ledger_events` as an event."""
    return Event(row.number, row.kind, row.at, row.reference, json.loads(row.body))


def entries(
    connection: Connection, market: str, after: int = 0, limit: int = 500, *,
    account: str | None = None, event: int | None = None, is_newest_first: bool = False,
) -> list[Sealed]:  # fmt: skip
    """Return entries with all their postings in order, after one of them.

    Args:
        connection: A transaction.
        market: Code of the market.
        after: Number of the entry before the first one, in the order asked for; 0 from its beginning.
        limit: The most that are returned.
        account: Only entries that touch it, unless None.
        event: Only entries that follow from it, unless None.
        is_newest_first: Whether they come the other way round.
    """
    e, p = ledger_entries.c, ledger_postings.c
    query = select(ledger_entries).where(e.market == market).limit(limit)
    if event is not None:
        query = query.where(e.event == event)
    if account is not None:
        query = query.where(e.number.in_(select(p.entry).where(p.market == market, p.account == account)))
    rows = connection.execute(_from(query, e.number, after, is_newest_first)).all()
    return _sealed(connection, market, rows)


def _from(query: Select[Any], number: Any, after: int, is_newest_first: bool) -> Select[Any]:
    """Return a query in order of a number after one of them, from the oldest or the newest on."""
    if is_newest_first:
        query = query.where(number < after) if after else query
        return query.order_by(number.desc())
    return query.where(number > after).order_by(number)


def entries_of_event(connection: Connection, market: str, number: int) -> list[Sealed]:
    """Return the entries that follow from one event."""
    e = ledger_entries.c
    query = select(ledger_entries).where(e.market == market, e.event == number).order_by(e.number)
    return _sealed(connection, market, connection.execute(query).all())


def _sealed(connection: Connection, market: str, rows: Sequence[Any]) -> list[Sealed]:
    if not rows:
        return []
    p = ledger_postings.c
    found: dict[int, list[Posting]] = defaultdict(list)
    out_of_place: set[int] = set()
    numbers = sorted(r.number for r in rows)
    query = select(ledger_postings).where(p.market == market)
    if numbers[-1] - numbers[0] >= len(numbers):  # with gaps: not all of the span
        query = query.where(p.entry.in_(numbers))
    else:
        query = query.where(p.entry.between(numbers[0], numbers[-1]))
    for row in connection.execute(query.order_by(p.entry, p.position)):
        if row.position != len(found[row.entry]):
            out_of_place.add(row.entry)
        found[row.entry].append(Posting(row.account, row.currency, row.amount_minor))
    for number in out_of_place:
        found[number].clear()  # its hash says that something is missing
    return [
        Sealed(r.number, Entry(r.text, tuple(found[r.number]), r.reverses), r.previous, r.hash, r.event, r.at)
        for r in rows
    ]
