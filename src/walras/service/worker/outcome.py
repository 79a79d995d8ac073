"""From an audited result to the files that are stored: bytes that are the same however often it is cleared.

What a publisher may use is in `Cleared`: no clock and no host is, so that a run which another
worker repeats ends with the same bytes.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import polars as pl

from walras.book.book import Book
from walras.results.audit import Violation
from walras.results.audit.second_step import listed
from walras.results.publication import Publication
from walras.results.publication.leaves import pseudonym_of
from walras.results.results import Results
from walras.service.canonical import bytes_digest, canonical
from walras.service.plan import Plan
from walras.service.secrets import publication_secret

PARQUET, JSON = "application/vnd.apache.parquet", "application/json"
PUBLIC_TABLES = ("prices", "net_positions", "scheduled_exchanges", "border_exchanges", "domain_exchanges")
"""Tables of a result folder that name no order."""


@dataclass(frozen=True)
class Artefact:
    """One file of a result."""

    name: str
    media_type: str
    is_public: bool
    content: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the content."""
        return bytes_digest(self.content)


@dataclass(frozen=True)
class SystemPrices:
    """Prices of a book without network limits: the table `zone, carrier, mtu_start, price`, or why there is none."""

    table: pl.DataFrame | None
    said: str


@dataclass(frozen=True)
class Cleared:
    """One result with all that its files follow from.

    Attributes:
        session: Id of the session.
        kind: Of the session: live, dry_run, simulation, public_test.
        version: Of the result.
        asked_at: When the run was asked for, microseconds: what is signed bears this time.
        session_key: Opens the book; salts and pseudonyms are derived from it.
        book: The auction.
        results: The outcome.
        settings: What decided beside the book (`Settings.canonical()`).
        plan: What of the session's book was cleared, and how much of it together.
        flagged: What the audit found beyond its first step, never beyond the second.
        system: Prices of the same book without network limits, where the profile publishes them.
    """

    session: str
    kind: str
    version: int
    asked_at: int
    session_key: bytes
    book: Book
    results: Results
    settings: Mapping[str, float | None]
    plan: Plan = field(default_factory=Plan)
    flagged: tuple[Violation, ...] = ()
    system: SystemPrices | None = None

    @property
    def verdict(self) -> str:
        """What the audit says of it: `clean` or `flagged`."""
        return "flagged" if self.flagged else "clean"

    @cached_property
    def excluded(self) -> list[str]:
        """Pseudonyms of the orders that were left out, sorted."""
        secret = publication_secret(self.session_key)
        return sorted(pseudonym_of(secret, o.name) for o in self.plan.excluded)

    @cached_property
    def publication(self) -> Publication:
        """What is published; salts and pseudonyms follow from the session's key.

        Seconds of the run's phases are left out: they are another's each time, and bundles hold what never changes.
        """
        secret = publication_secret(self.session_key)
        left_out = tuple(o.name for o in self.plan.excluded)
        return Publication(self.book, replace(self.results, phases={}), self.settings, secret, left_out)

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """Tables of the result folder."""
        return self.publication.result_tables

    @property
    def summary(self) -> dict[str, Any]:
        """Summary of the result folder."""
        return self.publication.summary


Publisher = Callable[[Cleared], list[Artefact]]
"""Makes the files of a result: `published/...` for everybody, the rest for those who may have it."""


def plain_files(cleared: Cleared) -> list[Artefact]:
    """Return the result folder without signature: tables that name no order are public."""
    files = [
        Artefact(f"result/{name}.parquet", PARQUET, is_public=False, content=parquet(table))
        for name, table in sorted(cleared.tables.items())
    ]
    summary = json.dumps(cleared.summary, indent=2) + "\n"
    files.append(Artefact("result/summary.json", JSON, is_public=False, content=summary.encode()))
    files += [
        Artefact(f"published/{name}.parquet", PARQUET, is_public=True, content=parquet(cleared.tables[name]))
        for name in PUBLIC_TABLES
        if name in cleared.tables
    ]
    files += system_files(cleared)
    said = ("status", "stopped_by", "currency", "market_hash", "settings_hash", "result_hash", "curtailed_mwh")
    public = {name: cleared.summary[name] for name in said} | {"settings": dict(cleared.settings)}
    public |= {"audit": cleared.verdict, "violations": listed(cleared.flagged), "excluded_orders": cleared.excluded}
    public |= {"rung": cleared.plan.rung, "cut_off": list(cleared.plan.cut_off)}
    return [*files, Artefact("published/summary.json", JSON, is_public=True, content=canonical(public).encode())]


def system_files(cleared: Cleared) -> list[Artefact]:
    """Return the public table of system prices, where there is one; it is no part of the result nor of its hashes."""
    if cleared.system is None or cleared.system.table is None:
        return []
    return [Artefact("published/system_prices.parquet", PARQUET, is_public=True, content=parquet(cleared.system.table))]


def parquet(table: pl.DataFrame) -> bytes:
    """Return a table as the bytes of a Parquet file."""
    out = io.BytesIO()
    table.write_parquet(out, compression="lz4", statistics=False)
    return out.getvalue()
