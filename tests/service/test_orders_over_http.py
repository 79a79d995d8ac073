"""Orders over HTTP: the key is asked for again in the transaction, and a batch wakes the loop once."""

import asyncio
import threading
from concurrent.futures import Future

import pytest
from sqlalchemy import func, select, update
from tests.service.two_states import curve, founded

from walras.service.api.answers import Answers
from walras.service.store.schema import api_keys, submissions

MEMBER = "M-0101"


@pytest.fixture
def session(small_world):
    small_world.keys[MEMBER] = f"wk_key{MEMBER}_secret"
    return founded(small_world.store, small_world.secrets, members=(MEMBER,))


def send(world, session, **headers):
    body = {"session": session, "orders": [curve("sun", "North", "supply", 20, 30)]}
    return world.post("submit-orders", body, MEMBER, **headers)


def count(world):
    with world.store.read() as connection:
        return connection.scalar(select(func.count()).select_from(submissions))


def test_a_key_that_the_api_still_believes_is_refused_by_the_batch(small_world, session):
    assert send(small_world, session, idempotency_key="one").status_code == 200
    with small_world.store.write() as connection:
        connection.execute(update(api_keys).values(revoked_at=small_world.store.clock.now(connection)))
    for key in ("one", "two"):
        response = send(small_world, session, idempotency_key=key)
        assert (response.status_code, response.json()["mistakes"][0]["rule"]) == (401, "key_known")
        assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert count(small_world) == 1


def test_another_secret_of_a_key_that_is_believed_is_refused(small_world, session):
    assert send(small_world, session).status_code == 200
    small_world.keys[MEMBER] += "x"
    assert (send(small_world, session).status_code, count(small_world)) == (401, 1)


def test_answers_of_another_thread_arrive_together_each_at_its_own():
    answers, futures = Answers(), [Future() for _ in range(50)]

    def complete():
        for number, future in enumerate(futures):
            if number % 10 == 3:
                future.set_exception(ValueError(str(number)))
            else:
                future.set_result(number)

    async def ask():
        waiting = [asyncio.ensure_future(answers.of(future)) for future in futures]
        await asyncio.sleep(0)  # all of them wait
        waiting[7].cancel()
        await asyncio.sleep(0)
        woken = []
        loop = asyncio.get_running_loop()
        call = loop.call_soon_threadsafe
        loop.call_soon_threadsafe = lambda *given: (woken.append(1), call(*given))
        thread = threading.Thread(target=complete)
        thread.start()
        thread.join()  # the loop stands still meanwhile
        loop.call_soon_threadsafe = call
        return await asyncio.gather(*waiting, return_exceptions=True), len(woken)

    found, wakings = asyncio.run(ask())
    assert wakings == 1
    for number, answer in enumerate(found):
        if number == 7:
            assert isinstance(answer, asyncio.CancelledError)
        else:
            assert answer == number or (number % 10 == 3 and str(answer) == str(number))
