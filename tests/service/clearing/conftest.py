import pytest
from tests.service.clearing.stage import Clearing


@pytest.fixture
def clearing(store, secrets):
    """A market of two states that moves money, on both stores."""
    with Clearing(store, secrets) as found:
        yield found


@pytest.fixture
def small_clearing(sqlite_store, secrets):
    """The same on SQLite alone."""
    with Clearing(sqlite_store, secrets) as found:
        yield found
