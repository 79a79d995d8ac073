"""The key ring: whose signature counts, and when. It comes from outside of what is verified.

One JSON file of public keys, each with the time in which it may sign. Rotation is several
keys whose times overlap. A revoked key is kept with its reason: `compromised` means that no
signature of it counts, whatever time it claims, since a thief can write any time; `retired`
means that those before its end still do.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from walras.errors import BadInput, Mistake
from walras.results.publication.documents import SignedDocument, canonical_json, moment_of, parsed_json, time_word
from walras.results.publication.keys import key_id_of

FORMAT, VERSION = "walras-key-ring", 1
Reason = Literal["compromised", "retired"]
REASONS: tuple[Reason, ...] = ("compromised", "retired")
FIELDS = {"key_id", "public_key", "valid_from", "valid_to", "revoked_at", "reason"}
FIX = "Get the key ring again from the operator, by another way than the bundle."


@dataclass(frozen=True)
class PublicKey:
    """A public key and when it may sign: from `valid_from` until before `valid_to`."""

    public_key: bytes
    valid_from: datetime
    valid_to: datetime
    revoked_at: datetime | None = None
    reason: Reason | None = None

    @property
    def key_id(self) -> str:
        """The name of the key."""
        return key_id_of(self.public_key)


@dataclass(frozen=True)
class KeyRing:
    """Public keys by their names."""

    keys: tuple[PublicKey, ...] = ()

    def find(self, key_id: str) -> PublicKey | None:
        """Return the key of a name, None if there is none."""
        return next((k for k in self.keys if k.key_id == key_id), None)

    def with_key(self, key: PublicKey) -> KeyRing:
        """Return the ring with one more key.

        Raises:
            BadInput: The key is there, or its time is empty (rules `key_once`, `key_times`).
        """
        return _checked(KeyRing((*self.keys, key)), "key ring")

    def revoked(self, key_id: str, at: datetime, reason: Reason) -> KeyRing:
        """Return the ring with a key revoked; of two revocations the graver and earlier one stays.

        Raises:
            BadInput: There is no such key (rule `key_known`).
        """
        key = self.find(key_id)
        if key is None:
            raise BadInput([Mistake(f"there is no key {key_id!r}", "key ring", "key_known", "Name a key of the ring.")])
        if key.revoked_at is not None:
            at = min(at, key.revoked_at)
            reason = "compromised" if "compromised" in (reason, key.reason) else reason
        gone = replace(key, revoked_at=at, reason=reason)
        return KeyRing(tuple(gone if k is key else k for k in self.keys))

    def check(self, signed: SignedDocument, where: str = "document") -> None:
        """Accept a signature that counts.

        Raises:
            BadInput: The key is unknown, was not valid yet or any more when it signed, is
                revoked, or did not make this signature (rules `key_known`, `key_not_yet_valid`,
                `key_expired`, `key_revoked`, `signature`).
        """
        key, at = self.find(signed.key_id), time_word(signed.signed_at)
        if key is None:
            raise BadInput([Mistake(f"key {signed.key_id!r} is not in the ring", where, "key_known", FIX)])
        name = f"key {key.key_id}"
        if not signed.is_signed_by(key.public_key):
            what = f"the signature is not one of {name} over this content"
            raise BadInput([Mistake(what, where, "signature", "Do not trust it; get it again.")])
        fix = "Ask the operator for one that is signed with a key that counts."
        if signed.signed_at < key.valid_from:
            what = f"signed at {at}, {name} is valid from {time_word(key.valid_from)}"
            raise BadInput([Mistake(what, where, "key_not_yet_valid", fix)])
        if signed.signed_at >= key.valid_to:
            what = f"signed at {at}, {name} was valid until {time_word(key.valid_to)}"
            raise BadInput([Mistake(what, where, "key_expired", fix)])
        if key.revoked_at is not None and (key.reason != "retired" or signed.signed_at >= key.revoked_at):
            what = f"{name} is revoked since {time_word(key.revoked_at)}: {key.reason}"
            raise BadInput([Mistake(what, where, "key_revoked", fix)])

    def to_bytes(self) -> bytes:
        """Return the file of this ring."""
        return canonical_json({"format": FORMAT, "version": VERSION, "keys": [_row(k) for k in self.keys]})


def read_ring(path: Path | str) -> KeyRing:
    """Return the ring of a file, in its one spelling (a line break at the end is free).

    Raises:
        BadInput: It is none, or a key bears the name of another (rules `ring_form`, `key_name`,
            `key_once`, `key_times`).
    """
    where = str(path)
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise BadInput([Mistake(f"it cannot be read: {error.strerror}", where, "ring_readable", FIX)]) from None
    value = parsed_json(content.strip(), where)
    if not isinstance(value, dict) or value.get("format") != FORMAT or value.get("version") != VERSION:
        raise BadInput([Mistake(f"it is no {FORMAT} of version {VERSION}", where, "ring_form", FIX)])
    rows = value.get("keys")
    if set(value) != {"format", "version", "keys"} or not isinstance(rows, list):
        raise BadInput([Mistake("it is not format, version and keys", where, "ring_form", FIX)])
    return _checked(KeyRing(tuple(_key(row, f"{where} key {n}") for n, row in enumerate(rows, 1))), where)


def write_ring(ring: KeyRing, path: Path | str) -> None:
    """Write a ring, in one step."""
    beside = Path(f"{path}.{os.getpid()}.part")
    beside.write_bytes(ring.to_bytes() + b"\n")
    os.replace(beside, path)


def _row(key: PublicKey) -> dict[str, Any]:
    return {
        "key_id": key.key_id,
        "public_key": key.public_key.hex(),
        "valid_from": time_word(key.valid_from),
        "valid_to": time_word(key.valid_to),
        "revoked_at": None if key.revoked_at is None else time_word(key.revoked_at),
        "reason": key.reason,
    }


def _key(row: object, where: str) -> PublicKey:
    if not isinstance(row, dict) or set(row) != FIELDS:
        raise BadInput([Mistake(f"it is not {', '.join(sorted(FIELDS))}", where, "ring_form", FIX)])
    try:
        public_key = bytes.fromhex(row["public_key"])
    except (TypeError, ValueError):
        public_key = b""
    if len(public_key) != 32:
        raise BadInput([Mistake("public_key is not 64 hex digits", where, "ring_form", FIX)])
    if key_id_of(public_key) != row["key_id"]:
        what = f"public_key is not the key that is called {row['key_id']}"
        raise BadInput([Mistake(what, where, "key_name", FIX)])
    if (row["revoked_at"] is None) != (row["reason"] is None) or row["reason"] not in (None, *REASONS):
        raise BadInput([Mistake(f"reason is not one of {', '.join(REASONS)}", where, "ring_form", FIX)])
    revoked_at = None if row["revoked_at"] is None else moment_of(row["revoked_at"], where)
    times = moment_of(row["valid_from"], where), moment_of(row["valid_to"], where)
    return PublicKey(public_key, *times, revoked_at, row["reason"])


def _checked(ring: KeyRing, where: str) -> KeyRing:
    names = [k.key_id for k in ring.keys]
    fix = "Leave one of them."
    mistakes = [
        Mistake(f"key {n} is there twice", where, "key_once", fix) for n in sorted(set(names)) if names.count(n) > 1
    ]
    fix = "Give an end after the beginning."
    mistakes += [
        Mistake(
            f"key {k.key_id} is valid until {time_word(k.valid_to)}, not after its beginning", where, "key_times", fix
        )
        for k in ring.keys
        if k.valid_to <= k.valid_from
    ]
    if mistakes:
        raise BadInput(mistakes)
    return ring
