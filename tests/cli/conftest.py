"""How command-line tests run a command: in this process, streams apart."""

from importlib import resources
from pathlib import Path

import pytest
from typer.testing import CliRunner

from walras.cli import app


@pytest.fixture
def run(monkeypatch):
    """Run one command; return its outcome with `exit_code`, `stdout`, `stderr`."""
    monkeypatch.setenv("COLUMNS", "80")

    def command(*words):
        outcome = CliRunner().invoke(app, [str(w) for w in words])
        unexpected = outcome.exception
        assert unexpected is None or isinstance(unexpected, SystemExit), repr(unexpected)
        return outcome

    return command


@pytest.fixture
def market():
    """The bundled market folder."""
    return Path(str(resources.files("walras.examples") / "two-neighbours"))


@pytest.fixture
def result(run, market, tmp_path):
    """A result of the bundled market."""
    assert run("clear", market, "--out", tmp_path / "result", "--csv").exit_code == 0
    return tmp_path / "result"
