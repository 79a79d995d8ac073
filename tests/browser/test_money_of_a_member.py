"""A member reads what it owes: a statement whose lines add up, an invoice, and both as files."""

import csv

import pytest
from tests.browser.conftest import settled

from walras.service import queries as q
from walras.service.console import shown

pytestmark = pytest.mark.browser
MEMBER, PLAYED = "BY power supplier", "two-states-2026-01-24-da"


def test_a_member_reads_a_statement_and_takes_it_along(visit, market):
    page, company = visit(MEMBER), market.companies[MEMBER]
    page.goto("/statements")
    settled(page)
    page.locator('[aria-label="By session"]').get_by_role("link", name=PLAYED).first.click()
    page.get_by_role("heading", name="What the sums are made of").wait_for()
    run = int(page.url.rsplit("/", 1)[1].split("?")[0])
    found = market.stage.ask(company, q.GetStatementLines(session=PLAYED, run=run))
    assert found["sums"]
    figures = " ".join(page.locator(".figure").all_inner_texts())
    for one in found["sums"]:
        assert shown.money(abs(one["amount_minor"])) in figures
    assert sum(line["amount_minor"] for line in found["items"]) == sum(one["amount_minor"] for one in found["sums"])
    with page.expect_download() as paper:
        page.get_by_role("link", name="PDF").first.click()
    assert paper.value.path().read_bytes().startswith(b"%PDF")
    with page.expect_download() as table:
        page.get_by_role("link", name="CSV").first.click()
    assert len(list(csv.reader(table.value.path().read_text("utf-8-sig").splitlines()))) > len(found["items"]) / 2


def test_a_member_sees_what_is_open_and_reads_the_invoice(visit, market):
    page, company = visit(MEMBER), market.companies[MEMBER]
    bills = market.stage.ask(company, q.ListBills(market="two-states"))["items"]
    assert bills
    page.goto("/invoices")
    settled(page)
    for bill in bills:
        page.get_by_text(bill["number"], exact=True).first.wait_for()
    with page.expect_download() as paper:
        page.locator('main a[href*="get-bill"]', has_text="PDF").first.click()
    assert paper.value.path().read_bytes().startswith(b"%PDF")
