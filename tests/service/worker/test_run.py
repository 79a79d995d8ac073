"""A run ends once, with the same bytes however often it was begun, or is recorded as failed."""

import json
import threading

import pytest
from sqlalchemy import update
from tests.service.worker.stage import SESSION, the_book

from walras.coupling.clear import clear
from walras.coupling.progress import Progress
from walras.errors import BadInput, Mistake, NoResult
from walras.results.audit import Violation
from walras.service.clock import SECOND
from walras.service.store import runs, sessions
from walras.service.store.schema import artefacts, notices
from walras.service.store.schema import runs as run_table
from walras.service.store.schema import sessions as session_table
from walras.service.trail_check import flaws
from walras.service.worker.outcome import plain_files
from walras.service.worker.sealing import seal_all


def session(stage):
    with stage.store.read() as connection:
        return sessions.get(connection, SESSION)


def run(stage):
    return stage.rows(run_table)[0]


def test_a_run_stores_its_result_and_says_so(stage):
    assert stage.runner().once() == "done", run(stage).error
    found = session(stage)
    assert (found.state, found.version, run(stage).state) == ("cleared", 1, "done")
    assert found.objections_until == found.final_after
    assert stage.acts()[-1] == "cleared"
    assert {n.company for n in stage.rows(notices)} == {"O-0001", "M-0001", "M-0002", "R-0001"}
    assert {"result/prices.parquet", "published/prices.parquet"} <= {name for _, name in stage.files()}
    assert stage.runner().once() == "idle"
    seal_all(stage.store)
    with stage.store.read() as connection:
        assert list(flaws(connection)) == []


def test_no_file_of_everybody_names_an_order_or_a_member(stage):
    assert stage.runner().once() == "done"
    book = the_book()
    names = {n.encode() for n in (*book.blocks.name, *book.curves.name)}
    public = [a for a in stage.rows(artefacts) if a.is_public]
    assert public
    assert not [a.name for a in public if any(n in a.content for n in names)]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NoResult("the time is over"), "no result: the time is over"),
        (BadInput([Mistake("no such zone", "zones", "zone_known", "Name one.")]), "the book does not read: zones"),
        (RuntimeError("boom"), "an internal error: RuntimeError: boom"),
    ],
)
def test_a_run_that_fails_says_why_and_leaves_the_session_closed(stage, error, said):
    def fails(*_):
        raise error

    if isinstance(error, RuntimeError):
        with pytest.raises(RuntimeError):
            stage.runner(load_book=fails).once()
    else:
        assert stage.runner(load_book=fails).once() == "failed"
    assert run(stage).state == "failed"
    assert run(stage).error.startswith(said)
    assert session(stage).state == "closed"
    assert stage.acts()[-1] == "run failed"
    assert [n.company for n in stage.rows(notices)] == ["O-0001"]
    assert stage.files() == {}


def test_a_result_with_a_violation_is_not_stored(stage):
    found = [Violation("3 MW appear from nowhere", "A electricity", "balance", 3.0)]
    assert stage.runner(audit=lambda *_: found).once() == "failed"
    assert "3 MW appear from nowhere" in run(stage).error
    assert stage.files() == {}


def test_two_workers_that_finish_one_run_store_it_once(stage):
    both, first_is_loading, ends = threading.Barrier(2, timeout=60), threading.Event(), []

    def loading(*_):
        threading.Event().wait(0.5)  # its first beat is over; the next one comes too late
        first_is_loading.set()
        return the_book()

    def together(cleared):
        both.wait()
        return plain_files(cleared)

    given = {"publish": together, "load_book": loading, "stale": -(10**12), "beat_seconds": 600}
    threads = [threading.Thread(target=lambda: ends.append(stage.runner(**given).once())) for _ in range(2)]
    threads[0].start()
    assert first_is_loading.wait(60)
    threads[1].start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["done", "lost"]
    assert (run(stage).state, session(stage).state) == ("done", "cleared")
    assert stage.acts().count("cleared") == 1
    assert len(stage.rows(notices)) == 4


def test_a_silent_worker_is_overtaken_and_its_own_result_is_dropped(stage):
    taken = runs.claim(stage.store, "silent")
    assert taken.worker == "silent"
    assert stage.runner().once() == "idle"
    with stage.store.write() as connection:
        connection.execute(update(run_table).values(heartbeat_at=taken.heartbeat_at - runs.STALE - 1))
    assert stage.runner().once() == "done"
    assert not runs.beat(stage.store, taken.id, "silent", {})
    with stage.store.write() as connection:
        assert not runs.is_mine(connection, taken.id, "silent")


def test_a_worker_that_is_told_to_end_gives_its_run_back(stage):
    def told(connection, _session, _version):
        runner.ending.set()
        threading.Event().wait(0.5)
        return the_book()

    runner = stage.runner(load_book=told)
    assert runner.once() == "given back"
    assert (run(stage).state, run(stage).worker) == ("waiting", "")
    assert stage.runner().once() == "done"


def test_a_session_that_was_cancelled_meanwhile_gets_no_result(stage):
    def cancelled(cleared):
        with stage.store.write() as connection:
            connection.execute(update(session_table).values(state="cancelled"))
        return plain_files(cleared)

    assert stage.runner(publish=cancelled).once() == "lost"
    assert run(stage).error == "the session is cancelled now"
    assert stage.files() == {}


def test_progress_is_seen_while_the_run_goes_on(stage):
    seen = []

    def watch(_cleared):
        threading.Event().wait(0.1)
        with stage.store.read() as connection:
            seen.extend(runs.of_session(connection, SESSION))
        return plain_files(_cleared)

    assert stage.runner(publish=watch, beat_seconds=0.02).once() == "done"
    progress = seen[0]["progress"]
    assert progress["phase"] == "finish"
    assert progress["bound"] >= progress["welfare"] > 0


def test_a_run_whose_last_beat_lies_ahead_of_a_clock_that_was_set_back_is_taken_over(stage):
    first = runs.claim(stage.store, "one")
    stage.store.clock.ahead -= runs.STALE - SECOND
    assert runs.claim(stage.store, "two") is None, "it may live"
    stage.store.clock.ahead -= 3 * SECOND
    assert runs.claim(stage.store, "two").id == first.id


def test_the_course_of_a_run_is_kept_in_few_moments_and_changes_nothing_of_its_result(stage):
    def searched(book, settings, hear, stop):
        for second in range(3000):
            hear(Progress("search", 1, 2, second / 10, second, 50.0 + second // 100, 400.0 - second / 8, "dives"))
        return clear(book, settings, None, stop)

    assert stage.runner(clear=searched).once() == "done"
    course = json.loads(run(stage).progress)["course"]
    assert 60 < len(course) <= 201
    assert course[-1] == [299.9, 25.125, 79.0], "the last moment is always there"
    assert [m[0] for m in course] == sorted(m[0] for m in course)
    assert len({m[2] for m in course}) == 30, "each better solution is seen"
    kept = stage.files()
    with stage.store.write() as connection:
        connection.execute(update(session_table).values(state="closed", version=0))
        connection.execute(update(run_table).values(state="waiting", progress="{}"))
        connection.execute(artefacts.delete())
    assert stage.runner().once() == "done"
    assert stage.files() == kept, "a run that was watched less ends with the same bytes"
