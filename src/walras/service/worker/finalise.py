"""What a final result gets: its certificate and bundles with the stage `final`, right after two officers made it so.

What is signed is what was stored and audited before: book and result are read from the store,
nothing is cleared again. The time that it bears is that of the officers' act.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, exists, select
from sqlalchemy.exc import IntegrityError

from walras.book.book import Book
from walras.results.audit import audit
from walras.results.publication import SigningKey
from walras.service.plan import Plan
from walras.service.roles import WORKER
from walras.service.secrets import Secrets
from walras.service.store.engine import Store
from walras.service.store.runs import plan_of
from walras.service.store.schema import artefacts, runs, sessions, trail
from walras.service.stored_results import read_results
from walras.service.work import Work
from walras.service.worker.certified import final_files
from walras.service.worker.finish import files_said, insert_files
from walras.service.worker.outcome import Cleared
from walras.service.worker.run import LoadBook

SIGNED = "final/certificate.json"


def certify_finals(store: Store, secrets: Secrets, key: SigningKey, load_book: LoadBook) -> list[str]:
    """Sign every final result that has no certificate of that stage yet; return its sessions."""
    signed = exists().where(
        artefacts.c.session == sessions.c.id, artefacts.c.version == sessions.c.version, artefacts.c.name == SIGNED
    )
    query = select(sessions).where(sessions.c.state == "final", ~signed).order_by(sessions.c.id)
    with store.read() as connection:
        waiting = connection.execute(query).all()
    return [s.id for s in waiting if _certified(store, secrets, s, key, load_book)]


def _certified(store: Store, secrets: Secrets, session: Row[Any], key: SigningKey, load_book: LoadBook) -> bool:
    """Sign one final result; False if another worker has done it meanwhile."""
    with store.read() as connection:
        book = load_book(connection, session, plan_of(connection, session.id, session.version))
        act = (trail.c.stream == session.id) & (trail.c.act == "final")
        at = connection.execute(select(trail.c.at).where(act)).scalar_one()
        cleared = stored(connection, secrets, session, book)
    files = final_files(cleared, key, at)
    try:
        with store.write() as connection:
            work = Work(connection, store.clock, WORKER, secrets)
            now = work.now()
            insert_files(work, session.id, session.version, files, now)
            work.record(session.id, "certified", {"version": session.version, "artefacts": files_said(files)}, now)
            work.finish()
    except IntegrityError:
        return False
    return True


def stored(connection: Connection, secrets: Secrets, session: Row[Any], book: Book) -> Cleared:
    """Return a session's result as the store holds it.

    Raises:
        BadInput: What is stored does not fit the book.
    """
    results, summary = read_results(connection, session.id, session.version, book)
    key, run = secrets.session_key(session.id, session.sealed_key), _run(connection, session)
    settings = summary["settings"]
    plan, flagged = Plan.read(run.plan), tuple(audit(book, results))
    return Cleared(session.id, session.kind, session.version, run.at, key, book, results, settings, plan, flagged)


def _run(connection: Connection, session: Row[Any]) -> Row[Any]:
    return connection.execute(select(runs).where(runs.c.session == session.id, runs.c.version == session.version)).one()
