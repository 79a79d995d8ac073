"""The whole worker process, and the commands over a store as a person runs them."""

import os
import signal
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

from tests.conftest import PROJECT
from tests.service.worker.stage import SESSION
from typer.testing import CliRunner

from walras.cli import app
from walras.service.store import pulses, sessions
from walras.service.store.schema import artefacts
from walras.service.store.schema import runs as run_table
from walras.service.trail_check import flaws
from walras.service.worker import loop, sealing
from walras.service.worker.loop import Turns, repeated, serve

RUN = CliRunner()


def test_a_worker_runs_seals_and_ends_when_it_is_told(stage):
    runner = stage.runner()

    heard = set()

    def end_when_done():
        while not runner.ending.wait(0.1):
            with stage.store.read() as connection:
                heard.update(p.name for p in pulses.listed(connection))
                done = sessions.get(connection, SESSION).state == "cleared"
            if done:
                sealing.seal_all(stage.store)
                runner.ending.set()

    watcher = threading.Thread(target=end_when_done)
    watcher.start()
    serve(stage.dispatch(), runner, turns=Turns(runs=0.05, timetable=0.05, sealing=0.05, webhooks=0.05))
    watcher.join()
    with stage.store.read() as connection:
        assert list(flaws(connection)) == []
        assert heard == {runner.name[-pulses.MOST_LETTERS :]}
        assert pulses.listed(connection) == [], "who ends says so"


def test_a_task_that_fails_is_logged_and_tried_again(monkeypatch):
    ending, tries, said = threading.Event(), [], []
    monkeypatch.setattr(loop, "log", SimpleNamespace(exception=lambda text, *given: said.append(text % given)))

    def fails():
        tries.append(1)
        if len(tries) == 3:
            ending.set()
        raise OSError("no store")

    repeated("sealing", 0.0, fails, ending)
    assert len(tries) == 3
    assert [s.startswith("sealing failed") for s in said] == [True] * 3


def test_the_module_works_until_it_is_told_to_end(stage):
    environment = os.environ | {
        "PYTHONPATH": str(PROJECT / "src"),
        "WALRAS_DATABASE_URL": stage.address,
        "WALRAS_DATA": str(stage.folder),
        "WALRAS_KEYS": str(stage.folder / "secrets"),
    }
    worker = subprocess.Popen([sys.executable, "-m", "walras.service.worker"], env=environment, stderr=subprocess.PIPE)
    begun = time.monotonic()
    while stage.rows(run_table)[-1].state == "waiting":
        assert worker.poll() is None
        assert time.monotonic() < begun + 60, "it took no run"
        time.sleep(0.05)
    worker.send_signal(signal.SIGTERM)
    _, said = worker.communicate(timeout=60)
    assert b"Traceback" not in said
    assert worker.returncode == 0


def test_trail_verify_ends_with_0_without_flaws_and_1_with_one(stage):
    assert stage.runner().once() == "done"
    sealing.seal_all(stage.store)
    secrets = str(stage.folder / "secrets")
    clean = RUN.invoke(app, ["trail", "verify", stage.address])
    assert (clean.exit_code, "no flaws" in clean.output) == (0, True)
    with stage.store.write() as connection:
        row = connection.execute(artefacts.select().limit(1)).one()
        connection.execute(artefacts.update().where(artefacts.c.name == row.name).values(content=row.content + b"x"))
    found = RUN.invoke(app, ["trail", "verify", stage.address, "--secrets", secrets])
    assert found.exit_code == 1
    assert f"result 1 {row.name}.content" in found.output


def test_a_store_that_is_not_there_is_not_made(tmp_path):
    found = RUN.invoke(app, ["trail", "verify", str(tmp_path / "none.sqlite")])
    assert found.exit_code == 2
    assert "store_present" in found.output
    assert not (tmp_path / "none.sqlite").exists()


def test_backup_and_restore_from_the_command_line(stage, tmp_path):
    folder, new = str(tmp_path / "saved"), str(tmp_path / "new.sqlite")
    assert RUN.invoke(app, ["service", "backup", folder, "--store", stage.address]).exit_code == 0
    assert RUN.invoke(app, ["service", "restore", folder, "--store", new]).exit_code == 0
    assert RUN.invoke(app, ["service", "restore", folder, "--store", new]).exit_code == 2
    sealed = RUN.invoke(app, ["trail", "verify", new])
    assert sealed.exit_code == 0, sealed.output
