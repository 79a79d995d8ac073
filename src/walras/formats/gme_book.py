"""Tables of one Italian delivery day to a book, checked row by row (see `formats.gme`).

Axes: c cells (zone by zone, hour by hour), k curve steps, l block legs, p line periods,
q border periods. Every check looks at columns; the loops below run over mistakes only.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from walras.book.book import Book
from walras.book.cells import Cells, FloatArray, Grid, IntArray, Tick, Zone
from walras.book.network import Borders, Lines
from walras.book.profile import load_profile
from walras.errors import BadInput, Mistake
from walras.formats.gme_tables import Tables
from walras.orders.blocks import BlockOrders
from walras.orders.curves import CurveOrders
from walras.orders.flexible import FlexibleOrders
from walras.orders.scalable import ScalableOrders

CURVES = {"decide": "simple-bid-curves", "published": "bid-curves"}
TIME_ZONE = "Europe/Rome"
PRICE_TICK, QUANTITY_TICK = Tick(1, 100), Tick(1, 1000)
PRICE_MIN, PRICE_MAX = -500.0, 4000.0
SIDES = {"supply": 1, "demand": -1}
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


def book_of_day(tables: Tables, day: date, *, borders: str, blocks: str) -> Book:
    """Return the book of one day from tables that hold only that day (see `formats.gme.convert_gme`).

    Raises:
        BadInput: Everything that is wrong in the tables of the day.
    """
    return _Day(tables, day).book(borders, blocks)


class _Day:
    """One day on its way to a book; collects mistakes while it converts."""

    def __init__(self, tables: Tables, day: date) -> None:
        self.tables, self.day, self.hours = tables, day, hours_of(day)
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

    def book(self, borders: str, blocks: str) -> Book:
        lines = self.lines()
        outside = self.taking_borders() if borders == "prices" else self.fixed_borders()
        curves = self.curves(CURVES[blocks])
        decided = self.blocks() if blocks == "decide" else BlockOrders.none()
        if self.mistakes:
            raise BadInput(self.mistakes)
        return Book(
            f"Italy {self.day}",
            "EUR",
            TIME_ZONE,
            self.day,
            load_profile("european", self.day),
            self.cells,
            lines,
            outside,
            curves,
            decided,
            FlexibleOrders.none(),
            ScalableOrders.none(),
        )

    def fail(self, table: str, frame: pl.DataFrame, bad: pl.Expr, *, what: str, rule: str, fix: str) -> None:
        """Collect one mistake for each row where `bad` holds; `what` is filled from the row's columns."""
        for row in frame.filter(bad).iter_rows(named=True):
            self.mistakes.append(Mistake(what.format(**row), f"{table} row {row['row']}", rule, fix))

    def periods(self, name: str) -> pl.DataFrame:
        """Return a table whose periods lie inside the day."""
        frame, inside = self.tables[name], pl.col("period").is_between(1, self.hours)
        fix = f"{self.day} has the periods 1 to {self.hours} in {TIME_ZONE}."
        self.fail(
            name, frame, ~inside, what="period {period} is outside the delivery day", rule="period_inside_day", fix=fix
        )
        return frame.filter(inside)

    def complete(self, name: str, frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
        """Return rows sorted by keys and period, after checking that each key has every period once."""
        twice = pl.struct(*keys, "period").is_duplicated()
        if frame.select(twice.any()).item():
            what = "period {period} of " + "-".join(f"{{{k}}}" for k in keys) + " is there twice"
            self.fail(name, frame, twice, what=what, rule="period_once", fix="Keep one row a period.")
            frame = frame.unique([*keys, "period"], keep="first")
        for *key, n in frame.group_by(keys).len().filter(pl.col("len") != self.hours).sort(keys).iter_rows():
            what = f"{'-'.join(map(str, key))} has {n} of {self.hours} periods on {self.day}"
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

    def lines(self) -> Lines:
        """Return the internal lines, named FROM-TO."""
        name = "internal-transfer-capacities"
        frame = self.complete(name, self.periods(name), ["from_zone", "to_zone"])
        below = (pl.col("forward_capacity_mwh") < 0) | (pl.col("reverse_capacity_mwh") < 0)
        self.fail(
            name,
            frame,
            below,
            what="a capacity is negative",
            rule="capacity_not_negative",
            fix="Send capacities from 0.",
        )
        frame = frame.with_columns(pl.format("{}-{}", "from_zone", "to_zone").alias("line")).sort("line", "period")
        ends = frame.unique("line", keep="first").sort("line")
        names = tuple(ends["line"])
        number = _index(frame["line"], {n: i for i, n in enumerate(names)})
        hour = frame["period"].to_numpy() - 1
        from_cell = self.cells.first[_index(frame["from_zone"], self.zone_index)] + hour
        to_cell = self.cells.first[_index(frame["to_zone"], self.zone_index)] + hour
        one = np.ones(len(frame), dtype=np.int64)
        return Lines(
            names,
            _index(ends["from_zone"], self.zone_index),
            _index(ends["to_zone"], self.zone_index),
            np.full(len(names), 60, dtype=np.int64),
            number,
            first_minute(self.day) + 60 * hour,
            from_cell,
            one,
            to_cell,
            one,
            frame["forward_capacity_mwh"].to_numpy() + 0.0,
            frame["reverse_capacity_mwh"].to_numpy() + 0.0,
        )

    def taking_borders(self) -> Borders:
        """Return edges with one internal end as price-taking borders, seen from the internal zone."""
        name = "transfer-capacities"
        inner = [pl.col(c).is_in(list(self.zone_index)) for c in ("from_zone", "to_zone")]
        frame = self.periods(name).filter(inner[0] ^ inner[1])
        wrong = (pl.col("min_flow_mwh") > 0) | (pl.col("max_flow_mwh") < 0)
        self.fail(
            name, frame, wrong, what="flow bounds exclude 0", rule="capacity_not_negative", fix="Send min <= 0 <= max."
        )
        out, back = pl.col("max_flow_mwh"), -pl.col("min_flow_mwh")
        frame = frame.select(
            "row",
            "period",
            zone=pl.when(inner[0]).then("from_zone").otherwise("to_zone"),
            neighbour=pl.when(inner[0]).then("to_zone").otherwise("from_zone"),
            # the bounds belong to the edge's own direction: export of a zone at the far end is its backward flow
            export=pl.when(inner[0]).then(out).otherwise(back) + 0.0,
            import_=pl.when(inner[0]).then(back).otherwise(out) + 0.0,
        )
        prices = self.periods("published-prices").select("period", "price_eur_per_mwh", neighbour="zone")
        prices = prices.filter(pl.col("neighbour").is_in(frame["neighbour"].unique().to_list()))
        prices = prices.unique(["neighbour", "period"], keep="first")
        frame = self.complete(name, frame, ["zone", "neighbour"])
        frame = frame.join(prices, on=["neighbour", "period"], how="left", maintain_order="left")
        what = "period {period} has no published price of the neighbour {neighbour}"
        self.fail(
            name,
            frame,
            pl.col("price_eur_per_mwh").is_null(),
            what=what,
            rule="border_price",
            fix="Add it to published-prices.",
        )
        nan = np.full(len(frame), np.nan)
        price, export, import_ = (frame[c].to_numpy() for c in ("price_eur_per_mwh", "export", "import_"))
        return self.borders(frame, False, price=price, export=export, import_=import_, exchange=nan)

    def fixed_borders(self) -> Borders:
        """Return the published exchanges as fixed borders."""
        name = "published-exchanges"
        frame = self.periods(name).rename({"external_zone": "neighbour"})
        frame = self.known_zones(name, frame)
        frame = self.complete(name, frame, ["zone", "neighbour"])
        nan = np.full(len(frame), np.nan)
        return self.borders(
            frame, True, price=nan, export=nan, import_=nan, exchange=frame["exchange_mwh"].to_numpy() + 0.0
        )

    def borders(
        self,
        frame: pl.DataFrame,
        is_fixed: bool,
        *,
        price: FloatArray,
        export: FloatArray,
        import_: FloatArray,
        exchange: FloatArray,
    ) -> Borders:
        """Return borders named ZONE-NEIGHBOUR, sorted by that name."""
        label = frame.select(pl.format("{}-{}", "zone", "neighbour")).to_series()
        names = tuple(label.unique().sort())
        ends = frame.with_columns(label.alias("border")).unique("border", keep="first").sort("border")
        number = _index(label, {n: i for i, n in enumerate(names)})
        hour = frame["period"].to_numpy() - 1
        order = np.lexsort((hour, number))
        cell = self.cells.first[_index(frame["zone"], self.zone_index)] + hour
        return Borders(
            names,
            tuple(ends["neighbour"]),
            _index(ends["zone"], self.zone_index),
            np.full(len(names), int(is_fixed), dtype=np.int64),
            number[order],
            cell[order],
            price[order],
            export[order],
            import_[order],
            exchange[order],
        )

    def known_zones(self, name: str, frame: pl.DataFrame) -> pl.DataFrame:
        """Return rows whose zone an internal line joins."""
        known = pl.col("zone").is_in(list(self.zone_index))
        fix = f"Use {', '.join(self.zone_index)}, or add the zone's lines to internal-transfer-capacities."
        self.fail(name, frame, ~known, what="no internal zone {zone!r}", rule="zone_known", fix=fix)
        return frame.filter(known)

    def orders(self, name: str) -> pl.DataFrame:
        """Return rows of offers with `z` (zone), `sign`, `price` and `quantity` in ticks, checked."""
        frame = self.known_zones(name, self.periods(name))
        side = pl.col("side").is_in(list(SIDES))
        self.fail(
            name, frame, ~side, what="side {side!r} is not a side", rule="side_known", fix="Use supply or demand."
        )
        limits = pl.col("price_eur_per_mwh").is_between(PRICE_MIN, PRICE_MAX)
        what = f"price {{price_eur_per_mwh}} is outside [{PRICE_MIN:.2f}, {PRICE_MAX:.2f}]"
        self.fail(
            name,
            frame,
            ~limits,
            what=what,
            rule="price_limits",
            fix=f"Send a price from {PRICE_MIN:.2f} to {PRICE_MAX:.2f}.",
        )
        negative = pl.col("quantity_mwh") < 0
        self.fail(
            name,
            frame,
            negative,
            what="quantity {quantity_mwh} is negative",
            rule="quantity_sign",
            fix="Give it the other side.",
        )
        price = self.on_tick(name, frame, "price_eur_per_mwh", PRICE_TICK)
        quantity = self.on_tick(name, frame, "quantity_mwh", QUANTITY_TICK)
        return frame.filter(side).with_columns(
            z=pl.col("zone").replace_strict(self.zone_index, return_dtype=pl.Int64),
            sign=pl.col("side").replace_strict(SIDES, return_dtype=pl.Int64),
            price=price,
            quantity=quantity,
        )

    def curves(self, table: str) -> CurveOrders:
        """Return one curve a zone and side, steps numbered in order of price."""
        frame = self.orders(table)
        heads = frame.select("z", "zone", "sign", "side").unique()
        heads = heads.with_columns(pl.format("{}-{}", "zone", "side").alias("order")).sort("order")
        head_z, head_sign = heads["z"].to_numpy(), heads["sign"].to_numpy()
        number = np.zeros((len(self.zone_index), 3), dtype=np.int64)
        number[head_z, head_sign] = np.arange(len(heads))
        z, sign, hour = (frame[c].to_numpy() for c in ("z", "sign", "period"))
        order, price = number[z, sign], frame["price"].to_numpy()
        cell = self.cells.first[z] + hour - 1
        by = np.lexsort((price * sign, cell, order))
        order, cell, price = order[by], cell[by], price[by]
        return CurveOrders(
            tuple(heads["order"]),
            ("aggregated",) * len(heads),
            head_z,
            head_sign,
            order,
            cell,
            np.ones(len(order), dtype=np.int64),
            _position(order, cell),
            price,
            price,
            frame["quantity"].to_numpy()[by],
        )

    def blocks(self) -> BlockOrders:
        """Return the block orders: whole or not at all, one price each, a leg an hour."""
        name = "block-orders"
        frame = self.orders(name)
        for column in ("zone", "side", "price_eur_per_mwh"):
            varies = pl.col(column).n_unique().over("block_id") > 1
            what = f"block {{block_id}} has more than one {column}"
            self.fail(
                name, frame, varies, what=what, rule="block_one_" + column.split("_")[0], fix="Send one value a block."
            )
        twice = pl.struct("block_id", "period").is_duplicated()
        self.fail(
            name,
            frame,
            twice,
            what="block {block_id} has period {period} twice",
            rule="period_once",
            fix="Keep one leg a period.",
        )
        frame = frame.sort("block_id", "period")
        heads = frame.unique("block_id", keep="first", maintain_order=True)
        names = tuple(heads["block_id"])
        count, none = len(names), np.zeros(0, dtype=np.int64)
        return BlockOrders(
            names,
            tuple(n.rpartition("_")[0] or "aggregated" for n in names),
            heads["z"].to_numpy(),
            heads["sign"].to_numpy(),
            heads["price"].to_numpy(),
            np.ones(count),
            np.full(count, -1, dtype=np.int64),
            (),
            _index(frame["block_id"], {n: i for i, n in enumerate(names)}),
            self.cells.first[frame["z"].to_numpy()] + frame["period"].to_numpy() - 1,
            frame["quantity"].to_numpy(),
            none,
            none,
        )


def _index(names: pl.Series, index: dict[str, int]) -> IntArray:
    """Return the number of each name."""
    if not len(names):
        return np.zeros(0, dtype=np.int64)
    return names.replace_strict(index, return_dtype=pl.Int64).to_numpy()


def _position(order: IntArray, cell: IntArray) -> IntArray:
    """Return the place of each row among the rows of its order and cell, from 1; rows are sorted."""
    new = np.ones(len(order), dtype=bool)
    new[1:] = (order[1:] != order[:-1]) | (cell[1:] != cell[:-1])
    first = np.flatnonzero(new)
    position: IntArray = np.arange(len(order)) - first[np.cumsum(new) - 1] + 1
    return position
