"""A number that the console shows, copies out or fills in is read back as itself, whatever language it is shown in."""

from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from walras.book.findings import Findings
from walras.service.commands import SetRights
from walras.service.console.forms import CommandForm
from walras.service.console.grid import Grid
from walras.service.console.inputs import as_number, records_of
from walras.service.console.mtu_sheet import MtuSheet
from walras.service.console.paste import decimal_sign, number_of, number_text, usual_sign
from walras.service.intake.hostile import FileLimits
from walras.service.intake.sheets import SHEETS
from walras.service.intake.typed import workbook_of
from walras.service.intake.workbook import read_workbook

CURVES = SHEETS[0]
LANGUAGES = ("en", "de", "ru")
VALUES = (250.125, 1234, 1234.5, 0.001, -3.25, 300.0, 0, 7, -12, 1_234_567.891, 1e-7, 2.5e16, 0.1 + 0.2)
SPEC = {"properties": {"name": {"type": "string"}, "mtu": {"type": "integer"}, "mw": {"type": "number"}}}


@pytest.fixture(params=LANGUAGES)
def language(request):
    return request.param


@pytest.fixture
def on_page(two_states, language):
    """Do something on a page of a language, and return what it returns."""

    def go(act):
        kept = []

        async def steps(user):
            user.http_client.cookies.set("walras-language", language)
            await user.open("/orders")
            with user.client:
                kept.append(act(SimpleNamespace(language=language, t=lambda text: text)))

        two_states.walk(two_states.who("BY power supplier"), steps)
        return kept[0]

    return go


def shown(grid, value):
    """What a cell of a sheet shows, as its formatter in the browser says."""
    assert all(
        ":valueFormatter" in c and c["cellEditorParams"]["useFormatter"]
        for c in grid.grid.options["columnDefs"] if c.get("type") == "rightAligned"
    )  # fmt: skip
    return number_text(value, grid.grid.options["context"]["decimal"])


@pytest.mark.parametrize("value", VALUES)
def test_a_number_that_is_written_reads_back_as_itself_alone_and_beside_others(language, value):
    sign = usual_sign(language)
    text = number_text(value, sign)
    assert number_of(text, decimal_sign([text], sign)) == value
    assert number_of(text, decimal_sign([number_text(v, sign) for v in VALUES], sign)) == value
    assert as_number(text, sign) == value


def test_what_a_cell_showed_is_read_as_it_was_meant_once_it_is_edited(on_page, language):
    typed = {"en": "250.130", "de": "250,130", "ru": "250,130"}[language]

    def act(desk):
        grid = Grid(desk, CURVES, {}, lambda: None)
        grid.put([{"quantity_mw": value} for value in VALUES])
        for i, value in enumerate(VALUES):
            grid._edited(SimpleNamespace(args={"rowIndex": i, "colId": "quantity_mw", "newValue": shown(grid, value)}))
        grid._edited(SimpleNamespace(args={"rowIndex": 0, "colId": "price_start", "newValue": typed}))
        return grid.filled

    rows = on_page(act)
    assert [row["quantity_mw"] for row in rows] == list(VALUES)
    assert rows[0]["price_start"] == 250.13


def test_what_is_copied_out_is_pasted_back_as_it_was_row_by_row_and_as_a_whole(on_page):
    def act(desk):
        grid = Grid(desk, CURVES, {}, lambda: None)
        grid.put([{"order": f"{i}.125", "quantity_mw": value} for i, value in enumerate(VALUES)])
        text, before = grid.text(), grid.filled
        again = Grid(desk, CURVES, {}, lambda: None)
        again.paste(text, 0)
        alone = []
        for line in text.splitlines()[1:]:
            single = Grid(desk, CURVES, {}, lambda: None)
            single.paste(line, 0)
            alone.append(single.filled[0])
        return before, again.filled, alone

    before, whole, alone = on_page(act)
    for found in (whole, alone):
        assert [(r["order"], r["quantity_mw"]) for r in found] == [(r["order"], r["quantity_mw"]) for r in before]


def test_a_sheet_shows_numbers_with_the_sign_that_it_reads_them_with(on_page, language):
    other = {",": ".", ".": ","}[usual_sign(language)]

    def act(desk):
        grid = Grid(desk, CURVES, {}, lambda: None)
        grid.put([{"quantity_mw": 250.125}])
        grid.paste(f"1\t{number_text(3.5, other)}", 1, "price_end")
        return grid.text(), grid.value(CURVES.columns[-1], number_text(250.125, other)), grid.filled[1]["price_end"]

    text, read, first = on_page(act)
    assert f"\t{number_text(250.125, other)}\n" in text
    assert (read, first) == (250.125, 1)


def test_a_days_figures_read_back_and_the_workbook_keeps_them_to_the_last_digit(on_page):
    def act(desk):
        desk.zone = ZoneInfo("UTC")
        starts = [f"2027-01-31T{hour:02d}:00Z" for hour in range(len(VALUES))]
        sheet = MtuSheet(desk, "day", "day", starts, [("mw", "MW")], {"mw": VALUES})
        text = sheet.text()
        sheet.clear()
        sheet.paste(text)
        return sheet.series("mw"), sheet.misfits

    assert on_page(act) == (list(VALUES), [])
    rows = [{"order": "x", "quantity_mw": value} for value in VALUES]
    table = read_workbook(workbook_of({"Curves": rows}), FileLimits(), Findings())["Curves"]
    assert [row[-1] for row in table[1:]] == list(VALUES)


def test_a_number_that_a_form_begins_with_is_sent_as_it_was(on_page):
    def act(desk):
        sent = []
        for value in (250.125, "250.125", 1234.5, 300.0, 0.001):
            preset = {"company": "M-0001", "market": "two-states", "most_mw": value, "products": [["A", "gas"]]}
            sent.append(CommandForm(desk, SetRights, preset).typed()["most_mw"])
        return sent

    assert on_page(act) == [250.125, 250.125, 1234.5, 300, 0.001]


def test_pairs_that_a_form_begins_with_are_sent_as_they_were(on_page):
    pairs = [["BY", "electricity"], ["North Ost", "electricity"], ["a, b", "gas"], ["a; b, c", "gas"], ["x y", "a b"]]

    def act(desk):
        preset = {"company": "M-0001", "market": "m"}
        return [CommandForm(desk, SetRights, preset | {"products": [pair, ["A", "oil"]]}).typed() for pair in pairs]

    assert [body["products"] for body in on_page(act)] == [[pair, ["A", "oil"]] for pair in pairs]


def test_a_zone_of_two_words_can_be_typed_with_its_carrier(on_page):
    marks = (" ", ", ", ";", "\t", " ,")

    def act(desk):
        form = CommandForm(desk, SetRights, {})
        form.inputs["products"].element.value = "\n".join(f" North Ost{mark}electricity " for mark in marks)
        return form.typed()["products"]

    assert on_page(act) == [["North Ost", "electricity"]] * len(marks)


def test_records_of_one_paste_have_one_decimal_sign():
    text = "name\tmtu\tmw\n1.234\t1\t1.234\n\t2\t3.5\n\t3\t12.125"
    found = records_of(text, SPEC, {}, usual=",")
    assert [(r["mtu"], r["mw"]) for r in found] == [(1, 1.234), (2, 3.5), (3, 12.125)]
    assert found[0]["name"] == "1.234"
    assert [r["mw"] for r in records_of("mw\n1,234\n3,5", SPEC, {})] == [1.234, 3.5]


def test_a_cell_of_a_record_without_a_name_reaches_the_door():
    assert records_of("mtu\tmw\n1\t2\tlost\t \n", SPEC, {}) == [{"mtu": 1, "mw": 2, "column 3": "lost"}]


def test_a_number_of_too_many_digits_stays_the_text_that_it_was():
    assert as_number("9" * 5000) == "9" * 5000
    assert as_number("9" * 40) == int("9" * 40)
