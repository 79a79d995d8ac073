"""Seals the trail in batches: one seal binds all rows of a stream that wait (decision 32).

Two sealers at one stream ask for the same number of a seal, which is a key: one commits, the
other is refused by the database and finds nothing left to do at its next look.
"""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, IntegrityError

from walras.service.store import trail
from walras.service.store.engine import Store, is_conflict

TRIES = 5


def seal_stream(store: Store, stream: str) -> str | None:
    """Seal what waits in a stream and return the seal's digest, None if nothing waited.

    Raises:
        DBAPIError: The store failed for another reason than another sealer.
    """
    for _ in range(TRIES):
        try:
            with store.write() as connection:
                return trail.seal(connection, stream, store.clock.now(connection))
        except IntegrityError:
            continue
        except DBAPIError as error:
            if not is_conflict(error):
                raise
    return None  # others seal this stream all the time: it does not wait


def seal_all(store: Store) -> dict[str, str]:
    """Seal every stream with rows that wait; return the digest of each seal that was made."""
    with store.read() as connection:
        waiting = trail.unsealed_streams(connection)
    made = {stream: seal_stream(store, stream) for stream in waiting}
    return {stream: digest for stream, digest in made.items() if digest is not None}
