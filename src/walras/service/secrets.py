"""Secrets of one service: what seals books, finds keys and signs.

One master key of 32 random bytes stands outside the database. From it come, by HKDF-SHA-256
with a name each: the key that wraps the keys of sessions, the pepper of API keys, and the key
that seals webhooks' secrets. A session's key is random, wrapped, and opens a member's orders
through a key of that member alone. What this protects against stands in docs/threat-model.md.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets as random
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from walras.errors import BadInput, Mistake

KEY_BYTES, NONCE_BYTES = 32, 12


@dataclass(frozen=True)
class Secrets:
    """The master key, and what follows from it."""

    master: bytes

    def named(self, name: str) -> bytes:
        """Return the key of one purpose."""
        return derived(self.master, name)

    def mac(self, secret: str) -> str:
        """Return what the store keeps of an API key."""
        return hmac.new(self.named("api keys"), secret.encode(), hashlib.sha256).hexdigest()

    def blind(self, *texts: str) -> str:
        """Return what stands for a digest in the store: it says nothing to whoever has no master key.

        A plain digest of a small order could be tried against guesses.
        """
        return hmac.new(self.named("digests"), "\n".join(texts).encode(), hashlib.sha256).hexdigest()

    def hide(self, text: str) -> str:
        """Return a text as the store keeps it, sealed.

        >>> secrets = Secrets(b"m" * 32)
        >>> secrets.reveal(secrets.hide("an answer"))
        'an answer'
        """
        return urlsafe_b64encode(seal(self.named("answers"), text.encode(), "answer")).decode()

    def reveal(self, hidden: str) -> str:
        """Return a text that was hidden; raises `BadInput` if it was changed."""
        return unseal(self.named("answers"), urlsafe_b64decode(hidden), "answer").decode()

    def new_session_key(self, session: str) -> bytes:
        """Return a fresh session key, wrapped for the store."""
        return seal(self.named("sessions"), random.token_bytes(KEY_BYTES), session)

    def session_key(self, session: str, wrapped: bytes) -> bytes:
        """Return the key of a session from what the store holds."""
        return _session_key(self.master, session, wrapped)


@lru_cache(maxsize=256)
def _session_key(master: bytes, session: str, wrapped: bytes) -> bytes:
    return unseal(derived(master, "sessions"), wrapped, session)


@lru_cache(maxsize=256)
def derived(key: bytes, name: str) -> bytes:
    """Return a key for one purpose from another key.

    >>> derived(b"k" * 32, "one") == derived(b"k" * 32, "two")
    False
    """
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"walras 1 {name}".encode()).derive(key)


def publication_secret(session_key: bytes) -> bytes:
    """Return the secret of a session's publication, from which salts and pseudonyms of orders follow."""
    return derived(session_key, "publication")


def seal(key: bytes, content: bytes, label: str) -> bytes:
    """Encrypt with AES-256-GCM under a fresh nonce; the label must be the same to open it.

    >>> unseal(b"k" * 32, seal(b"k" * 32, b"orders", "here"), "here")
    b'orders'
    """
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, label.encode())


def unseal(key: bytes, sealed: bytes, label: str) -> bytes:
    """Decrypt what `seal` made.

    Raises:
        BadInput: It was changed, or sealed with another key or label (rule `seal_intact`).
    """
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], label.encode())
    except (InvalidTag, ValueError) as error:
        what = "what was sealed cannot be opened: it was changed, or another key sealed it"
        fix = "Restore it from a backup, and the master key that belongs to it."
        raise BadInput([Mistake(what, label, "seal_intact", fix)]) from error


def new_api_key() -> tuple[str, str]:
    """Return a prefix, which finds the key, and the whole key, which is shown once."""
    prefix = random.token_hex(6)
    return prefix, f"wk_{prefix}_{random.token_urlsafe(KEY_BYTES)}"


def load_secrets(folder: Path) -> Secrets:
    """Return the secrets of a folder; a master key is made where there is none.

    Raises:
        BadInput: The file is readable by others, or holds no key (rule `master_key`).
    """
    file = folder / "master.key"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    made_once(file, _write_master_key)
    if file.stat().st_mode & 0o077:
        raise BadInput([Mistake("others can read the master key", file.name, "master_key", f"chmod 600 {file.name}")])
    try:
        master = urlsafe_b64decode(file.read_bytes().strip())
    except ValueError:
        master = b""
    if len(master) != KEY_BYTES:
        fix = "Restore the file; without it sealed books cannot be opened."
        raise BadInput([Mistake("this is no key of 32 bytes", file.name, "master_key", fix)])
    return Secrets(master)


def made_once(file: Path, write: Callable[[Path], None]) -> None:
    """Make a file that is not there, whole or not at all; of several processes that make it the first one counts."""
    if file.exists():
        return
    beside = file.with_name(f"{file.name}.{random.token_hex(6)}.part")
    write(beside)
    with suppress(FileExistsError):
        os.link(beside, file)
    beside.unlink()


def _write_master_key(file: Path) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(urlsafe_b64encode(random.token_bytes(KEY_BYTES)) + b"\n")
        out.flush()
        os.fsync(out.fileno())
