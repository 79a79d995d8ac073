"""The day of two states, played once for all tests that look at it; they read it and change nothing."""

import os
import shutil
import time

import pytest
from typer.testing import CliRunner

from walras.cli import app

DEMO = "demo two-states --out walras-demo --no-serve"
MOST_SECONDS = 300


@pytest.fixture(scope="session")
def played(tmp_path_factory):
    """Return the folder in which `walras demo two-states --no-serve` was run; `demo.txt` is what it printed."""
    base = tmp_path_factory.getbasetemp()
    place = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "two-states-day"
    try:
        place.mkdir()
    except FileExistsError:  # another process of the same run plays it
        wait_for(place / "demo.txt")
        return place
    before = os.getcwd()
    os.chdir(place)
    try:
        outcome = CliRunner(env={"COLUMNS": "80"}).invoke(app, DEMO.split())
        assert outcome.exit_code == 0, outcome.output
    except BaseException:
        shutil.rmtree(place / "walras-demo", ignore_errors=True)
        (place / "failed").touch()
        raise
    finally:
        os.chdir(before)
    (place / "new.txt").write_text(outcome.stdout, "utf-8")
    (place / "new.txt").rename(place / "demo.txt")
    return place


def wait_for(path):
    for _ in range(MOST_SECONDS * 10):
        if path.exists():
            return
        assert not (path.parent / "failed").exists(), "the day was not played: see the other process"
        time.sleep(0.1)
    raise AssertionError(f"{path} did not come in {MOST_SECONDS} seconds")
