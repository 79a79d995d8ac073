"""Sessions open and close when they are due, once, whoever looks."""

import threading

import pytest
from tests.service.worker.stage import SESSION

from walras.errors import BadInput
from walras.service import gate, handlers
from walras.service.clock import MINUTE
from walras.service.roles import SYSTEM
from walras.service.store import trail
from walras.service.store.schema import runs as run_table
from walras.service.store.schema import sessions as session_table
from walras.service.work import Work
from walras.service.worker.timetable import due, tick

assert handlers


@pytest.fixture(autouse=True)
def book_at_the_gate(monkeypatch):
    monkeypatch.setattr(gate, "gather", lambda *_: "digest of the book")


def scheduled(stage, name, opens, gate_at, state="scheduled"):
    with stage.store.write() as connection:
        work = Work(connection, stage.store.clock, SYSTEM, stage.secrets)
        now = work.now()
        stage.schedule(work, name, opens=now + opens * MINUTE, gate=now + gate_at * MINUTE, state=state)
        work.finish()


def states(stage):
    return {s.id: s.state for s in stage.rows(session_table) if s.id != SESSION}


def test_what_is_due_is_done_and_nothing_else(stage):
    scheduled(stage, "opens-now", -1, 10)
    scheduled(stage, "opens-later", 5, 10)
    scheduled(stage, "closes-now", -10, -1, state="open")
    scheduled(stage, "closes-later", -10, 1, state="open")
    scheduled(stage, "slept-through", -10, -1)
    assert [d.session for d in tick(stage.dispatch())] == ["closes-now", "opens-now"]
    assert states(stage) == {
        "opens-now": "open", "opens-later": "scheduled", "closes-now": "closed", "closes-later": "open",
        "slept-through": "scheduled",
    }  # fmt: skip
    assert tick(stage.dispatch()) == []
    with stage.store.read() as connection:
        assert trail.head(connection, "closes-now") != trail.FIRST, "the trail of a gate is sealed at once"


def test_a_clock_that_was_stopped_catches_up(stage):
    scheduled(stage, "tomorrow", 5, 10)
    stage.store.clock.ahead = 6 * MINUTE
    tick(stage.dispatch())
    assert states(stage) == {"tomorrow": "open"}
    stage.store.clock.ahead = 3 * 24 * 60 * MINUTE
    tick(stage.dispatch())
    assert states(stage) == {"tomorrow": "closed"}


def test_many_clocks_close_a_gate_once(stage):
    scheduled(stage, "closes-now", -10, -1, state="open")
    done, together = [], threading.Barrier(4)

    def look():
        together.wait()
        done.extend(tick(stage.dispatch()))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [d.session for d in done] == ["closes-now"]
    assert len([r for r in stage.rows(run_table) if r.session == "closes-now"]) == 1
    assert stage.acts("closes-now").count("closed") == 1


def test_a_refusal_for_another_reason_is_not_swallowed_and_stops_nothing(stage, monkeypatch):
    from walras.service.work import refuse

    def fails(_work, session, _at):
        if session.id == "first":
            raise refuse("no book", "session first", "book_reads", "Mend it.")
        return "b"

    monkeypatch.setattr(gate, "gather", fails)
    scheduled(stage, "first", -10, -2, state="open")
    scheduled(stage, "second", -10, -1, state="open")
    with pytest.raises(BadInput, match="no book"):
        tick(stage.dispatch())
    assert states(stage) == {"first": "open", "second": "closed"}


def test_nothing_makes_a_result_final_by_itself(stage):
    assert stage.runner().once() == "done"
    stage.store.clock.ahead = 30 * 24 * 60 * MINUTE
    with stage.store.read() as connection:
        assert due(connection, stage.store.clock.now(connection)) == []
