"""Series of a document on lines, directions and MTUs of a market.

A line is named by its EIC, or by the two zones where no other line joins them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from walras.capacity.elements import IntArray
from walras.errors import BadInput, Mistake
from walras.formats import esmp
from walras.service.capacity.state import State
from walras.service.esmp.eics import Eics
from walras.service.esmp.view import electric_lines

Place = tuple[int, int]
"""Number of a line, and direction."""


def lines_between(state: State, eics: Eics, out_zone: str | None, in_zone: str | None, line: str | None) -> list[Place]:
    """Return the lines that lead out of one zone into another, each with its direction; those of an EIC alone."""
    found = []
    for e in electric_lines(state):
        item = state.elements.items[e]
        ends = [eics.zones.get(item.from_areas[0]), eics.zones.get(item.to_areas[0])]
        if line is not None and eics.lines.get(item.name) != line:
            continue
        found += [(e, d) for d in (0, 1) if (out_zone, in_zone) == (ends[d], ends[1 - d])]
    return found


def line_of(state: State, eics: Eics, series: esmp.CapacitySeries, where: str) -> Place:
    """Return line and direction of a capacity.

    Raises:
        BadInput: None or several of the market's lines are meant (rule `esmp_line`).
    """
    found = lines_between(state, eics, series.out_zone, series.in_zone, series.line)
    if len(found) == 1:
        return found[0]
    if not found:
        what = f"no line of electricity leads from {series.out_zone} to {series.in_zone}"
        what += f" with the EIC {series.line}" if series.line else ""
        fix = "Name zones that a line of the market joins."
    else:
        names = ", ".join(state.elements.items[e].name for e, _ in found)
        what = f"{len(found)} lines lead from {series.out_zone} to {series.in_zone}: {names}"
        fix = "Name the line in connectingLine_RegisteredResource.mRID; lines without an EIC need one in the market."
    raise BadInput([Mistake(what, where, "esmp_line", fix)])


def by_mtu(periods: Sequence[esmp.Period], starts: IntArray, minutes: int, where: str) -> IntArray:
    """Return the power in each MTU, kW; (t,). A longer block counts for each MTU in it.

    Raises:
        BadInput: Blocks do not hold whole MTUs (`esmp_resolution`), or leave some out (`esmp_period`).

    Example:
        >>> hours = esmp.Period(0, 60, np.array([5000, 7000]))
        >>> by_mtu([hours], np.arange(0, 120, 30), 30, "a series").tolist()
        [5000, 5000, 7000, 7000]
    """
    kw, is_given = np.zeros(len(starts), dtype=np.int64), np.zeros(len(starts), dtype=bool)
    for period in periods:
        if period.minutes % minutes or (period.start - starts[0]) % minutes:
            what = f"blocks of {period.minutes} minutes do not hold whole MTUs of {minutes} minutes"
            fix = f"Send a resolution of PT{minutes}M, or a multiple of it."
            raise BadInput([Mistake(what, where, "esmp_resolution", fix)])
        inside = (starts >= period.start) & (starts < period.end)
        kw[inside] = period.kilowatts[(starts[inside] - period.start) // period.minutes]
        is_given |= inside
    if not is_given.all():
        what = f"{int((~is_given).sum())} of the day's {len(starts)} MTUs are left out"
        raise BadInput([Mistake(what, where, "esmp_period", "Send every MTU of the delivery day.")])
    return kw
