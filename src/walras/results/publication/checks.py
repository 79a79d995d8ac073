"""A check of a bundle: what was looked at, and what was found wrong; and how checks are run one after the other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from walras.errors import BadInput
from walras.results.audit.violation import Report

SHOWN = 10

CHECKS: dict[str, str] = {
    "signature": "Manifest and certificate are signed with a key of the ring that counted then.",
    "files": "The bundle holds the files of its manifest, byte for byte, and no others.",
    "certificate": "The certificate is whole, and its audit found no violation but small ones that it lists.",
    "market": "Market folder and certificate belong together.",
    "tables": "Published tables are those of the certificate.",
    "prices": "Prices are on their tick and within their limits.",
    "balance": "Accepted supply less accepted demand is the net position, and that is what the network takes.",
    "network": "Exchanges keep within lines, borders and critical branches, and fit the prices.",
    "curves": "Accepted curve volumes are what the aggregated curves offer at the prices.",
    "differences": "Compensations sum to the difference amount; only where the rules profile compensates losses.",
    "inclusion": "Every order of the member is in the Merkle root of the book.",
    "acceptances": "The member's acceptances are legal at the prices, and fit the published sums.",
    "receipts": "Every order with a receipt is in the bundle, or the certificate lists that it was left out.",
    "book": "All orders give the market hash and the Merkle root of the certificate; it lists those left out.",
    "result": "The result gives the hashes and figures of the certificate.",
    "audit": "The audit of the result folder, bound included, finds nothing but what the certificate lists.",
    "published": "Published tables follow from orders and result.",
}


@dataclass(frozen=True)
class Check:
    """One check: `is_ok` is None where it could not be run because of an earlier one."""

    name: str
    is_ok: bool | None
    found: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """What is printed of it."""
        return "not checked" if self.is_ok is None else "ok" if self.is_ok else "FAILED"


@dataclass
class Checks:
    """Runs checks and keeps them."""

    done: list[Check] = field(default_factory=list)

    def run(self, name: str, look: Callable[..., Sequence[str]], *over: Any) -> bool:  # noqa: ANN401 - whatever it looks at
        """Run one check, which returns what it found wrong; return whether that is nothing."""
        assert name in CHECKS
        try:
            found = tuple(look(*over))
        except BadInput as error:
            found = tuple(f"{m.where}: {m.what} ({m.rule})" for m in error.mistakes)
        except pl.exceptions.PolarsError as error:
            found = (f"a table cannot be used: {error}",)
        if len(found) > SHOWN:
            found = (*found[:SHOWN], f"and {len(found) - SHOWN} more")
        self.done.append(Check(name, not found, found))
        return not found

    def skip(self, *names: str) -> None:
        """Note checks that cannot be run."""
        self.done += [Check(name, None) for name in names]


def texts_of(report: Report, listed: Collection[tuple[str, str]] = ()) -> list[str]:
    """Return the violations of an audit as texts, without those that the certificate lists by place and rule."""
    return [f"{v.where}: {v.what} ({v.rule})" for v in report.violations if (v.where, v.rule) not in listed]
