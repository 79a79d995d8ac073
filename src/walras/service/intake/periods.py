"""The MTUs of a period with one quantity, as people write blocks."""

from __future__ import annotations

from datetime import datetime, timedelta

from walras.book.market import MarketTerms
from walras.vocabulary import CARRIERS


def periods_of(
    market: MarketTerms, zone: object, carrier: object, start: datetime, end: datetime
) -> list[datetime] | None:
    """Return the starts of all MTUs from `start` to `end`, None if the period holds no whole MTUs of the horizon.

    Args:
        market: Whose MTUs.
        zone: Of the order; where it has no grid, `start` alone is returned, and the order itself is wrong.
        carrier: Of the order, likewise.
        start: Of the period, in UTC.
        end: Of the period, in UTC.
    """
    places = market.places
    if zone not in places.zones.names or carrier not in CARRIERS:
        return [start]
    number = int(places.lookup[places.zones.names.index(str(zone)), CARRIERS.index(str(carrier))])
    if number < 0:
        return [start]
    grid = places.cells.grids[number]
    first, last = (int(t.timestamp()) // 60 for t in (start, end))
    inside = grid.start <= first < last <= grid.end
    if not inside or (first - grid.start) % grid.mtu_minutes or (last - grid.start) % grid.mtu_minutes:
        return None
    return [start + timedelta(minutes=m) for m in range(0, last - first, grid.mtu_minutes)]
