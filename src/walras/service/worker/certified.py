"""The files of a result with the operator's signature: certificate, public tables, three kinds of bundles.

::

    published/...          tables for everybody
    certificate.json       for everybody; final/certificate.json once the result is final
    public.zip             for everybody
    member/M-0001.zip      for that member
    regulator.zip          for the regulator
    result/...             the result folder, for whoever runs the market

What is signed bears the time at which the run was asked for, not that at which it ended, so
that a run which was taken over ends with the same bytes (Ed25519 is deterministic).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Literal

from walras.results.publication import (
    Facts,
    Publication,
    SignedDocument,
    SigningKey,
    certify,
    pack,
    write_member_bundle,
    write_public_bundle,
    write_regulator_bundle,
)
from walras.service.clock import moment
from walras.service.worker.outcome import (
    JSON,
    PARQUET,
    Artefact,
    Cleared,
    Publisher,
    parquet,
    plain_files,
    system_files,
)

ZIP = "application/zip"


def certified(key: SigningKey) -> Publisher:
    """Return a publisher that signs with a key."""

    def files(cleared: Cleared) -> list[Artefact]:
        publication = cleared.publication
        kept = [f for f in plain_files(cleared) if f.name.startswith("result/") or f.name.endswith(".json")]
        tables = [
            Artefact(f"published/{name}.parquet", PARQUET, is_public=True, content=parquet(table))
            for name, table in sorted(publication.published.items())
        ]
        return (
            kept
            + tables
            + system_files(cleared)
            + signed_files(cleared, publication, key, "preliminary", moment(cleared.asked_at))
        )

    return files


def final_files(cleared: Cleared, key: SigningKey, at: int) -> list[Artefact]:
    """Return what is signed anew when a result becomes final, under `final/`."""
    signed = signed_files(cleared, cleared.publication, key, "final", moment(at))
    return [Artefact(f"final/{f.name}", f.media_type, f.is_public, f.content) for f in signed]


def signed_files(
    cleared: Cleared,
    publication: Publication,
    key: SigningKey,
    stage: Literal["preliminary", "final"],
    signed_at: datetime,
) -> list[Artefact]:
    """Return certificate and bundles of a result at a stage."""
    plan = cleared.plan
    facts = Facts(
        cleared.session, kind_of(cleared.kind), cleared.version, stage, violations=0, flagged=cleared.flagged,
        rung=plan.rung, cut_off=plan.cut_off,
    )  # fmt: skip
    certificate = certify(publication, facts, key, signed_at.replace(microsecond=0))
    at = signed_at.replace(microsecond=0)
    files = [Artefact("certificate.json", JSON, is_public=True, content=certificate.to_bytes())]

    def add(name: str, *, is_public: bool, write: Callable[[Path, SignedDocument], None]) -> None:
        with tempfile.TemporaryDirectory(prefix="walras-bundle-") as folder:
            write(Path(folder) / "bundle", certificate)
            pack(Path(folder) / "bundle", Path(folder) / "bundle.zip")
            content = (Path(folder) / "bundle.zip").read_bytes()
        files.append(Artefact(name, ZIP, is_public, content))

    add("public.zip", is_public=True, write=lambda p, c: write_public_bundle(p, publication, c, key, at))
    for member in members_of(publication):
        add(
            f"member/{member}.zip",
            is_public=False,
            write=lambda p, c, m=member: write_member_bundle(p, publication, c, key, at, m),  # type: ignore[misc]
        )
    add("regulator.zip", is_public=False, write=lambda p, c: write_regulator_bundle(p, publication, c, key, at))
    return files


def members_of(publication: Publication) -> list[str]:
    """Return the members with orders in the book, sorted."""
    book = publication.book
    families = (book.curves, book.blocks, book.flexibles, book.scalables, book.storages)
    return sorted({m for f in families for m in f.member})


def kind_of(kind: str) -> Literal["live", "dry_run", "simulation", "public_test"]:
    """Return the kind of a session as a certificate names it."""
    kinds: tuple[Literal["live", "dry_run", "simulation", "public_test"], ...]
    kinds = ("live", "dry_run", "simulation", "public_test")
    return next(k for k in kinds if k == kind)


__all__ = ["certified", "final_files", "signed_files"]
