"""The stores of the service's tests, for drills."""

import pytest
from tests.service.conftest import postgresql, secrets, sqlite_model, sqlite_store, store, store_url

__all__ = ["on_one_store", "postgresql", "secrets", "sqlite_model", "sqlite_store", "store", "store_url"]


def on_one_store(kind):
    """Run a short drill on one kind of store: the long one, of `make drill`, runs on both."""
    return pytest.mark.parametrize("store_url", [kind], indirect=True)
