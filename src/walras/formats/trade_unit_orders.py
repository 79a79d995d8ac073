"""Orders of every family in trade units to whole ticks of MW and currency per MWh.

What cannot be converted (less than a tick, a price beyond the limits) is reported and left
out, as a row that cannot be read is.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.book.tables import Table
from walras.formats.trade_unit_rounding import Conversion, grids_by_name
from walras.vocabulary import Side

EQUAL = 1e-9
"""Share by which a minimum may differ from the offer that it equals, a sum of floats."""


def convert_orders(tables: dict[str, Table], conversion: Conversion) -> dict[str, Table]:
    """Return the tables of all orders in ticks of MW and currency per MWh."""
    return (
        _steps(tables, conversion)
        | _blocks(tables, conversion)
        | _flexibles(tables, conversion)
        | _scalables(tables, conversion)
        | _storages(tables, conversion)
    )


def _steps(tables: dict[str, Table], conversion: Conversion) -> dict[str, Table]:
    header, rows = tables["curve_orders"], tables["curve_steps"]
    grid, up = _of_rows(header, rows, conversion)
    hours = _hours(rows, grid, conversion)
    return {
        "curve_steps": _rounded(rows, grid, up, conversion, ("price_start_cur_per_mwh", "price_end_cur_per_mwh"), hours)
    }


def _blocks(tables: dict[str, Table], conversion: Conversion) -> dict[str, Table]:
    header, legs = tables["block_orders"], tables["block_legs"]
    grid, _ = _of_rows(header, legs, conversion)
    orders, outside = conversion.prices(header, "price_cur_per_mwh", conversion.grid_of(header), _sells(header))
    legs, vanished = conversion.down(legs, "quantity_mw", grid, _hours(legs, grid, conversion))
    return {"block_orders": orders.without(outside), "block_legs": legs.without(vanished)}


def _flexibles(tables: dict[str, Table], conversion: Conversion) -> dict[str, Table]:
    table = tables["flexible_orders"]
    grid, hours = conversion.grid_of(table), table.ints("minutes") / 60.0
    return {"flexible_orders": _rounded(table, grid, _sells(table), conversion, ("price_cur_per_mwh",), hours)}


def _scalables(tables: dict[str, Table], conversion: Conversion) -> dict[str, Table]:
    orders, said, minimums = tables["scalable_orders"], tables["scalable_steps"], tables["scalable_minimums"]
    of_order = conversion.grid_of(orders)
    grid, up = _of_rows(orders, said, conversion)
    steps = _rounded(said, grid, up, conversion, ("price_cur_per_mwh",), _hours(said, grid, conversion))
    gone = np.zeros(orders.count, dtype=np.bool_)
    for column in ("gradient_up_mw", "gradient_down_mw"):
        orders, vanished = conversion.down(orders, column, of_order)
        gone |= vanished
    grid, _ = _of_rows(orders, minimums, conversion)
    offer, rounded = _offer(said, minimums), _offer(steps, minimums)
    fits = minimums.floats("minimum_mw") <= offer * (1 + EQUAL)
    most = np.where(fits, rounded, np.nan)
    return {
        "scalable_orders": orders.without(gone),
        "scalable_steps": steps,
        "scalable_minimums": conversion.up_to(minimums, "minimum_mw", grid, most),
    }


def _storages(tables: dict[str, Table], conversion: Conversion) -> dict[str, Table]:
    table = tables["storage_orders"]
    grid = conversion.grid_of(table)
    cells = conversion.places.cells
    horizon = np.append([(g.end - g.start) / 60.0 for g in cells.grids], [0.0])[grid]
    table = conversion.exact(table, grid, ("capacity_mwh", "start_mwh", "end_mwh"))
    table, charging = conversion.down(table, "charge_mw", grid)
    table, discharging = conversion.down(table, "discharge_mw", grid, horizon)
    table, outside = conversion.prices(table, "spread_cur_per_mwh", grid, np.ones(table.count, dtype=np.bool_))
    return {"storage_orders": table.without(charging | discharging | outside)}


def _rounded(
    table: Table, grid: IntArray, up: BoolArray, conversion: Conversion, prices: tuple[str, ...], hours: FloatArray
) -> Table:
    """Return rows with prices and quantity on their ticks, without those that cannot be."""
    table, bad = conversion.down(table, "quantity_mw", grid, hours)
    for column in prices:
        table, outside = conversion.prices(table, column, grid, up)
        bad |= outside
    return table.without(bad)


def _sells(header: Table) -> BoolArray:
    """Return which orders are supply."""
    out: BoolArray = (header.texts("side") == Side.SUPPLY.word).to_numpy()
    return out


def _of_rows(header: Table, rows: Table, conversion: Conversion) -> tuple[IntArray, BoolArray]:
    """Return the grid of each row, -1 without one, and whether its order is supply."""
    grid = grids_by_name(header, conversion.grid_of(header), rows)
    sells = grids_by_name(header, _sells(header).astype(np.int64), rows)
    return grid, sells == 1


def _hours(rows: Table, grid: IntArray, conversion: Conversion) -> FloatArray:
    """Return over how many hours each row delivers: its minutes, or the MTU of its grid."""
    mtu = np.append([g.mtu_minutes for g in conversion.places.cells.grids], [0])[grid]
    has_minutes = any(c.name == "minutes" for c in rows.spec.columns)
    minutes = np.where(rows.has("minutes"), rows.ints("minutes"), mtu) if has_minutes else mtu
    out: FloatArray = minutes / 60.0
    return out


def _offer(steps: Table, minimums: Table) -> FloatArray:
    """Return what the order of each minimum offers in its MTU, NaN if nothing."""
    key = ["order", "mtu_start"]
    offers = steps.frame.group_by(key).agg(pl.col("quantity_mw").sum())
    found = minimums.frame.select(key).join(offers, on=key, how="left", maintain_order="left")
    return found["quantity_mw"].fill_null(float("nan")).to_numpy()
