"""The Italian day-ahead market: the operator's public offers, as tidy tables, to a book.

Layouts: `formats.gme_tables.LAYOUT`. Seven internal zones and six internal lines make
the market; an edge with exactly one internal end leads to the world outside.

- `borders="prices"`: such an edge is a price-taking border at the neighbour's published
  price, within the published capacity. `borders="exchanges"`: what was published as
  exchanged is fixed (positive = export from the zone).
- `blocks="decide"`: the curves without blocks, and the block orders beside them, whole or
  not at all. `blocks="published"`: the curves into which the operator folded accepted
  blocks at the price limits, and no block orders.

Edges between two places outside are ignored. One curve a zone and side, since members
are not published with their steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import polars as pl

from walras.book.book import Book
from walras.formats.gme_book import CURVES, book_of_day
from walras.formats.gme_day import first_minute
from walras.formats.gme_tables import Tables, days_of, read_tables
from walras.vocabulary import Outcome

BorderMode = Literal["prices", "exchanges"]
BlockMode = Literal["decide", "published"]

OUTCOMES = {
    "ACC": Outcome.ACCEPTED.value,
    "REJ": Outcome.REJECTED.value,
    "PREJ": Outcome.PARADOXICALLY_REJECTED.value,
}


@dataclass(frozen=True)
class Published:
    """What the operator published of one day; `mtu_start` is in UTC.

    Attributes:
        prices: zone, mtu_start, price_eur_per_mwh (as published, more than two decimals occur).
        exchanges: border, zone, neighbour, mtu_start, exchange_mw (positive = export).
        flows: line, mtu_start, exchange_mw (positive along the line).
        blocks: order, outcome (accepted, rejected, paradoxically_rejected).
    """

    prices: pl.DataFrame
    exchanges: pl.DataFrame
    flows: pl.DataFrame
    blocks: pl.DataFrame


@dataclass(frozen=True)
class GmeSource:
    """Days of the Italian market held in memory: read once, converted one by one."""

    days: tuple[date, ...]
    tables: dict[date, Tables]

    @staticmethod
    def read(
        src: Path,
        days: Sequence[date] | None = None,
        *,
        borders: BorderMode = "prices",
        blocks: BlockMode = "decide",
        published: bool = False,
    ) -> GmeSource:
        """Return the days of a folder (all of them unless given), each table read once.

        Raises:
            BadInput: See `gme_tables.read_tables`.
        """
        names = [CURVES[blocks], "internal-transfer-capacities"]
        names += ["transfer-capacities", "published-prices"] if borders == "prices" else ["published-exchanges"]
        names += ["block-orders"] if blocks == "decide" else []
        if published:
            names += ["published-prices", "published-exchanges", "published-flows", "block-orders"]
        whole = read_tables(src, names, days)
        kept = tuple(days) if days is not None else tuple(days_of(whole[CURVES[blocks]]))
        parts = {n: t.partition_by("delivery_day", as_dict=True, include_key=False) for n, t in whole.items()}
        empty = {n: t.clear().drop("delivery_day") for n, t in whole.items()}
        return GmeSource(kept, {day: {n: parts[n].get((day.isoformat(),), empty[n]) for n in whole} for day in kept})

    def books(self, *, borders: BorderMode = "prices", blocks: BlockMode = "decide") -> Iterator[Book]:
        """Yield the book of each day, in order of days."""
        for day in self.days:
            yield book_of_day(self.tables[day], day, borders=borders, blocks=blocks)


def convert_gme(src: Path, day: date, *, borders: BorderMode = "prices", blocks: BlockMode = "decide") -> Book:
    """Return the book of one Italian delivery day.

    Args:
        src: Folder with the tables as `NAME.csv.gz` or `NAME.csv`.
        day: Delivery day.
        borders: `prices` (price-taking borders) or `exchanges` (fixed at what was published).
        blocks: `decide` (block orders beside the curves) or `published` (folded into the curves).

    Raises:
        BadInput: Every missing table, column, day, period and value, unknown zone, number off its tick
            or limit, and contradiction inside a block.
    """
    source = GmeSource.read(src, [day], borders=borders, blocks=blocks)
    return book_of_day(source.tables[day], day, borders=borders, blocks=blocks)


def published_gme(src: Path, day: date) -> Published:
    """Return what was published of one Italian delivery day (see `Published`)."""
    names = ("published-prices", "published-exchanges", "published-flows", "block-orders")
    return published_of_day(read_tables(src, names, [day]), day)


def published_of_day(tables: Tables, day: date) -> Published:
    """Return what was published of one day from tables that hold only that day."""
    start = _starts(day)
    prices = tables["published-prices"].select("zone", start, "price_eur_per_mwh")
    exchanges = tables["published-exchanges"].select(
        pl.concat_str("zone", "external_zone", separator="-").alias("border"),
        "zone",
        pl.col("external_zone").alias("neighbour"),
        start,
        pl.col("exchange_mwh").alias("exchange_mw"),
    )
    flows = tables["published-flows"].select(
        pl.concat_str("from_zone", "to_zone", separator="-").alias("line"),
        start,
        pl.col("flow_mwh").alias("exchange_mw"),
    )
    blocks = (
        tables["block-orders"]
        .group_by(pl.col("block_id").alias("order"))
        .agg(pl.col("published_status").first().replace(OUTCOMES).alias("outcome"))
    )
    return Published(
        prices.sort("zone", "mtu_start"),
        exchanges.sort("border", "mtu_start"),
        flows.sort("line", "mtu_start"),
        blocks.sort("order"),
    )


def _starts(day: date) -> pl.Expr:
    minutes = first_minute(day) + (pl.col("period") - 1) * 60
    return (minutes * 60_000_000).cast(pl.Datetime("us", "UTC")).alias("mtu_start")
