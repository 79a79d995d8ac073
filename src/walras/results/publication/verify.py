"""Verify a bundle: one list of checks, as many as its level allows, and what they leave unproven."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from walras.book.book import Book
from walras.book.folder import read
from walras.book.hashing import market_hash
from walras.errors import BadInput, Mistake
from walras.results.publication import verify_member, verify_public, verify_regulator
from walras.results.publication.archives import unpack
from walras.results.publication.bundles import MARKET, Level
from walras.results.publication.certify import network_of
from walras.results.publication.checks import Check, Checks
from walras.results.publication.key_ring import KeyRing
from walras.results.publication.reading import Bundle, check_certificate, check_files, open_bundle

PUBLIC = ("market", "tables", "prices", "balance", "network", "curves")
MEMBER = ("inclusion", "acceptances", "receipts")
REGULATOR = ("book", "result", "audit", "published")
LIMITS: dict[Level, tuple[str, ...]] = {
    "public": (
        "that the aggregated curves are the sum of orders that members sent: members check theirs, the regulator all",
        "which indivisible orders were accepted, and that none of them loses",
        "that no better result exists, and the bound",
        "that the operator showed everybody the same certificate: compare its hash with others",
    ),
    "member": (
        "that orders of others are real, complete, and treated by the same rules",
        "that every order you sent is in the book, unless you give your receipts",
        "ties with orders of others, and what explanations say of them",
        "that no better result exists, and the bound",
        "that the operator showed everybody the same certificate: compare its hash with others",
    ),
    "regulator": (
        "that the book holds every order that was sent in time: that is proven by receipts and the trail",
        "that nobody read orders before the gate",
        "a welfare beyond the result's own: the gap says how much more there may be",
    ),
}
"""What the checks of each level do not prove."""


@dataclass(frozen=True)
class Verification:
    """What was verified: level, the certificate, every check, and what they do not prove."""

    level: Level
    certificate: Mapping[str, Any]
    checks: tuple[Check, ...]
    limits: tuple[str, ...]

    @property
    def is_ok(self) -> bool:
        """Whether every check was run and found nothing."""
        return all(c.is_ok for c in self.checks)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "ok": self.is_ok,
            "level": self.level,
            "checks": [{"name": c.name, "result": c.word, "found": list(c.found)} for c in self.checks],
            "not_proven": list(self.limits),
            "certificate": dict(self.certificate),
        }


def verify(bundle: Path | str, ring: KeyRing, receipts: Path | str | None = None) -> Verification:
    """Verify a bundle, a folder or a zip file, with keys from elsewhere.

    Args:
        bundle: What was published.
        ring: Keys that the verifier trusts.
        receipts: A member's receipts (`verify_member.read_receipts`).

    Raises:
        BadInput: It cannot be read as a bundle at all, or receipts cannot be used.
        NewerFormat: A later release wrote it.
    """
    if Path(bundle).is_file():
        with tempfile.TemporaryDirectory(prefix="walras-verify-") as place:
            unpack(bundle, place)
            return verify(place, ring, receipts)
    opened, checks = open_bundle(bundle), Checks()
    given = _receipts(opened, ring, receipts)
    is_known = checks.run("signature", _signatures, opened, ring)
    is_whole = checks.run("files", check_files, opened)
    rest = PUBLIC + {"public": (), "member": MEMBER, "regulator": REGULATOR}[opened.level]
    rest = tuple(n for n in rest if n != "receipts" or given is not None)
    if is_known and is_whole and checks.run("certificate", check_certificate, opened.document):
        _contents(opened, checks, given)
    done = {c.name for c in checks.done}
    checks.skip(*(n for n in ("certificate", *rest) if n not in done))
    return Verification(opened.level, opened.document, tuple(checks.done), LIMITS[opened.level])


def _receipts(bundle: Bundle, ring: KeyRing, path: Path | str | None) -> Sequence[Mapping[str, Any]] | None:
    if path is None:
        return None
    if bundle.level != "member":
        fix = "Give receipts with a member's bundle."
        raise BadInput([Mistake(f"a {bundle.level} bundle holds no member's orders", str(path), "receipt_level", fix)])
    return verify_member.read_receipts(path, ring)


def _signatures(bundle: Bundle, ring: KeyRing) -> list[str]:
    ring.check(bundle.manifest, "manifest.json")
    ring.check(bundle.certificate, "certificate.json")
    return []


def _contents(bundle: Bundle, checks: Checks, receipts: Sequence[Mapping[str, Any]] | None) -> None:
    """Run the checks of a bundle whose bytes are those that were signed."""
    document, books, kept = bundle.document, [], []

    def market() -> list[str]:
        book = read(bundle.folder / MARKET)
        books.append(book)
        found = verify_public.check_market(book, document)
        if bundle.level == "public" and market_hash(book) != document["network_hash"]:
            found.append("the market folder holds orders")
        return found

    def tables() -> list[str]:
        kept.append(verify_public.read_published(bundle, books[0]))
        return verify_public.check_tables(network_of(books[0]), kept[0], document)

    if not checks.run("market", market) or not checks.run("tables", tables):
        return
    book, published = books[0], kept[0]
    case = verify_public.public_case(network_of(book), published)
    checks.run("prices", verify_public.check_prices, case, published)
    checks.run("balance", verify_public.check_balance, case, published, document)
    checks.run("network", verify_public.check_network, case, document)
    checks.run("curves", verify_public.check_curves, case, published)
    if book.profile.compensates:
        checks.run("differences", verify_public.check_differences, case, published)
    if bundle.level == "member":
        if checks.run("inclusion", verify_member.check_inclusion, bundle, book, document):
            checks.run("acceptances", verify_member.check_acceptances, bundle, book, case, published)
        if receipts is not None:
            left_out = verify_member.read_excluded(bundle, document)
            checks.run("receipts", verify_member.check_receipts, book, receipts, left_out)
    if bundle.level == "regulator":
        _everything(bundle, checks, book, published)


def _everything(bundle: Bundle, checks: Checks, book: Book, published: verify_public.Tables) -> None:
    checks.run("book", verify_regulator.check_book, bundle, book, bundle.document)
    checks.run("result", verify_regulator.check_result, bundle, book, bundle.document)
    if checks.run("audit", verify_regulator.check_audit, bundle, book, bundle.document):
        checks.run("published", verify_regulator.check_published, bundle, book, published)
