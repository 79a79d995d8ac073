"""Orders that come from a spreadsheet: a file with mistakes, mended on the screen, and the clipboard itself."""

import pytest
from tests.browser.conftest import settled
from tests.browser.test_orders_by_hand import TRADER, cell, day_of

from walras.service.intake.typed import workbook_of

pytestmark = pytest.mark.browser
COLUMNS = ("order", "zone", "carrier", "side", "mtu_start", "step", "price_start", "price_end", "quantity_mw")


def curve(day, name, price, hours=range(24)):
    """Rows of a demand curve of one step an hour."""
    return [(name, "BY", "electricity", "demand", f"{day} {h:02d}:00", 1, price, "", 5) for h in hours]


def test_a_file_with_mistakes_is_shown_in_place_mended_and_sent(visit, market):
    page, session = visit(TRADER), market.sessions["open"]
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in curve(day_of(market, "open")[0], "from-file", 4321)]
    rows[2]["zone"], rows[5]["quantity_mw"] = "Atlantis", -1
    page.goto(f"/orders/{session}")
    settled(page)
    page.get_by_text("From a file").click()
    file = {"name": "orders.xlsx", "mimeType": "application/octet-stream", "buffer": workbook_of({"Curves": rows})}
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_text("Mistakes: 2").wait_for()
    assert cell(page, 2, "zone").get_attribute("class").split().count("wrong") == 1
    assert "wrong" in cell(page, 5, "quantity_mw").get_attribute("class").split()
    for row, column, text in ((2, "zone", "BY"), (5, "quantity_mw", "5")):
        cell(page, row, column).scroll_into_view_if_needed()
        cell(page, row, column).dblclick()
        choose(page, text)
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_text("1 order was taken").wait_for()
    page.locator('[aria-label="Your orders as they stand"]').get_by_text("from-file").wait_for()


def choose(page, text):
    """Type into a cell that is being edited, or choose from its list."""
    popup = page.locator(".ag-list-item", has_text=text)
    if page.locator(".ag-cell-inline-editing .ag-picker-field, .ag-popup .ag-select-list").count():
        popup.first.click()
        return
    page.keyboard.press("Control+A")
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def test_the_clipboard_of_a_spreadsheet_with_10000_long_rows_goes_into_the_sheet(visit, market):
    page, day = visit(TRADER), day_of(market, "scheduled")[0]
    rows = [r for n in range(417) for r in curve(day, f"a long name of a very long order {n:04d} of very many", 4321.5)]
    text = "\n".join("\t".join(map(str, row)) for row in rows[:10_000])
    assert len(text) > 1_000_000, "more than one message of the socket takes"
    page.goto(f"/orders/{market.sessions['scheduled']}")
    settled(page)
    page.evaluate("(text) => navigator.clipboard.writeText(text)", text)
    cell(page, 0, "order").click()
    page.keyboard.press("Control+V")
    page.get_by_text("10000 rows were pasted, from row 2 on.").wait_for()
    page.get_by_role("button", name="Clear this sheet").click()
    page.get_by_text("Paste here from a spreadsheet").click()
    page.get_by_label("Rows from a spreadsheet").focus()
    page.keyboard.press("Control+V")
    page.get_by_text("10000 rows were pasted").wait_for()
    assert page.get_by_label("Rows from a spreadsheet").input_value() == ""
