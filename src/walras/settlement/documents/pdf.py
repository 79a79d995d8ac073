"""A sheet as PDF, set by the library `typst` with the fonts that it brings: the same bytes on every machine.

The sheet travels as JSON data, never as markup. Nothing of the machine gets in: no date, no system fonts, no network.
Tagged for screen readers (PDF/UA-1) and kept for archives (PDF/A-2a).
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from threading import Lock
from typing import Any

from walras.errors import BadInput, MissingExtra, Mistake
from walras.settlement.documents.sheet import Grid, Sheet

STANDARDS = ["a-2a", "ua-1"]
_ONE_AT_A_TIME = Lock()


def pdf(sheet: Sheet) -> bytes:
    """Return the PDF of a sheet.

    Raises:
        BadInput: A letter that the fonts do not have (the page in HTML shows it).
        MissingExtra: `typst` is not installed.
    """
    found = _set(sheet, format="pdf", pdf_standards=STANDARDS)
    assert isinstance(found, bytes)
    return found


def _set(sheet: Sheet, **options: object) -> object:
    data = json.dumps(_data(sheet), ensure_ascii=False, sort_keys=True)
    at = datetime(sheet.day.year, sheet.day.month, sheet.day.day, tzinfo=UTC)
    try:
        with _ONE_AT_A_TIME:
            return _compiler().compile(_template(), sys_inputs={"sheet": data}, timestamp=at, **options)
    except RuntimeError as e:
        found = re.search(r'the text `"(.+?)"` could not be displayed', str(e))
        if not found:
            raise
        what, where = f"the fonts of PDF files cannot write {found[1]!r}", f"{sheet.title} {sheet.number}"
        fix = "Take the page in HTML, or write the name in letters that the fonts have, such as Latin or Cyrillic."
        raise BadInput([Mistake(what, where, "pdf_letters", fix)]) from None


@cache
def _compiler() -> Any:  # noqa: ANN401 - its class is known once the extra is there
    try:
        import typst  # noqa: PLC0415 - the extra `service` brings it
    except ImportError:
        raise MissingExtra("PDF files need the extra `service`: pip install walras[service]") from None
    return typst.Compiler(font_paths=typst.Fonts(include_system_fonts=False))


@cache
def _template() -> bytes:
    return (resources.files("walras.settlement.documents") / "paper.typ").read_bytes()


def _data(sheet: Sheet) -> dict[str, Any]:
    return {**asdict(sheet), "day": sheet.day.isoformat(), "grids": [_grid(g) for g in sheet.grids]}


def _grid(grid: Grid) -> dict[str, Any]:
    """Return a table with the column that takes the room that is left: the one with the longest text."""
    longest = [0 if c.is_number else max((len(r[i]) for r in grid.rows), default=0) for i, c in enumerate(grid.columns)]
    wide = longest.index(max(longest)) if longest else None
    columns = [
        {"head": c.head, "unit": c.unit, "number": c.is_number, "wide": i == wide} for i, c in enumerate(grid.columns)
    ]
    return {**asdict(grid), "columns": columns}
