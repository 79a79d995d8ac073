"""Run a worker: `python -m walras.service.worker`; `walras serve` starts one beside the API.

The environment says the same to it as to the API (`bootstrap.settings_from`). Besides,
`WALRAS_WEBHOOKS_ANYWHERE=1` lets webhooks go to private addresses and by plain http.
"""

from __future__ import annotations

import logging
import os
import sys
from dataclasses import dataclass, field

from walras.errors import BadInput
from walras.service.bootstrap import Settings, build, settings_from, signing_key
from walras.service.gate import book_loader, held_loader
from walras.service.worker.certified import certified
from walras.service.worker.loop import Turns, end_by_signals, serve
from walras.service.worker.outcome import Publisher
from walras.service.worker.run import MOST_DEATHS, LoadBook, Runner
from walras.service.worker.webhooks import Sender

__all__ = ["WorkerSettings", "main"]


@dataclass(frozen=True)
class WorkerSettings:
    """How a worker process works."""

    service: Settings
    webhooks_anywhere: bool = False
    turns: Turns = field(default_factory=Turns)
    stale_seconds: float = 30.0
    most_deaths: int = MOST_DEATHS


def main(settings: WorkerSettings, load_book: LoadBook | None = None, publish: Publisher | None = None) -> None:
    """Work on a store until the process is told to end.

    Args:
        settings: Where the store and the keys are.
        load_book: Gives the book of a session; the orders at the door unless given.
        publish: Makes the files of a result; signed with the service's key unless given.
    """
    built = build(settings.service, has_door=False)
    key = signing_key(built.store, settings.service.keys_folder)
    runner = Runner(
        built.store, built.secrets, load_book or book_loader(built.secrets), publish or certified(key),
        stale=int(settings.stale_seconds * 1_000_000), held=None if load_book else held_loader(built.secrets),
        most_deaths=settings.most_deaths,
    )  # fmt: skip
    end_by_signals(runner.ending)
    serve(built.dispatch, runner, Sender(settings.webhooks_anywhere), settings.turns, key)
    built.close()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    try:
        main(WorkerSettings(settings_from(os.environ), os.environ.get("WALRAS_WEBHOOKS_ANYWHERE", "") == "1"))
    except BadInput as error:
        sys.exit(str(error))
