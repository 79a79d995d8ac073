"""Fixtures of the worker's tests: a store of each kind, with a market and a session in it."""

import itertools

import pytest
from sqlalchemy import text
from tests.service.worker.stage import Stage

from walras.service.secrets import load_secrets
from walras.service.store.engine import open_store

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


@pytest.fixture
def stage(store, store_url, tmp_path):
    """A store of each kind with companies, a market and one closed session that waits for its run."""
    kind = store_url.partition(":")[0]
    return Stage(kind, store_url, store, load_secrets(tmp_path / "secrets"), tmp_path).filled()
