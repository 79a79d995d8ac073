"""A market in the middle of its life, as `make demo` leaves it: sessions in every state and a run that goes on."""

import os
import subprocess
import sys
from contextlib import contextmanager
from importlib import resources

from typer.testing import CliRunner

from walras.cli import app
from walras.service.bootstrap import Settings
from walras.service.rehearsal.cast import Cast
from walras.service.rehearsal.opening import open_market
from walras.service.rehearsal.script import read_script
from walras.service.rehearsal.stage import staged_again


def script_folder():
    """The folder of the two states' script while the block is open."""
    return resources.as_file(resources.files("walras.examples") / "two-states")


@contextmanager
def living_market(folder):
    """Play the two states' day into a folder, open its market, start a worker; yield the service."""
    outcome = CliRunner().invoke(app, ["demo", "two-states", "--no-serve", "--out", str(folder / "demo")])
    assert outcome.exit_code == 0, outcome.output
    data = folder / "demo" / "service"
    with staged_again(Settings(data=data)) as stage, script_folder() as script:
        open_market(Cast(read_script(script), stage))
        worker = subprocess.Popen(
            [sys.executable, "-m", "walras.service.worker"], env=os.environ | {"WALRAS_DATA": str(data)}
        )
        try:
            yield stage.service
        finally:
            worker.terminate()
            worker.wait(30)
