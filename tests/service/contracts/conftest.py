import pytest
from tests.service.contracts.power import POWER
from tests.service.contracts.stage import Supply


@pytest.fixture
def supply(store, secrets):
    """A market in which members agree on supplies, on both stores."""
    with Supply(store, secrets) as found:
        yield found


@pytest.fixture
def small_supply(sqlite_store, secrets):
    """The same on SQLite alone."""
    with Supply(sqlite_store, secrets) as found:
        yield found


@pytest.fixture
def powered(supply):
    supply.agree(POWER)
    return supply


@pytest.fixture
def small_powered(small_supply):
    small_supply.agree(POWER)
    return small_supply
