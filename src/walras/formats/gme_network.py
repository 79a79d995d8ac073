"""Italian lines and borders: published capacities, prices and exchanges to the network of a book.

Axes: p line periods, q border periods. A line is named FROM-TO, a border ZONE-NEIGHBOUR.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from walras.book.cells import FloatArray
from walras.book.network import Borders, Lines
from walras.formats.gme_day import Day, first_minute, numbers_of


def lines(day: Day) -> Lines:
    """Return the internal lines, named FROM-TO."""
    name = "internal-transfer-capacities"
    frame = day.complete(name, day.periods(name), ["from_zone", "to_zone"])
    below = (pl.col("forward_capacity_mwh") < 0) | (pl.col("reverse_capacity_mwh") < 0)
    day.fail(
        name,
        frame,
        below,
        what="a capacity is negative",
        rule="capacity_not_negative",
        fix="Send capacities from 0.",
    )
    loop = pl.col("from_zone") == pl.col("to_zone")
    day.fail(name, frame, loop, what="{from_zone} is joined to itself", rule="line_ends", fix="Name two zones.")
    frame = frame.with_columns(pl.concat_str("from_zone", "to_zone", separator="-").alias("line")).sort(
        "line", "period"
    )
    ends = frame.unique("line", keep="first").sort("line")
    names = tuple(ends["line"])
    number = numbers_of(frame["line"], {n: i for i, n in enumerate(names)})
    hour = frame["period"].to_numpy() - 1
    from_cell = day.cells.first[numbers_of(frame["from_zone"], day.zone_index)] + hour
    to_cell = day.cells.first[numbers_of(frame["to_zone"], day.zone_index)] + hour
    one = np.ones(len(frame), dtype=np.int64)
    return Lines(
        names,
        numbers_of(ends["from_zone"], day.zone_index),
        numbers_of(ends["to_zone"], day.zone_index),
        np.full(len(names), 60, dtype=np.int64),
        number,
        first_minute(day.date) + 60 * hour,
        from_cell,
        one,
        to_cell,
        one,
        frame["forward_capacity_mwh"].to_numpy() + 0.0,
        frame["reverse_capacity_mwh"].to_numpy() + 0.0,
    )


def taking_borders(day: Day) -> Borders:
    """Return edges with one internal end as price-taking borders, seen from the internal zone."""
    name = "transfer-capacities"
    inner = [pl.col(c).is_in(list(day.zone_index)) for c in ("from_zone", "to_zone")]
    frame = day.periods(name).filter(inner[0] ^ inner[1])
    wrong = (pl.col("min_flow_mwh") > 0) | (pl.col("max_flow_mwh") < 0)
    day.fail(
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
    prices = day.periods("published-prices").select("row", "period", "price_eur_per_mwh", neighbour="zone")
    prices = prices.filter(pl.col("neighbour").is_in(frame["neighbour"].unique().to_list()))
    prices = day.once("published-prices", prices, ["neighbour"])
    frame = day.complete(name, frame, ["zone", "neighbour"])
    frame = frame.join(prices.drop("row"), on=["neighbour", "period"], how="left", maintain_order="left")
    what = "period {period} has no published price of the neighbour {neighbour}"
    day.fail(
        name,
        frame,
        pl.col("price_eur_per_mwh").is_null(),
        what=what,
        rule="border_price",
        fix="Add it to published-prices.",
    )
    nan = np.full(len(frame), np.nan)
    price, export, import_ = (frame[c].to_numpy() for c in ("price_eur_per_mwh", "export", "import_"))
    return _borders(day, frame, False, price=price, export=export, import_=import_, exchange=nan)


def fixed_borders(day: Day) -> Borders:
    """Return the published exchanges as fixed borders."""
    name = "published-exchanges"
    frame = day.periods(name).rename({"external_zone": "neighbour"})
    frame = day.known_zones(name, frame)
    frame = day.complete(name, frame, ["zone", "neighbour"])
    nan = np.full(len(frame), np.nan)
    return _borders(
        day, frame, True, price=nan, export=nan, import_=nan, exchange=frame["exchange_mwh"].to_numpy() + 0.0
    )


def _borders(
    day: Day,
    frame: pl.DataFrame,
    is_fixed: bool,
    *,
    price: FloatArray,
    export: FloatArray,
    import_: FloatArray,
    exchange: FloatArray,
) -> Borders:
    """Return borders named ZONE-NEIGHBOUR, sorted by that name."""
    label = frame.select(pl.concat_str("zone", "neighbour", separator="-")).to_series()
    names = tuple(label.unique().sort())
    ends = frame.with_columns(label.alias("border")).unique("border", keep="first").sort("border")
    number = numbers_of(label, {n: i for i, n in enumerate(names)})
    hour = frame["period"].to_numpy() - 1
    order = np.lexsort((hour, number))
    cell = day.cells.first[numbers_of(frame["zone"], day.zone_index)] + hour
    return Borders(
        names,
        tuple(ends["neighbour"]),
        numbers_of(ends["zone"], day.zone_index),
        np.full(len(names), int(is_fixed), dtype=np.int64),
        number[order],
        cell[order],
        price[order],
        export[order],
        import_[order],
        exchange[order],
    )
