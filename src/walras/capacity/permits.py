"""Permits: who may use a line or cross-section, in which direction, up to how much, from which day to which.

Markets that trade across a border by permission have a cap and dates of validity a line (rules
list E, cross-border trade). One holder has one permit for an element and direction at a time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from walras.capacity.elements import IntArray
from walras.capacity.layers import DIRECTIONS
from walras.capacity.taking import MOST_NAMED, utc_text
from walras.errors import Mistake


@dataclass(frozen=True)
class Permit:
    """One permit; valid in `[begin, end)`, UTC minutes."""

    permit: str
    holder: str
    element: str
    direction: int
    most_kw: int
    begin: int
    end: int


def permitted(permits: Iterable[Permit], holder: str, element: str, direction: int, starts: IntArray) -> IntArray:
    """Return how much a holder may use in each MTU, 0 where no permit is valid, kW; (t,).

    Example:
        >>> permit = Permit("P-1", "M-0001", "North-South", 0, 5000, 60, 120)
        >>> permitted([permit], "M-0001", "North-South", 0, np.array([0, 60, 120])).tolist()
        [0, 5000, 0]
    """
    most = np.zeros(len(starts), dtype=np.int64)
    for p in permits:
        if (p.holder, p.element, p.direction) == (holder, element, direction):
            most[(starts >= p.begin) & (starts < p.end)] = p.most_kw
    return most


def beyond(
    permits: Iterable[Permit], holder: str, element: str, direction: int, starts: IntArray, used_kw: IntArray
) -> list[Mistake]:
    """Return a mistake for each MTU in which a holder would use more than it may, with all its contracts together."""
    most = permitted(permits, holder, element, direction, starts)
    over = np.flatnonzero(used_kw > most)
    where = f"{element} {DIRECTIONS[direction]}"
    found = []
    for t in over[:MOST_NAMED]:
        said = f"is permitted {most[t] / 1000:g} MW" if most[t] else "has no valid permit"
        what = f"{holder} {said} and would use {used_kw[t] / 1000:g} MW"
        fix = "Lower the volume, or ask for a permit for that time."
        found.append(Mistake(what, f"{where} {utc_text(int(starts[t]))}", "permit_covers", fix))
    if len(over) > MOST_NAMED:
        what = f"{len(over) - MOST_NAMED} more MTUs lie beyond the permit"
        found.append(Mistake(what, where, "permit_covers", "Lower the volume in each of them."))
    return found


def overlapping(permits: Iterable[Permit], new: Permit) -> list[Permit]:
    """Return the permits of the same holder, element and direction whose validity overlaps a new one's."""
    return [
        p
        for p in permits
        if (p.holder, p.element, p.direction) == (new.holder, new.element, new.direction)
        and p.begin < new.end
        and new.begin < p.end
    ]
