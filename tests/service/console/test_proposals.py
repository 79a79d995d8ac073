"""Four eyes on a screen: what is proposed, against what holds; and markets, defined with mistakes in place."""

import json

from nicegui import ui
from tests.service.console.walking import fill, rows

from walras.service import commands as c
from walras.service import queries as q
from walras.service.definition import MarketDefinition
from walras.service.readers import ask
from walras.service.roles import Actor, Role

FIRST, SECOND = Actor(Role.OPERATOR, "U-0001", "OP"), Actor(Role.OPERATOR, "U-0002", "OP")
SUBMITTED = "send-set-market"


def definition(console):
    found = ask(console.service.store, console.service.secrets, FIRST, q.GetMarket(market="two-states"))
    return found["definition"]


def buttons(user):
    with user:
        return {e.text for e in user.find(ui.button).elements}


def test_the_second_officer_sees_what_changes_and_decides(two_states):
    service, proposed = two_states.service, definition(two_states)
    proposed["lines"][0]["capacity_forward_mw"] = 777.0004
    proposed["zones"].insert(0, {"zone": "EE", "country": "EE"})
    proposed["grids"].insert(0, proposed["grids"][0] | {"zone": "EE"})
    gone = proposed["lines"].pop()["line"]
    command = c.SetMarket(
        market="two-states", valid_from="2026-06-01", definition=MarketDefinition.model_validate(proposed)
    )
    number = service.dispatch.do(FIRST, command)["proposal"]

    async def own(user):
        await user.open("/proposals")
        await user.should_see("your own")
        await user.open(f"/proposals/{number}")
        await user.should_see("You proposed this: another officer has to approve it.")
        assert "Approve" not in buttons(user)
        assert "Take it back" in buttons(user)

    async def other(user):
        await user.open(f"/proposals/{number}")
        changes = {
            row["where"]: (row["kind"], row["before"], row["after"]) for row in await rows(user, "What it changes")
        }
        assert changes["lines[BY-RU-750kV].capacity_forward_mw"] == ("changed", "420", "777.0004")
        assert changes["zones[EE].country"] == ("new", "-", "EE")
        assert changes[f"lines[{gone}].line"] == ("gone", gone, "-")
        assert not any("[BY]" in where for where in changes), "what stands elsewhere in its list has not changed"
        assert (await rows(user, "Zones"))[0]["zone"] == "EE", "all that it says can be read"
        user.find(marker="reject").click()
        await user.should_see("Turn down what another officer proposed")
        await fill(user, "Reason", "the line is not built")
        user.find(marker="send-reject-proposal").click()
        await user.should_see("rejected")
        assert "Approve" not in buttons(user)
        await user.open("/proposals")
        decided = await rows(user, "Proposals that were decided")
        assert (decided[0]["proposal"], decided[0]["state"]) == (number, "rejected"), "the last one first"

    two_states.walk(FIRST, own)
    two_states.walk(SECOND, other)


def test_an_approved_proposal_is_carried_out_and_the_regulator_only_looks(two_states):
    planned = c.ScheduleSession(market="two-states", delivery_day="2026-05-05", kind="simulation", name="four-eyes")
    session = two_states.service.dispatch.do(FIRST, planned)["session"]
    number = two_states.service.dispatch.do(FIRST, c.CancelSession(session=session, reason="a test"))["proposal"]

    async def looks(user):
        await user.open(f"/proposals/{number}")
        await user.should_see("a test")
        assert not {"Approve", "Reject"} & buttons(user)

    async def approves(user):
        await user.open(f"/proposals/{number}")
        user.find(marker="approve").click()
        await user.should_see("Carry out what another officer proposed")
        user.find(marker="send-approve-proposal").click()
        await user.should_see("approved")
        await user.open(f"/sessions/{session}")
        await user.should_see("cancelled")
        await user.should_see("Nothing more: the session has ended")

    two_states.walk(Actor(Role.REGULATOR, "U-9999", "R-0001"), looks)
    two_states.walk(SECOND, approves)


def test_what_is_proposed_is_written_for_people(two_states):
    planned = c.ScheduleSession(market="two-states", delivery_day="2026-05-06", name="written",
                                opens_at="2026-05-04T09:00:00Z", gate_at="2026-05-05T09:00:00.250000Z")  # fmt: skip
    number = two_states.service.dispatch.do(FIRST, planned)["proposal"]

    async def looks(user):
        await user.open(f"/proposals/{number}")
        for text in ("5 May 2026 12:00 (09:00 UTC)", "Wed 6 May 2026", "day ahead"):
            await user.should_see(text)
        await user.should_not_see("day_ahead")

    two_states.walk(SECOND, looks)


def test_a_market_is_shown_in_tables_and_as_a_picture(two_states):
    async def steps(user):
        await user.open("/markets")
        assert [row["market"] for row in await rows(user, "Markets")] == ["two-states"]
        await user.open("/markets/two-states?version=1")
        await user.should_see("Two states: Belarus and western Russia")
        with user:
            pictures = [e.content for e in user.find(ui.html).elements if "<svg" in e.content]
        assert any("BY-RU-750kV" in p for p in pictures)
        lines = {row["line"]: row["capacity_forward_mw"] for row in await rows(user, "Lines")}
        assert lines["BY-RU-750kV"] == 420.0
        assert (await rows(user, "Versions"))[-1]["shown"] == "shown here"
        await user.open("/markets/two-states?version=99")
        await user.should_see("Mistakes: 1")
        await user.open("/define-market")
        await user.should_see("This page is not for your role.")

    two_states.walk(two_states.who("BY power supplier"), steps)


def test_a_new_version_is_proposed_once_its_mistakes_are_mended_at_their_lines(two_states):
    async def steps(user):
        await user.open("/define-market?market=two-states")
        with user:
            [text] = [e for e in user.find(ui.textarea).elements if "definition" in e._markers]
            fields = {e.props.get("label"): e for e in user.find(ui.input).elements}
        typed = json.loads(text.value)
        typed["zones"][0]["country"], typed["oops"] = "xx", 1
        with user:
            text.value = json.dumps(typed, indent=1)
            fields["Valid from"].value = "2026-07-01"
        user.find(marker=SUBMITTED).click()
        await user.should_see("Mistakes: 2")
        line = 1 + text.value.splitlines().index('   "country": "xx",')
        await user.should_see(f"Go to line {line}")
        with user:
            text.value = text.value.replace('"xx"', '"BY"').replace('"oops": 1', '"oops": 1,')
        user.find(marker=SUBMITTED).click()
        await user.should_see("this is no JSON")
        typed = definition(two_states)
        typed["lines"][0]["to_zone"] = "nowhere"
        with user:
            text.value = json.dumps(typed, indent=1)
        user.find(marker=SUBMITTED).click()
        await user.should_see("zone 'nowhere' is not in zones")
        typed["lines"][0]["to_zone"] = "RU-west"
        typed["lines"][0]["capacity_forward_mw"] = 500.0
        with user:
            text.value = json.dumps(typed, indent=1)
        user.find(marker="compare").click()
        [change] = await rows(user, "What differs")
        assert (change["where"], change["after"]) == ("lines[BY-RU-750kV].capacity_forward_mw", "500")
        user.find(marker=SUBMITTED).click()
        await user.should_see("waits for a second officer")

    two_states.walk(FIRST, steps)
