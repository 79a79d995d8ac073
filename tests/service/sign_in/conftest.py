"""People who sign in."""

import pytest
from tests.service.sign_in.person import Person, cheap

from walras.service.sign_in import guard as guards


@pytest.fixture
def guard(monkeypatch):
    """Cheap hashes, in the handlers as well."""
    found = cheap()
    monkeypatch.setattr(guards, "GUARD", found)
    return found


@pytest.fixture
def ada(small_world, guard):
    """A member's user who is enrolled."""
    return Person(small_world, "M-0001", guard).enrol()
