"""Replay a session: its book from the store, cleared again by the plan of its run, against what is stored.

Written for `walras replay-session`, for whoever doubts a result, and for the test of a restore.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import select

from walras.coupling.clear import clear
from walras.errors import BadInput, Mistake
from walras.results.audit import audit
from walras.results.outcomes import outcomes_of
from walras.results.raw import Raw
from walras.results.summary import summary_of
from walras.results.tables import results_tables
from walras.service.store import markets, runs, sessions
from walras.service.store.engine import Store
from walras.service.store.schema import artefacts
from walras.service.worker.run import LoadBook, settings_of

HASHES = ("market_hash", "settings_hash", "result_hash")


@dataclass(frozen=True)
class Replay:
    """What a replay found.

    Attributes:
        session: Id of the session.
        version: Of the result.
        stored, again: Hashes of market, settings and result, as stored and as computed again.
        violations: What the audit found in the result that was computed again.
        stopped_by: What ended the search then; `time_limit` excuses another result.
    """

    session: str
    version: int
    stored: dict[str, str]
    again: dict[str, str]
    violations: tuple[str, ...]
    stopped_by: str | None

    @property
    def is_same(self) -> bool:
        """Whether the replay ended with what is stored."""
        return self.stored == self.again and not self.violations


def replay(store: Store, session: str, load_book: LoadBook, version: int | None = None) -> Replay:
    """Clear a session again from the store; nothing is written.

    Raises:
        BadInput: There is no such session, or no stored result of it (rules `session_known`, `result_known`).
    """
    with store.read() as connection:
        found = sessions.get(connection, session)
        wanted = version or found.version
        content = connection.scalar(
            select(artefacts.c.content).where(
                artefacts.c.session == session,
                artefacts.c.version == wanted,
                artefacts.c.name == "result/summary.json",
            )
        )
        if content is None:
            fix = "Name a version that was stored."
            raise BadInput([Mistake(f"there is no result {wanted}", f"session {session}", "result_known", fix)])
        book = load_book(connection, found, runs.plan_of(connection, session, wanted))
        settings = settings_of(markets.version(connection, found.market, found.market_version).definition.run)
    results = clear(book, settings)
    raw = Raw(book)
    outcomes = outcomes_of(book, results, raw)
    tables = results_tables(book, results, outcomes, raw)
    summary = summary_of(raw, results, tables, outcomes, settings.canonical())
    before = json.loads(content)
    return Replay(
        session,
        wanted,
        {name: before[name] for name in HASHES},
        {name: summary[name] for name in HASHES},
        tuple(str(v) for v in audit(book, results)),
        before["stopped_by"],
    )
