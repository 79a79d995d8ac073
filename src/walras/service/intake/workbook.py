"""A spreadsheet from hostile bytes: unpacked with limits, searched for formulas, then read as values.

The reader of values sees what a formula gave, not that there is one, and it makes room for
every cell up to the last; so the XML is searched first by a parser that refuses document
types, and the reader gets a zip packed anew of nothing but what was searched.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from typing import Any
from xml.parsers import expat

from python_calamine import CalamineWorkbook

from walras.book.findings import Findings
from walras.service.intake.hostile import MOST_COLUMNS, FileLimits, guarded, printable, unzip
from walras.service.intake.sheets import OTHER_SHEETS, SHEETS

MOST_LETTERS = 1_000

Cell = Any
"""What the reader gives: text, number, whether, date or time; "" where empty."""

_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".emf", ".wmf", ".vml")
_CELL = re.compile(r"\$?([A-Za-z]{1,7})\$?([0-9]{1,12})")


def read_workbook(data: bytes, limits: FileLimits, findings: Findings) -> dict[str, list[list[Cell]]] | None:
    """Return the rows of every sheet with orders by its name, None if the workbook is refused (reported).

    Refused are: what is no XLSX, formulas, macros, document types, and cells beyond the limits.
    """
    limits = replace(limits, max_unpacked=min(limits.max_unpacked, limits.max_sheet_unpacked))
    files = unzip(data, limits, findings, folders=True)
    if files is None:
        return None
    names = {n.lower() for n in files}
    if not {"[content_types].xml", "xl/workbook.xml"} <= names:
        fix = "Fill the template that the market gives out, and save it as XLSX."
        findings.add("the file is no XLSX workbook", "file", "file_readable", fix)
        return None
    before = len(findings.mistakes)
    kept: dict[str, bytes] = {}
    cells = 0
    for name, content in files.items():
        low = name.lower()
        if low.endswith((".xml", ".rels")):
            cells += _search(name, content, limits, findings)
            kept[name] = content
        elif not low.endswith(_PICTURES) and not low.startswith("xl/printersettings/"):
            what = f"the workbook holds {printable(name)!r}"
            findings.add(what, "file", "workbook_plain", "Save it as XLSX without macros or embedded objects.")
    if cells > limits.max_sheet_cells:
        fix = "Send fewer orders a workbook, or send Parquet."
        findings.add(f"the workbook has {cells} cells", "file", "sheet_size", fix)
    if len(findings.mistakes) > before:
        return None
    with guarded(findings, "file", "file_readable"):
        return _sheets(_packed(kept), findings)
    return None


def _packed(files: dict[str, bytes]) -> io.BytesIO:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as file:
        for name, content in files.items():
            file.writestr(name, content)
    buffer.seek(0)
    return buffer


def _sheets(buffer: io.BytesIO, findings: Findings) -> dict[str, list[list[Cell]]]:
    book = CalamineWorkbook.from_filelike(buffer)
    known = {s.name for s in SHEETS}
    for name in book.sheet_names:
        if name not in known and name not in OTHER_SHEETS:
            fix = f"Remove the sheet, or name it as one of {', '.join(sorted(known))}."
            findings.add(f"there is no sheet {printable(name)!r} in the template", "file", "sheet_known", fix)
    return {n: book.get_sheet_by_name(n).to_python(skip_empty_area=False) for n in book.sheet_names if n in known}


class _Search:
    """What one part of a workbook holds, gathered while it is parsed."""

    def __init__(self, most_rows: int) -> None:
        self.most_rows = most_rows
        self.has_cells = False
        self.formula = ""
        self.cell = ""
        self.is_far = False
        self.rows = self.columns = self.cells = 0
        self.is_inside = False
        self.letters = self.longest = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take note of an element."""
        name = tag.rpartition(":")[2]
        if name == "sheetData":
            self.has_cells = True
        elif name == "f":
            self.formula = self.formula or self.cell or "?"
        elif name == "row":
            self.rows, self.columns = self.rows + 1, 0
            self._reach(0, self.rows, attributes.get("r"))
        elif name == "si":
            self.is_inside, self.letters = True, 0
        elif name == "c":
            self.is_inside, self.letters = True, 0
            self.columns += 1
            self.cells += 1
            self.cell = attributes.get("r", "?")
            found = _CELL.fullmatch(self.cell)
            if found:
                self._reach(_column_number(found[1]), 0, found[2])
            elif "r" in attributes:
                self.is_far = True
            self._reach(self.columns, self.rows, None)

    def end(self, tag: str) -> None:
        """Take note of the end of an element."""
        if tag.rpartition(":")[2] in {"c", "si"}:
            self.is_inside = False

    def text(self, letters: str) -> None:
        """Count the letters of a cell, or of a text that many cells may share: each gets a copy of it."""
        if self.is_inside:
            self.letters += len(letters)
            self.longest = max(self.longest, self.letters)

    def _reach(self, column: int, row: int, said: str | None) -> None:
        if said is not None:
            row = int(said) if said.isascii() and said.isdigit() and len(said) < 12 else self.most_rows + 2
        self.is_far = self.is_far or column > MOST_COLUMNS or row > self.most_rows + 1


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def _search(name: str, content: bytes, limits: FileLimits, findings: Findings) -> int:
    """Report what may not be in one part of a workbook, and return how many cells it has."""
    search, where = _Search(limits.max_sheet_rows), printable(name)
    parser = expat.ParserCreate("utf-8")  # whatever the part says: no encoding may hide what the reader sees
    has_doctype = False

    def doctype(*_: object) -> None:
        nonlocal has_doctype
        has_doctype = True
        raise ValueError("document type")

    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler, parser.EndElementHandler = search.start, search.end
    parser.CharacterDataHandler = search.text
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, UnicodeError) as error:
        if has_doctype:
            findings.add("the part has a document type", where, "workbook_plain", "Save the workbook anew as XLSX.")
        else:
            findings.add(
                f"the part is no XML: {printable(str(error))}", where, "file_readable", "Save it anew as XLSX."
            )
        return 0
    if search.has_cells and search.formula:
        what = f"cell {printable(search.formula)} holds a formula"
        findings.add(what, where, "no_formulas", "Replace formulas by their values (paste special, values).")
    if search.has_cells and search.is_far:
        what = f"cells lie beyond row {limits.max_sheet_rows + 1} or column {MOST_COLUMNS}"
        findings.add(what, where, "sheet_size", "Delete what stands far from the orders, or send Parquet.")
    if search.longest > MOST_LETTERS:
        what = f"a cell holds a text of more than {MOST_LETTERS} letters"
        findings.add(what, where, "field_length", "Shorten it, or remove what is no order.")
    return search.cells
