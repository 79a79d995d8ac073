"""Sheets that were typed or pasted on a screen, as the workbook that the door takes.

Rows keep their places: what stands in the n-th row of a screen is in row n + 1 of its sheet, blank
rows between included, so that a mistake names the row that its writer sees.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import xlsxwriter

from walras.errors import Mistake
from walras.service.intake.sheets import SHEETS, Sheet

Row = Mapping[str, Any]
FIRST_ROW = 2
"""Row of a sheet below its head."""
_PLACE = re.compile(r"sheet (\w+) row (\d+)")


def workbook_of(sheets: Mapping[str, Sequence[Row]]) -> bytes:
    """Return rows by sheet and column name as XLSX; what is neither number nor text is left empty."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        for sheet in SHEETS:
            rows = sheets.get(sheet.name, ())
            if not any(map(is_filled, rows)):
                continue
            page = book.add_worksheet(sheet.name)
            for i, column in enumerate(sheet.columns):
                page.write_string(0, i, column.name)
                for number, row in enumerate(rows, FIRST_ROW - 1):
                    value = row.get(column.name)
                    if isinstance(value, str) and value.strip():
                        page.write_string(number, i, value)
                    elif isinstance(value, int | float) and not isinstance(value, bool):
                        page.write_number(number, i, value)
        if not book.worksheets():
            book.add_worksheet(SHEETS[0].name)
    return buffer.getvalue()


def is_filled(row: Row) -> bool:
    """Return whether anything stands in a row."""
    return any(v is not None and str(v).strip() for n, v in row.items() if not n.startswith("_"))


class Spot(NamedTuple):
    """Where on a screen a mistake is: sheet, position of the row from 0, and column, "" for the whole row."""

    sheet: str
    at: int
    column: str


def spot_of(mistake: Mistake, sheets: Iterable[Sheet] = SHEETS) -> Spot | None:
    """Return where a mistake of a workbook is, None for one that is about no row.

    The column is the first one of the sheet that the mistake names, or else whose name begins with a word of it.

    >>> spot_of(Mistake("price 'x' is not a number", "sheet Blocks row 3, order 'b'", "field_readable", "Write one."))
    Spot(sheet='Blocks', at=1, column='price')
    """
    found = _PLACE.match(mistake.where)
    sheet = next((s for s in sheets if found is not None and s.name == found[1]), None)
    if found is None or sheet is None:
        return None
    names = [c.name for c in sheet.columns]
    begins = {n.partition("_")[0]: n for n in reversed(names)}
    words = re.findall(r"\w+", mistake.what)
    near = (begins[w.casefold()] for w in words if w.casefold() in begins)
    said = next((w for w in words if w in names), None) or next(near, "")
    return Spot(sheet.name, int(found[2]) - FIRST_ROW, said)
