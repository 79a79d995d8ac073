"""What is typed and not sent is kept under a name that tells its market: it never comes back in another's."""

import re

import pytest
from nicegui import ui
from tests.service.console.test_grid import LINE, PLAYED, ahead, put
from tests.service.console.walking import until

from walras.service.console.grid import Grid

MARKET = "two-states"
KEPT = re.compile(r"return walras\.keptSheets\((.*)\)", re.DOTALL)


def names_on(console, who, address, *, marker):
    """The names under which a page keeps sheets and fields, once it shows an element."""
    sheets, fields = set(), set()

    async def steps(user):
        user.javascript_rules[KEPT] = lambda match: sheets.add(match[1].strip('"')) or {}
        await user.open(address)
        await user.should_see(marker=marker)
        await until(lambda: sheets)
        with user:
            boxes = user.find(ui.input).elements
        fields.update(box.props["data-draft"] for box in boxes if "data-draft" in box.props)

    console.walk(console.who(who), steps)
    return sheets, fields


@pytest.mark.parametrize(("page", "what", "marker"), [
    ("capacities?day={ahead}&element={line}", "capacity", "declare"),
    ("permits", "transmission", "notify"),
    ("metering?day={played}&line={line}", "meter", "send-meter-from"),
])  # fmt: skip
def test_names_of_sheets_tell_the_market(two_states, page, what, marker):
    address = "/" + page.format(ahead=ahead(two_states, 6), played=PLAYED, line=LINE)
    sheets, fields = names_on(two_states, "BY grid", address, marker=marker)
    assert all(name.startswith(f"{what} {MARKET} ") for name in sheets), sheets
    assert fields == ({f"reference {MARKET}"} if what == "transmission" else set())


def test_names_of_a_new_contracts_sheet_and_fields_tell_the_market(two_states):
    sheets, fields = names_on(two_states, "BY nuclear plant", "/register-contract", marker="counterparty")
    assert sheets == {f"volumes {MARKET}"}
    assert fields == {f"contract {MARKET}/{field}" for field in ("reference", "counterparty")}


def test_names_of_a_borders_sheets_tell_market_element_and_day(two_states):
    address = f"/deviations?day={PLAYED}"
    sheets, fields = names_on(two_states, "BY grid", address, marker="propose")
    assert sheets == {f"initiative {MARKET} BY-RU {PLAYED}", f"agreement {MARKET} BY-RU {PLAYED}"}
    assert fields == {f"agreement {MARKET} BY-RU {PLAYED}"}


def test_what_was_sent_is_forgotten_under_the_name_that_it_was_kept_under(two_states, monkeypatch):
    day, forgotten = ahead(two_states, 6), []
    monkeypatch.setattr(Grid, "forget", lambda sheet, *beside: forgotten.append((sheet.kept, *beside)))

    async def steps(user):
        await user.open("/permits")
        await user.should_see(marker="notify")
        with user:
            next(iter(user.find(marker="transmission-day").elements)).value = day
            next(iter(user.find(marker="reference").elements)).value = "kept"
        user.find(marker="transmission-day").trigger("change", day)
        await user.should_see(kind=ui.aggrid, marker=day)
        put(user, "02:00\t7")
        user.find(marker="notify").click()
        await until(lambda: forgotten)

    two_states.walk(two_states.who("BY grid"), steps)
    assert forgotten == [(f"transmission {MARKET} {LINE} {day}", f"reference {MARKET}")]
