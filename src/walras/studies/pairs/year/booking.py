"""Everything in one ledger: sessions and documents of contracts, each an event with a number and a time."""

from __future__ import annotations

from datetime import date

from walras.contracts import Event, Journal
from walras.settlement import supply
from walras.settlement.books import entries_of
from walras.settlement.ledger import Entry
from walras.settlement.settle import Settlement
from walras.studies.pairs.year.living import Living

MICROSECONDS = 60_000_000


def book_session(living: Living, day: date, settled: Settlement, at: int) -> None:
    """Book what an auction makes everybody owe.

    Args:
        living: With the ledger.
        day: Delivery day, which texts begin with.
        settled: Of its result.
        at: Minute UTC.
    """
    living.events += 1
    for item in settled.items:
        entry = Entry(f"{day}: {item.entry.text}", item.entry.postings)
        living.ledger.post(entry, living.events, at * MICROSECONDS)


def book_document(living: Living, journal: Journal, event: Event) -> None:
    """Book what a record of a contract moves, if anything."""
    if not supply.books(event):
        return
    living.events += 1
    for entry in entries_of(supply.KIND, supply.body_of(journal.standing, event)):
        living.ledger.post(entry, living.events, event.at * MICROSECONDS)
