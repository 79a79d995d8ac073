"""Orders by hand: pasted, marked where they are wrong, shown, sent, changed, taken back; and the gate that closes."""

import io
import re
import zipfile

import pytest
from nicegui import ui
from tests.service.console.walking import named, one, rows

from walras.service import queries as q
from walras.service.clock import SECOND, moment
from walras.service.commands import ApproveProposal, OpenSession, ScheduleSession
from walras.service.console.pages.orders.repeating import repeated
from walras.service.readers import ask
from walras.service.roles import Actor, Role

MEMBER = "BY power supplier"
DAY = "2026-01-25"
SESSION = f"two-states-{DAY}-hand"
HEAD = "order\tzone\tcarrier\tside\tmtu_start\tstep\tprice_start\tprice_end\tquantity_mw\n"
BLOCKS = ("order\tzone\tcarrier\tside\tprice\tmin_acceptance_ratio\tfrom\tto\tquantity_mw\tgroup\n"
          f"works\tBY\telectricity\tdemand\t5000\t1\t{DAY} 06:00\t{DAY} 10:00\t20\tshift\n"
          f"works-later\tBY\telectricity\tdemand\t5000\t1\t{DAY} 10:00\t{DAY} 14:00\t20\tshift\n")  # fmt: skip


def curve_rows(wrong=(), order="homes", price="5000,5"):
    """A day of one step an hour, as a spreadsheet copies it; prices of some hours are no numbers."""
    prices = ["dear" if h in wrong else price for h in range(24)]
    lines = [f"{order}\tBY\telectricity\tdemand\t{DAY} {h:02d}:00\t1\t{prices[h]}\t\t10\n" for h in range(24)]
    return HEAD + "".join(lines)


@pytest.fixture(scope="module")
def open_day(two_states):
    """A console with a session that takes orders for an hour."""
    return opened(two_states)


@pytest.fixture
def own_day(changed_states):
    """The same, for one test alone."""
    return opened(changed_states)


def opened(console):
    """Let a session of a console take orders for an hour, and return the console."""
    let_open, _ = planned(console)
    let_open()
    return console


def planned(console):
    """Plan a session whose time to open has come; return what opens it, and the second officer."""
    service, officer, second = console.service, console.who("Operator"), console.second_officer
    with service.store.read() as connection:
        now = service.store.clock.now(connection)
    opens_at, gate = moment(now + SECOND), moment(now + 3600 * SECOND)
    command = ScheduleSession(market="two-states", delivery_day=DAY, name="hand", opens_at=opens_at, gate_at=gate)
    proposed = service.dispatch.do(officer, command, None)
    other = second if second.user != officer.user else Actor(Role.OPERATOR, "U-0002", "OP")
    service.dispatch.do(other, ApproveProposal(proposal=proposed["proposal"]), None)
    service.store.clock.ahead += 2 * SECOND
    return lambda: service.dispatch.do(officer, OpenSession(session=SESSION), None), other


def standing(console):
    """Names and versions of the member's orders."""
    found = ask(console.service.store, console.service.secrets, console.who(MEMBER), q.ListOrders(session=SESSION))
    return {item["name"]: item["version"] for item in found["items"]}


async def opens(user, kept=None):
    """Open the page of the session; the tab kept some sheets, or none."""
    user.javascript_rules[re.compile("return walras.keptSheets")] = lambda _: kept or {}
    await user.open(f"/orders/{SESSION}")
    await user.should_see("Enter orders")


def paste(user, sheet, text, at=0, column="order"):
    with user:
        next(iter(user.find(ui.tabs).elements)).value = sheet
    user.find(marker=f"sheet-{sheet}").trigger("paste", [text, at, column])


def test_a_paste_is_marked_where_it_is_wrong_then_mended_drawn_sent_and_taken_back(own_day):
    async def steps(user):
        await opens(user)
        await user.should_see("Time to the gate:")
        paste(user, "Curves", curve_rows(wrong=(3, 7)))
        await user.should_see("Numbers were read with a comma as the decimal sign.")
        user.find(marker="send").click()
        await user.should_see("Mistakes: 2")
        wrong = [(r["where"], r["what"]) for r in await rows(user, "Mistakes")]
        assert wrong == [(f"sheet Curves row {n}", "price_start 'dear' is not a number") for n in (5, 9)]
        assert standing(own_day) == {}
        for at in (3, 7):
            edit = {"rowIndex": at, "colId": "price_start", "newValue": "5.000,5"}
            user.find(marker="sheet-Curves").trigger("cellValueChanged", edit)
        paste(user, "Blocks", BLOCKS)
        user.find(marker="check").click()
        await user.should_see("3 orders, no mistake.")
        assert {r["group"] for r in await rows(user, "Whole orders over time, BY, electricity")} == {"shift"}
        assert len(named(user, ui.echart)) == 3
        assert standing(own_day) == {}, "a check sends nothing"
        user.find(marker="send").click()
        await user.should_see("3 orders were taken")
        user.find(marker="receipt").click()
        receipt = await user.download.next()
        assert receipt.json()[0]["document"]["format"] == "walras-receipt"
        assert standing(own_day) == {"homes": 1, "works": 1, "works-later": 1}
        user.find(marker="send").click()
        await rows(user, "Your orders as they stand", lambda found: {r["version"] for r in found} == {2})
        user.find(marker="withdraw-all").click()
        await user.should_see("After this none of your orders stands in this session.")
        user.find(marker="confirm-withdraw").click()
        await user.should_see("No order of yours stands in this session.")

    own_day.walk(own_day.who(MEMBER), steps)
    query = q.ListOrderVersions(session=SESSION, name="homes")
    versions = ask(own_day.service.store, own_day.service.secrets, own_day.who(MEMBER), query)
    assert [v["kind"] for v in versions["items"]] == ["orders", "orders", "withdrawal"]


def test_one_row_without_a_time_fills_the_day(open_day):
    async def steps(user):
        await opens(user)
        await user.should_see("Time to the gate:")
        paste(user, "Curves", "flat\tBY\telectricity\tdemand\t\t1\t77.5\t\t3\n")
        repeat = user.find(marker="repeat-Curves")
        repeat.trigger("click", [])
        await user.should_see("Tick the rows first")
        repeat.trigger("click", [0])
        await user.should_see("23 rows were added.")
        repeat.trigger("click", [0])
        await user.should_see("No row was added")
        user.find(marker="check").click()
        await user.should_see("1 order, no mistake.")
        user.find(marker="send").click()
        await user.should_see("1 order was taken")

    open_day.walk(open_day.who(MEMBER), steps)
    query = q.GetOffer(session=SESSION, zone="BY", carrier="electricity")
    found = ask(open_day.service.store, open_day.service.secrets, open_day.who(MEMBER), query)
    assert len(found["curves"]) == 24


def test_a_row_without_a_time_gets_the_only_one_and_stays_where_all_are_taken():
    first = {"order": "mill", "zone": "N", "carrier": "gas", "mtu_start": None, "step": 1}
    mtus = {("N", "gas"): [f"{DAY} 00:00"]}
    timed = first | {"mtu_start": f"{DAY} 00:00"}
    assert repeated([first], [0], mtus) == [timed]
    assert repeated([timed, first], [1], mtus) == [timed, first]
    assert repeated([timed, first, first | {"step": 2}], [1, 2], mtus) == [timed, first, timed | {"step": 2}]


def test_what_a_tab_kept_is_in_the_sheets_again(open_day):
    kept = {"Blocks": {"columns": ["order", "price", "gone"], "rows": [["night", 41.5, "x"], ["", "", ""]]}}

    async def steps(user):
        await opens(user, kept)
        await user.should_see("What you typed before and did not send is here again.")
        with user:
            tabs = [e.props.get("label") for e in user.find(ui.tab).elements]
            assert "Blocks (1)" in tabs
        user.find(marker="check").click()
        await user.should_see("Mistakes: ")
        assert "zone is empty" in {r["what"] for r in await rows(user, "Mistakes")}

    open_day.walk(open_day.who(MEMBER), steps)


def test_a_file_that_is_no_sheet_is_shown_with_its_mistakes_and_sent_once_it_is_right(open_day):
    head = "order,zone,carrier,side\nhomes,{zone},electricity,demand\n"
    prices = "order,mtu_start,step,price_start_rub_per_mwh,price_end_rub_per_mwh,quantity_mw\n"
    prices += f"homes,{DAY}T05:00:00Z,1,5000,5000,10\n"

    def packed(zone):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as file:
            file.writestr("curve_orders.csv", head.format(zone=zone))
            file.writestr("curve_steps.csv", prices)
        return buffer.getvalue()

    async def steps(user):
        await opens(user)
        upload = user.find(marker="upload").elements.pop()
        await upload.handle_uploads([file_named("orders.zip", packed("Nowhere"))])
        await user.should_see(marker="sheet-curve_orders")
        assert {r["where"] for r in await rows(user, "Mistakes")} == {"curve_orders row 1, order 'homes'"}
        await upload.handle_uploads([file_named("orders.zip", packed("BY"))])
        await user.should_see("1 order, no mistake.")
        await user.should_see(marker="send-file")
        user.find(marker="send-file").click()
        await user.should_see("1 order was taken")
        flat = curve_rows(order="flat", price="5000").replace("\t", ",").encode()
        await upload.handle_uploads([file_named("orders.csv", flat)])
        await user.should_see("1 order, no mistake.")
        with user:
            assert "Curves (24)" in [e.props.get("label") for e in user.find(ui.tab).elements]

    open_day.walk(open_day.who(MEMBER), steps)
    assert standing(open_day)["homes"] >= 1


def file_named(name, content):
    from nicegui.elements.upload_files import SmallFileUpload

    return SmallFileUpload(name, "application/octet-stream", content)


def test_a_gate_that_closes_says_so_and_keeps_what_was_typed(own_day):
    async def steps(user):
        await opens(user)
        paste(user, "Curves", curve_rows(order="late"))
        own_day.service.store.clock.ahead += 3700 * SECOND
        user.find(marker="send").click()
        await user.should_see("What you typed was not sent.")
        await user.should_see("Copy out Curves")
        user.find("Copy out Curves").click()
        await user.should_see("Copy this into a spreadsheet")
        with user:
            [box] = [e for e in user.find(ui.textarea).elements if e.props.get("readonly")]
            assert box.value.startswith(HEAD.rstrip("\n"))
            assert box.value.count("late\tBY") == 24
            assert not next(iter(user.find(marker="send").elements)).enabled

    own_day.walk(own_day.who(MEMBER), steps)


def test_the_list_of_sessions_says_what_stands_and_what_is_free(open_day):
    async def steps(user):
        await user.open("/orders")
        await user.should_see("Headroom")
        await user.should_see(SESSION)
        await user.should_see("Earlier sessions")

    open_day.walk(open_day.who(MEMBER), steps)


def test_the_decimal_sign_that_is_chosen_holds_for_every_sheet(open_day):
    async def steps(user):
        await opens(user)
        await user.should_see("Time to the gate:")
        (await one(user, ui.select, "Decimal sign, where it may be either")).value = ","
        paste(user, "Blocks", BLOCKS.replace("\t5000\t", "\t1,230\t"))
        await user.should_see("Numbers were read with a comma as the decimal sign.")
        user.find(marker="check").click()
        await user.should_see("2 orders, no mistake.")
        drawn = await rows(user, "Whole orders over time, BY, electricity")
        assert all("1.23" in str(row) and "1,230" not in str(row) for row in drawn), drawn

    open_day.walk(open_day.who(MEMBER), steps)


def test_rows_for_which_a_sheet_has_no_room_are_told(open_day, monkeypatch):
    from walras.service.console import grid

    monkeypatch.setattr(grid, "MOST_ROWS", 20)

    async def steps(user):
        await opens(user)
        await user.should_see("Time to the gate:")
        paste(user, "Curves", curve_rows())
        await user.should_see("20 rows were pasted, from row 2 on. The first line named the columns. "
                              "The sheet is full: 4 rows of the paste were left out.")  # fmt: skip

    open_day.walk(open_day.who(MEMBER), steps)


def test_cells_beyond_the_last_column_and_names_that_come_twice_are_told(open_day):
    async def steps(user):
        await opens(user)
        await user.should_see("Time to the gate:")
        paste(user, "Curves", "7\t8\t9\n", column="price_end")
        await user.should_see("1 filled cell belongs to no column and was left out.")
        paste(user, "Curves", "order\tstep\tstep\nhome\t1\t2\n")
        await user.should_see("these names more than once; the first column of each counts: step.")

    open_day.walk(open_day.who(MEMBER), steps)
