"""Which cell of a sheet a mistake is about: by the place in the body that was sent, or by the MTU that it names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from walras.errors import Mistake
from walras.service.console.desk import Declined
from walras.service.console.mtu_sheet import MtuSheet

PLACE = re.compile(r"(?:mtus|volumes)[.\[](\d+)\]?[.](.+)")
NUMBERED = re.compile(r"\b(?:MTU|row) (\d+)\b")
TIMED = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}Z")
WAY = re.compile(r"\b(forward|backward)\b")
WHOLE = "*"
ColumnOf = Callable[[Sequence[str], Mistake], str]
Cell = tuple[int, str]


def point(sheet: MtuSheet, declined: Declined, column_of: ColumnOf, sent: Sequence[int] | None = None) -> Declined:
    """Mark the cells that the door's mistakes are about, and return the same mistakes with the names of those cells.

    Args:
        sheet: What was sent.
        declined: By the door.
        column_of: Returns the column of a field of an MTU, given as its parts.
        sent: Rows that were sent, where not all were.
    """
    rows = range(len(sheet.starts)) if sent is None else sent
    marks: dict[Cell, str] = {}
    named = []
    for mistake in without_parents(declined.mistakes):
        cells = _cells(sheet, mistake, column_of, rows)
        for cell in cells:
            marks[cell] = f"{mistake.what} {mistake.fix}"
        is_counted = PLACE.search(mistake.where) or NUMBERED.search(mistake.where)
        named.append(replace(mistake, where=_name(sheet, cells[0])) if cells and is_counted else mistake)
    sheet.mark_places(marks)
    return Declined(named)


def without_parents(mistakes: Sequence[Mistake]) -> list[Mistake]:
    """Return mistakes without those that only say that something within a place is wrong, which is named as well.

    >>> first = Mistake("no number", "mtus.2.forward_mw.0", "field_type", "Send a number.")
    >>> [m.where for m in without_parents([first, Mistake("too few", "mtus.2.forward_mw", "field_value", "Send one.")])]
    ['mtus.2.forward_mw.0']
    """
    places = {m.where for m in mistakes}
    parents = {place.rsplit(".", n)[0] for place in places for n in range(1, place.count(".") + 1)}
    return [m for m in mistakes if m.where not in parents]


def _cells(sheet: MtuSheet, mistake: Mistake, column_of: ColumnOf, sent: Sequence[int]) -> list[Cell]:
    """Return the cells that a mistake is about, none where it is about something else."""
    place = PLACE.search(mistake.where)
    if place is not None:
        path = [part for part in re.split(r"[.\[\]]+", place[2]) if part]
        return [*_rows(sent, int(place[1]), column_of(path, mistake))]
    way = WAY.search(mistake.where)
    only = sheet.names[0] if len(sheet.names) == 1 else WHOLE
    name = column_of([f"{way[1]}_mw"], mistake) if way else only
    number = NUMBERED.search(mistake.where)
    found = [*_rows(sent, int(number[1]) - 1, name)] if number else []
    rows = {start: i for i, start in enumerate(sheet.starts)}
    return found + [(rows[at], name) for at in TIMED.findall(f"{mistake.where} {mistake.what}") if at in rows]


def _rows(sent: Sequence[int], at: int, column: str) -> Iterable[Cell]:
    return [(sent[at], column)] if 0 <= at < len(sent) else []


def _name(sheet: MtuSheet, cell: Cell) -> str:
    row, column = cell
    return sheet.clocks[row] if column == WHOLE else f"{sheet.clocks[row]} {column}"
