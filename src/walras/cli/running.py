"""A run as people see it: welfare, bound and gap while it goes on, and a way to end it early.

Ctrl-C and SIGTERM end the search with the best legal result so far, which is then written
and audited like any other; a second one ends the program.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from walras.cli.show import console, number

if TYPE_CHECKING:
    from walras.book.book import Book
    from walras.coupling.progress import Progress
    from walras.coupling.settings import Settings
    from walras.results.audit import Violation
    from walras.results.results import Results


def cleared(book: Book, settings: Settings) -> tuple[Results, list[Violation], float]:
    """Return the outcome, what the audit finds in it, and the seconds of clearing alone."""
    from walras.coupling.clear import clear  # noqa: PLC0415 - heavy, and not wanted for --help
    from walras.results.audit import audit  # noqa: PLC0415

    begun = time.perf_counter()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with ended_by_signals() as stop, Bar(*columns, console=console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"clearing {book.name}", total=None)
        results = clear(book, settings, lambda p: bar.update(task, description=line(p, book.currency)), stop)
    seconds = time.perf_counter() - begun
    return results, audit(book, results), seconds


def line(moment: Progress, currency: str) -> str:
    """Return one moment of a run as one line.

    >>> from walras.coupling.progress import Progress
    >>> line(Progress("search", 0, 1, 2.0, 900, 1000.0, 1012.5, "branch and bound"), "EUR")
    'search 0/1  gap 12.50 EUR  branch and bound'
    """
    parts = [f"{moment.phase} {moment.done}/{moment.total}"]
    if moment.gap is not None:
        parts.append(f"gap {number(moment.gap)} {currency}")
    return "  ".join([*parts, moment.doing]).rstrip()


@contextmanager
def ended_by_signals() -> Iterator[threading.Event]:
    """Yield an event that the first SIGINT or SIGTERM sets; the second does what it always does.

    Only the main thread may listen to signals; elsewhere the event is never set.
    """
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number_: signal.getsignal(number_) for number_ in (signal.SIGINT, signal.SIGTERM)}

    def end(number_: int, _: FrameType | None) -> None:
        stop.set()
        signal.signal(number_, before[signal.Signals(number_)])

    for number_ in before:
        signal.signal(number_, end)
    try:
        yield stop
    finally:
        for number_, handler in before.items():
            signal.signal(number_, handler)
