"""One trial of a hunt: clear a copy of the book and say why it fails; here, or in a process that may die."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection as Pipe
from typing import Any

from walras.book.book import Book
from walras.coupling.settings import Settings
from walras.errors import HuntEnded, NoResult
from walras.results.audit import Violation
from walras.results.audit.second_step import verdict_of
from walras.results.results import Results
from walras.service.gate import Held
from walras.service.plan import Plan

Clear = Callable[..., Results]
"""As `coupling.clear.clear`: book, settings, listener, event that ends it."""
Audit = Callable[[Book, Results], list[Violation]]

TRIAL_ITERATIONS = 200_000
TRIAL_SECONDS = 120.0


@dataclass(frozen=True)
class Trial:
    """What each trial of a hunt has in common; it can be sent to another process."""

    plan: Plan
    settings: Settings
    clear: Clear
    audit: Audit

    @staticmethod
    def of(plan: Plan, settings: Settings, clear: Clear, audit: Audit) -> Trial:
        """Return a trial with an iteration limit of its own, and none of seconds: the same end each time."""
        limit = min(settings.iteration_limit or TRIAL_ITERATIONS, TRIAL_ITERATIONS)
        return Trial(plan, replace(settings, iteration_limit=limit, time_limit=None), clear, audit)

    def outcome(self, held: Held, stop: threading.Event | None = None) -> str | None:
        """Return why the auction of these orders fails, None if it does not; no result in time is no failure."""
        try:
            book = held.book(self.plan)
            results = self.clear(book, self.settings, None, stop)
            violations = self.audit(book, results)
        except NoResult:
            return None
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        is_refused = verdict_of(book, violations) == "violations"
        return f"the audit found {len(violations)} violations" if is_refused else None


@dataclass
class Isolated:
    """Trials in a process of their own, which is started again after it has died.

    Use it in a `with` block: the process ends with it.
    """

    trial: Trial
    stop: threading.Event
    seconds: float = TRIAL_SECONDS
    _process: Any = None
    _pipe: Any = None

    def __enter__(self) -> Isolated:
        return self

    def __exit__(self, *error: object) -> None:
        self._end()

    def outcome(self, held: Held) -> str | None:
        """Return why these orders fail: also by the death of the process, or because it does not end.

        Raises:
            HuntEnded: The hunt has to stop.
        """
        if self._process is None:
            self._start()
        over = time.monotonic() + self.seconds
        try:
            self._pipe.send(held)
            while not self._pipe.poll(0.1):
                if self.stop.is_set():
                    raise HuntEnded("the worker has to stop")
                if time.monotonic() >= over:
                    self._end()
                    return f"it did not end within {self.seconds:g} s"
            said: str | None = self._pipe.recv()
        except (EOFError, OSError):
            self._process.join()
            code = self._process.exitcode
            self._end()
            return f"the process died (exit code {code})"
        return said

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would copy locks that other threads hold
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self.trial), daemon=True)
        self._process.start()
        theirs.close()

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._pipe.close()
        self._process = self._pipe = None


def _serve(pipe: Pipe, trial: Trial) -> None:
    """Try what comes over the pipe, until it closes."""
    while True:
        try:
            held = pipe.recv()
        except EOFError:
            return
        pipe.send(trial.outcome(held))
