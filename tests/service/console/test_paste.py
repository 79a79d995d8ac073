"""A paste from a spreadsheet comes out as it was copied; numbers and times are read in one way or not at all."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from walras.service.console.pages.orders.uploading import flat_sheet
from walras.service.console.paste import cells_of, decimal_sign, number_of, pasted, time_of
from walras.service.intake.sheets import SHEETS

CURVES = SHEETS[0]
HEAD = [c.name for c in CURVES.columns]
cell = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), max_size=8)


def copied(rows):
    """Rows as a spreadsheet puts them on the clipboard: quoted where a cell holds a tab, a line end or a quote."""
    out = io.StringIO()
    csv.writer(out, delimiter="\t", lineterminator="\r\n").writerows(rows)
    return out.getvalue()


@given(st.integers(2, 4).flatmap(lambda n: st.lists(st.lists(cell, min_size=n, max_size=n), min_size=1, max_size=5)))
def test_what_was_copied_comes_out_cell_by_cell(rows):
    lines = [[c.replace("\r\n", "\n").replace("\r", "\n") for c in row] for row in rows]
    while lines and not any(c.strip() for c in lines[-1]):
        lines.pop()
    assert cells_of(copied(rows)) == lines


@given(st.decimals(-(10**9), 10**9, places=2, allow_nan=False), st.sampled_from([",", "."]), st.booleans())
def test_a_number_is_the_same_in_either_writing(value, sign, has_thousands):
    text = f"{value:,.2f}" if has_thousands else f"{value:.2f}"
    if sign == ",":
        text = text.translate(str.maketrans(",.", ".,"))
    assert number_of(text, decimal_sign([text])) == float(value)


@pytest.mark.parametrize(
    ("cells", "sign"),
    [(["1,234", "0,5"], ","), (["1.234", "1,234.5"], "."), (["1,234,567"], "."), (["1.234"], "?"), ([], "?")],
)
def test_the_decimal_sign_is_told_by_a_number_that_has_one_reading(cells, sign):
    assert decimal_sign(cells, "?") == sign


@pytest.mark.parametrize("text", ["abc", "1,2,3", "12.5.2026", "=1+1", "--5", "1e999", "0x10", "NaN", "inf", "½"])
def test_what_is_no_number_stays_the_text_that_it_was(text):
    assert (number_of(text, "."), number_of(text, ",")) == (text, text)


@pytest.mark.parametrize("text", ["1/2/2026 06:00", "06:00", "2026-01-24 06:00:30", "24.1.26 06:00", "tomorrow"])
def test_a_time_that_may_be_two_things_stays_the_text_that_it_was(text):
    assert time_of(text) == text


def test_names_in_the_first_row_say_which_column_is_which():
    found = pasted(copied([["Quantity MW", "order", "note"], ["5", "sun", "x"]]), CURVES)
    assert (found.columns, found.rows, found.unknown) == (("quantity_mw", "order"), ((5, "sun"),), ("note",))
    assert pasted(copied([["sun", "BY", "gas"]]), CURVES).rows == (("sun", "BY", "gas"),)
    assert pasted("7,5\n8\n", CURVES, first=HEAD.index("quantity_mw")).rows == ((7.5,), (8,))


def test_a_flat_file_may_be_parted_by_semicolons_or_commas_if_it_names_its_columns():
    for mark in ";,":
        text = f"order{mark}step\nsun{mark}1\n"
        assert pasted(text, CURVES).rows == (("sun", 1),)
    assert cells_of('5" pipe\tx\n') == [['5" pipe', "x"]]


@pytest.mark.parametrize("more", ["extra", "", "step"])
def test_a_flat_file_with_more_than_the_sheet_holds_goes_to_the_door_as_it_is(more):
    assert flat_sheet(b"order,step\nsun,1\n") == {"Curves": [{"order": "sun", "step": 1}]}
    assert flat_sheet(f"order,step,{more}\nsun,1,2\n".encode()) == {}


def test_cells_that_belong_to_no_column_are_counted():
    assert pasted("5\t6\t7\n8\t\t \n", CURVES, first=HEAD.index("quantity_mw")).beyond == 2
    named = pasted(copied([["order", "", "step", "note"], ["sun", "x", "1", "why", "more"]]), CURVES)
    assert (named.rows, named.unknown, named.beyond) == ((("sun", 1),), ("note",), 2)
    assert pasted("sun\tBY\n", CURVES).beyond == 0


def test_a_name_that_comes_twice_is_told_and_its_first_column_counts():
    found = pasted(copied([["order", "step", "Step"], ["sun", "1", "2"]]), CURVES)
    assert (found.columns, found.rows, found.twice, found.unknown) == (("order", "step"), (("sun", 1),), ("step",), ())


def test_a_text_that_is_no_number_tells_no_decimal_sign():
    assert decimal_sign(["1,2,3", "250,125"], ",") == ","
