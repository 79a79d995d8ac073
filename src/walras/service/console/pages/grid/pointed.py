"""Which cell of a sheet a mistake is about: by the place in the body that was sent, or by the MTU that it names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from walras.errors import Mistake
from walras.service.console.mtu_sheet import MtuSheet

PLACE = re.compile(r"(?:mtus|volumes)[.\[](\d+)\]?[.](.+)")
NUMBERED = re.compile(r"\b(?:MTU|row) (\d+)\b")
TIMED = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}Z")
WAY = re.compile(r"\b(forward|backward)\b")
FieldOf = Callable[[Sequence[str], Mistake], str]


def pointed(
    sheet: MtuSheet, mistakes: Iterable[Mistake], column_of: FieldOf, sent: Sequence[int] | None = None
) -> dict[tuple[int, str], str]:
    """Return what is wrong by row and column; `*` is the whole row. What points nowhere is in the list alone.

    Args:
        sheet: What was sent.
        mistakes: Of the door.
        column_of: Returns the column of a field of an MTU, given as its parts.
        sent: Rows that were sent, where not all were.
    """
    found: dict[tuple[int, str], str] = {}
    rows = {start: i for i, start in enumerate(sheet.starts)}
    sent = range(len(sheet.starts)) if sent is None else sent
    for mistake in mistakes:
        said = f"{mistake.what} {mistake.fix}"
        place = PLACE.search(mistake.where)
        if place is not None:
            path = [part for part in re.split(r"[.\[\]]+", place[2]) if part]
            found[_row(sent, int(place[1])), column_of(path, mistake)] = said
            continue
        way = WAY.search(mistake.where)
        name = column_of([f"{way[1]}_mw"], mistake) if way else "*"
        if number := NUMBERED.search(mistake.where):
            found[_row(sent, int(number[1]) - 1), name] = said
        for at in TIMED.findall(f"{mistake.where} {mistake.what}"):
            if at in rows:
                found[rows[at], name] = said
    return found


def _row(sent: Sequence[int], at: int) -> int:
    """Return the row that was sent in a place; -1, which no sheet has, where none was."""
    return sent[at] if 0 <= at < len(sent) else -1
