"""What is typed and not sent: it comes back to whoever typed it, where it was typed, and to nobody else."""

import io
import zipfile

import pytest
from tests.browser.conftest import enter, settled
from tests.browser.test_orders_by_hand import TRADER, cell, day_of, paste, rows

pytestmark = pytest.mark.browser
KEPT = "Object.entries(sessionStorage).filter(([name]) => name.startsWith('draft ')).map((one) => one.join(' '))"
LOOKS = 1500
"""So many milliseconds in which a draft that is kept has come back."""


def type_into(page, sheet, column, text):
    """Type into the first row of a sheet and wait until the tab keeps it."""
    cell(page, 0, column, sheet).dblclick()
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    page.wait_for_function(f"{KEPT}.join().includes('{text}')")


def again(page):
    """Load a page anew and give drafts the time to come back."""
    page.reload()
    settled(page)
    page.wait_for_timeout(LOOKS)


def test_what_one_person_typed_is_not_shown_to_the_next_at_the_same_tab(visit, market):
    page, session = visit(TRADER), market.sessions["open"]
    page.goto(f"/orders/{session}")
    settled(page)
    page.wait_for_timeout(LOOKS)
    paste(page, rows(day_of(market, "open")[0], 24, order="my-own-plan"))
    page.wait_for_function(f"{KEPT}.join().includes('my-own-plan')")
    page.goto("/acts/raise-objection")
    settled(page)
    page.get_by_label("Text").fill("my own reasons")
    enter(page, market.people["BY industry"])
    page.goto(f"/orders/{session}")
    settled(page)
    page.wait_for_timeout(LOOKS)
    assert page.get_by_text("is here again").count() == 0
    assert cell(page, 0, "order").inner_text() == ""
    page.goto("/acts/raise-objection")
    settled(page)
    page.wait_for_timeout(LOOKS)
    assert page.get_by_label("Text").input_value() == ""
    assert page.evaluate(KEPT) == []


def test_the_same_person_who_signs_in_again_finds_what_was_typed(visit, market):
    page = visit(TRADER)
    page.goto("/acts/raise-objection")
    settled(page)
    page.get_by_label("Text").fill("a long reason\nof two lines")
    enter(page, market.people[TRADER])
    page.goto("/acts/raise-objection")
    settled(page)
    page.wait_for_timeout(LOOKS)
    assert page.get_by_label("Text").input_value() == "a long reason\nof two lines"


def test_volumes_of_a_contract_come_back_with_their_drawing(visit):
    page = visit(TRADER)
    page.goto("/register-contract?market=two-states")
    settled(page)
    page.wait_for_timeout(LOOKS)
    type_into(page, "volumes", "start", "2026-03-28 02:30")
    cell(page, 0, "mw", "volumes").dblclick()
    page.keyboard.type("77")
    page.keyboard.press("Enter")
    page.wait_for_function(f"{KEPT}.join().includes('77')")
    again(page)
    assert cell(page, 0, "start", "volumes").inner_text() == "2026-03-28 02:30"
    page.get_by_text("is here again").wait_for()
    page.get_by_label("Power that was typed, over time").first.wait_for()


def test_facts_of_a_supply_agreement_come_back_under_their_kind(visit, market):
    page = visit("BY gas supplier and store")
    page.goto("/supply")
    settled(page)
    address = page.locator('a[href^="/supply/"]').first.get_attribute("href")
    page.goto(f"{address}/records?kind=nomination")
    settled(page)
    page.wait_for_timeout(LOOKS)
    type_into(page, "nomination", "day", "2026-03-28")
    page.goto(f"{address}/records?kind=make-up draw")
    settled(page)
    page.wait_for_timeout(LOOKS)
    assert page.get_by_text("is here again").count() == 0
    page.goto(f"{address}/records?kind=nomination")
    settled(page)
    page.get_by_text("is here again").wait_for()
    assert cell(page, 0, "day", "nomination").inner_text() == "2026-03-28"


def test_steps_come_back_to_the_contract_day_that_they_were_typed_for(visit):
    page = visit("BY gas supplier and store")
    page.goto("/supply")
    settled(page)
    address = page.locator('a[href^="/supply/"]').first.get_attribute("href") + "/flexibility?day=2026-02-2"
    page.goto(f"{address}6")
    settled(page)
    page.wait_for_timeout(LOOKS)
    type_into(page, "steps", "price_per_mwh", "812.5")
    page.get_by_label("Lowest price of what is nominated").fill("801")
    page.goto(f"{address}7")
    settled(page)
    page.wait_for_timeout(LOOKS)
    assert cell(page, 0, "price_per_mwh", "steps").inner_text() == ""
    page.goto(f"{address}6")
    settled(page)
    page.get_by_text("is here again").wait_for()
    page.wait_for_timeout(LOOKS)
    assert cell(page, 0, "price_per_mwh", "steps").inner_text().startswith("812.5")
    assert page.get_by_label("Lowest price of what is nominated").input_value() == "801"


def open_form(page, name):
    """Open a form of the page of payments."""
    page.get_by_role("button", name=name).click()
    form = page.locator(".q-dialog")
    form.wait_for()
    page.wait_for_timeout(LOOKS)
    return form


def test_a_form_keeps_its_own_draft_until_it_is_closed(visit):
    page = visit("Operator")
    page.goto("/ledger/payments?market=two-states")
    settled(page)
    form = open_form(page, "Book a payment that came")
    form.get_by_label("Amount minor").fill("99999")
    again(page)
    form = open_form(page, "Send a payment")
    assert form.get_by_label("Amount minor").input_value() == ""
    form.get_by_role("button", name="Close").click()
    form.wait_for(state="detached")
    form = open_form(page, "Book a payment that came")
    assert form.get_by_label("Amount minor").input_value() == "99999"
    form.get_by_role("button", name="Close").click()
    form.wait_for(state="detached")
    form = open_form(page, "Book a payment that came")
    assert form.get_by_label("Amount minor").input_value() == ""


def test_two_presses_do_it_once_and_what_was_sent_does_not_come_back(visit, market):
    page = visit("Operator")
    page.goto("/acts/add-user")
    settled(page)
    for label, text in (("Company", market.companies["BY industry"]), ("Name", "Bob"), ("Email", "bob@example.org")):
        page.get_by_label(label, exact=True).fill(text)
    send = page.get_by_role("button", name="Send")
    send.click()
    page.wait_for_timeout(150)
    send.click()
    page.get_by_text("This is done.").wait_for()
    assert page.evaluate(KEPT) == []
    again(page)
    assert page.get_by_label("Name", exact=True).input_value() == ""


def packed(day):
    """Tables of one order, as a program of a member writes them."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("curve_orders.csv", "order,zone,carrier,side\nzipped,BY,electricity,demand\n")
        head = "order,mtu_start,step,price_start_rub_per_mwh,price_end_rub_per_mwh,quantity_mw\n"
        file.writestr("curve_steps.csv", head + f"zipped,{day}T05:00:00Z,1,5000,5000,1\n")
    return {"name": "orders.zip", "mimeType": "application/zip", "buffer": buffer.getvalue()}


def test_a_file_that_is_sent_leaves_what_was_typed_and_not_sent(visit, market):
    page, (day, _) = visit(TRADER), day_of(market, "open")
    page.goto(f"/orders/{market.sessions['open']}")
    settled(page)
    page.wait_for_timeout(LOOKS)
    paste(page, rows(day, 24, order="still-typing"))
    page.wait_for_function(f"{KEPT}.join().includes('still-typing')")
    page.get_by_text("From a file").click()
    page.locator("input[type=file]").set_input_files(packed(day))
    page.get_by_role("button", name="Send this file").click()
    page.get_by_text("1 order was taken").wait_for()
    assert "still-typing" in " ".join(page.evaluate(KEPT))
    page.reload()
    page.get_by_text("is here again").wait_for()
    assert cell(page, 0, "order").inner_text() == "still-typing"
