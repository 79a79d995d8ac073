"""A trader's morning in the browser: paste, mend, look, send, lose the connection, and meet the gate."""

import pytest
from tests.browser.conftest import settled

from walras.service.clock import SECOND
from walras.service.store.schema import sessions

pytestmark = pytest.mark.browser
HEAD = "order\tzone\tcarrier\tside\tmtu_start\tstep\tprice_start\tprice_end\tquantity_mw\n"
PASTE = """(text) => { const data = new DataTransfer(); data.setData('text/plain', text);
  const event = new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true});
  document.activeElement.dispatchEvent(event); }"""
KEPT = "Object.entries(sessionStorage).filter(([name]) => name.includes('sheet Curves')).map(([, text]) => text)"
TRADER = "BY power supplier"


def day_of(market, name):
    """The delivery day and the gate of a session."""
    with market.stage.service.store.read() as connection:
        row = connection.execute(sessions.select().where(sessions.c.id == market.sessions[name])).one()
    return row.delivery_day, row.gate_at


def rows(day, count, wrong=(), order="by-hand"):
    """Steps of a demand curve, as a spreadsheet copies them."""
    many = -(-count // 24)
    lines = [HEAD]
    for i in range(count):
        hour, step = divmod(i, many)
        price = "dear" if i in wrong else f"{5000 - step},5"
        lines.append(f"{order}\tBY\telectricity\tdemand\t{day} {hour:02d}:00\t{step + 1}\t{price}\t\t1\n")
    return "".join(lines)


def cell(page, row, column, sheet="Curves"):
    return page.locator(f'[data-sheet="{sheet}"] [row-index="{row}"] [col-id="{column}"]').first


def paste(page, text, sheet="Curves"):
    cell(page, 0, "order", sheet).click()
    page.evaluate(PASTE, text)


def test_a_trader_pastes_mends_and_sends_and_what_is_typed_outlives_everything(visit, market):
    page, session = visit(TRADER), market.sessions["open"]
    day, _ = day_of(market, "open")
    page.goto(f"/orders/{session}")
    settled(page)
    names = page.eval_on_selector_all("[data-sheet] [role=grid], [data-sheet] [role=treegrid]", LABELS)
    assert all("orders to be sent" in (name or "") for name in names)
    assert len(names) == 5

    paste(page, rows(day, 48, wrong=(3, 7)))
    page.get_by_text("48 rows were pasted, from row 2 on.").wait_for()
    page.get_by_role("button", name="Check").click()
    page.get_by_text("Mistakes: 2").wait_for()
    page.wait_for_function("document.activeElement.getAttribute('col-id') === 'price_start'")
    assert page.evaluate("document.activeElement.closest('[row-index]').getAttribute('row-index')") == "3"
    assert page.locator('[data-sheet="Curves"] .wrong').count() == 2
    page.keyboard.type("4999")
    page.keyboard.press("Enter")
    cell(page, 7, "price_start").dblclick()
    page.keyboard.press("Control+A")
    page.keyboard.type("4.999,5")
    page.keyboard.press("Enter")
    cell(page, 7, "price_start").get_by_text("4999,5").wait_for()  # with the sign of the paste

    page.reload()  # at once
    page.get_by_text("is here again").wait_for()
    assert cell(page, 7, "price_start").inner_text().startswith("4999.5")  # with the sign of the language
    cell(page, 7, "price_start").dblclick()
    assert page.evaluate("document.activeElement.value") == "4999.5"
    page.keyboard.press("Enter")

    page.context.set_offline(True)
    page.evaluate("window.socket.io.engine.close()")
    cell(page, 5, "quantity_mw").dblclick()
    page.keyboard.press("Control+A")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    page.get_by_text("What you type stays in this browser tab.").wait_for()
    page.context.set_offline(False)
    page.locator('#popup[aria-hidden="true"]').wait_for(state="attached")

    page.get_by_role("button", name="Check").click()
    page.get_by_text("1 order, no mistake.").wait_for()
    page.get_by_text("What your orders look like").wait_for()
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_text("1 order was taken").wait_for()
    assert page.evaluate(KEPT) == []
    with page.expect_download() as receipt:
        page.get_by_role("button", name="Save the signed receipt").click()
    assert receipt.value.suggested_filename.startswith(f"receipt-{session}")
    page.wrongs[:] = [w for w in page.wrongs if "DISCONNECTED" not in w and "WebSocket" not in w]


def test_a_gate_that_closes_says_so_at_once_and_keeps_what_was_typed(visit, market):
    page, session = visit(TRADER), market.sessions["open"]
    day, gate = day_of(market, "open")
    page.goto(f"/orders/{session}")
    settled(page)
    paste(page, rows(day, 24, order="too-late"))
    page.get_by_text("24 rows were pasted").wait_for()
    page.wait_for_function(f"{KEPT}.join().includes('too-late')")
    clock = market.stage.service.store.clock
    with market.stage.service.store.read() as connection:
        clock.ahead += gate - clock.now(connection) - 8 * SECOND
    page.reload()
    page.get_by_text("is here again").wait_for()
    page.get_by_text("What you typed was not sent.").wait_for()
    assert page.get_by_role("button", name="Send", exact=True).is_disabled()
    page.get_by_role("button", name="Copy out Curves").click()
    assert page.get_by_label("Rows of Curves").input_value().count("too-late") == 24


def test_37_mistakes_in_10000_rows_are_all_shown_at_once(visit, market):
    page, day = visit(TRADER), day_of(market, "scheduled")[0]
    page.goto(f"/orders/{market.sessions['scheduled']}")
    settled(page)
    paste(page, rows(day, 10_000, wrong=range(7, 37 * 200, 200)))
    page.get_by_text("10000 rows were pasted").wait_for()
    page.get_by_role("button", name="Check").click()
    page.get_by_text("Mistakes: 37").wait_for()
    listed = page.locator('[aria-label="Mistakes"] tbody tr')
    assert listed.count() == 37
    listed.last.get_by_role("button").click()
    page.wait_for_function("document.activeElement.closest('[row-index]')?.getAttribute('row-index') === '7207'")


LABELS = "grids => grids.map((grid) => grid.getAttribute('aria-label'))"
