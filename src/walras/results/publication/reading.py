"""A bundle as it is read: its manifest, and its files once they are known to be those of the manifest."""

from __future__ import annotations

import math
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from walras.book.columns import TIME_FORMAT
from walras.errors import BadInput, Mistake, NewerFormat
from walras.results.audit.second_step import PRICE_RULES, VOLUME_RULES
from walras.results.publication.archives import is_inside
from walras.results.publication.bundles import (
    CERTIFICATE,
    FORMAT,
    LEVELS,
    MANIFEST,
    OWN_TABLES,
    PROOFS,
    SECRET,
    VERSION,
    Level,
    sha256_of,
)
from walras.results.publication.certify import FORMAT as CERTIFICATE_FORMAT
from walras.results.publication.certify import VERSION as CERTIFICATE_VERSION
from walras.results.publication.documents import MOST_BYTES, SignedDocument
from walras.results.publication.tables import ALL_COLUMNS, COMPENSATED, tables_of_profile
from walras.results.tables import TIME

FIX = "Get the bundle again from where it was published."
Schema = Mapping[str, "type[pl.DataType] | pl.DataType"]

RUNGS = ("coupled", "rerun", "partial_decoupling", "local")
"""Rungs of the ladder of fallbacks that have a result."""

_DIGEST = "[0-9a-f]{64}"
FIELDS: dict[str, type | tuple[type, ...]] = {
    "market": str, "currency": str, "delivery_day": str, "profile": str, "session": str, "kind": str, "stage": str,
    "result_version": int, "software": str, "status": str, "welfare": (int, float), "bound": (int, float),
    "gap": (int, float), "audit": dict, "fallback": dict, "excluded_orders": list, "market_hash": str,
    "network_hash": str, "settings_hash": str, "result_hash": str, "orders": dict, "published": dict,
    "format": str, "version": int,
}  # fmt: skip


@dataclass(frozen=True)
class Bundle:
    """A bundle: where it is, for whom, and its two signed documents."""

    folder: Path
    level: Level
    member: str | None
    manifest: SignedDocument
    certificate: SignedDocument

    @property
    def document(self) -> Mapping[str, Any]:
        """What the certificate says."""
        return self.certificate.document


def open_bundle(folder: Path | str) -> Bundle:
    """Return a bundle; nothing of it is believed yet.

    Raises:
        BadInput: It is none: manifest or certificate are missing or no documents (rule `bundle_form`).
        NewerFormat: A later release wrote it.
    """
    folder = Path(folder)
    manifest = _document(folder / MANIFEST)
    said = manifest.document
    if said.get("format") != FORMAT or not isinstance(said.get("version"), int):
        raise BadInput([Mistake(f"it is no {FORMAT}", str(folder / MANIFEST), "bundle_form", FIX)])
    if said["version"] > VERSION:
        fix = "Use a release that knows this version."
        raise NewerFormat([Mistake(f"version {said['version']} is newer", MANIFEST, "bundle_version", fix)])
    member = said.get("member")
    is_whole = set(said) == {"format", "version", "level", "member", "files"} and isinstance(said["files"], dict)
    if not is_whole or said["level"] not in LEVELS or (said["level"] == "member") != isinstance(member, str):
        raise BadInput([Mistake("it does not say level, member and files", MANIFEST, "bundle_form", FIX)])
    return Bundle(folder, said["level"], member, manifest, _document(folder / CERTIFICATE))


def check_files(bundle: Bundle) -> list[str]:
    """Return how the files of a bundle differ from its manifest, and which have no place in it."""
    listed, found = bundle.manifest.document["files"], []
    have = set()
    for place, folders, files in os.walk(bundle.folder):
        for name in (*folders, *files):
            path = Path(place) / name
            mode = path.lstat().st_mode
            inside = path.relative_to(bundle.folder).as_posix()
            if not stat.S_ISDIR(mode):
                have.add(inside)
            if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
                found.append(f"{inside} is no plain file")
    have.discard(MANIFEST)
    found += [f"{name} is not in the manifest" for name in sorted(have - set(listed))]
    found += [f"{name} is missing" for name in sorted(set(listed) - have)]
    if found:
        return found
    for name, said in sorted(listed.items()):
        if not is_inside(name) or not _has_place(name, bundle.level):
            found.append(f"{name} has no place in a bundle of this level")
            continue
        file = bundle.folder / name
        if not isinstance(said, dict) or set(said) != {"bytes", "sha256"} or file.stat().st_size != said["bytes"]:
            found.append(f"{name} has not the size that the manifest says")
        elif sha256_of(file) != said["sha256"]:
            found.append(f"{name} has not the content that was signed")
    needed = {CERTIFICATE, *(f"published/{n}.csv" for n in _published(bundle.document))}
    needed |= {PROOFS, *(f"own/{n}.csv" for n in OWN_TABLES)} if bundle.level == "member" else set()
    needed |= {SECRET} if bundle.level == "regulator" else set()
    return found + [f"{name} is missing" for name in sorted(needed - set(listed))]


def _has_place(name: str, level: Level) -> bool:
    top, _, rest = name.partition("/")
    if not rest:
        return name == CERTIFICATE or (name == SECRET and level == "regulator")
    if "/" in rest:
        return False
    if top == "published":
        return rest.removesuffix(".csv") in ALL_COLUMNS
    return top == "market" or {"own": "member", "result": "regulator"}.get(top) == level


def check_certificate(document: Mapping[str, Any]) -> list[str]:
    """Return what a certificate's document lacks, and what it admits."""
    if document.get("format") != CERTIFICATE_FORMAT or document.get("version") != CERTIFICATE_VERSION:
        return [f"it is no {CERTIFICATE_FORMAT} of version {CERTIFICATE_VERSION}"]
    found = [f"field {name} does not belong there" for name in sorted(set(document) - set(FIELDS))]
    found += [
        f"field {name} is missing or of a wrong type"
        for name, kind in FIELDS.items()
        if not isinstance(document.get(name), kind) or isinstance(document.get(name), bool)
    ]
    if found:
        return found
    digests = {n: document[n] for n in FIELDS if n.endswith("_hash")} | {"orders.root": document["orders"].get("root")}
    digests |= {f"published.{n}": document["published"].get(n) for n in _published(document)}
    found += [f"{n} is no SHA-256" for n, d in digests.items() if not re.fullmatch(_DIGEST, str(d))]
    count = document["orders"].get("count")
    if set(document["orders"]) != {"root", "count"} or not isinstance(count, int) or count < 0:
        found.append("orders does not say root and count")
    if set(document["published"]) != set(_published(document)):
        found.append("published does not name every published table")
    if abs(max(0.0, document["bound"] - document["welfare"]) - document["gap"]) > 2e-6 * max(
        1.0, 1e-6 * abs(document["bound"])
    ):
        found.append(f"a gap of {document['gap']} does not follow from bound and welfare")
    return found + _audit_said(document["audit"]) + _run_said(document)


def _audit_said(audit: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the verdict of the operator's audit; what it flagged has to be listed."""
    if audit == {"verdict": "clean", "violations": 0}:
        return []
    if audit.get("verdict") != "flagged":
        return [f"the audit of the operator says: {audit.get('verdict')}"]
    rows = audit.get("listed")
    is_list = isinstance(rows, list) and all(
        isinstance(r, dict) and set(r) == {"where", "rule", "amount"} for r in rows
    )
    if not is_list or not rows or len(rows) != audit.get("violations"):
        return ["the audit does not list what it flagged"]
    known = VOLUME_RULES | PRICE_RULES
    return [f"{r['rule']} cannot be flagged" for r in rows if r["rule"] not in known] + [
        f"{r['rule']} is flagged by {r['amount']}" for r in rows
        if isinstance(r["amount"], bool) or not isinstance(r["amount"], int | float) or not 0 < r["amount"] < math.inf
    ]  # fmt: skip


def _run_said(document: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with what the certificate says of rung, zones that were cut off, and orders left out."""
    said, found = document["fallback"], []
    zones = said.get("cut_off")
    is_whole = set(said) == {"rung", "cut_off"} and isinstance(zones, list) and all(isinstance(z, str) for z in zones)
    if not is_whole or said["rung"] not in RUNGS:
        found.append("fallback does not say rung and cut_off")
    elif bool(zones) != (said["rung"] in {"partial_decoupling", "local"}):
        found.append(f"rung {said['rung']} does not go with {len(zones)} zones cut off")
    names = document["excluded_orders"]
    if not all(isinstance(n, str) for n in names) or names != sorted(set(names)):
        found.append("excluded_orders is no sorted list of names")
    return found


def _published(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the tables that a certificate must name; `verify_public` asks whether its market is of that kind."""
    said = document.get("published")
    return tables_of_profile(compensates=isinstance(said, Mapping) and any(name in said for name in COMPENSATED))


def read_csv(file: Path, schema: Schema) -> pl.DataFrame:
    """Return a table with exactly these columns.

    Raises:
        BadInput: It has others, or fields that are not what they should be (rule `published_table`).
    """
    where = f"{file.parent.name}/{file.name}"
    kinds = {name: pl.String if kind == TIME else kind for name, kind in schema.items()}
    try:
        table = pl.read_csv(file, schema_overrides=kinds, infer_schema_length=0)
        if table.columns != list(schema):
            raise BadInput([Mistake(f"its columns are not {', '.join(schema)}", where, "published_table", FIX)])
        times = [c for c, kind in schema.items() if kind == TIME]
        table = table.with_columns(pl.col(c).str.to_datetime(TIME_FORMAT, time_zone="UTC").cast(TIME) for c in times)
    except (pl.exceptions.PolarsError, OSError) as error:
        what = f"it cannot be read: {str(error).partition(chr(10))[0]}"
        raise BadInput([Mistake(what, where, "published_table", FIX)]) from None
    return table


def _document(file: Path) -> SignedDocument:
    try:
        with file.open("rb") as content:
            return SignedDocument.from_bytes(content.read(MOST_BYTES + 1), file.name)
    except OSError as error:
        raise BadInput([Mistake(f"it cannot be read: {error.strerror}", str(file), "bundle_form", FIX)]) from None
