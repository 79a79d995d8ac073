"""What a final result gets: its certificate and bundles with the stage `final`, in the transaction that makes it final.

To be called by `gate.certify_final` with the door's book and the operator's key.
"""

from __future__ import annotations

import io
import json
from typing import Any

import polars as pl
from sqlalchemy import Connection, Row, select

from walras.book.book import Book
from walras.results.publication import SigningKey
from walras.results.reading import results_from
from walras.service.secrets import Secrets
from walras.service.store.schema import artefacts, runs
from walras.service.work import Work
from walras.service.worker.certified import final_files
from walras.service.worker.finish import files_said, insert_files
from walras.service.worker.outcome import Cleared

RESULT = "result/"


def certify_final(work: Work, session: Row[Any], at: int, book: Book, key: SigningKey) -> None:
    """Store what is signed of a session's final result, and say so in its stream."""
    cleared = stored(work.connection, work.secrets, session, book)
    files = final_files(cleared, key, at)
    insert_files(work, _run(work.connection, session), files, at)
    work.record(session.id, "certified", {"version": session.version, "artefacts": files_said(files)}, at)


def stored(connection: Connection, secrets: Secrets, session: Row[Any], book: Book) -> Cleared:
    """Return a session's result as the store holds it.

    Raises:
        BadInput: What is stored does not fit the book.
    """
    rows = connection.execute(
        select(artefacts.c.name, artefacts.c.content).where(
            artefacts.c.session == session.id,
            artefacts.c.version == session.version,
            artefacts.c.name.startswith(RESULT),
        )
    ).all()
    held = {r.name.removeprefix(RESULT): r.content for r in rows}
    summary = json.loads(held["summary.json"])
    tables = {
        name.removesuffix(".parquet"): pl.read_parquet(io.BytesIO(content))
        for name, content in held.items()
        if name.endswith(".parquet")
    }
    key, run = secrets.session_key(session.id, session.sealed_key), _run(connection, session)
    results, settings = results_from(book, tables, summary), summary["settings"]
    return Cleared(session.id, session.kind, session.version, run.at, key, book, results, settings)


def _run(connection: Connection, session: Row[Any]) -> Row[Any]:
    return connection.execute(select(runs).where(runs.c.session == session.id, runs.c.version == session.version)).one()
