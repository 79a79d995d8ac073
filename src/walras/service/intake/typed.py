"""Sheets that were typed or pasted on a screen, as the workbook that the door takes.

Rows keep their places: what stands in the n-th row of a screen is in row n + 1 of its sheet, blank
rows between included, so that a mistake names the row that its writer sees.
"""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from walras.errors import Mistake
from walras.service.intake.sheets import SHEETS, Sheet

Row = Mapping[str, Any]
FIRST_ROW = 2
"""Row of a sheet below its head."""
_DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_FORMATS = "http://schemas.openxmlformats.org"
_PACKAGE, _OFFICE = f"{_FORMATS}/package/2006", f"{_FORMATS}/officeDocument/2006/relationships"
_SHEETS, _MEDIA = f"{_FORMATS}/spreadsheetml/2006/main", "application/vnd.openxmlformats"
_MAIN = f"{_MEDIA}-officedocument.spreadsheetml"
_KIND = '<Override PartName="/{part}" ContentType="{kind}+xml"/>'
_LINK = f'<Relationship Id="rId{{n}}" Type="{_OFFICE}/{{kind}}" Target="{{part}}"/>'
_LINKS = f'<Relationships xmlns="{_PACKAGE}/relationships">{{links}}</Relationships>'
_ENDINGS = (
    f'<Default Extension="rels" ContentType="{_MEDIA}-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
)
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PLACE = re.compile(r"(sheet )?(\w+) row (\d+)")


def workbook_of(sheets: Mapping[str, Sequence[Row]]) -> bytes:
    """Return rows by sheet and column name as XLSX; what is neither number nor text is left empty.

    Written by hand, with the texts in their cells: a large paste is checked at each press of a key, and the general
    writer of spreadsheets takes as long for it as everything else together.
    """
    pages = {s.name: _page(s, sheets[s.name]) for s in SHEETS if any(map(is_filled, sheets.get(s.name, ())))}
    pages = pages or {SHEETS[0].name: _page(SHEETS[0], ())}
    numbered = list(enumerate(pages, 1))
    kinds = "".join(_KIND.format(part=f"xl/worksheets/sheet{n}.xml", kind=f"{_MAIN}.worksheet") for n, _ in numbered)
    names = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in numbered)
    links = "".join(_LINK.format(n=n, kind="worksheet", part=f"worksheets/sheet{n}.xml") for n, _ in numbered)
    book = _KIND.format(part="xl/workbook.xml", kind=f"{_MAIN}.sheet.main")
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">{_ENDINGS}{book}{kinds}</Types>',
        "_rels/.rels": _LINKS.format(links=_LINK.format(n=1, kind="officeDocument", part="xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{_SHEETS}" xmlns:r="{_OFFICE}"><sheets>{names}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _LINKS.format(links=links),
    }
    parts |= {f"xl/worksheets/sheet{n}.xml": page for n, page in enumerate(pages.values(), 1)}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        for name, text in parts.items():
            file.writestr(zipfile.ZipInfo(name), _DECLARED + text, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _page(sheet: Sheet, rows: Sequence[Row]) -> str:
    """Return one worksheet, its names in the first row."""
    names = [c.name for c in sheet.columns]
    letters = [chr(ord("A") + i) for i in range(len(names))]
    head = "".join(_cell(f"{letter}1", name) for letter, name in zip(letters, names, strict=True))
    lines = [f'<row r="1">{head}</row>']
    for number, row in enumerate(rows, FIRST_ROW):
        cells = "".join(
            _cell(f"{letter}{number}", value)
            for letter, name in zip(letters, names, strict=True)
            if (value := row.get(name)) is not None and value != ""
        )
        if cells:
            lines.append(f'<row r="{number}">{cells}</row>')
    return f'<worksheet xmlns="{_SHEETS}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def _cell(place: str, value: object) -> str:
    """Return a cell; a character that XML cannot hold becomes a question mark, which no name and no number has.

    >>> _cell("A2", 5.5), _cell("B2", "a<b")
    ('<c r="A2"><v>5.5</v></c>', '<c r="B2" t="inlineStr"><is><t xml:space="preserve">a&lt;b</t></is></c>')
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f'<c r="{place}"><v>{value!r}</v></c>' if math.isfinite(value) else ""
    if not isinstance(value, str) or not value.strip():
        return ""
    text = escape(_NO_XML.sub("?", value))
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def is_filled(row: Row) -> bool:
    """Return whether anything stands in a row."""
    return any(v is not None and str(v).strip() for n, v in row.items() if not n.startswith("_"))


class Spot(NamedTuple):
    """Where on a screen a mistake is: sheet, position of the row from 0, and column, "" for the whole row."""

    sheet: str
    at: int
    column: str


def spot_of(mistake: Mistake, sheets: Iterable[Sheet] = SHEETS) -> Spot | None:
    """Return where a mistake of a workbook, or of a table of a zip, is; None for one that is about no row.

    The column is the first one of the sheet that the mistake names, or else whose name begins with a word of it.

    >>> spot_of(Mistake("price 'x' is not a number", "sheet Blocks row 3, order 'b'", "field_readable", "Write one."))
    Spot(sheet='Blocks', at=1, column='price')
    """
    found = _PLACE.match(mistake.where)
    sheet = next((s for s in sheets if found is not None and s.name == found[2]), None)
    if found is None or sheet is None:
        return None
    at = int(found[3]) - (FIRST_ROW if found[1] else 1)
    names = [c.name for c in sheet.columns]
    begins = {n.partition("_")[0]: n for n in reversed(names)}
    words = re.findall(r"\w+", mistake.what)
    near = (begins[w.casefold()] for w in words if w.casefold() in begins)
    said = next((w for w in words if w in names), None) or next(near, "")
    return Spot(sheet.name, at, said)
