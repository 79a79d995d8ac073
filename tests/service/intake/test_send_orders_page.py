"""docs/how-to/send-orders.md says what the models, sheets and files are."""

import re
from pathlib import Path

import pytest
from tests.service.intake.test_files import judged

from walras.book.folder import read
from walras.book.market import MarketTerms
from walras.service.intake import documents
from walras.service.intake.check import Submission, check
from walras.service.intake.documents import parse
from walras.service.intake.files import read_file
from walras.service.intake.hostile import FileLimits
from walras.service.intake.payload import digest
from walras.service.intake.sheets import SHEETS

PAGE = (Path(__file__).parents[3] / "docs" / "how-to" / "send-orders.md").read_text(encoding="utf-8")
SECTIONS = {
    "Curve": documents.CurveOrder, "An MTU of a curve": documents.CurvePeriod, "A step of a curve": documents.CurveStep,
    "Block": documents.BlockOrder, "A leg of a block": documents.Leg, "Flexible": documents.FlexibleOrder,
    "Scalable": documents.ScalableOrder, "An MTU of a scalable or conversion order": documents.ScalablePeriod,
    "A step of a scalable or conversion order": documents.ScalableStep, "Conversion": documents.ConversionOrder,
    "The input of a conversion": documents.Input, "Storage": documents.StorageOrder,
}  # fmt: skip


def market():
    return MarketTerms.of(read(Path(documents.__file__).parents[2] / "examples" / "two-neighbours"))


def test_every_family_has_a_section():
    assert {
        m.model_fields["family"].annotation.__args__[0] for m in SECTIONS.values() if "family" in m.model_fields
    } == set(documents.FAMILIES)
    assert set(re.findall(r"^### (.*)$", PAGE, flags=re.MULTILINE)) == set(SECTIONS)


@pytest.mark.parametrize("title", SECTIONS)
def test_the_fields_of_the_page_are_those_of_the_model(title):
    section = PAGE.split(f"### {title}\n")[1].split("\n#")[0]
    said = re.findall(r"^\| `(\w+)` \| [^|]+ \| (yes|no) \|", section, flags=re.MULTILINE)
    fields = SECTIONS[title].model_fields
    assert said == [(name, "yes" if field.is_required() else "no") for name, field in fields.items()]


def test_the_columns_of_the_page_are_those_of_the_sheets():
    for sheet in SHEETS:
        (row,) = re.findall(rf"^\| `{sheet.name}` \| (.*) \|$", PAGE, flags=re.MULTILINE)
        said = [(n, bool(o), bool(h)) for o, n, h in re.findall(r"(\[?)`(\w+)`\]?(\*?)", row)]
        assert said == [(c.name, c.is_optional, c.is_header) for c in sheet.columns]


def test_the_limits_of_the_page_are_those_of_the_code():
    limits = FileLimits()
    assert f"{limits.max_bytes >> 20} MB, {limits.max_unpacked >> 20} MB unpacked, {limits.max_entries} files" in PAGE
    assert f"{limits.max_rows:,} rows a table, {limits.max_sheet_rows:,} rows a sheet" in PAGE
    assert f"{documents.MOST_ORDERS:,}\norders, an order {documents.MOST_PERIODS:,} MTUs" in PAGE


def test_the_examples_of_the_page_can_be_sent():
    (text,) = re.findall(r"```json\n(.*?)```", PAGE, flags=re.DOTALL)
    orders = parse(text.encode())
    assert check(market(), [Submission("M-1", orders)]) == [[]]
    (flat,) = re.findall(r"```csv\n(.*?)```", PAGE, flags=re.DOTALL)
    assert digest(read_file(market(), flat.encode(), "csv")) == digest(orders[:1])
    assert judged(flat.encode(), "csv")
