"""The worker process: the clock, the sealer and the webhooks in threads, runs in the main one.

SIGTERM and SIGINT end it within a moment: the run at hand goes back to the queue. A task that
fails is said on the log and tried again at its next turn, since the next turn may find the
store again; a run that fails is recorded with its session.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Any

from sqlalchemy.exc import DBAPIError

from walras.results.publication import SigningKey
from walras.service.clearing import due
from walras.service.dispatch import Dispatch
from walras.service.store import pulses
from walras.service.store.engine import Store
from walras.service.worker import border, retention, sealing, timetable, webhooks
from walras.service.worker.finalise import certify_finals
from walras.service.worker.run import Runner
from walras.service.worker.webhooks import Sender

log = logging.getLogger("walras.worker")


@dataclass(frozen=True)
class Turns:
    """Seconds between the turns of each task; None leaves a task to another process."""

    runs: float | None = 0.25
    border: float | None = 1.0
    timetable: float | None = 1.0
    sealing: float | None = 1.0
    webhooks: float | None = 1.0
    finals: float | None = 1.0
    settlement: float | None = 2.0
    retention: float | None = 3600.0
    pulse: float | None = pulses.EVERY_SECONDS


def serve(
    dispatch: Dispatch,
    runner: Runner,
    sender: Sender | None = None,
    turns: Turns | None = None,
    key: SigningKey | None = None,
) -> None:
    """Work until `runner.ending` is set."""
    turns = turns or Turns()
    store, ending = dispatch.store, runner.ending
    unsettled: dict[str, int] = {}
    tasks: list[tuple[str, float | None, Callable[[], Any]]] = [
        ("border", turns.border, lambda: border.tick(dispatch)),
        ("timetable", turns.timetable, lambda: timetable.tick(dispatch)),
        ("sealing", turns.sealing, lambda: sealing.seal_all(store)),
        ("finals", None if key is None else turns.finals, lambda: _finals(runner, key)),
        ("settlement", turns.settlement, lambda: due.tick(dispatch, unsettled)),
        ("retention", turns.retention, lambda: retention.sweep(store, dispatch.secrets)),
        ("pulse", turns.pulse, lambda: _beat(store, runner.name)),
        ("webhooks", turns.webhooks, lambda: webhooks.send_waiting(store, dispatch.secrets, sender or Sender())),
    ]
    threads = [
        threading.Thread(target=repeated, args=(name, every, task, ending), name=name)
        for name, every, task in tasks
        if every is not None
    ]
    for thread in threads:
        thread.start()
    if turns.runs is not None:
        repeated("runs", turns.runs, lambda: _all_runs(runner), ending)
    for thread in threads:
        thread.join()
    if turns.pulse is not None:
        _end(store, runner.name)


def repeated(name: str, every: float, task: Callable[[], Any], ending: threading.Event) -> None:
    """Do a task at every turn until the end; what goes wrong is logged, and the next turn tries again."""
    while not ending.is_set():
        try:
            task()
        except Exception:
            log.exception("%s failed; it is tried again in %s s", name, every)
        ending.wait(every)


def _beat(store: Store, worker: str) -> None:
    """Say that this worker lives."""
    with store.write() as connection:
        pulses.beat(connection, worker, store.clock.now(connection))


def _end(store: Store, worker: str) -> None:
    """Say that this worker has ended; a store that does not answer hears nothing, and finds it silent."""
    try:
        with store.write() as connection:
            pulses.forget(connection, worker)
    except DBAPIError:
        log.warning("the end of this worker could not be stored")


def end_by_signals(ending: threading.Event) -> None:
    """Set an event at the first SIGTERM or SIGINT; the second ends the process at once."""

    def end(number: int, _: FrameType | None) -> None:
        ending.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)


def _finals(runner: Runner, key: SigningKey | None) -> None:
    assert key is not None, "without a key nothing is certified"
    certify_finals(runner.store, runner.secrets, key, runner.load_book)


def _all_runs(runner: Runner) -> None:
    while not runner.ending.is_set() and runner.once() != "idle":
        pass
