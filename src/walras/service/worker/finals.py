"""The certificate of a final result: signed right after two officers made it binding.

What is signed is what was stored and audited before: book and result are read from the store,
nothing is cleared again. The time that it bears is that of the officers' act.
"""

from __future__ import annotations

import io
import json
from typing import Any

import polars as pl
from sqlalchemy import Connection, Row, exists, select
from sqlalchemy.exc import IntegrityError

from walras.results.publication import SigningKey
from walras.results.reading import results_from
from walras.service.roles import WORKER
from walras.service.secrets import Secrets
from walras.service.store import markets, sessions
from walras.service.store.engine import Store
from walras.service.store.schema import artefacts
from walras.service.store.schema import sessions as session_table
from walras.service.store.schema import trail as trail_table
from walras.service.work import Work
from walras.service.worker.certified import final_files
from walras.service.worker.finish import files_said, insert_files
from walras.service.worker.outcome import Cleared
from walras.service.worker.run import LoadBook, settings_of

SIGNED = "final/certificate.json"


def certify_finals(store: Store, secrets: Secrets, key: SigningKey, load_book: LoadBook) -> list[str]:
    """Sign every final result that has no certificate of that stage yet; return its sessions."""
    signed = exists().where(
        artefacts.c.session == session_table.c.id,
        artefacts.c.version == session_table.c.version,
        artefacts.c.name == SIGNED,
    )
    with store.read() as connection:
        waiting = connection.execute(
            select(session_table).where(session_table.c.state == "final", ~signed).order_by(session_table.c.id)
        ).all()
    done = []
    for session in waiting:
        with store.read() as connection:
            cleared = stored(connection, secrets, session, load_book)
            at = connection.execute(
                select(trail_table.c.at).where(trail_table.c.stream == session.id, trail_table.c.act == "final")
            ).scalar_one()
        if _store(store, secrets, session, cleared, key, at):
            done.append(session.id)
    return done


def stored(connection: Connection, secrets: Secrets, session: Row[Any], load_book: LoadBook) -> Cleared:
    """Return a session's result as it is stored."""
    rows = connection.execute(
        select(artefacts.c.name, artefacts.c.content, artefacts.c.at).where(
            artefacts.c.session == session.id,
            artefacts.c.version == session.version,
            artefacts.c.name.like("result/%"),
        )
    ).all()
    files = {r.name.removeprefix("result/"): bytes(r.content) for r in rows}
    tables = {
        name.removesuffix(".parquet"): pl.read_parquet(io.BytesIO(content))
        for name, content in files.items()
        if name.endswith(".parquet")
    }
    book = load_book(connection, session, session.version)
    results = results_from(book, tables, json.loads(files["summary.json"]))
    terms = markets.version(connection, session.market, session.market_version).definition.run
    key = secrets.session_key(session.id, session.sealed_key)
    settings = settings_of(terms).canonical()
    return Cleared(session.id, session.kind, session.version, rows[0].at, key, book, results, settings)


def _store(store: Store, secrets: Secrets, session: Row[Any], cleared: Cleared, key: SigningKey, at: int) -> bool:
    """Store what was signed; False if another worker has done it meanwhile."""
    files = final_files(cleared, key, at)
    try:
        with store.write() as connection:
            work = Work(connection, store.clock, WORKER, secrets)
            now = work.now()
            found = sessions.locked(work, session.id)
            insert_files(work, found.id, session.version, files, now)
            said = {"version": session.version, "artefacts": files_said(files)}
            work.record(session.id, "final certified", said, now)
            work.finish()
    except IntegrityError:
        return False
    return True
