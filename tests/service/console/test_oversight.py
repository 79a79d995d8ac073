"""A regulator's day in the console: figures, a replay, an order book, files, the record; and health."""

import csv
import io
import json
from urllib.parse import urlsplit

from nicegui import ui
from tests.service.console.downloads import download
from tests.service.console.walking import one, plots, press, rows

from walras.service import queries as q
from walras.service import readers
from walras.service.console.pages.record import health
from walras.service.roles import Actor, Role
from walras.service.store import pulses, trail
from walras.service.worker.sealing import seal_all

FIRST, REGULATOR = Actor(Role.OPERATOR, "U-0001", "OP"), Actor(Role.REGULATOR, "U-9999", "R-0001")
MARKET, SESSION = "two-states", "two-states-2026-01-24-da"


def asked(console, query, who=REGULATOR):
    return readers.ask(console.service.store, console.service.secrets, who, query)


def test_figures_of_market_power_are_drawn_after_the_page_stands(two_states):
    async def steps(user):
        await user.open("/surveillance")
        await user.should_see("Sat 24 Jan 2026 to Sat 24 Jan 2026: 1 session")
        await user.should_see("A supplier fails the screen")
        await plots(user, "Lowest residual supply index by supplier", "Mean HHI, Demand", "Mean HHI, Supply")
        least = (await rows(user, "Pivotal suppliers"))[0]
        assert (least["supplier"], least["fails_shown"]) == ("M-0014", "yes")
        await user.open("/surveillance?first_day=2026-02-01&last_day=2026-02-02")
        await user.should_see("There is no final result in these days.")
        await user.open("/surveillance?first_day=2026-01-01&last_day=2026-12-31")
        await user.should_see("these are 365 days")

    two_states.walk(REGULATOR, steps)
    found = asked(two_states, q.GetConcentration(market=MARKET))
    assert [{n: v for n, v in day.items() if n != "delivery_day"} for day in found["days"]] == found["items"]


def test_a_replay_says_what_every_step_came_to(two_states):
    async def steps(user):
        await user.open(f"/replay?session={SESSION}")
        user.find(marker="replay").click()
        await user.should_see("It is being cleared again")
        await user.should_see("Everything that was checked is the same.")
        steps = await rows(user, "Steps of the replay")
        assert [s["verdict_shown"] for s in steps] == ["same"] * 10
        hashes = await rows(user, "Hashes")
        assert all(h["stored"] == h["again"] for h in hashes)

    two_states.walk(REGULATOR, steps)


def test_an_order_book_is_looked_into_cell_by_cell(two_states):
    async def steps(user):
        await user.open(f"/order-books/{SESSION}")
        await user.should_see("Orders of this MTU")
        await plots(user, "Supply and demand as offered")
        (await one(user, ui.select, "Zone and carrier")).value = "RU-west\ngas"
        await user.should_see("Orders of this MTU")
        assert {r["member"] for r in await rows(user, "Orders of this MTU")} >= {"M-0014", "M-0015"}

    two_states.walk(REGULATOR, steps)


def test_every_file_that_is_offered_is_there(two_states):
    links: set[str] = set()

    async def steps(user):
        await user.open("/exports")
        row = (await rows(user, "Files of sessions"))[0]
        links.update(row[n] for n in row if n.endswith("_href"))
        links.update(e.props["href"] for e in user.find(kind=ui.link).elements)
        links.update(r["file_href"] for r in await rows(user, "Streams of the record"))

    two_states.walk(REGULATOR, steps)
    for link in sorted(n for n in links if n.startswith("/get/")):
        answer = download(two_states, REGULATOR, link)
        assert answer.status_code == 200, link
        assert answer.headers["content-disposition"].startswith("attachment; filename="), link
        assert answer.content, link
    assert {urlsplit(n).path for n in links} >= {
        "/get/get-bundle", "/get/get-order-book", "/get/get-trail-file", "/get/get-ledger-file",
        "/get/get-concentration", "/get/get-pivotal-suppliers",
    }  # fmt: skip


def test_the_record_is_read_row_by_row_with_its_seals(two_states):
    streams = asked(two_states, q.ListStreams(contains="TWO-states-2026"))["items"]
    assert [s["stream"] for s in streams] == [SESSION]
    seals = asked(two_states, q.ListSeals(stream=SESSION, limit=500))["items"]
    assert [s["previous"] for s in seals] == [trail.FIRST, *[s["digest"] for s in seals[:-1]]]
    assert sum(s["rows"] for s in seals) == streams[0]["rows"]
    lines = list(csv.DictReader(io.StringIO(asked(two_states, q.GetTrailFile(stream=SESSION)).content.decode())))
    listed = asked(two_states, q.ListTrail(stream=SESSION, limit=500))["items"]
    assert [(int(r["row"]), r["digest"], json.loads(r["body"])) for r in lines] == [
        (r["row"], r["digest"], r["body"]) for r in listed
    ]

    async def steps(user):
        await user.open("/record?contains=two-states-2026")
        assert [r["stream"] for r in await rows(user, "Streams of the record")] == [SESSION]
        await user.open(f"/record/{SESSION}")
        found = await rows(user, f"Record of {SESSION}")
        assert (found[0]["act"], "Run: 1" in found[0]["facts"]) == ("settled", True)
        await press(user, f"Record of {SESSION}", "raw", found[0]["key"])
        await user.should_see(listed[-1]["digest"])
        (await one(user, ui.expansion, "Seals")).value = True
        assert len(await rows(user, "Seals")) == len(seals)

    two_states.walk(REGULATOR, steps)


def test_health_says_what_needs_the_operator_and_follows(two_states, monkeypatch):
    monkeypatch.setattr(health, "EVERY_SECONDS", 0.2)
    store = two_states.service.store
    seal_all(store)

    async def steps(user):
        await user.open("/health")
        await user.should_see("No worker is alive")
        with store.write() as connection:
            pulses.beat(connection, "machine-17-abc", store.clock.now(connection))
        await user.should_see("All is well")
        assert (await rows(user, "Workers"))[0]["state"] == "alive"
        await user.should_see("sqlite")

    two_states.walk(FIRST, steps)

    async def not_his(user):
        await user.open("/health")
        await user.should_see("This page is not for your role.")

    two_states.walk(REGULATOR, not_his)
    with store.write() as connection:
        now = store.clock.now(connection)
        pulses.beat(connection, "another-18-def", now + pulses.KEPT + 1)
        assert [p.name for p in pulses.listed(connection)] == ["another-18-def"], (
            "who was silent for a day is forgotten"
        )
        pulses.forget(connection, "another-18-def")
        assert pulses.listed(connection) == []
