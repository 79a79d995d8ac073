"""Fixtures of the worker's tests: a store of each kind, with a market and a session in it."""

import itertools

import pytest
from sqlalchemy import text
from tests.service.worker.stage import Stage

from walras.service.secrets import load_secrets
from walras.service.store.engine import open_store
from walras.service.store.migrations import migrate

NUMBERS = itertools.count(1)


@pytest.fixture
def new_address(request, tmp_path):
    """Return a function that makes an empty store of a kind and returns its address."""

    def make(kind):
        if kind == "sqlite":
            return str(tmp_path / f"store{next(NUMBERS)}.sqlite")
        server = request.getfixturevalue("postgresql")
        name = f"t{next(NUMBERS)}"
        admin = open_store(server.get_uri())
        with admin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        admin.close()
        return server.get_uri(database=name)

    return make


@pytest.fixture(params=["sqlite", "postgresql"])
def stage(request, new_address, tmp_path):
    """A store with companies, a market and one closed session that waits for its run."""
    address = new_address(request.param)
    store = open_store(address)
    migrate(store)
    secrets = load_secrets(tmp_path / "secrets")
    yield Stage(request.param, address, store, secrets, tmp_path).filled()
    store.close()
