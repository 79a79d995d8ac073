"""Italian offers: public curves and block orders to the orders of a book, in ticks.

Axes: k curve steps, l block legs. Steps are numbered in order of price: supply from the
cheapest, demand from the dearest.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from walras.book.cells import IntArray
from walras.formats.gme_day import PRICE_MAX, PRICE_MIN, PRICE_TICK, QUANTITY_TICK, Day, numbers_of
from walras.orders.blocks import BlockOrders
from walras.orders.curves import CurveOrders

SIDES = {"supply": 1, "demand": -1}


def curves(day: Day, table: str) -> CurveOrders:
    """Return one curve a zone and side, steps numbered in order of price."""
    frame = _offers(day, table)
    heads = frame.select("z", "zone", "sign", "side").unique()
    heads = heads.with_columns(pl.concat_str("zone", "side", separator="-").alias("order")).sort("order")
    head_z, head_sign = heads["z"].to_numpy(), heads["sign"].to_numpy()
    number = np.zeros((len(day.zone_index), 3), dtype=np.int64)
    number[head_z, head_sign] = np.arange(len(heads))
    z, sign, hour = (frame[c].to_numpy() for c in ("z", "sign", "period"))
    order, price = number[z, sign], frame["price"].to_numpy()
    cell = day.cells.first[z] + hour - 1
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


def blocks(day: Day) -> BlockOrders:
    """Return the block orders: whole or not at all, one price each, a leg an hour."""
    name = "block-orders"
    frame = _offers(day, name)
    for column in ("zone", "side", "price_eur_per_mwh"):
        varies = pl.col(column).n_unique().over("block_id") > 1
        what = f"block {{block_id}} has more than one {column}"
        day.fail(
            name, frame, varies, what=what, rule="block_one_" + column.split("_")[0], fix="Send one value a block."
        )
    frame = day.once(name, frame, ["block_id"])
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
        numbers_of(frame["block_id"], {n: i for i, n in enumerate(names)}),
        day.cells.first[frame["z"].to_numpy()] + frame["period"].to_numpy() - 1,
        frame["quantity"].to_numpy(),
        none,
        none,
    )


def _offers(day: Day, name: str) -> pl.DataFrame:
    """Return rows of offers with `z` (zone), `sign`, `price` and `quantity` in ticks, checked."""
    frame = day.known_zones(name, day.periods(name))
    side = pl.col("side").is_in(list(SIDES))
    day.fail(name, frame, ~side, what="side {side!r} is not a side", rule="side_known", fix="Use supply or demand.")
    limits = pl.col("price_eur_per_mwh").is_between(PRICE_MIN, PRICE_MAX)
    what = f"price {{price_eur_per_mwh}} is outside [{PRICE_MIN:.2f}, {PRICE_MAX:.2f}]"
    day.fail(
        name,
        frame,
        ~limits,
        what=what,
        rule="price_limits",
        fix=f"Send a price from {PRICE_MIN:.2f} to {PRICE_MAX:.2f}.",
    )
    negative = pl.col("quantity_mwh") < 0
    day.fail(
        name,
        frame,
        negative,
        what="quantity {quantity_mwh} is negative",
        rule="quantity_sign",
        fix="Give it the other side.",
    )
    price = day.on_tick(name, frame, "price_eur_per_mwh", PRICE_TICK)
    quantity = day.on_tick(name, frame, "quantity_mwh", QUANTITY_TICK)
    return frame.filter(side).with_columns(
        z=pl.col("zone").replace_strict(day.zone_index, return_dtype=pl.Int64),
        sign=pl.col("side").replace_strict(SIDES, return_dtype=pl.Int64),
        price=price,
        quantity=quantity,
    )


def _position(order: IntArray, cell: IntArray) -> IntArray:
    """Return the place of each row among the rows of its order and cell, from 1; rows are sorted."""
    new = np.ones(len(order), dtype=bool)
    new[1:] = (order[1:] != order[:-1]) | (cell[1:] != cell[:-1])
    first = np.flatnonzero(new)
    position: IntArray = np.arange(len(order)) - first[np.cumsum(new) - 1] + 1
    return position
