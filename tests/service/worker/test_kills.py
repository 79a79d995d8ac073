"""Workers are killed in the middle of a run; whoever takes it over ends with the same bytes."""

import random
import time

from tests.drills.processes import FORKS
from tests.service.worker.killed_worker import end, work
from tests.service.worker.stage import SESSION

from walras.service.store import runs, sessions
from walras.service.store.schema import artefacts

KILLS, SEED = 5, 20260610


def started(stage, stale=0.2):
    """Fork a worker from a process that has imported everything, so that kills meet it at work."""
    worker = FORKS.Process(target=work, args=(stage.address, stage.folder / "secrets", stale), daemon=True)
    worker.start()
    return worker


def running(stage):
    with stage.store.read() as connection:
        return runs.of_session(connection, SESSION)[-1]


def until(seen, seconds=60):
    begun = time.monotonic()
    while not seen():
        assert time.monotonic() - begun < seconds, "it did not happen"
        time.sleep(0.02)


def test_a_run_whose_workers_are_killed_ends_with_the_same_bytes(stage):
    pauses = random.Random(SEED)
    for kill in range(KILLS):
        worker = started(stage)
        until(lambda done=kill: running(stage)["attempts"] > done, 120)
        time.sleep(pauses.uniform(0.0, 0.4))
        worker.kill()
        worker.join()
    was_taken = running(stage)["attempts"]
    assert was_taken >= KILLS
    assert running(stage)["state"] == "running", "no kill was in the middle: the test needs shorter pauses"
    time.sleep(0.3)
    assert stage.runner(stale=200_000, most_deaths=100).once() == "done"
    killed = {name: digest for (_, name), digest in stage.files().items()}
    assert stage.acts().count("cleared") == 1
    again(stage)
    assert stage.runner().once() == "done"
    assert {name: digest for (version, name), digest in stage.files().items() if version == 2} == killed
    assert len(stage.rows(artefacts)) == 2 * len(killed)


def test_a_worker_that_is_told_to_end_gives_its_run_back_and_ends(stage):
    worker = started(stage, 30.0)
    until(lambda: running(stage)["state"] == "running", 120)
    assert end(worker) == 0
    assert running(stage)["state"] in {"waiting", "done"}


def again(stage):
    """Ask for a second version of the result."""
    from walras.service.roles import SYSTEM
    from walras.service.work import Work

    with stage.store.write() as connection:
        work = Work(connection, stage.store.clock, SYSTEM, stage.secrets)
        found = sessions.locked(work, SESSION)
        sessions.move(work, found, "closed", work.now(), {"reason": "again"})
        runs.queue(connection, SESSION, 2, work.now())
        work.finish()
