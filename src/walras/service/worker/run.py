"""One run from claim to result: load, clear, audit, publish, store.

::

    claim ─▶ load_book ─▶ clear ─▶ audit ─▶ files ─▶ one transaction
              └────────── heart beats ──────────┘

Nothing here depends on the clock or on how often a run was begun, so a run that another
worker takes over ends with the same bytes. A limit of seconds breaks that, and its result
says so in `stopped_by`.
"""

from __future__ import annotations

import os
import secrets as random
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row
from sqlalchemy.exc import DBAPIError

from walras.book.book import Book
from walras.coupling.clear import clear
from walras.coupling.settings import Settings
from walras.errors import BadInput, NoResult, SolverFailed
from walras.results.audit import audit
from walras.service.definition import RunTerms
from walras.service.secrets import Secrets
from walras.service.store import markets, runs, sessions
from walras.service.store.engine import Store
from walras.service.worker.finish import store_failure, store_result
from walras.service.worker.heart import EVERY_SECONDS, Heart
from walras.service.worker.outcome import Cleared, Publisher, plain_files

LoadBook = Callable[[Connection, Row[Any], int], Book]
"""Returns the book of a session at its gate; the last argument is the version of the result."""

MOST_VIOLATIONS = 20
"""So many violations are named in the record of a failed run."""


def worker_name() -> str:
    """Return a name that no other worker has, also after this process is dead and its number used again."""
    return f"{socket.gethostname()[:40]}-{os.getpid()}-{random.token_hex(6)}"


@dataclass
class Runner:
    """One worker's hands: takes runs, one after another.

    Attributes:
        store, secrets: Of the service.
        load_book: Gives the book of a session.
        publish: Makes the files of a result.
        name: Of this worker, unlike any other's.
        stale: Microseconds of silence after which it takes another worker's run.
        ending: Set when the process has to end: the run at hand is given back.
    """

    store: Store
    secrets: Secrets
    load_book: LoadBook
    publish: Publisher = plain_files
    name: str = field(default_factory=worker_name)
    stale: int = runs.STALE
    beat_seconds: float = EVERY_SECONDS
    ending: threading.Event = field(default_factory=threading.Event)

    def once(self) -> str:
        """Take one run to its end; return `idle`, `done`, `failed`, `lost` or `given back`."""
        run = runs.claim(self.store, self.name, self.stale)
        if run is None:
            return "idle"
        with Heart(self.store, run.id, self.name, self.beat_seconds) as heart:
            ended_by = _either(self.ending, heart.stop)
            try:
                return self._carried_out(run, heart)
            except BadInput as error:
                return self._failed(run, f"the book does not read: {error}")
            except (NoResult, SolverFailed) as error:
                return self._failed(run, f"no result: {error}")
            except DBAPIError:
                raise  # the store, not the run: the heart stops, and whoever reaches the store again takes it over
            except Exception as error:
                self._failed(run, f"an internal error: {type(error).__name__}: {error}")
                raise
            finally:
                ended_by.set()

    def _carried_out(self, run: Row[Any], heart: Heart) -> str:
        with self.store.read() as connection:
            session = sessions.get(connection, run.session)
            terms = markets.version(connection, session.market, session.market_version).definition.run
            book = self.load_book(connection, session, run.version)
        if session.state != "closed":
            return self._failed(run, f"the session is {session.state}")
        settings = settings_of(terms)
        results = clear(book, settings, heart.hear, heart.stop)
        if heart.stop.is_set():
            return self._let_go(run, heart)
        violations = audit(book, results)
        if violations:
            named = "\n".join(str(v) for v in violations[:MOST_VIOLATIONS])
            return self._failed(run, f"the audit found {len(violations)} violations:\n{named}")
        key = self.secrets.session_key(session.id, session.sealed_key)
        cleared = Cleared(session.id, session.kind, run.version, run.at, key, book, results, settings.canonical())
        files = self.publish(cleared)
        if heart.stop.is_set():
            return self._let_go(run, heart)
        return "done" if store_result(self.store, self.secrets, run, cleared, files) else "lost"

    def _let_go(self, run: Row[Any], heart: Heart) -> str:
        if not heart.is_mine:
            return "lost"
        runs.give_back(self.store, run.id, self.name)
        return "given back"

    def _failed(self, run: Row[Any], reason: str) -> str:
        return "failed" if store_failure(self.store, self.secrets, run, reason) else "lost"


def settings_of(terms: RunTerms) -> Settings:
    """Return how far a session's run may go."""
    return Settings(gap=terms.gap, time_limit=terms.time_limit_seconds, iteration_limit=terms.iteration_limit)


def _either(ending: threading.Event, stop: threading.Event) -> threading.Event:
    """Set `stop` when `ending` is set, until the event that is returned is."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            if ending.is_set():
                stop.set()
                return

    threading.Thread(target=watch, name="ending", daemon=True).start()
    return over
