"""What happened under an agreement: immutable records, in order, each sealed onto the one before.

Facts are said by somebody (a nomination, an allocation, an observation); documents follow from the
facts before them (an invoice, an annual statement), and their record holds every figure, so that
anybody can compute it anew. A record is one line of JSON; its hash covers what it says, its place
and the hash before it, so that nothing can be changed, taken out or put in between unseen.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from walras.contracts.calendar import END_YEAR
from walras.errors import BadInput, Mistake
from walras.formulas.limits import FIRST_YEAR
from walras.formulas.periods import EPOCH, minute_text

GENESIS = "0" * 64
FACTS = {
    "nomination": "what the buyer asks for on a day; the last one in time counts",
    "allocation": "what was delivered on a day; a later one corrects it",
    "observation": "one version of one period of a series",
    "force majeure notice": "days on which a share of the quantity could not be delivered or taken",
    "make-up draw": "how much of a month's deliveries was paid for in an earlier year",
    "flexibility notice": "by how much an annual quantity is raised or lowered",
    "postponement": "what is put off from one contract year to a later one",
    "set-off": "what of an invoice is paid by a part that is due for an asset",
}
DOCUMENTS = {
    "provisional invoice": "a month at the provisional price",
    "final invoice": "a month at the final price, less what was invoiced before",
    "annual statement": "take-or-pay, make-up and carry-forward of a contract year",
    "deferral instalment": "a part of what final invoices put off",
    "credit note": "what a final invoice asked too much or too little, by what is known now",
}
KINDS = {**FACTS, **DOCUMENTS}
"""Every kind of event with what it records."""


@dataclass(frozen=True)
class Draft:
    """An event before it has a place: kind, minute UTC, contract (empty for observations), and all that it says."""

    kind: str
    at: int
    contract: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Event:
    """A record in its place.

    Attributes:
        number: From 1, without gaps, of its agreement.
        kind: One of `KINDS`.
        at: Minute UTC at which it was recorded.
        contract: What it is about; empty for observations.
        body: All that it says; plain JSON, quantities as fractions.
        previous, hash: Seal of the record before, and its own.
    """

    number: int
    kind: str
    at: int
    contract: str
    body: Mapping[str, Any]
    previous: str
    hash: str

    @property
    def where(self) -> str:
        """Where mistakes are said to be."""
        return f"{self.kind} {self.number}"


def sealed(draft: Draft, number: int, previous: str) -> Event:
    """Return a draft in its place.

    >>> event = sealed(Draft("nomination", 0, "gas", {"day": "2027-01-01", "quantity": "5"}), 1, GENESIS)
    >>> event.where, event.previous == GENESIS, len(event.hash)
    ('nomination 1', True, 64)
    """
    said = [previous, number, draft.kind, draft.at, draft.contract, draft.body]
    text = json.dumps(said, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    seal = hashlib.sha256(text.encode()).hexdigest()
    return Event(number, draft.kind, draft.at, draft.contract, draft.body, previous, seal)


def draft_of(event: Event) -> Draft:
    """Return what a record says, without its place."""
    return Draft(event.kind, event.at, event.contract, event.body)


def broken_seals(events: Iterable[Event]) -> list[Mistake]:
    """Return where records were changed, cut, reordered or put in; empty if nowhere."""
    mistakes, previous = [], GENESIS
    for number, event in enumerate(events, 1):
        again = sealed(draft_of(event), number, previous)
        if again != event:
            fix = "Restore the record as it was; correct it by another one."
            mistakes.append(Mistake("its hash does not follow from the records before", event.where, "event_seal", fix))
        previous = event.hash
    return mistakes


def event_line(event: Event) -> str:
    """Return a record as one line of JSON.

    >>> print(event_line(sealed(Draft("nomination", 0, "gas", {"quantity": "5"}), 1, GENESIS))[:61])
    {"number": 1, "kind": "nomination", "at": "1970-01-01T00:00Z"
    """
    said = {"number": event.number, "kind": event.kind, "at": minute_text(event.at), "contract": event.contract,
            **event.body, "previous": event.previous, "hash": event.hash}  # fmt: skip
    return json.dumps(said, ensure_ascii=False)


def event_lines(events: Iterable[Event]) -> str:
    """Return records as the text of an events file."""
    return "".join(f"{event_line(event)}\n" for event in events)


HEAD = ("number", "kind", "at", "contract", "previous", "hash")


def events_of(text: str, name: str = "events") -> list[Event]:
    """Return the records of an events file; whether they are right is for `journal` to say.

    Raises:
        BadInput: A line is no record (rule `event_line`), or seals do not hold (rule `event_seal`).
    """
    found, mistakes = [], []
    for number, line in enumerate(text.removesuffix("\n").split("\n") if text else (), 1):
        try:
            said = json.loads(line)
            head = [said.pop(field) for field in HEAD]
            if [type(h) for h in head] != [int, str, str, str, str, str]:
                raise TypeError(head)
            event = Event(head[0], head[1], minute_of(head[2]), head[3], said, head[4], head[5])
            if event_line(event) != line:  # a field said twice, or a time in another zone, reads otherwise elsewhere
                raise ValueError(line)
            found.append(event)
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
            fix = "Restore the file; records are lines of JSON that the journal writes."
            mistakes.append(Mistake("it is no record", f"{name} line {number}", "event_line", fix))
    mistakes = mistakes or broken_seals(found)
    if mistakes:
        raise BadInput(mistakes)
    return found


def minute_of(text: object) -> int:
    """Return the minute UTC of a time with a zone.

    Raises:
        ValueError: It is no time with a zone, no whole minute, or not from 1950 to 2099.

    >>> minute_of("1970-01-01T03:00+03:00")
    0
    """
    found = datetime.fromisoformat(str(text))
    offset = found.utcoffset()
    if offset is None or not FIRST_YEAR <= found.year < END_YEAR:
        raise ValueError(text)
    minute, rest = divmod(found - EPOCH, timedelta(minutes=1))
    if rest:
        raise ValueError(text)
    return minute
