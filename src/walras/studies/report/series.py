"""Columns over time for the page: prices and net positions by zone, exchanges by line.

Times are milliseconds of UTC, as browsers count; `Clock` gives each its label in the
market's time zone. Axes: g grids, l lines, b borders, and time within each.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from walras.book.book import Book
from walras.book.cells import Cells, IntArray
from walras.results.raw import Raw, net_exports
from walras.results.results import Results
from walras.results.tables import curtailments

MILLISECONDS = 60_000

LAYER = 0.4
"""How far apart carriers are drawn, as a share of the distance between the zones that lie farthest apart."""


@dataclass(frozen=True)
class Clock:
    """The market's time zone, for labels."""

    zone: ZoneInfo

    @staticmethod
    def of(book: Book) -> Clock:
        """Return the clock of a book."""
        return Clock(ZoneInfo(book.time_zone))

    def labels(self, book: Book) -> dict[str, list[str]]:
        """Return local and UTC label of every start of a cell or line period, by milliseconds."""
        every = np.unique(np.concatenate([book.cells.start, book.lines.period_start]))
        out = {}
        for minute in every.tolist():
            at = datetime.fromtimestamp(minute * 60, UTC)
            local = at.astimezone(self.zone)
            out[str(minute * MILLISECONDS)] = [f"{local:%d %b %H:%M}", f"{at:%Y-%m-%d %H:%M}Z"]
        return out

    def ticks(self, book: Book) -> dict[str, Any]:
        """Return places and local labels of the time axis, every third local hour, and its end."""
        start = min(g.start for g in book.cells.grids)
        end = max(g.end for g in book.cells.grids)
        every = 3 if end - start <= 36 * 60 else 12
        places, labels, at = [], [], datetime.fromtimestamp(start * 60, UTC)
        while at <= datetime.fromtimestamp(end * 60, UTC):
            local = at.astimezone(self.zone)
            if local.minute == 0 and local.hour % every == 0:
                places.append(int(at.timestamp()) * 1000)
                labels.append(f"{local:%H:%M}")
            at += timedelta(minutes=15)
        return {"places": places, "labels": labels, "end": end * MILLISECONDS}


def zone_series(book: Book, results: Results) -> list[dict[str, Any]]:
    """Return one entry a zone and carrier: starts, prices, price interval, net position."""
    cells, raw = book.cells, Raw(book)
    net = net_exports(raw, results.published)
    carriers = {g.carrier for g in cells.grids}
    out = []
    for g, grid in enumerate(cells.grids):
        here = slice(int(cells.first[g]), int(cells.first[g + 1]))
        zone = cells.zones[grid.zone]
        out.append(
            {
                "label": zone.name if len(carriers) == 1 else f"{zone.name} ({grid.carrier})",
                "country": zone.country,
                "carrier": grid.carrier,
                "minutes": grid.mtu_minutes,
                "start": cells.start[here] * MILLISECONDS,
                "price": results.price[here],
                "low": results.price_low[here],
                "high": results.price_high[here],
                "net": np.round(net[here], 6),
                "decimals": grid.price_tick.decimals,
            }
        )
    return out


def network(book: Book, results: Results) -> dict[str, Any]:
    """Return places of zones, and exchange and capacity of every line and border over time."""
    volumes, lines, borders, cells = results.published, book.lines, book.borders, book.cells
    joined: list[dict[str, Any]] = []
    for i, name in enumerate(lines.name):
        mine = lines.period_line == i
        joined.append(
            {
                "name": name,
                "from": int(lines.from_grid[i]),
                "to": int(lines.to_grid[i]),
                "minutes": int(lines.minutes[i]),
                "start": lines.period_start[mine] * MILLISECONDS,
                "exchange": volumes.exchange[mine],
                "forward": lines.capacity_forward[mine],
                "backward": lines.capacity_backward[mine],
            }
        )
        if lines.has_losses:
            joined[-1]["received"] = volumes.received[mine]
    outside = []
    for i, name in enumerate(borders.name):
        mine = borders.period_border == i
        outside.append(
            {
                "name": name,
                "neighbour": borders.neighbour[i],
                "grid": int(borders.grid[i]),
                "fixed": bool(borders.is_fixed[i]),
                "start": cells.start[borders.period_cell[mine]] * MILLISECONDS,
                "exchange": volumes.border[mine],
                "export": borders.capacity_export[mine],
                "import": borders.capacity_import[mine],
                "price": borders.price[mine],
            }
        )
    return {"places": places(cells), "lines": joined, "borders": outside}


def places(cells: Cells) -> list[list[float]]:
    """Return x (east) and y (south) of each grid in degrees or on a circle; a carrier is a layer, the first on top."""
    zones, where = cells.zones, []
    if all(z.latitude is not None and z.longitude is not None for z in zones):
        mean = math.radians(sum(z.latitude or 0.0 for z in zones) / len(zones))
        where = [((z.longitude or 0.0) * math.cos(mean), -(z.latitude or 0.0)) for z in zones]
    if len(set(where)) < len(zones):
        turn = [2 * math.pi * i / len(zones) for i in range(len(zones))]
        where = [(math.sin(a), -math.cos(a)) for a in turn]
    reach = max(max(axis) - min(axis) for axis in zip(*where, strict=True)) or 1.0
    carriers = sorted({g.carrier for g in cells.grids})
    return [[where[g.zone][0], where[g.zone][1] + LAYER * reach * carriers.index(g.carrier)] for g in cells.grids]


def curtailment_rows(book: Book, results: Results) -> list[dict[str, Any]]:
    """Return what a price at its limit left unserved (`results.tables.curtailments`), with the time in milliseconds."""
    rows = curtailments(Raw(book), results).to_dicts()
    return [r | {"mtu_start": int(r["mtu_start"].timestamp() * 1000)} for r in rows]


def spans_of(cells: Cells, members: IntArray) -> list[list[int]]:
    """Return [start, end] in milliseconds of each run of consecutive cells; `members` are sorted cells."""
    if not len(members):
        return []
    cuts = np.flatnonzero(np.diff(members) != 1) + 1
    runs = np.split(members, cuts)
    return [
        [int(cells.start[r[0]]) * MILLISECONDS, int(cells.start[r[-1]] + cells.minutes[r[-1]]) * MILLISECONDS]
        for r in runs
    ]
