"""A worker in a process of its own, for tests that kill it, and end it by SIGTERM."""

import os
import signal
from pathlib import Path

from tests.service.worker.stage import load_book

from walras.service.bootstrap import Settings
from walras.service.worker.__main__ import WorkerSettings, main
from walras.service.worker.loop import Turns


def work(address: str, secrets: Path, stale_seconds: float) -> None:
    """Be a worker that does nothing but runs."""
    turns = Turns(runs=0.05, timetable=None, sealing=None, webhooks=None)
    settings = Settings(secrets, address, secrets)
    main(WorkerSettings(settings, turns=turns, stale_seconds=stale_seconds, most_deaths=100), load_book)


def end(process) -> int:
    """Tell a worker to end; return its exit code."""
    os.kill(process.pid, signal.SIGTERM)
    process.join(60)
    return process.exitcode
