"""The typed client: commands, queries, pages, files, and what it does when connections break."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import insert, update
from tests.service.world import DEFINITION

from walras.errors import NoResult, Problem
from walras.service import commands as c
from walras.service import queries as q
from walras.service.client import WalrasClient
from walras.service.store.schema import artefacts, sessions

DAY = date(2026, 7, 1)


def with_market(world):
    world.by_two(c.SetMarket(market="power", valid_from=date(2020, 1, 1), definition=DEFINITION))
    return world


def plan(world, number=0, kind="simulation", **more):
    far = {"opens_at": datetime(2026, 1, 1, tzinfo=UTC), "gate_at": datetime(2060, 1, 1, tzinfo=UTC)}
    day = DAY + timedelta(days=number)
    command = c.ScheduleSession(market="power", delivery_day=day, kind=kind, **(far | more))
    return (world.by_two(command) if kind == "live" else world.client("OP").do(command))["session"]


def test_the_first_steps_of_a_day(world):
    with_market(world)
    officer, member = world.client("OP"), world.client("M-0001")
    session = plan(world)
    assert session == "power-2026-07-01-da-simulation"
    assert officer.open(session)["state"] == "open"
    assert [s["session"] for s in member.sessions(market="power", state="open")] == [session]
    assert [n["kind"] for n in member.notices()] == ["session open"]
    found = member.ask(q.GetSession(session=session))
    assert (found["state"], found["gate_at"]) == ("open", "2060-01-01T00:00:00.000000Z")
    assert member.ask(q.GetMarket(market="power", day=DAY))["definition"]["currency"] == "EUR"
    with pytest.raises(NoResult):
        member.wait_for_result(session, seconds=0)
    world.by_two(c.CancelSession(session=session, reason="test"))
    assert member.wait_for_result(session)["state"] == "cancelled"


def test_pages_hold_every_item_once(world):
    with_market(world)
    planned = [plan(world, number) for number in range(5)]
    client = world.client("R-0001")
    assert [s["session"] for s in client.pages(q.ListSessions(limit=2))] == planned[::-1]
    for number in range(5):
        world.by_two(c.CancelSession(session=planned[number], reason="test"))
    kinds = [n["session"] for n in client.pages(q.ListNotices(limit=2))]
    assert kinds == planned
    assert [x["company"] for x in client.pages(q.ListCompanies(limit=2))] == sorted(
        ["OP", "M-0001", "M-0002", "S-0001", "R-0001"]
    )
    assert len(list(client.pages(q.ListProposals(state="approved", limit=2)))) == 6


def test_a_refusal_carries_its_mistakes(small_world):
    with pytest.raises(Problem) as refused:
        small_world.client("OP").open("none")
    assert (refused.value.status, refused.value.mistakes[0].rule) == (404, "session_known")
    assert refused.value.request_id in small_world.log.getvalue()
    with pytest.raises(Problem) as refused:
        small_world.client().object("none", "text")
    assert refused.value.status == 401


def store_files(world, session, files):
    with world.store.write() as connection:
        for version, name, content, is_public in files:
            connection.execute(
                insert(artefacts).values(
                    session=session, version=version, name=name, media_type="text/csv", is_public=is_public, at=0,
                    digest=hashlib.sha256(content).hexdigest(), content=content,
                )
            )  # fmt: skip


def move_to(world, session, version):
    with world.store.write() as connection:
        connection.execute(update(sessions).where(sessions.c.id == session).values(version=version))


def test_a_bundle_is_loaded_by_whom_it_is_for(world, tmp_path):
    with_market(world)
    session = plan(world)
    store_files(world, session, [
        (1, "public.zip", b"old", True), (2, "public.zip", b"new", True), (2, "final/public.zip", b"last", True),
        (2, "member/M-0001.zip", b"mine", False), (2, "member/M-0002.zip", b"theirs", False),
        (2, "regulator.zip", b"all", False),
    ])  # fmt: skip
    move_to(world, session, 2)
    file = tmp_path / "bundle.zip"
    assert world.client("S-0001").download_bundle(session, file).read_bytes() == b"last"
    assert world.client("S-0001").download_bundle(session, file, version=1).read_bytes() == b"old"
    assert world.client("M-0001").download_bundle(session, file, "member").read_bytes() == b"mine"
    assert world.client("R-0001").download_bundle(session, file, "regulator").read_bytes() == b"all"
    assert world.client("OP").download_bundle(session, file, "member", member="M-0002").read_bytes() == b"theirs"
    for who, level, member in (
        ("M-0001", "member", "M-0002"),
        ("M-0001", "regulator", None),
        ("S-0001", "member", None),
    ):
        with pytest.raises(Problem) as refused:
            world.client(who).download_bundle(session, file, level, member=member)
        assert (refused.value.status, refused.value.mistakes[0].rule) == (403, "bundle_level")
    path = f"/sessions/{session}/bundles/public"
    tag = world.get(path, "M-0001").headers["etag"]
    again = world.http.get("/v1" + path, headers=world.headers("M-0001") | {"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


def test_a_bundle_that_is_not_what_was_sent_is_refused(small_world, tmp_path):
    with_market(small_world)
    session = plan(small_world)
    store_files(small_world, session, [(1, "public.zip", b"zip", True)])
    move_to(small_world, session, 1)
    with small_world.store.write() as connection:
        connection.exec_driver_sql("UPDATE artefacts SET content = x'00'")
    with pytest.raises(Problem) as refused:
        small_world.client("M-0001").download_bundle(session, tmp_path / "bundle.zip")
    assert refused.value.mistakes[0].rule == "artefact_digest"
    assert not (tmp_path / "bundle.zip").exists()


class Broken(httpx.BaseTransport):
    """A connection that breaks after the service did its work, so many times."""

    def __init__(self, inner, times):
        self.inner, self.times = inner, times

    def handle_request(self, request):
        response = self.inner.handle_request(request)
        if self.times:
            self.times -= 1
            raise httpx.ReadError("broken")
        return response


def broken(world, times, tries=5):
    http = httpx.Client(transport=Broken(world.http._transport, times), base_url="http://x")
    client = WalrasClient("", world.keys["OP"], http=http, tries=tries)
    waits = []
    client.sender.sleep = waits.append
    return client, waits


def test_a_command_whose_answer_was_lost_is_carried_out_once(world):
    client, waits = broken(world, 3)
    added = client.do(c.AddUser(company="M-0001", name="Bob Example", email="bob@example.invalid"))
    found = world.get("/companies/M-0001").json()["users"]
    assert [u["user"] for u in found] == [world.users["M-0001"], added["user"]]
    assert waits == [0.2, 0.4, 0.8]


def test_it_gives_up_after_some_tries(small_world):
    client, waits = broken(small_world, 9, tries=3)
    with pytest.raises(Problem) as refused:
        client.ask(q.ListMarkets())
    assert (refused.value.status, refused.value.mistakes[0].rule, len(waits)) == (0, "service_reached", 2)


def test_it_waits_as_long_as_the_service_asks_for():
    answers = iter([httpx.Response(429, headers={"Retry-After": "7"}), httpx.Response(200, json={"items": []})])
    http = httpx.Client(transport=httpx.MockTransport(lambda _: next(answers)), base_url="http://x")
    client, waits = WalrasClient("", http=http), []
    client.sender.sleep = waits.append
    assert client.ask(q.ListMarkets()) == {"items": []}
    assert waits == [7.0]


def test_an_answer_of_something_else_is_a_problem_too():
    http = httpx.Client(
        transport=httpx.MockTransport(lambda _: httpx.Response(502, text="<html>")), base_url="http://x"
    )
    with pytest.raises(Problem) as refused:
        WalrasClient("", http=http).ask(q.ListMarkets())
    assert (refused.value.status, refused.value.mistakes[0].rule) == (502, "answer_form")


def test_the_market_of_the_how_to_is_taken(small_world):
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "run-the-service.md").read_text(encoding="utf-8")
    block = page.split("```python\n")[1].split("```")[0]
    officers = iter([small_world.client("OP"), small_world.client("OP-2")])
    code = block.replace("from walras.service.client import WalrasClient\n", "")
    names = {"WalrasClient": lambda _url, _key: next(officers)}
    exec(code, names)
    assert [s["session"] for s in small_world.client().sessions()] == ["power-2027-07-01-da"]
