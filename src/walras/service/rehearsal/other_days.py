"""A member's orders of the script's day, for another day: the same plants and customers, other prices and loads.

What varies follows from the day and the order's name alone, so a day is the same whenever it is played. Prices of
an order move together by up to `PRICE_SPREAD`, quantities of curves by up to `LOAD_SPREAD` and hour by hour by
`HOUR_SPREAD`; at weekends less is bought. Blocks, families and stores keep their quantities, for plants are as large
every day. A price at a limit of its grid says "at any price", and stays there.

Axes: rows of the order tables, every column as text. Units: those of the market folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from walras.book.columns import TIME_FORMAT
from walras.service.definition import GridTerms, MarketDefinition

PRICE_SPREAD, LOAD_SPREAD, HOUR_SPREAD = 0.03, 0.05, 0.015
WEEKEND = {"demand": 0.93, "supply": 1.0}
"""What is left of a curve's quantities on Saturday and Sunday."""
FULL_DAY = timedelta(hours=24)

Tables = dict[str, pl.DataFrame]


def is_full(day: date, zone: ZoneInfo) -> bool:
    """Return whether a day has 24 hours, as the day that the orders were written for.

    >>> is_full(date(2026, 3, 29), ZoneInfo("Europe/Zurich")), is_full(date(2026, 3, 28), ZoneInfo("Europe/Zurich"))
    (False, True)
    """
    return apart(day, day + timedelta(days=1), zone) == FULL_DAY


def apart(one: date, other: date, zone: ZoneInfo) -> timedelta:
    """Return how much later the second of two days begins."""
    return _midnight(other, zone) - _midnight(one, zone)


def on_another_day(tables: Tables, market: MarketDefinition, written: date, day: date, again: str = "") -> Tables:
    """Return a member's orders for another day.

    Args:
        tables: Orders as `orders.tables_of` gives them.
        market: Theirs; its grids hold limits and ticks.
        written: Day that they are written for.
        day: Day that they are wanted for, of 24 hours as well.
        again: Another word makes other prices of the same loads: somebody thought again.
    """
    by = apart(written, day, ZoneInfo(market.time_zone))
    grids = {(grid.zone, grid.carrier): grid for grid in market.grids}
    places = {
        row["order"]: (row["side"], grids[row["zone"], row["carrier"]])
        for frame in tables.values()
        for row in frame.iter_rows(named=True)
        if {"order", "side", "zone", "carrier"} <= set(frame.columns)
    }
    return {name: _varied(name, frame, places, (day, again), by) for name, frame in tables.items()}


def _varied(
    name: str, frame: pl.DataFrame, places: Mapping[str, tuple[str, GridTerms]], when: tuple[date, str],
    by: timedelta,
) -> pl.DataFrame:  # fmt: skip
    """Return one table with its times moved, its prices and, of curves, its quantities varied."""
    rows, (day, again) = [], when
    for row in frame.iter_rows(named=True):
        new = dict(row)
        if "mtu_start" in row:
            new["mtu_start"] = (datetime.strptime(row["mtu_start"], TIME_FORMAT) + by).strftime(TIME_FORMAT)
        if row.get("order") in places:
            side, grid = places[row["order"]]
            factor = 1 + PRICE_SPREAD * drawn(day, row["order"], "price", again)
            new |= {c: _price(row[c], factor, grid) for c in row if c.startswith("price_") and row[c]}
            if name == "curve_steps":
                new["quantity_mw"] = _quantity(row, side, grid, day)
        rows.append(new)
    return pl.DataFrame(rows, schema=frame.schema)


def drawn(day: date, *words: object) -> float:
    """Return a number from -1 to 1 that follows from a day and words alone.

    >>> drawn(date(2026, 2, 21), "plant") == drawn(date(2026, 2, 21), "plant")
    True
    """
    digest = hashlib.sha256("/".join([day.isoformat(), *map(str, words)]).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**47 - 1


def _price(text: str, factor: float, grid: GridTerms) -> str:
    price, low, high = float(text), grid.price_min_per_mwh, grid.price_max_per_mwh
    if price in {low, high}:
        return text
    tick = grid.price_tick_per_mwh
    return f"{min(max(round(price * factor / tick) * tick, low), high):.6f}"


def _quantity(row: Mapping[str, str], side: str, grid: GridTerms, day: date) -> str:
    """Return a step's quantity; all steps of an hour by one factor, and none vanishes."""
    factor = 1 + LOAD_SPREAD * drawn(day, row["order"], "load")
    factor += HOUR_SPREAD * drawn(day, row["order"], row["mtu_start"])
    factor *= WEEKEND[side] if day.weekday() >= 5 else 1.0
    tick, before = grid.quantity_tick_mw, float(row["quantity_mw"])
    return row["quantity_mw"] if before == 0 else f"{max(round(before * factor / tick), 1) * tick:.6f}"


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), zone).astimezone(UTC)
