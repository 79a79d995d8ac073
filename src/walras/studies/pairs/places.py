"""The cells of one day: every zone and carrier on the time grid of its carrier.

Axes: c cells, g grids sorted by zone and carrier. A carrier's day begins at its own local hour
and ends at the same hour of the next day, so it has 23 or 25 hours where clocks change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from walras.book.cells import Cells, Grid, IntArray, Zone
from walras.studies.pairs.pair import WHOLE_DAY, CarrierTerms, Pair


@dataclass(frozen=True)
class Places:
    """Cells, and where to find a zone and carrier among them.

    Attributes:
        grid_of: Grid of each zone and carrier.
        local_hour: Local hour in which each cell starts; shape (c,).
        local_day: Days after the delivery day on which it starts, by local date; shape (c,).
    """

    cells: Cells
    grid_of: dict[tuple[str, str], int]
    local_hour: IntArray
    local_day: IntArray

    def span(self, zone: str, carrier: str) -> slice:
        """Return the cells of a zone and carrier."""
        grid = self.grid_of[zone, carrier]
        return slice(int(self.cells.first[grid]), int(self.cells.first[grid + 1]))


def places_of(pair: Pair, day: date) -> Places:
    """Return the cells of a day."""
    zones = sorted(pair.zones, key=lambda z: z.zone)
    horizon = {name: _horizon(pair, terms, day) for name, terms in pair.carriers.items()}
    grids: list[Grid] = []
    grid_of: dict[tuple[str, str], int] = {}
    for z, row in enumerate(zones):
        for carrier in sorted(row.carriers):
            terms, (start, end) = pair.carriers[carrier], horizon[carrier]
            minutes = terms.mtu_minutes if terms.mtu_minutes != WHOLE_DAY else end - start
            low, high = (terms.price_tick.count(v) for v in (terms.price_min, terms.price_max))
            grid_of[row.zone, carrier] = len(grids)
            grids.append(Grid(z, carrier, minutes, start, end, low, high, terms.price_tick, terms.quantity_tick))
    cells = Cells(tuple(Zone(r.zone, None, r.state, r.latitude, r.longitude) for r in zones), tuple(grids))
    local = [datetime.fromtimestamp(60 * s, tz=UTC).astimezone(pair.time_zone) for s in cells.start.tolist()]
    hour = np.array([t.hour for t in local], dtype=np.int64)
    ahead = np.array([t.date().toordinal() - day.toordinal() for t in local], dtype=np.int64)
    return Places(cells, grid_of, hour, ahead)


def _horizon(pair: Pair, terms: CarrierTerms, day: date) -> tuple[int, int]:
    """Return where a carrier's day begins and ends, minutes UTC since 1970."""
    ends = (datetime.combine(d, terms.begins, tzinfo=pair.time_zone) for d in (day, day + timedelta(days=1)))
    start, end = (int(t.timestamp()) // 60 for t in ends)
    return start, end
