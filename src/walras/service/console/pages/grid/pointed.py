"""Which cell of a sheet a mistake is about: by the place in the body that was sent, or by the MTU that it names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from walras.errors import Mistake
from walras.service.console.mtu_sheet import MtuSheet

PLACE = re.compile(r"mtus[.\[](\d+)\]?[.](.+)")
NUMBERED = re.compile(r"\b(?:MTU|row) (\d+)\b")
TIMED = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}Z")
WAY = re.compile(r"\b(forward|backward)\b")
FieldOf = Callable[[Sequence[str], Mistake], str]


def pointed(sheet: MtuSheet, mistakes: Iterable[Mistake], column_of: FieldOf) -> dict[tuple[int, str], str]:
    """Return what is wrong by row and column; `*` is the whole row. What points nowhere is in the list alone.

    Args:
        sheet: What was sent.
        mistakes: Of the door.
        column_of: Returns the column of a field of an MTU, given as its parts.
    """
    found: dict[tuple[int, str], str] = {}
    rows = {start: i for i, start in enumerate(sheet.starts)}
    for mistake in mistakes:
        said = f"{mistake.what} {mistake.fix}"
        place = PLACE.search(mistake.where)
        if place is not None:
            path = [part for part in re.split(r"[.\[\]]+", place[2]) if part]
            found[int(place[1]), column_of(path, mistake)] = said
            continue
        way = WAY.search(mistake.where)
        name = column_of([f"{way[1]}_mw"], mistake) if way else "*"
        if number := NUMBERED.search(mistake.where):
            found[int(number[1]) - 1, name] = said
        for at in TIMED.findall(mistake.where):
            if at in rows:
                found[rows[at], name] = said
    return found
