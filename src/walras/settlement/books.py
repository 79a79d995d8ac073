"""Events, and the entries that follow from them: the ledger is nothing but its events, replayed.

An event says what happened in full: what it meant for accounts was decided before it was
written, so its entries are a function of its body alone; those of a session's settlement also
need the published results that it names, which `Loader` gives. Each subject (settlement,
payments, collateral, deviations, documents) names its kinds with `entries_for`.

    event ─▶ ENTRIES[kind] ─▶ entries ─▶ sealed into the chain
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from walras.errors import BadInput, Mistake
from walras.settlement.ledger import Entry, Ledger, Posting

Body = Mapping[str, Any]


class Loader(Protocol):
    """What a settlement event needs beside its body."""

    def targets(self, inputs: Body) -> list[Entry]:
        """Return all entries that a session's inputs, as an event states them, lead to."""


@dataclass(frozen=True)
class Event:
    """Something that happened to money.

    Attributes:
        number: From 1, without gaps, of its market.
        kind: Which of `ENTRIES` it is.
        at: Time of the store, microseconds.
        reference: What it is about, such as a session or a payment.
        body: All that it says; plain JSON.
    """

    number: int
    kind: str
    at: int
    reference: str
    body: Body


Kind = Callable[[Body, Loader | None], Iterator[Entry]]
ENTRIES: dict[str, Kind] = {}
"""Every kind of event with the function that gives its entries."""


def entries_for(kind: str) -> Callable[[Kind], Kind]:
    """Name a function as the one that gives the entries of a kind of event."""

    def note(function: Kind) -> Kind:
        assert kind not in ENTRIES, f"{kind} has entries"
        ENTRIES[kind] = function
        return function

    return note


def entries_of(kind: str, body: Body, load: Loader | None = None) -> list[Entry]:
    """Return the entries that an event leads to; each sums to zero in each currency.

    Raises:
        BadInput: There are no events of that kind (rule `event_kind`).
    """
    if kind not in ENTRIES:
        fix = f"Use one of {', '.join(sorted(ENTRIES))}."
        raise BadInput([Mistake(f"there are no events of kind {kind!r}", "event", "event_kind", fix)])
    return list(ENTRIES[kind](body, load))


def replay(events: Iterable[Event], load: Loader | None = None) -> Ledger:
    """Return the ledger that events lead to, from nothing.

    Example:
        >>> from walras.settlement import payments  # its kinds are known from here on
        >>> body = {"party": "member/M-0001", "bank": "main", "currency": "EUR", "amount_minor": 500}
        >>> ledger = replay([Event(1, "payment in", 0, "P-0001", body)])
        >>> ledger.balances()
        {('bank/main', 'EUR'): -500, ('member/M-0001', 'EUR'): 500}
    """
    ledger = Ledger()
    for event in events:
        for entry in entries_of(event.kind, event.body, load):
            ledger.post(entry, event.number, event.at)
    return ledger


def moved(text: str, from_account: str, to_account: str, currency: str, amount_minor: int) -> Entry:
    """Return the entry by which one account gives an amount to another.

    >>> [(p.account, p.amount_minor) for p in moved("rent", "member/A", "fee/rent", "EUR", 5).postings]
    [('member/A', -5), ('fee/rent', 5)]
    """
    return Entry(text, (Posting(from_account, currency, -amount_minor), Posting(to_account, currency, amount_minor)))


@entries_for("reversal")
def _reversal(body: Body, _load: Loader | None) -> Iterator[Entry]:
    """Take back entries, which the body repeats: `entries` with number, text and postings."""
    for number, text, postings in body["entries"]:
        entry = Entry(text, tuple(Posting(*p) for p in postings))
        yield entry.reversed(number, f"reversal of entry {number}: {text}")
