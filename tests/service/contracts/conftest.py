import pytest
from tests.service.contracts.power import POWER
from tests.service.contracts.stage import Supply


@pytest.fixture
def supply(store, secrets, copies):
    """A market in which members agree on supplies, on both stores."""
    with copies.world(Supply, store, secrets) as found:
        yield found


@pytest.fixture
def small_supply(sqlite_store, secrets, copies):
    """The same on SQLite alone."""
    with copies.world(Supply, sqlite_store, secrets) as found:
        yield found


@pytest.fixture
def powered(store, secrets, copies):
    """The same, with an agreement of electricity, on both stores."""
    with copies.world(Supply, store, secrets, with_power) as found:
        yield found


@pytest.fixture
def small_powered(sqlite_store, secrets, copies):
    """The same on SQLite alone."""
    with copies.world(Supply, sqlite_store, secrets, with_power) as found:
        yield found


def with_power(supply):
    supply.agree(POWER)
