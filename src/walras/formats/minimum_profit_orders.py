"""Tables of a minimum-profit auction to the lines and orders of a book (see `formats.minimum_profit`).

Axes: c cells, area by area and hour by hour; o orders, k steps, m minimums, p line periods.
Orders are sorted by name, as text.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from walras.book.cells import Cells, FloatArray, IntArray, Tick
from walras.book.network import Lines
from walras.formats.minimum_profit_checks import ranked
from walras.formats.minimum_profit_files import Auction
from walras.orders.curves import CurveOrders
from walras.orders.scalable import ScalableOrders

MEMBER = "anonymous"


def lines_of(auction: Auction, cells: Cells) -> Lines:
    """Return one line for each pair of areas, named FROM-TO in the order of the alphabet."""
    sent = pl.col("from") < pl.col("too")
    table = auction.tables["line_cap"].select(
        a=pl.min_horizontal("from", "too"), b=pl.max_horizontal("from", "too"), t="t",
        forward=pl.when(sent).then("linecap"), backward=pl.when(~sent).then("linecap"),
    )  # fmt: skip
    ends = table.select("a", "b").unique().sort("a", "b")
    hours = auction.tables["periods"].select(t="V1").sort("t")
    both = table.group_by("a", "b", "t").agg(pl.col("forward").max(), pl.col("backward").max())
    frame = ends.join(hours, how="cross").join(both, on=["a", "b", "t"], how="left").sort("a", "b", "t")
    hour = frame["t"].to_numpy() - 1
    one, count = np.ones(len(hour), dtype=np.int64), ends.height
    return Lines(
        tuple(f"{a}-{b}" for a, b in ends.iter_rows()),
        _zones(auction, ends["a"]), _zones(auction, ends["b"]), np.full(count, 60),
        np.repeat(np.arange(count), auction.hours),
        cells.grids[0].start + 60 * hour,
        cells.first[_zones(auction, frame["a"])] + hour, one, cells.first[_zones(auction, frame["b"])] + hour, one,
        frame["forward"].to_numpy(), frame["backward"].to_numpy(),
    )  # fmt: skip


def curves_of(auction: Auction, cells: Cells) -> CurveOrders:
    """Return one curve of one step for each hourly bid."""
    table = auction.tables["hourly_quad"].with_columns(name=pl.format("hourly-{}", "I")).sort("name")
    grid, count = _zones(auction, table["LI"]), table.height
    quantity = table["QI"].to_numpy()
    one = np.ones(count, dtype=np.int64)
    price_tick, quantity_tick = cells.grids[0].price_tick, cells.grids[0].quantity_tick
    return CurveOrders(
        tuple(table["name"]), (MEMBER,) * count, grid, np.where(quantity < 0, 1, -1), np.arange(count),
        cells.first[grid] + table["TI"].to_numpy() - 1, one, one,
        in_ticks(table["PI0"].to_numpy(), price_tick), in_ticks(table["PI1"].to_numpy(), price_tick),
        in_ticks(np.abs(quantity), quantity_tick),
    )  # fmt: skip


def scalables_of(auction: Auction, cells: Cells) -> ScalableOrders:
    """Return the minimum-profit orders."""
    heads = auction.tables["mp_headers"].with_columns(name=pl.format("mp-{}", "MP")).sort("name")
    heads = heads.with_row_index("order")
    steps = ranked(auction.tables["mp_hourly"].join(heads.select("MP", "order"), on="MP"), "order")
    own = steps["order"].cast(pl.Int64).to_numpy()
    cell = cells.first[_zones(auction, steps["LH"])] + steps["TH"].to_numpy() - 1
    asks = (steps["AR"] > 0).to_numpy()
    price_tick, quantity_tick = cells.grids[0].price_tick, cells.grids[0].quantity_tick
    quantity = -steps["QH"].to_numpy()
    count = heads.height
    free = np.full(count, -1)
    return ScalableOrders(
        tuple(heads["name"]), (MEMBER,) * count, _zones(auction, heads["LC"]), np.ones(count, dtype=np.int64),
        heads["FC"].to_numpy(), free, free.copy(), np.zeros(count, dtype=np.int64),
        own, cell, steps["number"].to_numpy(), in_ticks(steps["PH"].to_numpy(), price_tick),
        in_ticks(quantity, quantity_tick),
        own[asks], cell[asks], in_ticks(steps["AR"].to_numpy()[asks] * quantity[asks], quantity_tick),
    )  # fmt: skip


def _zones(auction: Auction, names: pl.Series) -> IntArray:
    """Return the place of each area."""
    areas = auction.areas
    return names.replace_strict(list(areas), list(range(len(areas))), return_dtype=pl.Int64).to_numpy()


def in_ticks(values: FloatArray, tick: Tick) -> IntArray:
    """Return values as whole ticks, to the nearest.

    >>> in_ticks(np.array([22.5375, 0.06]), Tick(1, 10000)).tolist()
    [225375, 600]
    """
    return np.rint(values * tick.scale / tick.step).astype(np.int64)
