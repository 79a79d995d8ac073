import pytest
from tests.service.border.papers import set_codes, with_codes
from tests.service.border.stage import Border


@pytest.fixture
def border(store, secrets):
    """Two states at a border, on both stores."""
    with Border(store, secrets) as found:
        yield found


@pytest.fixture
def small_border(sqlite_store, secrets):
    """The same on SQLite alone."""
    with Border(sqlite_store, secrets) as found:
        yield found


@pytest.fixture
def named(store, secrets):
    """The border with an EIC for everybody, on both stores."""
    with Border(store, secrets, **with_codes()) as border:
        set_codes(border)
        yield border


@pytest.fixture
def small(sqlite_store, secrets):
    """The same on SQLite alone."""
    with Border(sqlite_store, secrets, **with_codes()) as border:
        set_codes(border)
        yield border
