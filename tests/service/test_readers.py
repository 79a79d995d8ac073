"""Whose rows a caller sees."""

from datetime import date

import pytest
from sqlalchemy import insert
from tests.service.test_client import plan, with_market

from walras.service import commands as c
from walras.service.store.schema import cases, objections


@pytest.fixture
def day(world):
    with_market(world)
    world.session = plan(world)
    return world


def test_who_am_i(world):
    found = world.get("/me", "M-0001").json()
    assert (found["company"], found["role"], found["company_state"], found["scopes"]) == (
        "M-0001", "member", "active", [],
    )  # fmt: skip


def test_the_public_does_not_see_simulations(day):
    public = plan(day, kind="public_test")
    live = plan(day, kind="live")
    assert [s["session"] for s in day.get("/sessions", "").json()["items"]] == sorted([public, live], reverse=True)
    assert len(day.get("/sessions", "M-0001").json()["items"]) == 3
    for part in ("", "/results", "/results/1/x"):
        assert day.get(f"/sessions/{day.session}{part}", "").status_code == 404
    assert day.get(f"/sessions?before={day.session}", "").status_code == 404


def test_a_member_sees_its_own_objections_alone(day):
    with day.store.write() as connection:
        for member in ("M-0001", "M-0002"):
            connection.execute(
                insert(objections).values(
                    session=day.session, member=member, version=1, text=f"by {member}", state="raised", at=0
                )
            )
    path = f"/sessions/{day.session}/objections"
    assert [o["member"] for o in day.get(path, "M-0002").json()["items"]] == ["M-0002"]
    assert [o["member"] for o in day.get(path, "R-0001").json()["items"]] == ["M-0001", "M-0002"]


@pytest.mark.parametrize("who", ["M-0001", "S-0001"])
def test_a_company_sees_itself_alone(world, who):
    assert [x["company"] for x in world.get("/companies", who).json()["items"]] == [who]
    own = world.get(f"/companies/{who}", who).json()
    assert [u["name"] for u in own["users"]] == ["Ada Example"]
    assert own["keys"][0]["prefix"] == world.keys[who].split("_")[1]
    assert "cases" not in own
    assert "mac" not in str(own)
    assert world.get("/companies/M-0002", who).status_code == 403
    assert world.get("/companies/M-9999", who).status_code == 403, "nor does it learn which companies there are"


def test_those_who_watch_see_cases(world):
    with world.store.write() as connection:
        connection.execute(insert(cases).values(company="M-0001", state="open", body='{"score":97}', at=0))
    assert world.get("/companies/M-0001").json()["cases"][0]["body"] == {"score": 97}
    assert world.get("/cases", "R-0001").json()["items"][0]["company"] == "M-0001"
    assert world.get("/cases", "M-0001").status_code == 403


def test_an_erased_person_is_gone_and_the_pseudonym_stays(world):
    world.by_two(c.ErasePerson(user=world.users["M-0001"], reason="asked for it"))
    found = world.get("/companies/M-0001").json()["users"][0]
    assert (found["user"], found["name"], found["email"]) == (world.users["M-0001"], None, None)


def test_notices_are_for_one_company(day):
    day.client("OP").open(day.session)
    assert len(day.get("/notices", "M-0001").json()["items"]) == 1
    last = day.get("/notices", "M-0001").json()["items"][0]["notice"]
    assert day.get(f"/notices?after={last}", "M-0001").json() == {"items": [], "next": None}


def test_the_record_of_a_session_in_pages(day):
    day.client("OP").open(day.session)
    first = day.get(f"/trail/{day.session}?limit=1", "R-0001").json()
    assert [r["act"] for r in first["items"]] == ["scheduled"]
    second = day.get(f"/trail/{day.session}?limit=1&after={first['next']}", "R-0001").json()
    assert [r["act"] for r in second["items"]] == ["open"]
    assert second["next"] is None


def test_the_definition_that_holds_on_a_day(day):
    day.by_two(c.SetMarket(market="power", valid_from=date(2030, 1, 1), definition=_other(day)))
    assert day.get("/markets/power?day=2029-12-31", "").json()["version"] == 1
    assert day.get("/markets/power?day=2030-01-01", "").json()["version"] == 2
    assert day.get("/markets", "").json()["items"][0]["version"] == 2
    assert day.get("/markets/power?day=2019-01-01", "").json()["mistakes"][0]["rule"] == "market_valid"


def _other(world):
    return world.get("/markets/power?day=2026-01-01").json()["definition"] | {"name": "Two zones again"}


def test_runs_and_their_errors(day):
    from walras.service.store import runs

    with day.store.write() as connection:
        number = runs.queue(connection, day.session, 1, 0)
        runs.end(connection, number, "failed", "a path of ours")
    path = f"/sessions/{day.session}/runs"
    assert day.get(path, "R-0001").json()["items"][0]["error"] == "a path of ours"
    shown = day.get(path, "M-0001").json()["items"][0]
    assert (shown["state"], shown["error"]) == ("failed", "")
