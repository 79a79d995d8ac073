"""One Iberian delivery day on its way to a book: its cells, ticks, limits, mistakes and notes.

Axes: c cells, Spain's hours and then Portugal's. Period 1 begins at midnight in Madrid; a
day of daylight saving has 23 or 25.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from walras.book.cells import Cells, Grid, Tick, Zone
from walras.book.findings import Findings

TIME_ZONE = "Europe/Madrid"
PRICE_TICK, QUANTITY_TICK = Tick(1, 100), Tick(1, 10)
PRICES = (-500, 4000)
"""Price limits of the European day-ahead market, EUR/MWh."""

ZONES = (
    Zone("ES", "10YES-REE------0", "ES", 40.2, -3.6),
    Zone("PT", "10YPT-REN------W", "PT", 39.6, -8.0),
)


@dataclass
class Day:
    """A delivery day, what was found wrong with its files, and what was done that people should know."""

    date: date
    findings: Findings
    notes: list[str] = field(default_factory=list)

    @property
    def first_minute(self) -> int:
        """Return where the day begins, in UTC minutes since 1970."""
        return _midnight(self.date)

    @property
    def hours(self) -> int:
        """Return how many hours the day has."""
        return (_midnight(self.date + timedelta(days=1)) - self.first_minute) // 60

    @property
    def cells(self) -> Cells:
        """Return the hours of both zones."""
        begin = self.first_minute
        low, high = (PRICE_TICK.count(p) for p in PRICES)
        end = begin + 60 * self.hours
        return Cells(
            ZONES,
            tuple(
                Grid(z, "electricity", 60, begin, end, low, high, PRICE_TICK, QUANTITY_TICK) for z in range(len(ZONES))
            ),
        )

    def csv(self, name: str, data: bytes, layout: dict[str, type[pl.DataType]]) -> pl.DataFrame | None:
        """Return the columns of a layout with `row` from 1 before them, None if the table cannot be read."""
        try:
            table = pl.read_csv(
                io.BytesIO(data), columns=list(layout), schema_overrides=layout, row_index_name="row",
                row_index_offset=1,
            )  # fmt: skip
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as e:
            first = str(e).splitlines()[0]
            fix = f"Send comma-separated UTF-8 with the columns {', '.join(layout)}."
            self.findings.add(f"the table cannot be read: {first}", name, "source_table", fix)
            return None
        for column in layout:
            for row in table.filter(pl.col(column).is_null())["row"]:
                self.findings.add(f"{column} is missing", f"{name} row {row}", "source_values", f"Fill in {column}.")
        return table.drop_nulls().select("row", *layout)


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(TIME_ZONE)).timestamp()) // 60
