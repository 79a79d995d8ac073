"""One Italian delivery day on its way to a book: its cells, and the checks of its rows.

Axes: c cells, zone by zone and hour by hour. Every check looks at whole columns; loops run
over mistakes only. Internal zones are the ends of internal lines; `formats.gme_network` and
`formats.gme_orders` read the rest of the tables through a `Day`.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from walras.book.cells import Cells, Grid, IntArray, Tick, Zone
from walras.errors import Mistake
from walras.formats.gme_tables import Tables

TIME_ZONE = "Europe/Rome"
PRICE_TICK, QUANTITY_TICK = Tick(1, 100), Tick(1, 1000)
PRICE_MIN, PRICE_MAX = -500.0, 4000.0
OFF_TICK = 1e-6
"""How far, in ticks, a number read from text may lie from a whole tick: floats, not freedom."""

ZONES = {
    z.name: z
    for z in (
        Zone("CALA", "10Y1001C--00096J", "IT", 38.9, 16.6),
        Zone("CNOR", "10Y1001A1001A70O", "IT", 43.4, 11.2),
        Zone("CSUD", "10Y1001A1001A71M", "IT", 41.7, 13.2),
        Zone("NORD", "10Y1001A1001A73I", "IT", 45.3, 9.6),
        Zone("SARD", "10Y1001A1001A74G", "IT", 40.1, 9.0),
        Zone("SICI", "10Y1001A1001A75E", "IT", 37.5, 14.1),
        Zone("SUD", "10Y1001A1001A788", "IT", 40.9, 16.4),
    )
}


def first_minute(day: date) -> int:
    """Return where a delivery day begins, in UTC minutes since 1970.

    >>> first_minute(date(1970, 1, 2))
    1380
    """
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(TIME_ZONE))
    return int(midnight.timestamp()) // 60


def hours_of(day: date) -> int:
    """Return how many hours a delivery day has.

    >>> hours_of(date(2025, 3, 30)), hours_of(date(2025, 10, 26))
    (23, 25)
    """
    return (first_minute(day + timedelta(days=1)) - first_minute(day)) // 60


class Day:
    """The tables of one day, its cells, and the mistakes found so far."""

    def __init__(self, tables: Tables, day: date) -> None:
        self.tables, self.date, self.hours = tables, day, hours_of(day)
        self.mistakes: list[Mistake] = []
        links = tables["internal-transfer-capacities"]
        names = sorted(set(links["from_zone"]) | set(links["to_zone"]))
        self.zone_index = {name: i for i, name in enumerate(names)}
        begin = first_minute(day)
        self.cells = Cells(
            tuple(ZONES.get(name, Zone(name, None, "IT")) for name in names),
            tuple(
                Grid(
                    z,
                    "electricity",
                    60,
                    begin,
                    begin + 60 * self.hours,
                    PRICE_TICK.count(PRICE_MIN),
                    PRICE_TICK.count(PRICE_MAX),
                    PRICE_TICK,
                    QUANTITY_TICK,
                )
                for z in range(len(names))
            ),
        )

    def fail(self, table: str, frame: pl.DataFrame, bad: pl.Expr, *, what: str, rule: str, fix: str) -> None:
        """Collect one mistake for each row where `bad` holds; `what` is filled from the row's columns."""
        for row in frame.filter(bad).iter_rows(named=True):
            self.mistakes.append(Mistake(what.format(**row), f"{table} row {row['row']}", rule, fix))

    def periods(self, name: str) -> pl.DataFrame:
        """Return a table whose periods lie inside the day."""
        frame, inside = self.tables[name], pl.col("period").is_between(1, self.hours)
        fix = f"{self.date} has the periods 1 to {self.hours} in {TIME_ZONE}."
        self.fail(
            name, frame, ~inside, what="period {period} is outside the delivery day", rule="period_inside_day", fix=fix
        )
        return frame.filter(inside)

    def once(self, name: str, frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
        """Return rows after checking that no key has a period twice."""
        twice = pl.struct(*keys, "period").is_duplicated()
        if not frame.select(twice.any()).item():
            return frame
        what = "-".join(f"{{{k}}}" for k in keys) + " has period {period} twice"
        self.fail(name, frame, twice, what=what, rule="period_once", fix="Keep one row a period.")
        return frame.unique([*keys, "period"], keep="first")

    def complete(self, name: str, frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
        """Return rows sorted by keys and period, after checking that each key has every period once."""
        frame = self.once(name, frame, keys)
        for *key, n in frame.group_by(keys).len().filter(pl.col("len") != self.hours).sort(keys).iter_rows():
            what = f"{'-'.join(map(str, key))} has {n} of {self.hours} periods on {self.date}"
            self.mistakes.append(Mistake(what, name, "every_period", "Add one row for every missing period."))
        return frame.sort(*keys, "period")

    def on_tick(self, name: str, frame: pl.DataFrame, column: str, tick: Tick) -> pl.Expr:
        """Return a column in ticks, after checking that its values are whole ticks."""
        ticks = pl.col(column) * tick.scale / tick.step
        off = (ticks - ticks.round()).abs() > OFF_TICK
        self.fail(
            name,
            frame,
            off,
            what=f"{column} {{{column}}} is off the tick",
            rule="on_tick",
            fix=f"Use steps of {tick.size}.",
        )
        return ticks.round().cast(pl.Int64)

    def known_zones(self, name: str, frame: pl.DataFrame) -> pl.DataFrame:
        """Return rows whose zone an internal line joins."""
        known = pl.col("zone").is_in(list(self.zone_index))
        fix = f"Use {', '.join(self.zone_index)}, or add the zone's lines to internal-transfer-capacities."
        self.fail(name, frame, ~known, what="no internal zone {zone!r}", rule="zone_known", fix=fix)
        return frame.filter(known)


def numbers_of(names: pl.Series, index: dict[str, int]) -> IntArray:
    """Return the number of each name."""
    if not len(names):
        return np.zeros(0, dtype=np.int64)
    return names.replace_strict(index, return_dtype=pl.Int64).to_numpy()
