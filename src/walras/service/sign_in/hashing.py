"""Passwords as argon2id hashes, made and compared a few at a time: each takes 64 MiB and a tenth of a second."""

from __future__ import annotations

import secrets as random
import threading
import unicodedata
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from walras.service.api.problems import refused

AT_ONCE = 2
WAIT_SECONDS = 10.0


@dataclass
class Hasher:
    """Makes and compares hashes; callers wait for a place, never on an event loop and never inside a transaction.

    Attributes:
        time_cost: Rounds of argon2id.
        memory_kib: Memory of each.
        lanes: Its lanes.
        at_once: How many work at one time in this process.
        wait_seconds: How long one waits for a place before it is refused.
    """

    time_cost: int = 3
    memory_kib: int = 64 * 1024
    lanes: int = 4
    at_once: int = AT_ONCE
    wait_seconds: float = WAIT_SECONDS
    _argon: PasswordHasher = field(init=False)
    _places: threading.BoundedSemaphore = field(init=False)
    _nobody: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._argon = PasswordHasher(self.time_cost, self.memory_kib, self.lanes)
        self._places = threading.BoundedSemaphore(self.at_once)
        cost = f"m={self.memory_kib},t={self.time_cost},p={self.lanes}"
        self._nobody = f"$argon2id$v=19${cost}${_b64(random.token_bytes(16))}${_b64(random.token_bytes(32))}"

    def hash(self, password: str) -> str:
        """Return the hash of a password; raises `Refused` (429, rule `busy`) if no place gets free."""
        with self._place():
            return self._argon.hash(plain(password))

    def is_right(self, held: str | None, password: str) -> bool:
        """Return whether a password is the one of a hash; where there is no hash it takes as long and is wrong.

        Raises:
            Refused: No place gets free (429, rule `busy`).

        >>> hasher = Hasher(time_cost=1, memory_kib=8, lanes=1)
        >>> hasher.is_right(hasher.hash("a quiet day"), "a quiet day"), hasher.is_right(None, "a quiet day")
        (True, False)
        """
        with self._place():
            try:
                self._argon.verify(held or self._nobody, plain(password))
            except (VerificationError, InvalidHashError):
                return False
        return held is not None

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(timeout=self.wait_seconds):
            what, fix = "too many passwords are checked at this moment", "Send it again in some seconds."
            raise refused(what, "password", "busy", fix, {"Retry-After": "5"})
        try:
            yield
        finally:
            self._places.release()


def plain(password: str) -> bytes:
    """Return the bytes of a password, the same from every keyboard and system (NFKC)."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def _b64(content: bytes) -> str:
    return b64encode(content).decode().rstrip("=")


HASHER = Hasher()
"""The one of this process."""
