"""The ledger: append-only, double entry, whole minor units, every entry chained to the one before.

An entry moves amounts between accounts and sums to zero in each currency. Positive =
the account receives. An account is `role/name`, such as `member/XA-nuclear`. Nothing is
changed or removed: a correction is another entry. The hash of an entry covers its text
and the hash before it, so that a change anywhere breaks the chain from there on.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from walras.errors import BadInput, Mistake

GENESIS = "0" * 64


@dataclass(frozen=True)
class Posting:
    """One account's part in an entry; positive = the account receives."""

    account: str
    currency: str
    amount_minor: int


@dataclass(frozen=True)
class Entry:
    """What happened, and the postings that record it."""

    text: str
    postings: tuple[Posting, ...]


@dataclass(frozen=True)
class Sealed:
    """An entry in its place: number from 1, hash before and own hash."""

    number: int
    entry: Entry
    previous: str
    hash: str


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

    def post(self, entry: Entry) -> Sealed:
        """Append an entry.

        Raises:
            BadInput: No postings, an amount that is not a whole number, an account
                without a role, or a sum that is not zero in some currency. Nothing is posted then.
        """
        mistakes = list(_mistakes(entry, f"entry {len(self) + 1}"))
        if mistakes:
            raise BadInput(mistakes)
        sealed = Sealed(len(self) + 1, entry, self.head, seal(entry, self.head))
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


def seal(entry: Entry, previous: str) -> str:
    """Return the hash of an entry that follows another: SHA-256, hexadecimal."""
    postings = [[p.account, p.currency, p.amount_minor] for p in entry.postings]
    canonical = json.dumps([previous, entry.text, postings], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def broken_links(entries: list[Sealed]) -> list[Mistake]:
    """Return where a chain of entries was changed, cut or reordered; empty if nowhere."""
    mistakes, previous = [], GENESIS
    for number, s in enumerate(entries, 1):
        if s.number != number or s.previous != previous or s.hash != seal(s.entry, previous):
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
        if not all(p.account.partition("/")):
            text = f"account {p.account!r} has no role or no name"
            yield Mistake(text, where, "entry_account", "Name accounts role/name, such as member/A.")
    for currency, total in sorted(sums.items()):
        if total:
            text = f"postings sum to {total} minor units of {currency}"
            yield Mistake(text, where, "entry_balances", "Make the entry sum to zero in every currency.")
