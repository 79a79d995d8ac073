"""What is certified of a result, and the certificate: the document that the operator signs.

The certificate fixes a result by hashes: of market, settings, result and each published
table, and the Merkle root of all orders. It is written once for a version of a result;
the three bundles hold the same one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal

import polars as pl

from walras.book.book import Book
from walras.book.hashing import market_hash
from walras.book.write import Columns, tables_of
from walras.orders.blocks import BlockOrders
from walras.orders.curves import CurveOrders
from walras.orders.flexible import FlexibleOrders
from walras.orders.scalable import ScalableOrders
from walras.orders.storage import StorageOrders
from walras.results.audit import Violation, audit
from walras.results.audit.second_step import listed, verdict_of
from walras.results.explain import explain
from walras.results.hashing import result_hash
from walras.results.outcomes import AllOutcomes, outcomes_of
from walras.results.publication.documents import SignedDocument
from walras.results.publication.keys import SigningKey
from walras.results.publication.leaves import SECRET_BYTES, order_leaves, pseudonym_of, tree_of
from walras.results.publication.merkle import MerkleTree
from walras.results.publication.tables import csv_of, published_tables
from walras.results.raw import Raw
from walras.results.results import Results
from walras.results.summary import rounded, summary_of
from walras.results.tables import results_tables

FORMAT, VERSION = "walras-certificate", 1
Kind = Literal["live", "dry_run", "simulation", "public_test"]
Stage = Literal["preliminary", "final"]


@dataclass(frozen=True)
class Facts:
    """What a certificate says beside what follows from book and result.

    Attributes:
        session: Id of the session.
        kind: What the session was for.
        version: Of the result, from 1; a correction is a new one.
        stage: Preliminary or final.
        violations: How many the audit found; None lets `certify` audit.
        excluded: Public names of orders that stood in the book at the gate and did not take part.
        flagged: What the audit found beyond its first step of tolerance; then `violations` is not asked.
        rung: Of the ladder of fallbacks.
        cut_off: Zones that cleared alone.
        software: Version that cleared; the installed one unless given.
    """

    session: str
    kind: Kind = "live"
    version: int = 1
    stage: Stage = "preliminary"
    violations: int | None = None
    excluded: tuple[str, ...] = ()
    software: str = ""
    flagged: tuple[Violation, ...] = ()
    rung: str = "coupled"
    cut_off: tuple[str, ...] = ()


@dataclass(frozen=True)
class Publication:
    """One result with all that is published of it; each part is made once, when it is first asked for.

    Attributes:
        book: The market, with all orders.
        results: The outcome.
        settings: What decided beside the market (`Settings.canonical()`).
        secret: 32 random bytes of the session, from which salts and pseudonyms follow. The
            operator keeps them; the regulator gets them.
        excluded: Names of orders that stood at the gate and were left out of the book.
    """

    book: Book
    results: Results
    settings: Mapping[str, float | None]
    secret: bytes
    excluded: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        assert len(self.secret) == SECRET_BYTES, "the secret of a session has 32 bytes"

    def __repr__(self) -> str:
        return f"Publication({self.book.name!r}, {self.book.delivery_day})"

    @cached_property
    def raw(self) -> Raw:
        """The book as floats."""
        return Raw(self.book)

    @cached_property
    def network(self) -> Book:
        """The book without its orders."""
        return network_of(self.book)

    @cached_property
    def outcomes(self) -> AllOutcomes:
        """What became of each order."""
        return outcomes_of(self.book, self.results, self.raw)

    @cached_property
    def result_tables(self) -> dict[str, pl.DataFrame]:
        """Tables of the result folder."""
        return results_tables(self.book, self.results, self.outcomes, self.raw)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """Summary of the result folder."""
        return summary_of(self.raw, self.results, self.result_tables, self.outcomes, self.settings)

    @cached_property
    def published(self) -> dict[str, pl.DataFrame]:
        """Published tables by name."""
        return published_tables(self.raw, self.results, self.result_tables, self.outcomes, self.pseudonym)

    @cached_property
    def published_files(self) -> dict[str, bytes]:
        """The published tables as CSV, by file name: what bundles hold and a website may serve."""
        return {f"{name}.csv": csv_of(table) for name, table in self.published.items()}

    @cached_property
    def market_tables(self) -> dict[str, Columns]:
        """Tables of the market folder, orders included."""
        return tables_of(self.book)

    @cached_property
    def leaves(self) -> dict[str, bytes]:
        """Leaf of each order."""
        return order_leaves(self.book, self.secret)

    @cached_property
    def tree(self) -> MerkleTree:
        """Tree over all orders."""
        return tree_of(self.leaves)

    @cached_property
    def places(self) -> dict[bytes, int]:
        """Place of each leaf in the tree."""
        return {leaf: place for place, leaf in enumerate(self.tree.leaves)}

    @cached_property
    def explanations(self) -> pl.DataFrame:
        """Why every order got what it got."""
        return explain(self.book, self.results)

    def pseudonym(self, order: str) -> str:
        """Return the public name of an order."""
        return pseudonym_of(self.secret, order)


def network_of(book: Book) -> Book:
    """Return a book without its orders: places, limits, lines, borders and domains."""
    return replace(
        book,
        curves=CurveOrders.none(),
        blocks=BlockOrders.none(),
        flexibles=FlexibleOrders.none(),
        scalables=ScalableOrders.none(),
        storages=StorageOrders.none(),
    )


def certify(publication: Publication, facts: Facts, key: SigningKey, signed_at: datetime) -> SignedDocument:
    """Return the signed certificate of a result.

    The audit's verdict is written down whatever it is; whoever certifies decides before
    whether a result with violations may be published. What is flagged is listed.
    """
    book, results, summary = publication.book, publication.results, publication.summary
    document = {
        "format": FORMAT,
        "version": VERSION,
        "market": book.name,
        "currency": book.currency,
        "delivery_day": book.delivery_day.isoformat(),
        "profile": book.profile.name,
        "session": facts.session,
        "kind": facts.kind,
        "stage": facts.stage,
        "result_version": facts.version,
        "software": facts.software or _installed(),
        "status": results.status.value,
        "welfare": rounded(results.welfare),
        "bound": rounded(results.bound),
        "gap": rounded(results.gap),
        "audit": _audit_said(publication, facts),
        "fallback": {"rung": facts.rung, "cut_off": sorted(facts.cut_off)},
        "excluded_orders": sorted({*facts.excluded, *map(publication.pseudonym, publication.excluded)}),
        "market_hash": summary["market_hash"],
        "network_hash": market_hash(publication.network),
        "settings_hash": summary["settings_hash"],
        "result_hash": summary["result_hash"],
        "orders": {"root": publication.tree.root.hex(), "count": len(publication.tree.leaves)},
        "published": {name: result_hash({name: table}) for name, table in publication.published.items()},
    }
    return key.sign(document, signed_at)


def _audit_said(publication: Publication, facts: Facts) -> dict[str, Any]:
    """Return the verdict of the audit as a certificate has it."""
    if facts.flagged:
        return {"verdict": "flagged", "violations": len(facts.flagged), "listed": listed(facts.flagged)}
    violations = facts.violations
    if violations is None:
        found = audit(publication.book, publication.results)
        if verdict_of(publication.book, found) == "flagged":
            return {"verdict": "flagged", "violations": len(found), "listed": listed(found)}
        violations = len(found)
    return {"verdict": "violations" if violations else "clean", "violations": violations}


def _installed() -> str:
    try:
        return version("walras")
    except PackageNotFoundError:
        return "unknown"
