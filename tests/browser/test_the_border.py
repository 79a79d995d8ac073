"""A system operator's day: capacities pasted, mended and agreed with the other side, and a meter that is sent anew."""

import pytest
from tests.browser.conftest import settled
from tests.browser.test_orders_by_hand import cell, day_of

from walras.service import queries as q

pytestmark = pytest.mark.browser
LINE, PLAYED = "BY-RU-750kV", "2026-01-24"
FORWARD = "forward_thermal_mw"


def paste(page, text, sheet, column):
    """Paste through the clipboard into a column from its first row on."""
    page.evaluate("(text) => navigator.clipboard.writeText(text)", text)
    cell(page, 0, column, sheet).click()
    page.keyboard.press("Control+V")


def type_into(page, row, column, sheet, text):
    cell(page, row, column, sheet).scroll_into_view_if_needed()
    cell(page, row, column, sheet).dblclick()
    page.keyboard.press("Control+A")
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def agreed(market, day):
    """What holds on the line forward, by MTU."""
    found = market.stage.ask(market.companies["BY grid"], q.GetCapacity(market="two-states", delivery_day=day))
    [line] = [e for e in found["elements"] if e["element"] == LINE]
    return line["forward"]["agreed_mw"]


def test_both_sides_declare_a_line_and_see_where_they_differ(visit, market):
    day = day_of(market, "later")[0]
    before, sheet = agreed(market, day), f"capacity {LINE} {day}"
    here, there = visit("BY grid"), visit("RU grid")
    for page in (here, there):
        page.goto(f"/capacities?market=two-states&day={day}")
        settled(page)
    paste(here, "\n".join(["333.3"] * 5 + ["much"] + ["333.3"] * 18), sheet, FORWARD)
    here.get_by_role("button", name="Declare").click()
    here.get_by_text("Mistakes: 1").wait_for()
    assert "wrong" in cell(here, 5, FORWARD, sheet).get_attribute("class").split()
    assert agreed(market, day) == before
    type_into(here, 5, FORWARD, sheet, "333.3")
    here.get_by_role("button", name="Declare").click()
    here.get_by_text("forward: the sides differ in 24 MTUs").wait_for()
    assert agreed(market, day) == [333.3] * 24, "the lower figure holds"

    there.reload()
    settled(there)
    there.get_by_text("forward: the sides differ in 24 MTUs").wait_for()
    there.get_by_label("Same value all day").fill("333.3")
    there.get_by_role("button", name="Fill").click()
    there.get_by_role("button", name="Declare").click()
    there.get_by_text("forward: the sides differ").wait_for(state="detached")
    there.get_by_text("backward: the sides differ").wait_for()
    assert agreed(market, day) == [333.3] * 24


def test_a_meter_is_sent_anew_and_what_differs_stands_beside_it(visit, market):
    page, sheet = visit("BY grid"), f"meter {LINE} from {PLAYED}"
    page.goto(f"/metering?market=two-states&day={PLAYED}&line={LINE}")
    settled(page)
    type_into(page, 3, "kwh", sheet, "a lot")
    page.get_by_role("button", name="Send version 2").click()
    page.get_by_text("Mistakes: 1").wait_for()
    assert "wrong" in cell(page, 3, "kwh", sheet).get_attribute("class").split()
    type_into(page, 3, "kwh", sheet, "123456")
    page.get_by_role("button", name="Send version 2").click()
    page.get_by_role("button", name="Send version 3").wait_for()
    query = q.ListMetering(market="two-states", delivery_day=PLAYED)
    sent = market.stage.ask(market.companies["BY grid"], query)["items"]
    [mine] = [s for s in sent if (s["line"], s["side"], s["version"]) == (LINE, "from", 2)]
    assert mine["kwh"][3] == 123456
