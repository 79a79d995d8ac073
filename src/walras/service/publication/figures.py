"""The figures of one result as the pages draw them: prices, positions and links over spans of time.

A *link* is whatever carries energy between two places of a picture: a line, a border (to a
neighbour outside), or a zone's exchange with a flow-based domain. Times are aware datetimes in
UTC; prices per MWh in the market's currency; MW positive along the link, positions positive
towards export.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import polars as pl
from sqlalchemy import Connection

from walras.results.minor_units import decimals_of
from walras.service.publication import reading
from walras.service.publication.bundle_network import Network, Room, network_of
from walras.service.publication.reading import Published

Cell = tuple[str, str]
"""Zone and carrier."""
MOST_DECIMALS = 9
"""Of a tick."""


@dataclass(frozen=True)
class Series:
    """Values of spans that do not overlap, in order of time."""

    begin: tuple[datetime, ...]
    end: tuple[datetime, ...]
    value: tuple[float, ...]

    def mean(self, begin: datetime, end: datetime) -> float | None:
        """Return the mean over a window, weighed by time; None if no span lies in it.

        >>> day = datetime(2026, 1, 1)
        >>> one, three = day + timedelta(hours=1), day + timedelta(hours=3)
        >>> both = Series((day, one), (one, three), (30.0, 60.0))
        >>> both.mean(day, three), both.mean(day - timedelta(hours=1), day)
        (50.0, None)
        """
        total, weight = 0.0, 0.0
        for first, last, value in zip(self.begin, self.end, self.value, strict=True):
            inside = (min(last, end) - max(first, begin)).total_seconds()
            if inside > 0:
                total, weight = total + value * inside, weight + inside
        return total / weight if weight else None

    @property
    def whole(self) -> float | None:
        """The mean over all of it."""
        return self.mean(self.begin[0], self.end[-1]) if self.begin else None


@dataclass(frozen=True)
class Link:
    """What carries energy between two places.

    Attributes:
        name, kind: Of the line, border or domain; `line`, `border` or `domain`.
        carrier: Empty if nothing published says it.
        source, target: Places; positive along from source to target.
        sent, received: In MW.
        room: Limits of each period, None where unknown.
        tick: The step of its quantities: less room than that is none.
        tariff: Per MWh that is sent.
    """

    name: str
    kind: str
    carrier: str
    source: str
    target: str
    sent: Series
    received: Series
    room: tuple[Room | None, ...]
    tick: float = 0.0
    tariff: float = 0.0

    @cached_property
    def full(self) -> tuple[int, ...]:
        """For each period 1 if it is at its limit along the link, -1 against it, 0 if it has room or is closed."""
        return tuple(self._full(value, room) for value, room in zip(self.sent.value, self.room, strict=True))

    def _full(self, sent: float, room: Room | None) -> int:
        forward, backward = room or (None, None)
        slack = max(self.tick, 1e-6) * (1 - 1e-6)
        if forward is not None and sent > 0 and sent > forward - slack:
            return 1
        return -1 if backward is not None and sent < 0 and -sent > backward - slack else 0

    def limit(self, i: int) -> float | None:
        """Return the limit in the direction of a period's exchange, None where none is known."""
        room = self.room[i]
        return None if room is None else room[1 if self.sent.value[i] < 0 else 0]

    def during(self, begin: datetime, end: datetime) -> list[int]:
        """Return the numbers of the periods that lie in a window at least in part."""
        spans = zip(self.sent.begin, self.sent.end, strict=True)
        return [i for i, (first, last) in enumerate(spans) if min(last, end) > max(first, begin)]


@dataclass(frozen=True)
class Figures:
    """All that the pictures of one result need.

    Attributes:
        currency: ISO code, empty if there are no prices.
        price, position: By zone and carrier.
        links: In order of their names.
        network: Of the public bundle.
    """

    currency: str
    price: Mapping[Cell, Series]
    position: Mapping[Cell, Series]
    links: tuple[Link, ...]
    network: Network

    @cached_property
    def carriers(self) -> list[str]:
        """Carriers with prices, electricity first."""
        return sorted({c for _, c in self.price}, key=lambda c: (c != "electricity", c))

    @cached_property
    def starts(self) -> list[datetime]:
        """When MTUs begin, of any carrier; the numbers of `?mtu=` count these from 1."""
        return sorted({b for series in self.price.values() for b in series.begin})

    def zones(self, carrier: str) -> list[str]:
        """Return the zones that have prices of a carrier."""
        return sorted(z for z, c in self.price if c == carrier)

    def price_decimals(self, carrier: str) -> int:
        """Return with how many decimals prices of a carrier are written: those of its tick, two at the least.

        Where money has no decimals the least is none.
        """
        least = min(2, decimals_of(self.currency))
        return self._decimals(carrier, self.network.price_tick, self.price, least)

    def power_decimals(self, carrier: str) -> int:
        """Return with how many decimals powers of a carrier are written: those of its tick, one at the least."""
        return self._decimals(carrier, self.network.quantity_tick, self.position, 1)

    def _decimals(self, carrier: str, ticks: Mapping[Cell, float], series: Mapping[Cell, Series], least: int) -> int:
        """Return the decimals of the ticks, or of the values where no tick is published."""
        own = {tick for (_, c), tick in ticks.items() if c == carrier}
        return decimals_for(own or {v for (_, c), s in series.items() if c == carrier for v in s.value}, least)

    def window(self, mtu: int | None) -> tuple[datetime, datetime]:
        """Return the span of a numbered MTU up to the next begin, or of the whole day."""
        last = max(series.end[-1] for series in self.price.values())
        if mtu is None:
            return self.starts[0], last
        following = self.starts[mtu] if mtu < len(self.starts) else last
        return self.starts[mtu - 1], following

    def links_of(self, carrier: str) -> list[Link]:
        """Return the links of a carrier; those whose carrier nobody published go where both ends have prices."""
        zones = set(self.zones(carrier))
        return [
            n for n in self.links
            if n.carrier == carrier or (not n.carrier and carrier == self.carriers[0] and zones & {n.source, n.target})
        ]  # fmt: skip


def figures_of(
    connection: Connection, of: Published, network: Network | None = None, name: str = "prices"
) -> Figures | None:
    """Return the figures of a result, None if it has no prices.

    Args:
        connection: Of the store.
        of: Which result.
        network: To be taken instead of that in the bundle.
        name: Of the table of prices.
    """
    table = reading.table(connection, of, name)
    if table is None or not table.height:
        return None
    column = price_column(table)
    network = network_of(connection, of) if network is None else network
    price = _cells(table, column, {})
    lengths = {(*cell, b): e for cell, s in price.items() for b, e in zip(s.begin, s.end, strict=True)}
    positions = reading.table(connection, of, "net_positions")
    position = {} if positions is None else _cells(positions, "net_position_mw", lengths)
    links = [
        *_lines(reading.table(connection, of, "scheduled_exchanges"), network),
        *_borders(reading.table(connection, of, "border_exchanges"), network, lengths),
        *_domains(reading.table(connection, of, "domain_exchanges"), network),
    ]
    currency = column.removeprefix("price_").removesuffix("_per_mwh").upper()
    return Figures(currency, price, position, tuple(links), network)


def decimals_for(values: Iterable[float], least: int) -> int:
    """Return with how many decimals all values are written in full; the least where no number of them does.

    >>> decimals_for([0.01, 0.005], 2), decimals_for([0.5], 2), decimals_for([1 / 3], 2)
    (3, 2, 2)
    """
    found = list(values)
    whole = (d for d in range(least, MOST_DECIMALS + 1) if all(abs(v * 10**d - round(v * 10**d)) < 1e-6 for v in found))
    return next(whole, least)


def price_column(table: pl.DataFrame) -> str:
    """Return the column of a table that holds prices."""
    return next(c for c in table.columns if c.startswith("price_"))


def _cells(
    table: pl.DataFrame, column: str, lengths: Mapping[tuple[str, str, datetime], datetime]
) -> dict[Cell, Series]:
    out = {}
    for key, rows in table.sort("mtu_start").partition_by("zone", "carrier", as_dict=True).items():
        zone, carrier = str(key[0]), str(key[1])
        begins = rows["mtu_start"].to_list()
        if "minutes" in rows.columns:
            ends = [b + timedelta(minutes=m) for b, m in zip(begins, rows["minutes"].to_list(), strict=True)]
        else:
            known = [lengths.get((zone, carrier, b)) for b in begins]
            ends = [e or n for e, n in zip(known, _until_next(begins), strict=True)]
        out[zone, carrier] = Series(tuple(begins), tuple(ends), tuple(rows[column].to_list()))
    return out


def _until_next(begins: Sequence[datetime]) -> list[datetime]:
    """Return ends of times that follow each other without a gap; the last is as long as the one before.

    >>> [e.hour for e in _until_next([datetime(2026, 3, 1, 4), datetime(2026, 3, 1, 6)])]
    [6, 8]
    """
    last = begins[-1] - begins[-2] if len(begins) > 1 else timedelta(hours=1)
    return [*begins[1:], begins[-1] + last]


def _lines(table: pl.DataFrame | None, network: Network) -> Iterable[Link]:
    for (name, source, target), rows in _parts(table, "line", "from_zone", "to_zone"):
        begin = tuple(rows["mtu_start"].to_list())
        end = tuple(b + timedelta(minutes=m) for b, m in zip(begin, rows["minutes"].to_list(), strict=True))
        carrier = network.carrier.get(name, "")
        ticks = [network.quantity_tick.get((z, carrier), 0.0) for z in (source, target)]
        yield Link(
            name, "line", carrier, source, target, Series(begin, end, tuple(rows["exchange_mw"].to_list())),
            Series(begin, end, tuple(rows["received_mw"].to_list())),
            tuple(network.room.get((name, b)) for b in begin), max(ticks), network.tariff.get(name, 0.0),
        )  # fmt: skip


def _borders(
    table: pl.DataFrame | None, network: Network, lengths: Mapping[tuple[str, str, datetime], datetime]
) -> Iterable[Link]:
    for (name, zone, neighbour), rows in _parts(table, "border", "zone", "neighbour"):
        begin = tuple(rows["mtu_start"].to_list())
        carrier = network.carrier.get(name, "")
        ends = [lengths.get((zone, carrier, b)) for b in begin]
        end = tuple(e or b + timedelta(hours=1) for b, e in zip(begin, ends, strict=True))
        sent = Series(begin, end, tuple(rows["exchange_mw"].to_list()))
        room = tuple(network.room.get((name, b)) for b in begin)
        tick = network.quantity_tick.get((zone, carrier), 0.0)
        yield Link(name, "border", carrier, zone, neighbour, sent, sent, room, tick)


def _domains(table: pl.DataFrame | None, network: Network) -> Iterable[Link]:
    for (name, zone), rows in _parts(table, "domain", "zone"):
        begin = tuple(rows["mtu_start"].to_list())
        end = tuple(b + timedelta(minutes=m) for b, m in zip(begin, rows["minutes"].to_list(), strict=True))
        sent = Series(begin, end, tuple(rows["exchange_mw"].to_list()))
        yield Link(name, "domain", network.carrier.get(name, ""), zone, name, sent, sent, (None,) * len(begin))


def _parts(table: pl.DataFrame | None, *keys: str) -> list[tuple[tuple[str, ...], pl.DataFrame]]:
    if table is None or not table.height:
        return []
    parts = table.sort("mtu_start").partition_by(*keys, as_dict=True)
    return sorted(((tuple(map(str, k)), rows) for k, rows in parts.items()), key=lambda p: p[0])
