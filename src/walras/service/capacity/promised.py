"""What sellers of bilateral contracts deliver beside the auction, as columns over the cells of a book.

Counted are confirmed contracts with one leg, whose first hop is a line of the market: they begin in the
zone at which that line begins in their direction. Contracts over cross-sections or several legs do not
say in which zone their energy is produced, and are left out. Read by the regulator's figures.
"""

from __future__ import annotations

import json

import numpy as np
from sqlalchemy import Connection

from walras.book.book import Book
from walras.oversight.obligations import Obligations
from walras.service.definition import MarketDefinition
from walras.service.store import contracts

KW = 1000.0


def promised(connection: Connection, market: str, definition: MarketDefinition, book: Book) -> Obligations:
    """Return the obligations of sellers in the cells of a book."""
    cells = book.cells
    ends = {line.line: (line.carrier, line.from_zone, line.to_zone) for line in definition.lines}
    grids = {(cells.zones[g.zone].name, g.carrier): i for i, g in enumerate(cells.grids)}
    begin, end = min(g.start for g in cells.grids), max(g.end for g in cells.grids)
    members: list[str] = []
    at, power = [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
    for row in contracts.alive(connection, market, begin, end):
        legs = json.loads(row.path)
        first = legs[0][0] if len(legs) == 1 and legs[0] else None
        if row.state != "confirmed" or first is None or first["element"] not in ends:
            continue
        carrier, start, finish = ends[first["element"]]
        grid = grids.get((start if first["direction"] == "forward" else finish, carrier))
        mtus, kw = contracts.volumes(connection, row.id)
        if grid is None or not len(mtus):
            continue
        here = np.arange(cells.first[grid], cells.first[grid + 1])
        length = int(np.diff(mtus).min()) if len(mtus) > 1 else int(cells.minutes[here[0]])
        place = np.searchsorted(mtus, cells.start[here], side="right") - 1
        inside = (place >= 0) & (cells.start[here] < mtus[place] + length) & (kw[place] > 0)
        members += [row.seller] * int(inside.sum())
        at.append(here[inside])
        power.append(kw[place[inside]] / KW)
    cell = np.concatenate(at)
    return Obligations(tuple(members), cell, np.concatenate(power), np.ones(len(cell), dtype=bool))
