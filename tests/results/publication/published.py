"""A published result of the bundled markets: bundles of all levels, and how to forge them with the right key."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from pathlib import Path

import polars as pl

from walras.book.folder import read
from walras.coupling.clear import clear
from walras.coupling.settings import Settings
from walras.results.hashing import result_hash
from walras.results.publication import (
    Facts,
    KeyRing,
    Publication,
    PublicKey,
    SignedDocument,
    SigningKey,
    certify,
    write_member_bundle,
    write_public_bundle,
    write_regulator_bundle,
)
from walras.results.publication.bundles import sign_manifest
from walras.results.publication.reading import read_csv
from walras.results.publication.tables import columns_of, csv_of

NOW = datetime(2026, 6, 9, 12, tzinfo=UTC)
KEY, THIEF = SigningKey.from_seed(bytes(32)), SigningKey.from_seed(b"\1" * 32)
RING = KeyRing((PublicKey(KEY.public_key, NOW - timedelta(days=1), NOW + timedelta(days=1)),))
MEMBERS = {"two-neighbours": "XB-gas", "carriers": "XA-nuclear"}
LEVELS = ("public", "member", "regulator")


def publication_of(book, **settings):
    how = Settings(**settings)
    return Publication(book, clear(book, how), how.canonical(), b"\7" * 32)


@cache
def publication(name="two-neighbours"):
    return publication_of(read(Path(str(resources.files("walras.examples") / name))))


@cache
def certificate(name="two-neighbours"):
    return certify(publication(name), Facts(session="S-1", stage="final"), KEY, NOW)


def write_level(path, level, name="two-neighbours", key=KEY, at=NOW, member=None):
    said = publication(name), certificate(name), key, at
    if level == "public":
        write_public_bundle(path, *said)
    elif level == "member":
        write_member_bundle(path, *said, member or MEMBERS[name])
    else:
        write_regulator_bundle(path, *said)
    return path


def resign(bundle, key=KEY, **changes):
    """Sign a bundle again after its files were changed, so that its hashes hold."""
    manifest = SignedDocument.from_bytes((bundle / "manifest.json").read_bytes()).document
    old = SignedDocument.from_bytes((bundle / "certificate.json").read_bytes()).document
    hashes = {f.stem: result_hash({f.stem: table(bundle, f.stem)}) for f in (bundle / "published").iterdir()}
    signed = key.sign({**old, "published": hashes, **changes}, NOW)
    (bundle / "certificate.json").write_bytes(signed.to_bytes())
    sign_manifest(bundle, manifest["level"], key, NOW, manifest["member"])


def table(bundle, name):
    return read_csv(bundle / "published" / f"{name}.csv", columns_of(name, "EUR"))


def change(bundle, name, column, row, by):
    """Add to one number of a published table."""
    old = table(bundle, name)
    values = old[column].to_list()
    values[row] += by
    (bundle / "published" / f"{name}.csv").write_bytes(
        csv_of(old.with_columns(pl.Series(column, values, dtype=old[column].dtype)))
    )


def failed(verification):
    return {c.name for c in verification.checks if c.is_ok is False}


def with_key(key=KEY, **changes):
    """The ring with its key changed."""
    return KeyRing((replace(RING.keys[0], public_key=key.public_key, **changes),))
