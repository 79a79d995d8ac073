"""Sheets as pages, PDF and CSV: everything on them is there, nothing of them is markup."""

import csv
import doctest
import io
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from tests.settlement.documents.papers import DEALER, MILL, billing, line, statement

from walras.errors import BadInput
from walras.settlement.documents.csv_file import document_csv, statement_csv
from walras.settlement.documents.invoice import documents_of, numbered
from walras.settlement.documents.lines import Fixing
from walras.settlement.documents.page import page
from walras.settlement.documents.pdf import pdf
from walras.settlement.documents.sheet import document_sheet
from walras.settlement.documents.statement_sheet import statement_sheet

FIXED = Fixing("EUR", "KZT", Fraction("541.07"), "National Bank", datetime(2026, 3, 2, 8, 30, tzinfo=UTC))


@pytest.fixture
def invoice():
    lines = [
        line("member/M-0001", -10000, energy=2.0, price=50.0),
        line("member/M-0001", -7, kind="fee", side=None, text="=1+1"),
    ]
    [found] = numbered(documents_of([statement(*lines)], billing()), {})
    return found


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_a_page_says_the_sum_and_escapes_every_text(invoice):
    html = page(document_sheet(invoice))
    assert "100.07 EUR" in html
    assert "Söhne &lt;GmbH&gt;" in html
    assert "<GmbH>" not in html
    assert "Art. 195" in html
    assert "<script" not in html
    assert "http" not in html.replace("https://", "http")


def test_a_statement_shows_its_run_its_sums_and_its_fixing():
    lines = [
        line("member/M-0002", -10000, energy=2.0, price=50.0),
        line("member/M-0002", 3000, side="supply", energy=0.5, price=60.0),
        line("member/M-0002", 7000, "conversion", None),
        line("member/M-0002", -3787490, "conversion", None, currency="KZT"),
    ]
    sheet = statement_sheet(
        statement(*lines, name="rerun 4 months", sequence=1, fixings=(FIXED,)), "member/M-0002", MILL
    )
    html = page(sheet)
    assert sheet.headline == ("M-0002 pays", "37,874.90 KZT")
    for text in ("rerun 4 months", "−100.00", "2026-03-01 23:00", "02 00:00", "541.07", "37,874.90 KZT", "differences"):
        assert text in html
    assert [len(g.rows) for g in sheet.grids] == [3, 3, 1, 1]


def test_an_empty_statement_says_so():
    sheet = statement_sheet(statement(), "member/M-0002", MILL)
    assert sheet.headline == ("Nothing to pay", "0")
    assert "This run settles nothing for this party." in page(sheet)


def test_a_pdf_is_the_same_each_time_and_carries_names_of_all_scripts(invoice):
    sheet = replace(
        document_sheet(invoice), notes=("Қазақстан, Ђорђе, Şişli, Ærø, Łódź, Երևան, თბილისი", '#panic("markup")')
    )
    first = pdf(sheet)
    assert first.startswith(b"%PDF-1.7")
    assert first == pdf(sheet)
    assert b"PDF/UA" in first or b"pdfuaid" in first
    assert pdf(replace(sheet, number="XA-INV-2026-000002")) != first


def test_letters_that_the_fonts_lack_are_refused(invoice):
    customer = replace(DEALER, name="示例")
    with pytest.raises(BadInput) as e:
        pdf(document_sheet(replace(invoice, customer=customer)))
    assert {m.rule for m in e.value.mistakes} == {"pdf_letters"}


def test_csv_of_a_document_adds_up(invoice):
    found = rows(document_csv(invoice))
    assert sum(int(r["amount_minor"]) for r in found if r["row"] != "total") == 10007
    assert (found[-1]["row"], found[-1]["amount"]) == ("total", "100.07")


def test_csv_of_a_statement_is_safe_in_a_spreadsheet():
    found = rows(
        statement_csv(statement(line("member/M-0001", -7, kind="fee", side=None, text="=1+1")), "member/M-0001")
    )
    assert (found[0]["text"], found[0]["amount"], found[0]["mtu_start"]) == ("'=1+1", "-0.07", "")


def test_the_page_of_documents_says_what_comes_out():
    page_ = Path(__file__).parents[3] / "docs" / "settlement" / "documents.md"
    failed, tried = doctest.testfile(str(page_), module_relative=False)
    assert tried > 20
    assert failed == 0
