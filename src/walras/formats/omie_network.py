"""Iberian network: the line between Spain and Portugal, and the French border.

`capacidad_inter_pbc` (ISO 8859-1, `;`, decimal comma, points between thousands): a title, an
empty line, a heading, then a row a border and period. Columns: period, day, border, import
capacity, its occupation, free import, export capacity, ... Import is not positive and export
not negative, both as Spain sees them, so they bound the exchange from Spain. Borders: 2
Portugal, 3 France; Andorra (4) and Morocco (5) trade elsewhere.

The French price comes in MTUs of 60, 30 or 15 minutes, in local time, oldest first; France
trades an hour at the mean of its MTUs, as a price-taking border does: one direction at a time.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from walras.book.cells import FloatArray
from walras.book.network import Borders, Lines
from walras.book.read_network import MOST_MW, MOST_PRICE
from walras.formats.omie_day import TIME_ZONE, Day

CAPACITIES = "capacidad_inter_pbc"
PRICES = "entsoe_fr_day_ahead_prices"
HEADING = 3
PORTUGAL, FRANCE = "2", "3"
BORDERS = {PORTUGAL: "Portugal", FRANCE: "France"}
COLUMNS = {3: "import capacity", 6: "export capacity"}


def network_of(capacities: bytes, french: bytes, day: Day) -> tuple[Lines, Borders]:
    """Return the line ES-PT and the border ES-FR."""
    bounds = _bounds(capacities, day)
    price = _hourly_price(french, day)
    first, hours = day.cells.first, np.arange(day.hours)
    zero, one = np.zeros(1, dtype=np.int64), np.ones(1, dtype=np.int64)
    to_portugal, to_france = bounds[PORTUGAL], bounds[FRANCE]
    line = Lines(
        ("ES-PT",), zero, one, np.array([60]), np.zeros(day.hours, dtype=np.int64), day.first_minute + 60 * hours,
        first[0] + hours, np.ones_like(hours), first[1] + hours, np.ones_like(hours),
        to_portugal[1], -to_portugal[0] + 0.0,
    )  # fmt: skip
    border = Borders(
        ("ES-FR",), ("FR",), zero, zero, np.zeros(day.hours, dtype=np.int64), first[0] + hours,
        price, to_france[1], -to_france[0] + 0.0, np.full(day.hours, np.nan),
    )  # fmt: skip
    return line, border


def _bounds(data: bytes, day: Day) -> dict[str, FloatArray]:
    """Return least and greatest exchange from Spain for each border and period, MW; shapes (2, periods)."""
    out = {border: np.full((2, day.hours), np.nan) for border in BORDERS}
    for number, line in enumerate(data.decode("latin-1").splitlines()[HEADING:], HEADING + 1):
        fields = [f.strip() for f in line.split(";")]
        if not any(fields):
            continue
        where = f"{CAPACITIES} line {number}"
        if len(fields) <= max(COLUMNS):
            day.findings.add("the line is cut off", where, "line_length", "Fetch the file again.")
        elif fields[1] != f"{day.date:%d/%m/%Y}":
            fix = f"Send the capacities of {day.date:%d/%m/%Y}."
            day.findings.add(f"the row is of {fields[1]!r}", where, "day_present", fix)
        elif not (fields[0].isdecimal() and 1 <= int(fields[0]) <= day.hours):
            fix = f"{day.date} has the periods 1 to {day.hours}."
            day.findings.add(f"period {fields[0]!r} is outside the delivery day", where, "period_inside_day", fix)
        elif fields[2] in BORDERS:
            _read_row(fields, where, out[fields[2]][:, int(fields[0]) - 1], day)
    for border, values in out.items():
        missing = [str(t + 1) for t in np.flatnonzero(np.isnan(values).any(axis=0))]
        if missing and not any(m.where.startswith(CAPACITIES) for m in day.findings.mistakes):
            what = f"border {border} ({BORDERS[border]}) has no capacity in period {', '.join(missing)}"
            day.findings.add(what, CAPACITIES, "every_period", "Add one row for every missing period.")
    return out


def _read_row(fields: list[str], where: str, goal: FloatArray, day: Day) -> None:
    """Put import and export capacity of one row in their place."""
    if not np.isnan(goal).all():
        what = f"border {fields[2]} has period {fields[0]} twice"
        day.findings.add(what, where, "period_once", "Keep one row a period.")
    for at, (column, title) in enumerate(COLUMNS.items()):
        try:
            value = float(fields[column].replace(".", "").replace(",", "."))
        except ValueError:
            fix = "Send a number, decimal comma."
            day.findings.add(f"{title} {fields[column]!r} is not a number", where, "source_values", fix)
            continue
        if not abs(value) <= MOST_MW:
            what, fix = f"{title} {fields[column]} is beyond {MOST_MW:,.0f} MW", "Send a real figure."
            day.findings.add(what, where, "number_sensible", fix)
        elif value > 0 if at == 0 else value < 0:
            what = f"{title} {fields[column]} is {'positive' if at == 0 else 'negative'}"
            fix = "Send imports from below and exports from above 0, as Spain sees them."
            day.findings.add(what, where, "capacity_sign", fix)
        goal[at] = value


def _hourly_price(data: bytes, day: Day) -> FloatArray:
    """Return the French price of each hour, EUR/MWh: the mean of its MTUs; shape (hours,)."""
    unknown = np.zeros(day.hours)
    layout: dict[str, type[pl.DataType]] = {
        "MTU (CET/CEST)": pl.String, "Area": pl.String, "Day-ahead Price (EUR/MWh)": pl.Float64,
    }  # fmt: skip
    table = day.csv(PRICES, data, layout)
    if table is None:
        return unknown
    count, rest = divmod(table.height, day.hours)
    if rest or count not in {1, 2, 4}:
        fix = "Send one price for every hour, half-hour or quarter-hour of the day."
        what = f"{table.height} prices for a day of {day.hours} hours"
        day.findings.add(what, PRICES, "every_period", fix)
        return unknown
    for row, start, area, price in table.iter_rows():
        due = _local(day.first_minute + (row - 1) * 60 // count)
        if not start.startswith(due):
            fix = "Sort the rows of the delivery day by time."
            day.findings.add(f"MTU {start!r} stands where {due} is due", f"{PRICES} row {row}", "mtu_on_grid", fix)
        if not abs(price) <= MOST_PRICE:
            what, fix = f"a price of {price} EUR/MWh", "Send a real figure."
            day.findings.add(what, f"{PRICES} row {row}", "number_sensible", fix)
        if area != "BZN|FR":
            day.findings.add(f"area {area!r} is not France", f"{PRICES} row {row}", "zone_known", "Send BZN|FR.")
    mean: FloatArray = table["Day-ahead Price (EUR/MWh)"].to_numpy().reshape(day.hours, count).mean(axis=1)
    return mean


def _local(minute: int) -> str:
    """Return a UTC minute as the file writes it.

    >>> _local(29174280)
    '21/06/2025 00:00:00'
    """
    return datetime.fromtimestamp(minute * 60, tz=UTC).astimezone(ZoneInfo(TIME_ZONE)).strftime("%d/%m/%Y %H:%M:%S")
