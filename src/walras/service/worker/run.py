"""One run from claim to result: load, clear, audit, publish, store; or to the order that makes it fail.

::

    claim ─▶ load_book ─▶ clear ─▶ audit ─▶ files ─▶ one transaction
              │               what fails ─▶ hunt ─▶ one transaction
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
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row
from sqlalchemy.exc import DBAPIError

from walras.book.book import Book
from walras.coupling.clear import clear
from walras.coupling.settings import Settings
from walras.errors import BadInput, HuntEnded, NoResult, SolverFailed
from walras.results.audit import audit
from walras.results.audit.second_step import verdict_of
from walras.service.definition import MarketDefinition, RunTerms
from walras.service.gate import Held
from walras.service.plan import UNLIMITED, Plan
from walras.service.secrets import Secrets
from walras.service.store import markets, runs, sessions
from walras.service.store.engine import Store
from walras.service.timetable.rules import load_door_rules
from walras.service.worker.corridor import store_request
from walras.service.worker.finish import store_failure, store_result
from walras.service.worker.heart import EVERY_SECONDS, Heart
from walras.service.worker.hunt import Found, Hunt
from walras.service.worker.outcome import Cleared, Publisher, SystemPrices, plain_files
from walras.service.worker.system_prices import system_prices
from walras.service.worker.trial import Audit, Clear, Isolated, Trial

LoadBook = Callable[[Connection, Row[Any], Plan], Book]
"""Returns what a plan clears of the book of a session at its gate."""

LoadHeld = Callable[[Connection, Row[Any]], Held]
"""Returns all that was sent to a session, to look for the order that makes a run fail."""

MOST_VIOLATIONS = 20
"""So many violations are named in the record of a failed run."""

MOST_DEATHS = 3
"""A run whose worker died so often is not begun again: its cause is looked for in processes that may die."""


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
        held: Gives what was sent, to look for the order that makes a run fail; without it nobody looks.
        clear, audit: The engine and its judge.
        name: Of this worker, unlike any other's.
        stale: Microseconds of silence after which it takes another worker's run.
        most_deaths: Of workers over one run, before its cause is looked for in processes that may die.
        ending: Set when the process has to end: the run at hand is given back.
    """

    store: Store
    secrets: Secrets
    load_book: LoadBook
    publish: Publisher = plain_files
    held: LoadHeld | None = None
    clear: Clear = clear
    audit: Audit = audit
    name: str = field(default_factory=worker_name)
    stale: int = runs.STALE
    most_deaths: int = MOST_DEATHS
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
                if run.attempts > self.most_deaths:
                    return self._given_up(run, heart)
                return self._carried_out(run, heart)
            except BadInput as error:
                return self._hunted(run, heart, f"the book does not read: {error}")
            except (NoResult, SolverFailed) as error:
                return self._hunted(run, heart, f"no result: {error}", is_known=isinstance(error, NoResult))
            except DBAPIError:
                raise  # the store, not the run: the heart stops, and whoever reaches the store again takes it over
            except Exception as error:
                self._hunted(run, heart, f"an internal error: {type(error).__name__}: {error}")
                raise
            finally:
                ended_by.set()

    def _carried_out(self, run: Row[Any], heart: Heart) -> str:
        with self.store.read() as connection:
            session = sessions.get(connection, run.session)
            definition = markets.version(connection, session.market, session.market_version).definition
            plan = Plan.read(run.plan)
            book = self.load_book(connection, session, plan)
        if session.state != "closed":
            return self._failed(run, f"the session is {session.state}")
        settings = settings_of(definition.run)
        results = self.clear(book, settings, heart.hear, heart.stop)
        if heart.stop.is_set():
            return self._let_go(run, heart)
        violations = self.audit(book, results)
        if verdict_of(book, violations) == "violations":
            named = "\n".join(str(v) for v in violations[:MOST_VIOLATIONS])
            return self._hunted(run, heart, f"the audit found {len(violations)} violations:\n{named}")
        beside = self._beside(session, definition, book, plan, heart)
        key = self.secrets.session_key(session.id, session.sealed_key)
        cleared = Cleared(
            session.id, session.kind, run.version, run.at, key, book, results, settings.canonical(), plan,
            tuple(violations), beside,
        )  # fmt: skip
        is_first = plan.network == UNLIMITED
        files = [] if is_first else self.publish(cleared)
        if heart.stop.is_set():
            return self._let_go(run, heart)
        if is_first:
            return "done" if store_request(self.store, self.secrets, run, cleared) else "lost"
        return "done" if store_result(self.store, self.secrets, run, cleared, files) else "lost"

    def _beside(
        self, session: Row[Any], definition: MarketDefinition, book: Book, plan: Plan, heart: Heart
    ) -> SystemPrices | None:
        """Return the system prices of a result where its profile publishes them."""
        rules = load_door_rules(definition.profile, date.fromisoformat(session.delivery_day))
        if rules.system_price == "none" or plan.network == UNLIMITED:
            return None
        return system_prices(book, settings_of(definition.run), heart, self.clear, self.audit)

    def _let_go(self, run: Row[Any], heart: Heart) -> str:
        if not heart.is_mine:
            return "lost"
        runs.give_back(self.store, run.id, self.name)
        return "given back"

    def _given_up(self, run: Row[Any], heart: Heart) -> str:
        """End a run that killed its worker again and again, once its cause was looked for where dying does no harm."""
        reason = f"the worker died {run.attempts - 1} times"
        if run.attempts > 2 * self.most_deaths:
            return self._failed(run, f"{reason}, also while it looked for the cause")
        return self._hunted(run, heart, reason, is_isolated=True)

    def _hunted(
        self, run: Row[Any], heart: Heart, reason: str, *, is_isolated: bool = False, is_known: bool = False
    ) -> str:
        """Record a failure with the orders that make the run fail; they are looked for unless the cause `is_known`."""
        if self.held is None or is_known:
            return self._failed(run, reason)
        try:
            found = self._found(run, heart, self.held, is_isolated=is_isolated)
        except HuntEnded:
            return self._let_go(run, heart)
        except DBAPIError:
            raise
        except Exception as error:  # what was sent cannot even be opened: the failure itself is not lost for it
            return self._failed(run, f"{reason}\nthe cause could not be looked for: {type(error).__name__}: {error}")
        names = ", ".join(f"{c['member']}.{c['order']}" for c in found.culprits)
        said = f"looked for the cause in {found.trials} copies of the book: {names or 'no order'}; {found.said}"
        return self._failed(run, f"{reason}\n{said}", found.culprits)

    def _found(self, run: Row[Any], heart: Heart, load_held: LoadHeld, *, is_isolated: bool) -> Found:
        """Look for the orders that make a run fail; raises `HuntEnded` if the run is not this worker's any more."""
        with self.store.read() as connection:
            session = sessions.get(connection, run.session)
            terms = markets.version(connection, session.market, session.market_version).definition.run
            plan = Plan.read(run.plan)
            held = load_held(connection, session).without(plan)
        trial = Trial.of(plan, settings_of(terms), self.clear, self.audit)
        with Isolated(trial, heart.stop) as elsewhere:
            fails = elsewhere.outcome if is_isolated else partial(_here, trial, heart)
            return Hunt(held, fails, heart.tell).found()

    def _failed(self, run: Row[Any], reason: str, culprits: Sequence[dict[str, Any]] = ()) -> str:
        return "failed" if store_failure(self.store, self.secrets, run, reason, culprits) else "lost"


def _here(trial: Trial, heart: Heart, held: Held) -> str | None:
    """Return the outcome of a trial in this process; raises `HuntEnded` if the run is not this worker's any more."""
    if heart.stop.is_set():
        raise HuntEnded("the worker has to stop")
    said = trial.outcome(held, heart.stop)
    if heart.stop.is_set():
        raise HuntEnded("the worker has to stop")
    return said


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
