"""The health of the service: what is a concern, and that it is said to operators alone; on both kinds of store."""

import pytest
from tests.service.test_client import plan, with_market

from walras.service.clock import SECOND
from walras.service.store import pulses, runs
from walras.service.worker.sealing import seal_all


@pytest.fixture
def day(world):
    with_market(world)
    world.session = plan(world)
    return world


def test_what_waits_too_long_or_is_silent_is_a_concern(day):
    store = day.store
    assert day.get("/health", "M-0001").status_code == 403
    seal_all(store)
    with store.write() as connection:
        now = store.clock.now(connection)
        pulses.beat(connection, "a-machine-with-a-long-name-indeed-1234-abcdef", now - 2 * pulses.ALIVE)
        runs.queue(connection, day.session, 1, now - 90 * SECOND)
        runs.queue(connection, day.session, 2, now, not_before=now + 3600 * SECOND)
    found = day.get("/health", "OP").json()
    assert found["concerns"] == ["no_worker", "run_waits"]
    assert found["runs"]["ready"] == 1, "a run that may not begin yet does not wait for a worker"
    assert found["workers"][0]["name"] == "a-machine-with-a-long-name-indeed-1234-abcdef"[-pulses.MOST_LETTERS :]
    assert found["counts"]["runs"] == {"waiting": 2}
    assert found["store"]["kind"] == store.engine.dialect.name
    assert found["store"]["size_bytes"] > 0

    assert runs.claim(store, "me") is not None
    with store.write() as connection:
        pulses.beat(connection, "me", store.clock.now(connection))
    found = day.get("/health", "OP").json()
    assert found["concerns"] == []
    assert [(r["session"], r["worker"], r["is_silent"]) for r in found["runs"]["running"]] == [
        (day.session, "me", False)
    ]
    store.clock.ahead += 2 * runs.STALE
    found = day.get("/health", "OP").json()
    assert set(found["concerns"]) >= {"no_worker", "run_silent"}
    assert found["clock_ahead_seconds"] == 0, "the clock of this process is set, not that of the store"


def test_streams_come_with_their_last_seal_page_by_page(day):
    seal_all(day.store)
    first = day.get("/streams?limit=1", "OP").json()
    rest = day.get(f"/streams?after={first['next']}", "OP").json()
    names = [s["stream"] for s in first["items"] + rest["items"]]
    assert names == sorted(names)
    assert day.session in names
    assert all(s["unsealed"] == 0 and s["last_seal"]["number"] >= 1 for s in first["items"] + rest["items"])
    wanted = day.get("/streams?contains=%25", "OP").json()
    assert wanted["items"] == [], "a percent sign is a letter like others"
    assert day.get("/streams", "M-0001").status_code == 403
