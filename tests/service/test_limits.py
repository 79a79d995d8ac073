"""How much one caller may ask: bytes, requests a second, and work at one time."""

import threading

import anyio
import pytest
from tests.service.world import MANY, World

from walras.service.api.limits import Buckets, Limits, Queue
from walras.service.api.problems import Refused


class Time:
    now = 0.0

    def __call__(self):
        return self.now


def test_a_bucket_gives_its_burst_then_its_rate():
    time = Time()
    buckets = Buckets(rate=2.0, burst=3, clock=time)
    assert [buckets.take("a") for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]
    time.now = 0.5
    assert [buckets.take("a") for _ in range(2)] == [0.0, 0.5]
    assert buckets.take("b") == 0.0, "another caller has a bucket of its own"
    time.now = 100.0
    assert [buckets.take("a") for _ in range(4)] == [0.0, 0.0, 0.0, 0.5], "it fills up to the burst, not beyond"


def test_buckets_do_not_grow_without_end():
    time = Time()
    buckets = Buckets(rate=1.0, burst=1, clock=time, most=10)
    for number in range(1000):
        time.now += 0.01
        buckets.take(str(number))
    assert len(buckets.held) <= 10


@pytest.mark.parametrize(("limits", "where"), [
    (Limits(key_rate=0.001, key_burst=3), "key"),
    (Limits(address_rate=0.001, address_burst=3), "address"),
])  # fmt: skip
def test_too_many_requests_are_told_when_to_come_back(sqlite_store, secrets, limits, where):
    with World(sqlite_store, secrets, limits) as world:
        answers = [world.get("/me") for _ in range(4)]
        assert [a.status_code for a in answers] == [200, 200, 200, 429]
        assert int(answers[3].headers["retry-after"]) >= 900
        mistake = answers[3].json()["mistakes"][0]
        assert (mistake["rule"], mistake["where"]) == ("rate", where)
        assert world.get("/me", "M-0001").status_code == (200 if where == "key" else 429)


def test_a_guesser_of_keys_is_slowed_down(sqlite_store, secrets):
    with World(sqlite_store, secrets, Limits(address_rate=0.001, address_burst=5)) as world:
        header = {"Authorization": "Bearer wk_000000000000_guess"}
        statuses = [world.http.get("/v1/me", headers=header).status_code for _ in range(7)]
        assert statuses == [401] * 5 + [429] * 2


def test_a_body_is_not_read_beyond_the_limit(small_world):
    """A body without a length that never ends: the answer comes after two parts more than the limit at most."""
    received, sent = [], []

    async def receive():
        received.append(1)
        assert len(received) < 40, "it went on reading"
        return {"type": "http.request", "body": b"x" * 100_000, "more_body": True}

    async def send(message):
        sent.append(message)

    key = small_world.headers("OP")["Authorization"].encode()
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": "/v1/commands/add-user", "raw_path": b"/v1/commands/add-user", "query_string": b"", "root_path": "",
        "headers": [(b"authorization", key), (b"content-type", b"application/json")],
        "client": ("192.0.2.1", 4000), "server": ("walras.invalid", 80),
    }  # fmt: skip
    anyio.run(small_world.app, scope, receive, send)
    assert sent[0]["status"] == 413
    assert dict(sent[0]["headers"])[b"connection"] == b"close"
    assert len(received) == 21


def test_no_more_than_the_limit_work_at_once_and_the_queue_has_an_end():
    queue = Queue(Limits(at_once=2, waiting=1))
    at_work, most, refusals = set(), [0], []

    def work(number):
        at_work.add(number)
        most[0] = max(most[0], len(at_work))
        threading.Event().wait(0.05)
        at_work.discard(number)

    async def ask(number):
        try:
            async with queue.place() as limiter:
                await anyio.to_thread.run_sync(work, number, limiter=limiter)
        except Refused as error:
            refusals.append(error.mistake.rule)

    async def crowd():
        async with anyio.create_task_group() as group:
            for number in range(5):
                group.start_soon(ask, number)

    anyio.run(crowd)
    assert most[0] == 2
    assert refusals == ["busy", "busy"]
    assert queue.depth == 0


def test_large_commands_may_be_long(sqlite_store, secrets):
    with World(sqlite_store, secrets, MANY) as world:
        orders = [{"order": f"{n}", "steps": "x" * 4000} for n in range(1000)]
        response = world.post("submit-orders", {"session": "none", "orders": orders}, "M-0001")
        assert response.status_code == 422, "read whole, and its mistakes listed"
