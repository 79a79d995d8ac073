"""Keys that sign: an Ed25519 pair, whose private half is a file that nobody else may read.

A key is named after itself (`key_id`: the first 16 hex digits of the SHA-256 of its public
half), so that no ring can give its name to another key. Public halves stand in a key ring
(`key_ring`), which verifiers get from elsewhere than what they verify.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from walras.errors import BadInput, Mistake
from walras.results.publication.documents import SignedDocument, signed_bytes

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def key_id_of(public_key: bytes) -> str:
    """Return the name of a key.

    >>> key_id_of(bytes(32))
    '66687aadf862bd77'
    """
    return hashlib.sha256(public_key).hexdigest()[:16]


@dataclass(frozen=True)
class SigningKey:
    """A private key. Never printed: its text is its name."""

    private: Ed25519PrivateKey

    @staticmethod
    def new() -> SigningKey:
        """Return a new key from the system's source of randomness."""
        return SigningKey(Ed25519PrivateKey.generate())

    @staticmethod
    def from_seed(seed: bytes) -> SigningKey:
        """Return the key of 32 bytes."""
        return SigningKey(Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def public_key(self) -> bytes:
        """The public half; 32 bytes."""
        return self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def key_id(self) -> str:
        """The name of the key."""
        return key_id_of(self.public_key)

    def __repr__(self) -> str:
        return f"SigningKey({self.key_id})"

    def sign(self, document: Mapping[str, Any], signed_at: datetime) -> SignedDocument:
        """Return a document with the signature of this key; microseconds of the time are dropped."""
        at = signed_at.replace(microsecond=0)
        return SignedDocument(document, self.key_id, at, self.private.sign(signed_bytes(document, self.key_id, at)))


def write_key(key: SigningKey, path: Path | str) -> None:
    """Write a private key (PKCS 8, PEM) to a new file that its owner alone may read.

    Raises:
        BadInput: The file is there already (rule `place_free`).
    """
    content = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        mistake = Mistake("the file is there already", str(path), "place_free", "Name a new file.")
        raise BadInput([mistake]) from None
    with os.fdopen(file, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def read_key(path: Path | str) -> SigningKey:
    """Return the private key of a file.

    Raises:
        BadInput: It is not there, no Ed25519 key, or others may read it (rules `key_file`, `key_private`).
    """
    fix = "Name a file that `walras keys new` wrote."
    try:
        with open(path, "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(65536)
    except OSError as error:
        raise BadInput([Mistake(f"it cannot be read: {error.strerror}", str(path), "key_file", fix)]) from None
    if os.name == "posix" and mode & OTHERS:
        what = f"others may read this private key: its mode is {stat.S_IMODE(mode):04o}"
        fix = f"chmod 600 {path}; if others may have read it, make a new key and revoke this one."
        raise BadInput([Mistake(what, str(path), "key_private", fix)])
    try:
        private = load_pem_private_key(content, None)
    except (ValueError, TypeError):
        private = None
    if not isinstance(private, Ed25519PrivateKey):
        raise BadInput([Mistake("it holds no Ed25519 private key", str(path), "key_file", fix)])
    return SigningKey(private)
