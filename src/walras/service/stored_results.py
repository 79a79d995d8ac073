"""The published result of a session as the store holds it, read again as results of its book."""

from __future__ import annotations

import io
import json
from typing import Any

import polars as pl
from sqlalchemy import Connection, select

from walras.book.book import Book
from walras.results.reading import results_from
from walras.results.results import Results
from walras.service.canonical import digest_of
from walras.service.store.schema import artefacts
from walras.service.work import refuse

RESULT = "result/"


def read_results(connection: Connection, session: str, version: int, book: Book) -> tuple[Results, dict[str, Any]]:
    """Return a version of a session's result, and its summary.

    Raises:
        BadInput: There is no such result (rule `result_known`), or what is stored does not fit the book.
    """
    a = artefacts.c
    rows = connection.execute(
        select(a.name, a.content).where(a.session == session, a.version == version, a.name.startswith(RESULT))
    ).all()
    held = {r.name.removeprefix(RESULT): r.content for r in rows}
    if "summary.json" not in held:
        fix = "Wait for its result, or name a version that was stored."
        raise refuse(f"there is no result {version}", f"session {session}", "result_known", fix)
    summary = json.loads(held["summary.json"])
    tables = {
        name.removesuffix(".parquet"): pl.read_parquet(io.BytesIO(content))
        for name, content in held.items()
        if name.endswith(".parquet")
    }
    return results_from(book, tables, summary), summary


def result_digest(connection: Connection, session: str, version: int) -> str:
    """Return one digest for all files of a result, from those that were stored with them."""
    a = artefacts.c
    rows = connection.execute(
        select(a.name, a.digest)
        .where(a.session == session, a.version == version, a.name.startswith(RESULT))
        .order_by(a.name)
    ).all()
    return digest_of([[r.name, r.digest] for r in rows])
