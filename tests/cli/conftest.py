"""How command-line tests run a command: in this process, streams apart."""

import shutil
from importlib import resources
from pathlib import Path

import pytest
from typer.testing import CliRunner

from walras.cli import app

BUNDLED = Path(str(resources.files("walras.examples") / "two-neighbours"))


def invoked(*words):
    """Run one command; return its outcome with `exit_code`, `stdout`, `stderr`."""
    outcome = CliRunner().invoke(app, [str(w) for w in words])
    unexpected = outcome.exception
    assert unexpected is None or isinstance(unexpected, SystemExit), repr(unexpected)
    return outcome


@pytest.fixture
def run(monkeypatch):
    """Run one command on a terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    return invoked


@pytest.fixture
def market():
    """The bundled market folder."""
    return BUNDLED


@pytest.fixture(scope="session")
def cleared_once(tmp_path_factory):
    """A result of the bundled market, made once a run; read it, or take a `result` of your own."""
    place = tmp_path_factory.mktemp("cleared") / "result"
    assert invoked("clear", BUNDLED, "--out", place, "--csv").exit_code == 0
    return place


@pytest.fixture
def result(cleared_once, tmp_path):
    """A result of the bundled market that a test may change."""
    return shutil.copytree(cleared_once, tmp_path / "result")
