"""Signed documents: JSON with one spelling, and an Ed25519 signature over exactly that spelling.

Keys are sorted, there are no spaces, numbers are finite. What is read must already be spelt
so: then no byte of a document's file can change without breaking its signature or its form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from walras.errors import BadInput, Mistake

DOMAIN = b"walras-signed 1\n"
TIME = "%Y-%m-%dT%H:%M:%SZ"
MOST_BYTES = 64 * 2**20
"""No document is longer: what is longer is not parsed."""

FIX = "Get the file again from where it was published."


def canonical_json(value: object) -> bytes:
    """Return the one spelling of a JSON value: ASCII, so that texts have one spelling, too.

    >>> canonical_json({"b": 1, "a": [0.5, None, "x"]})
    b'{"a":[0.5,null,"x"],"b":1}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def parsed_json(content: bytes, where: str, *, any_spelling: bool = False) -> Any:  # noqa: ANN401 - JSON may be anything
    """Return the value of a JSON text that stands in its one spelling, or in any where others write it.

    Raises:
        BadInput: It is too long, no JSON, or spelt in another way (rules `document_size`,
            `document_readable`, `document_canonical`).
    """
    if len(content) > MOST_BYTES:
        raise BadInput([Mistake(f"it has {len(content)} bytes", where, "document_size", FIX)])
    try:
        value = json.loads(content.decode("utf-8"))
        is_canonical = canonical_json(value) == content or any_spelling
    except (ValueError, RecursionError) as error:
        raise BadInput([Mistake(f"it is no JSON: {error}", where, "document_readable", FIX)]) from None
    if not is_canonical:
        raise BadInput([Mistake("its bytes are not the one spelling of its content", where, "document_canonical", FIX)])
    return value


def time_word(moment: datetime) -> str:
    """Return a moment as documents spell it: UTC, whole seconds.

    >>> time_word(datetime(2025, 4, 1, 12, tzinfo=UTC))
    '2025-04-01T12:00:00Z'
    """
    assert moment.tzinfo is not None, "a moment needs its time zone"
    return moment.astimezone(UTC).strftime(TIME)


def moment_of(word: object, where: str) -> datetime:
    """Return the moment that a word such as 2025-04-01T12:00:00Z means.

    Raises:
        BadInput: It is written differently, or there is no such moment (rule `document_time`).
    """
    try:
        moment = datetime.strptime(str(word), TIME).replace(tzinfo=UTC)
    except ValueError:
        moment = None
    if moment is None or time_word(moment) != word:
        raise BadInput([Mistake(f"{word!r} is no time", where, "document_time", "Write it as 2025-04-01T12:00:00Z.")])
    return moment


@dataclass(frozen=True)
class SignedDocument:
    """A document with who signed it and when.

    Attributes:
        document: What is said; `format` says what kind of document it is.
        key_id: Key that signed.
        signed_at: When, as the signer says.
        signature: Ed25519, of `signed_bytes`.
    """

    document: Mapping[str, Any]
    key_id: str
    signed_at: datetime
    signature: bytes

    @property
    def signed_bytes(self) -> bytes:
        """What the signature covers: document, key and time."""
        return signed_bytes(self.document, self.key_id, self.signed_at)

    def to_bytes(self) -> bytes:
        """Return the file of this document."""
        return canonical_json(
            {
                "document": self.document,
                "key_id": self.key_id,
                "signature": self.signature.hex(),
                "signed_at": time_word(self.signed_at),
            }
        )

    @staticmethod
    def from_bytes(content: bytes, where: str = "document") -> SignedDocument:
        """Return the document of a file; who signed it is not checked here (`KeyRing.check`).

        Raises:
            BadInput: It is none (rules as of `parsed_json`, and `document_form`).
        """
        value = parsed_json(content, where)
        if not _is_signed_form(value):
            what = "it is not document, key_id, signature and signed_at"
            raise BadInput([Mistake(what, where, "document_form", FIX)])
        signature = bytes.fromhex(value["signature"])
        return SignedDocument(value["document"], value["key_id"], moment_of(value["signed_at"], where), signature)

    def is_signed_by(self, public_key: bytes) -> bool:
        """Return whether this key made the signature."""
        try:
            Ed25519PublicKey.from_public_bytes(public_key).verify(self.signature, self.signed_bytes)
        except (InvalidSignature, ValueError):
            return False
        return True


def _is_signed_form(value: object) -> bool:
    if not isinstance(value, dict) or set(value) != {"document", "key_id", "signature", "signed_at"}:
        return False
    signature = value["signature"]
    is_hex = isinstance(signature, str) and re.fullmatch("[0-9a-f]{128}", signature) is not None
    return is_hex and isinstance(value["document"], dict) and isinstance(value["key_id"], str)


def signed_bytes(document: Mapping[str, Any], key_id: str, signed_at: datetime) -> bytes:
    """Return what a signature covers."""
    said = {"document": document, "key_id": key_id, "signed_at": time_word(signed_at)}
    return DOMAIN + canonical_json(said)
