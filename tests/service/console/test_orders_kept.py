"""What was typed on the page of orders gives way to a file only where the person lets it, and the gate is announced."""

import re

import pytest
from tests.service.console.test_orders import (
    BLOCKS,
    MEMBER,
    SESSION,
    curve_rows,
    file_named,
    opened,
    opens,
    paste,
    planned,
)
from tests.service.console.walking import rows, until

from walras.service.clock import SECOND
from walras.service.commands import ApproveProposal, CancelSession
from walras.service.console.grid import Grid
from walras.service.console.pages.orders import session as page


@pytest.fixture(scope="module")
def open_day(two_states):
    """A console with a session that takes orders for an hour."""
    return opened(two_states)


@pytest.fixture
def grids(monkeypatch):
    """The sheets of the page that was opened last, by name."""
    found, plain = {}, Grid.__init__

    def init(grid, *given, **more):
        plain(grid, *given, **more)
        found[grid.sheet.name] = grid

    monkeypatch.setattr(Grid, "__init__", init)
    return found


async def chooses(user, order, kind="csv"):
    """Choose a file of curves with one order."""
    flat = curve_rows(order=order, price="5000").replace("\t", ",").encode()
    await user.find(marker="upload").elements.pop().handle_uploads([file_named(f"orders.{kind}", flat)])


def names(grid):
    return {row["order"] for row in grid.filled}


def test_a_file_leaves_the_sheets_that_it_does_not_hold(open_day, grids):
    async def steps(user):
        await opens(user)
        paste(user, "Blocks", BLOCKS)
        await chooses(user, "flat")
        await user.should_see("3 orders, no mistake.")
        assert names(grids["Blocks"]) == {"works", "works-later"}
        assert names(grids["Curves"]) == {"flat"}

    open_day.walk(open_day.who(MEMBER), steps)


def test_rows_that_were_not_sent_are_asked_for_before_a_file_takes_their_place(open_day, grids):
    async def steps(user):
        await opens(user)
        paste(user, "Curves", curve_rows(order="typed"))
        await chooses(user, "flat")
        await user.should_see("These sheets hold rows that you have not sent: Curves.")
        assert names(grids["Curves"]) == {"typed"}
        user.find(marker="keep-rows").click()
        await user.should_see("Nothing was put into the sheets; your rows are as they were.")
        assert names(grids["Curves"]) == {"typed"}
        await chooses(user, "flat")
        await user.should_see(marker="replace-rows")
        user.find(marker="replace-rows").click()
        await user.should_see("1 order, no mistake.")
        assert names(grids["Curves"]) == {"flat"}
        await chooses(user, "flatter")
        await until(lambda: names(grids["Curves"]) == {"flatter"})  # nothing was typed since the file before

    open_day.walk(open_day.who(MEMBER), steps)


def test_orders_that_stand_do_not_take_the_place_of_rows_that_were_not_sent(own_day, grids):
    async def steps(user):
        await opens(user)
        paste(user, "Curves", curve_rows(order="first"))
        user.find(marker="send").click()
        await user.should_see("Change them in the sheets")
        user.find("Change them in the sheets").click()
        await user.should_see("Your orders that stand are in the sheets.")  # what was sent is asked for by nobody
        paste(user, "Curves", curve_rows(order="typed"))
        paste(user, "Blocks", BLOCKS)
        user.find("Change them in the sheets").click()
        await user.should_see("These sheets hold rows that you have not sent: Curves.")
        user.find(marker="keep-rows").click()
        await user.should_not_see(marker="keep-rows")
        assert names(grids["Curves"]) == {"typed"}
        user.find("Change them in the sheets").click()
        await user.should_see(marker="replace-rows")
        user.find(marker="replace-rows").click()
        await until(lambda: names(grids["Curves"]) == {"first"})
        assert names(grids["Blocks"]) == {"works", "works-later"}

    own_day.walk(own_day.who(MEMBER), steps)


@pytest.fixture
def own_day(changed_states):
    """A console of its own with such a session."""
    return opened(changed_states)


@pytest.mark.parametrize("language", ["en", "de"])
def test_what_the_browser_kept_before_it_was_read_is_read_with_the_persons_sign(open_day, grids, language):
    typed = {"en": "41.125", "de": "41,125"}[language]
    kept = {"Blocks": {"columns": ["order", "price"], "rows": [["night", typed], ["day", 5.5], ["noon", "dear"]]}}

    async def steps(user):
        user.http_client.cookies.set("walras-language", language)
        user.javascript_rules[re.compile("return walras.keptSheets")] = lambda _: kept
        await user.open(f"/orders/{SESSION}")
        await until(lambda: "Blocks" in grids and grids["Blocks"].filled)
        assert [row["price"] for row in grids["Blocks"].filled] == [41.125, 5.5, "dear"]

    open_day.walk(open_day.who(MEMBER), steps)


@pytest.mark.parametrize("end", ["the clock runs out", "the session is called off"])
def test_a_page_that_was_open_before_the_session_announces_its_end(changed_states, monkeypatch, end):
    monkeypatch.setattr(page, "WATCH_SECONDS", 0.2)
    let_open, other = planned(changed_states)
    service = changed_states.service

    async def steps(user):
        await opens(user)
        await user.should_see("Time to the opening:")
        paste(user, "Curves", curve_rows(order="early"))
        let_open()
        await user.should_see("Time to the gate:")
        if end == "the clock runs out":
            service.store.clock.ahead += 3700 * SECOND
            user.find(marker="time-to-gate").trigger("over")
            await user.should_see("The gate has closed.")
        else:
            officer = changed_states.who("Operator")
            proposed = service.dispatch.do(officer, CancelSession(session=SESSION, reason="a test"), None)
            service.dispatch.do(other, ApproveProposal(proposal=proposed["proposal"]), None)
            await user.should_see("The session takes no orders any more.")
        await user.should_see(marker="gate-over")
        await user.should_see("Copy out Curves")
        with user:
            assert not next(iter(user.find(marker="send").elements)).enabled

    changed_states.walk(changed_states.who(MEMBER), steps)


def test_a_session_that_opens_does_not_announce_its_gate(changed_states, monkeypatch):
    monkeypatch.setattr(page, "WATCH_SECONDS", 0.2)
    let_open, _ = planned(changed_states)

    async def steps(user):
        await opens(user)
        await user.should_see("Time to the opening:")
        let_open()
        await user.should_see("Time to the gate:")
        await user.should_not_see(marker="gate-over")
        paste(user, "Curves", curve_rows(order="early"))
        user.find(marker="send").click()
        await user.should_see("1 order was taken")
        await rows(user, "Your orders as they stand")

    changed_states.walk(changed_states.who(MEMBER), steps)
