"""What records of a supply agreement book: each document and set-off once, in the transaction that records it."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row

from walras.contracts import Event, Journal
from walras.contracts.calendar import days_of, year_days
from walras.service.store import ledger
from walras.service.store import supply as stored
from walras.service.work import Work
from walras.settlement.supply import KIND, body_of, books


def add(work: Work, found: Row[Any], journal: Journal, made: Sequence[Event], at: int) -> list[int]:
    """Store new records, book those that move money, and return the events of the ledger.

    Args:
        work: The transaction; it holds the agreement's row, and no ledger lock is needed before.
        found: The agreement.
        journal: With the new records.
        made: The new records.
        at: Time of the store, microseconds.
    """
    stored.add_events(work.connection, found.id, made)
    said = {"agreement": found.id, "first": made[0].number, "last": made[-1].number, "head": made[-1].hash}
    work.record(stored.stream_of(found.market), "supply recorded", said, at)
    return [_book(work, found, journal, event, at) for event in made if books(event)]


def _book(work: Work, found: Row[Any], journal: Journal, event: Event, at: int) -> int:
    place = {"agreement": found.id, "record": event.number, "day": day_of(journal, event).isoformat(),
             "reference": reference_of(event)}  # fmt: skip
    place["run"] = stored.next_run(work.connection, found.market, place["reference"])
    body = body_of(journal.standing, event) | {"agreement": found.id}
    booked = ledger.book(work, found.market, KIND, place["reference"], body, at, said=place)
    stored.add_booking(work.connection, market=found.market, event=booked.event, **place)
    return booked.event


def reference_of(event: Event) -> str:
    """Return what a record is billed under: documents of one month or year correct each other."""
    of = event.body.get("month", event.body.get("year", ""))
    part = {"deferral instalment": " instalment", "set-off": " set-off"}.get(event.kind, "")
    return f"supply {event.contract} {of}{part}"


def day_of(journal: Journal, event: Event) -> date:
    """Return the last day of what a record is about, by which it is billed and taxed."""
    contract = journal.agreement.contract(event.contract)
    assert contract is not None, "a record that books is of a contract"
    if "year" in event.body:
        return year_days(journal.agreement, contract, event.body["year"])[1] - timedelta(days=1)
    month = str(event.body["month"])
    days: list[Any] = days_of(contract, month) if event.kind != "deferral instalment" else []
    if days:
        return date.fromisoformat(days[-1].isoformat())
    year, number = map(int, month.split("-"))
    return date(year, number, monthrange(year, number)[1])
