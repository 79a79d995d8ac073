"""Who sends a request: `Authorization: Bearer wk_…`, or nobody, which is the public.

A key that was good is believed for at most `TRUST_SECONDS`, so that a burst of requests does
not read the store each time. Orders are believed for `ORDER_TRUST_SECONDS`: their batch reads
key, user and company again in the transaction that takes them, before it answers anything.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field

from walras.errors import Mistake
from walras.service.api.problems import Refused
from walras.service.permissions import NotKnown
from walras.service.roles import PUBLIC, Actor
from walras.service.secrets import Secrets
from walras.service.store.engine import Store
from walras.service.store.users import authenticate

TRUST_SECONDS = 1.0
ORDER_TRUST_SECONDS = 60.0
MOST_KEYS = 10_000
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="walras"'}


@dataclass
class Doorkeeper:
    """Knows keys, and remembers them for a moment."""

    store: Store
    secrets: Secrets
    known: dict[bytes, tuple[float, float, Actor]] = field(default_factory=dict)

    def remembered(self, header: str | None, trust: float = TRUST_SECONDS) -> Actor | None:
        """Return who sends a header without reading the store, None if the store has to be asked.

        Args:
            header: What came as `Authorization`.
            trust: Seconds for which an answer of the store is believed.

        Raises:
            Refused: The header is none of a key (401).
        """
        if header is None:
            return PUBLIC
        found = self.known.get(_name(key_of(header)))
        if found is None:
            return None
        asked, ends, actor = found
        return actor if time.monotonic() < min(asked + trust, ends) else None

    def ask(self, header: str) -> Actor:
        """Return who sends a header, from the store; raises `Refused` (401) if it is not known."""
        key = key_of(header)
        now = time.monotonic()
        try:
            with self.store.read() as connection:
                at = self.store.clock.now(connection)
                found = authenticate(connection, self.secrets, key, at)
        except NotKnown as error:
            self.known.pop(_name(key), None)
            raise unauthorised(error.mistake) from error
        if len(self.known) >= MOST_KEYS:
            self.known.clear()
        self.known[_name(key)] = now, now + (found.expires_at - at) / 1e6, found.actor
        return found.actor


def key_of(header: str) -> str:
    """Return the key that a header holds; raises `Refused` (401) if it holds none."""
    kind, _, key = header.partition(" ")
    if kind.lower() != "bearer" or not key.startswith("wk_") or not key.isascii() or len(key) > 200:
        fix = "Send the key as it was issued: Authorization: Bearer wk_…"
        raise unauthorised(Mistake("this is no key of this service", "Authorization", "key_known", fix))
    return key


def unauthorised(mistake: Mistake) -> Refused:
    """Return a refusal for want of a good key."""
    return Refused(mistake, 401, CHALLENGE)


def _name(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
