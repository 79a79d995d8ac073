"""Run a worker: `python -m walras.service.worker`.

`WALRAS_DATABASE_URL` names the store (a path or an address), `WALRAS_SECRETS` the folder of
the master key, `WALRAS_SIGNING_KEY` the file of the key that signs results (without it results
are stored unsigned), `WALRAS_WEBHOOKS_ANYWHERE=1` lets webhooks go to private addresses and http.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row

from walras.book.book import Book
from walras.errors import BadInput
from walras.results.publication import read_key
from walras.service import handlers
from walras.service.dispatch import Dispatch
from walras.service.secrets import load_secrets
from walras.service.store.engine import open_store
from walras.service.worker.certified import certified
from walras.service.worker.loop import Turns, end_by_signals, serve
from walras.service.worker.outcome import Publisher, plain_files
from walras.service.worker.run import LoadBook, Runner
from walras.service.worker.webhooks import Sender

__all__ = ["WorkerSettings", "handlers", "main", "settings_from"]


@dataclass(frozen=True)
class WorkerSettings:
    """What a worker process needs to know."""

    database: str
    secrets: Path
    webhooks_anywhere: bool = False
    signing_key: Path | None = None
    turns: Turns = field(default_factory=Turns)
    stale_seconds: float = 30.0


def settings_from(environment: Mapping[str, str]) -> WorkerSettings:
    """Return the settings that environment variables say.

    >>> settings_from({"WALRAS_DATABASE_URL": "day.sqlite"}).database
    'day.sqlite'
    """
    return WorkerSettings(
        environment.get("WALRAS_DATABASE_URL", "walras.sqlite"),
        Path(environment.get("WALRAS_SECRETS", "secrets")),
        environment.get("WALRAS_WEBHOOKS_ANYWHERE", "") == "1",
        Path(environment["WALRAS_SIGNING_KEY"]) if environment.get("WALRAS_SIGNING_KEY") else None,
    )


def main(settings: WorkerSettings, load_book: LoadBook, publish: Publisher | None = None) -> None:
    """Work on a store until the process is told to end.

    Args:
        settings: Where the store and the keys are.
        load_book: Gives the book of a session.
        publish: Makes the files of a result; unless given, signed ones with a signing key, else plain ones.
    """
    if publish is None:
        publish = plain_files if settings.signing_key is None else certified(read_key(settings.signing_key))
    store, secrets = open_store(settings.database), load_secrets(settings.secrets)
    runner = Runner(store, secrets, load_book, publish, stale=int(settings.stale_seconds * 1_000_000))
    end_by_signals(runner.ending)
    serve(Dispatch(store, secrets), runner, Sender(settings.webhooks_anywhere), settings.turns)
    store.close()


def the_book(connection: Connection, session: Row[Any], version: int) -> Book:
    """Return the book of a session from the orders at the door."""
    try:
        door = import_module("walras.service.door")
    except ImportError:
        sys.exit("this release has no door yet: there is no book to load")
    book: Book = door.load_book(connection, session, version)
    return book


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    try:
        main(settings_from(os.environ), the_book)
    except BadInput as error:
        sys.exit(str(error))
