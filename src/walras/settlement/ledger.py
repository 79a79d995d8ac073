"""The ledger: append-only, double entry, whole minor units, every entry chained to the one before.

An entry moves amounts between accounts and sums to zero in each currency. Positive =
the account receives. An account is `role/name`, such as `member/XA-nuclear` (see `accounts`).
Nothing is changed or removed: a correction is another entry, which names the one that it
reverses. The hash of an entry covers all that it says, its place, its time, the event that
led to it and the hash before it, so that a change anywhere breaks the chain from there on.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from walras.errors import BadInput, Mistake
from walras.results.minor_units import MOST_MINOR
from walras.settlement.accounts import ROLES, name_of, role_of

GENESIS = "0" * 64


@dataclass(frozen=True)
class Posting:
    """One account's part in an entry; positive = the account receives."""

    account: str
    currency: str
    amount_minor: int


@dataclass(frozen=True)
class Entry:
    """What happened, and the postings that record it.

    Attributes:
        text: What it is about; the key by which later runs find it again.
        postings: Amounts that sum to zero in each currency.
        reverses: Number of the entry that it takes back, None if it is none of that kind.
    """

    text: str
    postings: tuple[Posting, ...]
    reverses: int | None = None

    def reversed(self, number: int, text: str) -> Entry:
        """Return the entry that takes this one back, which stands at `number`."""
        back = tuple(Posting(p.account, p.currency, -p.amount_minor) for p in self.postings)
        return Entry(text, back, number)


@dataclass(frozen=True)
class Sealed:
    """An entry in its place: number from 1, event and time (microseconds) that led to it, hash before and own hash."""

    number: int
    entry: Entry
    previous: str
    hash: str
    event: int = 0
    at: int = 0


class Ledger:
    """Entries in order, and balances of their accounts.

    Example:
        >>> ledger = Ledger()
        >>> sale = Posting("member/A", "EUR", 500), Posting("member/B", "EUR", -500)
        >>> ledger.post(Entry("A sells to B", sale)).number
        1
        >>> ledger.balances()["member/B", "EUR"]
        -500
    """

    def __init__(self) -> None:
        self._sealed: list[Sealed] = []
        self._balances: dict[tuple[str, str], int] = defaultdict(int)

    def __iter__(self) -> Iterator[Sealed]:
        return iter(self._sealed)

    def __len__(self) -> int:
        return len(self._sealed)

    @property
    def head(self) -> str:
        """Return the hash of the last entry, which covers them all."""
        return self._sealed[-1].hash if self._sealed else GENESIS

    def post(self, entry: Entry, event: int = 0, at: int = 0) -> Sealed:
        """Append an entry, as part of an event at a time in microseconds.

        Raises:
            BadInput: No postings, an amount that is not a whole number or beyond `MOST_MINOR`, an account
                without a role, or a sum that is not zero in some currency. Nothing is posted then.
        """
        number = len(self) + 1
        check([entry], number)
        if entry.reverses is not None and not 1 <= entry.reverses < number:
            fix = "Name an entry that stands before it."
            what = f"it reverses entry {entry.reverses}"
            raise BadInput([Mistake(what, f"entry {number}", "entry_reverses", fix)])
        sealed = Sealed(number, entry, self.head, seal(entry, number, event, at, self.head), event, at)
        self._sealed.append(sealed)
        for p in entry.postings:
            self._balances[p.account, p.currency] += p.amount_minor
        return sealed

    def balances(self) -> dict[tuple[str, str], int]:
        """Return the balance of each account and currency, sorted by name."""
        return dict(sorted(self._balances.items()))

    def rows(self) -> pl.DataFrame:
        """Return all postings: `entry, text, account, currency, amount_minor, hash`."""
        rows = [
            (s.number, s.entry.text, p.account, p.currency, p.amount_minor, s.hash)
            for s in self._sealed
            for p in s.entry.postings
        ]
        schema = {
            "entry": pl.Int64,
            "text": pl.String,
            "account": pl.String,
            "currency": pl.String,
            "amount_minor": pl.Int64,
            "hash": pl.String,
        }
        return pl.DataFrame(rows, schema=schema, orient="row")


def seal(entry: Entry, number: int, event: int, at: int, previous: str) -> str:
    """Return the hash of an entry in its place: SHA-256, hexadecimal."""
    postings = [[p.account, p.currency, p.amount_minor] for p in entry.postings]
    said = [previous, number, event, at, entry.text, entry.reverses, postings]
    return hashlib.sha256(json.dumps(said, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()


def check(entries: Iterable[Entry], first: int = 1) -> None:
    """Refuse entries that may not be posted; every mistake is listed, with the number that the entry would have.

    Raises:
        BadInput: As `Ledger.post` does.
    """
    mistakes = [m for number, entry in enumerate(entries, first) for m in _mistakes(entry, f"entry {number}")]
    if mistakes:
        raise BadInput(mistakes)


def broken_links(entries: list[Sealed]) -> list[Mistake]:
    """Return where a chain of entries was changed, cut or reordered; empty if nowhere."""
    mistakes, previous = [], GENESIS
    for number, s in enumerate(entries, 1):
        if s.number != number or s.previous != previous or s.hash != seal(s.entry, number, s.event, s.at, previous):
            mistakes.append(
                Mistake(
                    "hash does not follow from the entries before",
                    f"entry {s.number}",
                    "ledger_chain",
                    "Restore the entry as it was posted; correct it by another entry.",
                )
            )
        previous = s.hash
    return mistakes


def _mistakes(entry: Entry, where: str) -> Iterator[Mistake]:
    if not entry.postings:
        yield Mistake("an entry without postings", where, "entry_has_postings", "Post at least two amounts.")
    sums: dict[str, int] = defaultdict(int)
    for p in entry.postings:
        if type(p.amount_minor) is not int:
            text = f"amount {p.amount_minor!r} of {p.account} is not a whole number"
            yield Mistake(text, where, "entry_whole_amounts", "Post minor units as int, rounded before.")
        else:
            sums[p.currency] += p.amount_minor
            if abs(p.amount_minor) > MOST_MINOR:
                text, fix = f"amount {p.amount_minor} of {p.account} is too large", f"Post {MOST_MINOR} or less."
                yield Mistake(text, where, "entry_amount", fix)
        if role_of(p.account) not in ROLES or not name_of(p.account):
            text = f"account {p.account!r} has no role of the chart, or no name"
            yield Mistake(text, where, "entry_account", "Name accounts role/name, such as member/A.")
    for currency, total in sorted(sums.items()):
        if total:
            text = f"postings sum to {total} minor units of {currency}"
            yield Mistake(text, where, "entry_balances", "Make the entry sum to zero in every currency.")
