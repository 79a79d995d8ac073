"""Fixtures for every test: an auction that is always audited, and the folder of published days."""

import gc
import os
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

providers._get_local_constants = Constants
"""No figures of our own source among random ones: which are drawn would depend on what a run has imported so far."""

settings.register_profile("walras", deadline=None)
settings.load_profile("walras")
"""No test depends on how busy the machine is."""

PROJECT = Path(__file__).resolve().parents[1]


def pytest_addoption(parser):
    """Add the switch that writes anew what golden cases are expected to say."""
    parser.addoption("--update-golden", action="store_true", help="write expected/ of tests/golden anew, and clean it")


def pytest_collection_finish():
    """Keep what was collected out of the collector's way: it goes through all that lives, again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture
def clear():
    """Clear a book and audit the outcome: `results = clear(book)`; settings are passed by name."""
    from walras.coupling.clear import clear as auction
    from walras.coupling.settings import Settings
    from walras.results.audit import audit

    def clear_and_audit(book, **settings):
        results = auction(book, Settings(**settings))
        violations = audit(book, results)
        assert not violations, "\n".join(map(str, violations))
        return results

    return clear_and_audit


@pytest.fixture(scope="session")
def published_days():
    """The folder of published market days; tests that need it are skipped elsewhere."""
    folder = Path(os.environ.get("WALRAS_DATA") or PROJECT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no published market days: {folder} is not there (set WALRAS_DATA)")
    return folder


@pytest.fixture(scope="session")
def italy(published_days):
    """The folder of the Italian tables."""
    folder = published_days / "italy-2025-04"
    if not folder.is_dir():
        pytest.skip(f"no Italian days: {folder} is not there")
    return folder


@pytest.fixture
def folder(tmp_path):
    """A market folder of CSV tables without a mistake, to be broken; see `folders`."""
    from tests.folders import Folder

    return Folder(tmp_path / "market")


@pytest.fixture
def meshed(tmp_path):
    """The same, of a market with a flow-based domain."""
    from tests.folders import Folder, meshed

    return Folder(tmp_path / "meshed", meshed())
