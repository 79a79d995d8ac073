"""The stores of the service's tests, for drills."""

from tests.service.conftest import postgresql, secrets, sqlite_model, sqlite_store, store, store_url

__all__ = ["postgresql", "secrets", "sqlite_model", "sqlite_store", "store", "store_url"]
