"""An operator's day: sessions with their next step, a run that is watched live, its failure, the ladder, the result."""

import pytest
from nicegui import ui
from tests.service.console.walking import fill, one, rows

from walras.service import commands as c
from walras.service import queries as q
from walras.service.console.pages.home import operator
from walras.service.console.pages.sessions import session
from walras.service.console.pages.sessions.stepper import LIFE, place_of
from walras.service.readers import ask
from walras.service.roles import Actor, Role
from walras.service.store import runs

FINAL = "two-states-2026-01-24-da"
DAY = "2026-03-03"
FIRST, SECOND = Actor(Role.OPERATOR, "U-0001", "OP"), Actor(Role.OPERATOR, "U-0002", "OP")
MEMBER = "BY power supplier"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Screens look often, so that nobody waits for them here."""
    monkeypatch.setattr(session, "SECOND", 0.1)
    monkeypatch.setattr(operator, "SECONDS", 0.2)


def beat(service, run, seconds, bound, welfare, **more):
    """A worker says how far its run is; its course is all moments so far."""
    course = [(float(s), bound + 10.0 * (seconds - s), welfare) for s in range(int(seconds) + 1)]
    told = {"phase": "search", "done": 1, "total": 4, "seconds": seconds, "iterations": 1234, "welfare": welfare,
            "bound": bound, "gap": bound - welfare, "doing": "dives", "course": course}  # fmt: skip
    assert runs.beat(service.store, run, "me", told | more)


def asked(service, query, who=FIRST):
    return ask(service.store, service.secrets, who, query)


def keys(found):
    return [row["key"] for row in found]


def trial(service, name):
    """Return a simulation whose gate has closed: its run waits for a worker."""
    planned = c.ScheduleSession(market="two-states", delivery_day=DAY, kind="simulation", name=name)
    session = service.dispatch.do(FIRST, planned)["session"]
    service.dispatch.do(FIRST, c.OpenSession(session=session))
    service.dispatch.do(FIRST, c.CloseSession(session=session))
    return session


def failed(service, run):
    """A run ends without a result, for an order that is named."""
    with service.store.write() as connection:
        culprits = [{"member": "M-0004", "order": "b7", "zone": "BY"}]
        runs.end(connection, run, "failed", "the audit found 3 violations", culprits)


def test_a_session_is_scheduled_in_a_form_and_says_what_comes_next(two_states):
    async def steps(user):
        await user.open("/sessions?market=two-states")
        await rows(user, "Sessions", lambda found: FINAL in keys(found))
        user.find(marker="schedule").click()
        await user.should_see("Plan the auction of a delivery day")
        market = await one(user, ui.input, "Market")
        assert market.value == "two-states", "the market of the filter is filled in"
        await fill(user, "Delivery day", "2026-03-20")
        user.find(marker="send-schedule-session").click()
        await rows(user, "Sessions", lambda found: "two-states-2026-03-20-da" in keys(found))
        await user.open("/sessions/two-states-2026-03-20-da")
        await user.should_see("The book opens by the clock")
        await user.should_see("Not possible now, and why")
        await user.should_see("Cancel the session")
        with user:
            acts = [e for e in user.find(ui.button).elements if any("act-" in m for m in e._markers)]
            assert [m for e in acts for m in e._markers] == ["act-cancel-session"], "a live session waits for its time"
        user.find(marker="act-cancel-session").click()
        await user.should_see("A second officer has to approve this.")
        await fill(user, "Reason", "planned by mistake")
        user.find(marker="send-cancel-session").click()
        await user.should_see("proposed by U-0001, waits for a second officer")

    two_states.walk(FIRST, steps)


def test_a_run_is_watched_as_it_closes_in_and_its_failure_leads_to_the_order(two_states):
    service = two_states.service
    watched = trial(service, "watched")

    async def steps(user):
        await user.open(f"/sessions/{watched}")
        await user.should_see("A worker begins the run")
        await user.should_see("waits for a worker")
        run = runs.claim(service.store, "me")
        beat(service, run.id, 12.0, 1_500_000.0, 1_200_000.0)
        await user.should_see(f"Run {run.id} goes on")
        for text in ("searches", "0:12", "1,500,000.00 RUB", "300,000.00 RUB", "25.000 %", "1,234", "dives"):
            await user.should_see(text)
        over = await one(user, ui.echart, "Bound and best welfare over the run")
        gap = await one(user, ui.echart, "Gap over the run")
        assert [len(s["data"]) for s in over.options["series"]] == [13, 13], "who comes late sees the whole course"
        assert gap.options["series"][0]["data"][-1] == [12.0, 300_000.0]
        beat(service, run.id, 95.0, 1_300_000.0, 1_250_000.0)
        await user.should_see("4.000 %")
        await user.should_see("1:35")
        assert len(over.options["series"][0]["data"]) == 96, "the same plot, drawn on"
        failed(service, run.id)
        await user.should_see("was found to make the run fail")
        await user.should_see("the audit found 3 violations")
        await user.should_not_see(marker="live-run")
        await user.should_see("There is no result: the clock takes the next rung")
        user.find("Leave it out").click()
        await user.should_see(marker="send-exclude-order")
        typed = [(await one(user, ui.input, label)).value for label in ("Member", "Order")]
        assert typed == ["M-0004", "b7"]

    two_states.walk(FIRST, steps)


def test_the_first_page_says_what_needs_somebody(two_states):
    service = two_states.service
    late = trial(service, "late")
    failed(service, runs.claim(service.store, "me").id)
    service.dispatch.do(SECOND, c.CancelSession(session=late, reason="it fails"))

    async def steps(user):
        await user.open("/")
        await user.should_see("Failed run")
        await user.should_see(f"{late}: the audit found 3 violations")
        await user.should_see("Cancel session, proposed by U-0002")
        await user.should_see("the clock takes the next rung")
        await user.should_see("Ended lately")
        await user.should_see("Clock and workers are on time.")
        service.dispatch.do(FIRST, c.RunSession(session=late, reason="another try"))
        await user.should_see("waits for a worker")
        service.store.clock.ahead += 16_000_000
        await user.should_see("Late: is a worker at work?")
        run = runs.claim(service.store, "me")
        beat(service, run.id, 5.0, 1_010.0, 1_000.0)
        await user.should_see(f"Run {run.id} goes on, searches, 0:05, gap 1.000 %")

    two_states.walk(FIRST, steps)
    two_states.walk(Actor(Role.REGULATOR, "U-9999", "R-0001"), lambda user: _opens(user, "/", "What needs somebody"))


async def _opens(user, address, text):
    await user.open(address)
    await user.should_see(text)


def test_a_final_result_at_a_glance_and_how_it_is_verified(two_states):
    figures = asked(two_states.service, q.GetResultFigures(session=FINAL))
    digest = asked(two_states.service, q.GetBundle(session=FINAL, level="public")).digest

    async def steps(user):
        await user.open(f"/sessions/{FINAL}")
        await user.should_see("Nothing more: the session has ended")
        await user.should_see("proven optimal")
        await user.should_see(f"{figures['certified']['welfare']:,.2f} RUB")
        await user.should_see("Electricity: prices in RUB/MWh")
        with user:
            pictures = [e.content for e in user.find(ui.html).elements if "<svg" in e.content]
            assert any("BY-RU-750kV" in p and "full" in p for p in pictures)
        lines = {row["line"]: row["full"] for row in await rows(user, "Lines")}
        assert lines == {x["line"]: f"{x['full_mtus']} / {x['mtus']}" for x in figures["congestion"]}
        await user.should_see(f"walras verify bundle-{FINAL}-public.zip --ring ring.json")
        await user.should_see(digest)
        await user.should_see("Bundle of the regulator")
        await user.should_see("partial decoupling")

    async def member(user):
        await user.open(f"/sessions/{FINAL}")
        await user.should_see("Public bundle")
        await user.should_see("My result")
        await user.should_not_see("Bundle of the regulator")
        with user:
            parts = {
                m for e in user.find(ui.element).elements for m in e._markers if m.startswith("part-") and e.visible
            }
        assert "part-result" in parts
        assert "part-ladder" not in parts, "the ladder is for those who watch"

    two_states.walk(FIRST, steps)
    two_states.walk(two_states.who(MEMBER), member)


def test_an_objection_is_answered_where_it_is_shown(two_states, monkeypatch):
    raised = {"objection": 7, "member": "M-0004", "version": 1, "text": "Our block is\nnot there.", "state": "raised",
              "answer": "", "at": "2026-01-23T10:00:00.000000Z"}  # fmt: skip
    asked_by_page = session.Desk.ask

    async def answered(desk, query, **more):
        found = await asked_by_page(desk, query, **more)
        return {"items": [raised], "next": None} if isinstance(query, q.ListObjections) else found

    monkeypatch.setattr(session.Desk, "ask", answered)

    async def steps(user):
        await user.open(f"/sessions/{FINAL}")
        await user.should_see("Objection 7")
        await user.should_see("Our block is")
        user.find("Answer").click()
        await user.should_see("Objection: 7")
        user.find(marker="send-answer-objection").click()
        await user.should_see("Mistakes: 2")  # neither verdict nor text

    two_states.walk(FIRST, steps)


def test_the_timetable_of_a_day(two_states):
    async def steps(user):
        await user.open("/timetable?market=two-states&day=2026-01-24")
        await user.should_see("Sat 24 Jan 2026")
        by_name = {row["name"]: row for row in await rows(user, "Events of the day")}
        assert by_name["The gate closes"]["local"] == "2026-01-23 12:00 UTC+03:00"
        assert by_name["The gate closes"]["utc"] == "2026-01-23 09:00"
        assert by_name["The gate closes"]["state"] == "passed"
        assert "Fallback: partial decoupling" in by_name
        assert keys(await rows(user, "Sessions of this day")) == [FINAL]
        day = await one(user, ui.input, "Delivery day")
        with user:
            day.value = "1999-01-01"
        await user.should_see("Mistakes: 1")
        await user.should_not_see("What comes next")
        with user:
            day.value = ""
        await user.should_see("The gate closes")
        assert day.value >= "2026-02-21", "without a day, the one whose gate comes next"

    two_states.walk(two_states.who(MEMBER), steps)


@pytest.mark.parametrize(
    ("state", "facts", "is_running", "step"),
    [
        ("scheduled", {}, False, "scheduled"),
        ("open", {}, False, "open"),
        ("closed", {}, False, "closed"),
        ("closed", {}, True, "running"),
        ("cleared", {"final_after": "2026-02"}, False, "objections"),
        ("cleared", {"final_after": "2025-12"}, False, "final"),
        ("fallback", {"key_released_at": "2026"}, False, "running"),
        ("cancelled", {}, False, "scheduled"),
    ],
)
def test_where_a_session_stands_in_its_life(state, facts, is_running, step):
    found = {"state": state, "final_after": None, "key_released_at": None} | facts
    assert LIFE[place_of(found, is_running, "2026-01")][0] == step
