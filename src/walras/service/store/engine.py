"""Open a store, and the transactions on it; what differs between SQLite and PostgreSQL.

SQLite runs in WAL mode with full synchronisation: a commit is on disk when it returns. Its
writing transactions take the write lock at once, so that a row read in one cannot change
under it. On PostgreSQL the rows that decide are locked by name (`FOR SHARE`, `FOR UPDATE`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError

from walras.service.clock import Clock

BUSY_SECONDS = 30
"""SQLite waits so long for another writer; then the store counts as one that does not answer."""
POSTGRESQL = {
    "connect_timeout": 5, "tcp_user_timeout": 20_000,
    "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 2,
}  # fmt: skip
"""A server behind a network that is cut counts as one that does not answer within so many seconds (of TCP: ms)."""
CONFLICTS = {"40001", "40P01", "23505"}
"""What PostgreSQL calls a transaction to be tried again: serialisation, deadlock, a key that another one took first."""


@dataclass
class Store:
    """One store: its engine and its clock."""

    engine: Engine
    clock: Clock = field(default_factory=Clock)

    @property
    def is_postgresql(self) -> bool:
        """Return whether rows can be locked one by one."""
        return self.engine.dialect.name == "postgresql"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that only reads."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that is on disk when it ends, or has not happened."""
        with self.engine.connect().execution_options(walras_writes=True) as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def open_store(url: str, clock: Clock | None = None) -> Store:
    """Open the store at an SQLAlchemy address or, for SQLite, a path.

    Example:
        >>> open_store("sqlite://").is_postgresql
        False
    """
    if "://" not in url:
        url = f"sqlite:///{Path(url).resolve()}"
    if url.startswith("postgresql://"):
        url = "postgresql+psycopg://" + url.removeprefix("postgresql://")
    if url.startswith("sqlite"):
        # a file keeps its connections open: each new one pays for its pragmas and reads the schema again
        size = {} if url in {"sqlite://", "sqlite:///:memory:"} else {"pool_size": 16, "max_overflow": 16}
        engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}, **size)
        event.listen(engine, "connect", _sqlite_connected)
        event.listen(engine, "begin", _sqlite_begun)
    else:
        engine = create_engine(url, connect_args=_timeouts(url), pool_size=16, max_overflow=16, pool_pre_ping=True)
    return Store(engine, clock or Clock())


def _timeouts(url: str) -> dict[str, int]:
    """Return the time limits of a connection, but those that its address gives itself."""
    return {name: value for name, value in POSTGRESQL.items() if name not in make_url(url).query}


def is_conflict(error: DBAPIError) -> bool:
    """Return whether a transaction lost against another one and may be tried again."""
    return getattr(error.orig, "sqlstate", None) in CONFLICTS


def _sqlite_connected(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions by itself
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_SECONDS * 1000}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begun(connection: Connection) -> None:
    writes = connection.get_execution_options().get("walras_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
