import pytest
from tests.service.clearing.stage import Clearing


@pytest.fixture
def clearing(store, secrets, copies):
    """A market of two states that moves money, on both stores."""
    with copies.world(Clearing, store, secrets) as found:
        yield found


@pytest.fixture
def small_clearing(sqlite_store, secrets, copies):
    """The same on SQLite alone."""
    with copies.world(Clearing, sqlite_store, secrets) as found:
        yield found
