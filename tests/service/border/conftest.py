import pytest
from tests.service.border.papers import set_codes, with_codes
from tests.service.border.stage import Border


@pytest.fixture
def border(store, secrets, copies):
    """Two states at a border, on both stores."""
    with copies.world(Border, store, secrets) as found:
        yield found


@pytest.fixture
def small_border(sqlite_store, secrets, copies):
    """The same on SQLite alone."""
    with copies.world(Border, sqlite_store, secrets) as found:
        yield found


@pytest.fixture
def named(store, secrets, copies):
    """The border with an EIC for everybody, on both stores."""
    with copies.world(Border, store, secrets, set_codes, **with_codes()) as border:
        yield border


@pytest.fixture
def small(sqlite_store, secrets, copies):
    """The same on SQLite alone."""
    with copies.world(Border, sqlite_store, secrets, set_codes, **with_codes()) as border:
        yield border
