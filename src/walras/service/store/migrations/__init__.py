"""Bring a store up to date; one file a version in `versions`, none ever changed once released."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from walras.errors import Mistake, NewerFormat
from walras.service.store.engine import Store
from walras.service.store.schema import metadata

FOLDER = Path(__file__).parent
LOCK = 7_316_004_611
"""Number of the lock on PostgreSQL, so that of several processes one migrates and the others wait."""


def migrate(store: Store) -> bool:
    """Bring a store to the newest schema in one transaction; return whether there was anything to do.

    Raises:
        NewerFormat: A later release made the store (rule `schema_known`).
    """
    scripts = _scripts()
    with store.write() as connection:
        if store.is_postgresql:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        if _revision(connection, scripts) == scripts.get_current_head():
            return False

        def steps(revision: Any, _context: Any) -> Any:
            return scripts._upgrade_revs("head", revision)

        with EnvironmentContext(Config(), scripts, fn=steps) as environment:
            environment.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
            environment.run_migrations()
    return True


def is_current(store: Store) -> bool:
    """Return whether a store has the newest schema; raises as `migrate` does."""
    scripts = _scripts()
    with store.read() as connection:
        return _revision(connection, scripts) == scripts.get_current_head()


def _revision(connection: Connection, scripts: ScriptDirectory) -> str | None:
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and found not in {s.revision for s in scripts.walk_revisions()}:
        what = f"the store has schema {found}, which this release does not know"
        fix = "Start the release that made it, or a later one."
        raise NewerFormat([Mistake(what, "store", "schema_known", fix)])
    return found


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(FOLDER), version_locations=[str(FOLDER / "versions")])
