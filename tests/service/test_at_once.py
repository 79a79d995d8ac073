"""Requests that come at the same moment, on both stores."""

from concurrent.futures import ThreadPoolExecutor

from walras.service.commands import AddUser


def test_one_idempotency_key_sent_by_many_at_once_is_carried_out_once(world):
    command = AddUser(company="M-0001", name="Bob Example", email="bob@example.invalid")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: world.client("OP").do(command, "the-same"), range(8)))
    assert len({a["user"] for a in answers}) == 1
    assert len(world.get("/companies/M-0001").json()["users"]) == 2


def test_ids_that_are_given_at_once_differ(world):
    command = AddUser(company="M-0001", name="Bob Example", email="bob@example.invalid")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: world.client("OP").do(command), range(24)))
    assert len({a["user"] for a in answers}) == 24


def test_more_requests_than_places_are_all_answered(world):
    with ThreadPoolExecutor(40) as pool:
        statuses = list(pool.map(lambda _: world.get("/me", "M-0001").status_code, range(200)))
    assert statuses == [200] * 200
