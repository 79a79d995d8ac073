"""Bundles: folders that say a result to the public, to one member, or to the regulator.

Every bundle has `certificate.json`, `market/` (the market folder, with as many orders as the
level may see) and `published/` (CSV). A member's has `own/`: acceptances, explanations and
proofs. The regulator's has `result/`, the whole result folder, and `secret.json`. Over all
of it stands `manifest.json`, signed: the level, and size and SHA-256 of every file, so that
no byte of a bundle is without cover. Layout: docs/how-to/verify-a-result.md.

A bundle is made beside its place and renamed, so that nobody meets half of it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Literal

import polars as pl

from walras.book.book import Book
from walras.book.write import Columns, write, write_tables
from walras.errors import BadInput, Mistake
from walras.results.folder import write_folder
from walras.results.publication.certify import Publication
from walras.results.publication.documents import SignedDocument, canonical_json
from walras.results.publication.keys import SigningKey
from walras.results.publication.leaves import salt_of
from walras.results.publication.tables import csv_of

Level = Literal["public", "member", "regulator"]
LEVELS: tuple[Level, ...] = ("public", "member", "regulator")
FORMAT, VERSION = "walras-bundle", 1
MANIFEST, CERTIFICATE, SECRET, PROOFS = "manifest.json", "certificate.json", "secret.json", "own/proofs.json"
EXCLUDED = "own/excluded.json"
"""Orders of the member that were left out, each with the name under which the certificate lists it."""
MARKET, PUBLISHED, OWN, RESULT = "market", "published", "own", "result"
OWN_TABLES = ("curve_acceptances", "order_acceptances", "order_volumes", "explanations")


def write_public_bundle(
    path: Path | str, publication: Publication, certificate: SignedDocument, key: SigningKey, signed_at: datetime
) -> None:
    """Write what everybody may have: certificate, network, published tables.

    Raises:
        BadInput: There is something at `path` that is no bundle (rule `place_free`).
    """
    with _bundle(path, "public", certificate, key, signed_at) as draft:
        write(publication.network, draft / MARKET, format="csv")
        _write_published(draft, publication)


def write_member_bundle(
    path: Path | str,
    publication: Publication,
    certificate: SignedDocument,
    key: SigningKey,
    signed_at: datetime,
    member: str,
) -> None:
    """Write what one member may have: all that is public, its own orders, their proofs and acceptances.

    Raises:
        BadInput: As of `write_public_bundle`; the member has no order, or one of them is linked to
            or grouped with another member's, which it may not see (rules `member_orders`, `link_own`).
    """
    own = orders_of(publication.book, member)
    with _bundle(path, "member", certificate, key, signed_at, member) as draft:
        write_tables(
            publication.book, own_tables(publication.book, publication.market_tables, own), draft / MARKET, format="csv"
        )
        _write_published(draft, publication)
        (draft / OWN).mkdir()
        tables = publication.result_tables | {"explanations": publication.explanations}
        for name in OWN_TABLES:
            rows = tables[name].filter(pl.col("order").is_in(sorted(own)))
            (draft / OWN / f"{name}.csv").write_bytes(csv_of(rows))
        (draft / PROOFS).write_bytes(canonical_json([_proof(publication, order) for order in sorted(own)]))
        left_out = {n: publication.pseudonym(n) for n in publication.excluded if n.startswith(f"{member}.")}
        if left_out:
            (draft / EXCLUDED).write_bytes(canonical_json(left_out))


def write_regulator_bundle(
    path: Path | str, publication: Publication, certificate: SignedDocument, key: SigningKey, signed_at: datetime
) -> None:
    """Write everything: all orders, the whole result folder, and the secret that salts follow from.

    Raises:
        BadInput: As of `write_public_bundle`.
    """
    with _bundle(path, "regulator", certificate, key, signed_at) as draft:
        write(publication.book, draft / MARKET)
        _write_published(draft, publication)
        run = {"phases": publication.results.phases}
        write_folder(publication.result_tables, publication.summary, draft / RESULT, run=run)
        said = {"secret": publication.secret.hex(), "excluded": sorted(publication.excluded)}
        (draft / SECRET).write_bytes(canonical_json(said))


def orders_of(book: Book, member: str) -> frozenset[str]:
    """Return the names of a member's orders.

    Raises:
        BadInput: It has none (rule `member_orders`).
    """
    families = (book.curves, book.blocks, book.flexibles, book.scalables, book.storages)
    own = frozenset(n for f in families for n, m in zip(f.name, f.member, strict=True) if m == member)
    if not own:
        fix = "Name a member that has orders in this book."
        raise BadInput([Mistake(f"member {member!r} has no orders in this book", "member", "member_orders", fix)])
    return own


def own_tables(book: Book, tables: Mapping[str, Columns], own: frozenset[str]) -> dict[str, Columns]:
    """Return the tables of a market folder, cut to these orders.

    Raises:
        BadInput: An order is linked to, or grouped with, one that is not among them (rule `link_own`).
    """
    names, blocks = sorted(own), book.blocks
    groups: dict[int, set[bool]] = {}
    for name, group in zip(blocks.name, blocks.group.tolist(), strict=True):
        groups.setdefault(group, set()).add(name in own)
    links = zip(blocks.link_child.tolist(), blocks.link_parent.tolist(), strict=True)
    mixed = {blocks.name[c] for c, p in links if (blocks.name[c] in own) != (blocks.name[p] in own)}
    mixed |= {n for n, g in zip(blocks.name, blocks.group.tolist(), strict=True) if g >= 0 and len(groups[g]) > 1}
    if mixed:
        fix = "Refuse links and groups over several members at the door."
        what = "it is linked to, or grouped with, another member's order"
        raise BadInput([Mistake(what, f"order {n!r}", "link_own", fix) for n in sorted(mixed & own)])
    out = {}
    for spec, columns in tables.items():
        key = next((k for k in ("order", "child") if k in columns), None)
        if key is None:
            out[spec] = columns
            continue
        mine = columns[key].is_in(names)
        out[spec] = {name: column.filter(mine) for name, column in columns.items()}
    return out


def _write_published(draft: Path, publication: Publication) -> None:
    (draft / PUBLISHED).mkdir()
    for name, content in publication.published_files.items():
        (draft / PUBLISHED / name).write_bytes(content)


def _proof(publication: Publication, order: str) -> dict[str, object]:
    place = publication.places[publication.leaves[order]]
    return {
        "order": order,
        "pseudonym": publication.pseudonym(order),
        "salt": salt_of(publication.secret, order).hex(),
        "place": place,
        "path": [p.hex() for p in publication.tree.proof(place)],
    }


@contextmanager
def _bundle(
    path: Path | str,
    level: Level,
    certificate: SignedDocument,
    key: SigningKey,
    at: datetime,
    member: str | None = None,
) -> Iterator[Path]:
    """Yield a draft, then sign its manifest and put it in place."""
    target = Path(os.path.realpath(path))
    if target.exists() and not (target / MANIFEST).is_file() and (not target.is_dir() or any(target.iterdir())):
        fix = "Name a new folder, or remove this one yourself."
        raise BadInput([Mistake("the place is taken by something that is no bundle", str(path), "place_free", fix)])
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.parent / f".{target.name}.{os.getpid()}.part"
    old = target.parent / f".{target.name}.{os.getpid()}.old"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    try:
        yield draft
        (draft / CERTIFICATE).write_bytes(certificate.to_bytes())
        sign_manifest(draft, level, key, at, member)
        if target.exists():
            target.rename(old)
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def sign_manifest(folder: Path, level: Level, key: SigningKey, signed_at: datetime, member: str | None = None) -> None:
    """Write the signed manifest of a folder: level, member, and every file with its size and SHA-256."""
    files = {}
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder).as_posix()
        if file.is_file() and name != MANIFEST:
            files[name] = {"bytes": file.stat().st_size, "sha256": sha256_of(file)}
    document = {"format": FORMAT, "version": VERSION, "level": level, "member": member, "files": files}
    (folder / MANIFEST).write_bytes(key.sign(document, signed_at).to_bytes())


def sha256_of(file: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
