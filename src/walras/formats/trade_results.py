"""A result for people who count in trade units: prices and powers of every carrier in its unit.

Tables name the unit and its MWh beside every figure; what is not in trade units is in MWh, so no
row is missing. Powers are units per hour, prices currency per unit, each the float nearest to the
exact product. Axes: g grids, c cells.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from walras.book.book import Book
from walras.book.cells import IntArray
from walras.book.trade_units import times
from walras.formats.trade_unit_table import GridUnits
from walras.results.results import Results
from walras.results.tables import results_tables

TABLES = ("prices", "net_positions", "scheduled_exchanges", "border_exchanges", "accepted_volumes")
PLACE = ["zone", "carrier"]


def trade_results(book: Book, results: Results, units: GridUnits) -> dict[str, pl.DataFrame]:
    """Return what people read of a result, in trade units.

    Args:
        book: The market in MWh.
        results: Its outcome.
        units: Unit of each grid of the book.

    Returns:
        Tables of `TABLES`. Of `accepted_volumes` each row is one of `curve_acceptances` (kind `curve`) or of
        `order_volumes` in docs/result-folder.md; a line is in the unit of its `from_zone`, what a conversion
        buys (kind `input`) in that of its input.
    """
    tables, money = results_tables(book, results), book.currency.lower()
    unit = _units(book, units)
    prices = tables["prices"].join(unit, on=PLACE, how="left", maintain_order="left")
    positions = tables["net_positions"].join(unit, on=PLACE, how="left", maintain_order="left")
    lines = _carriers(book, "line", book.lines.name, book.lines.from_grid)
    borders = _carriers(book, "border", book.borders.name, book.borders.grid)
    sent = tables["scheduled_exchanges"].join(lines, on="line", how="left", maintain_order="left")
    exchange = {"exchange_mw": "exchange_units_per_hour"}
    received = {"received_mw": "received_units_per_hour"} if book.lines.has_losses else {}
    outside = tables["border_exchanges"].join(borders, on="border", how="left", maintain_order="left")
    return {
        "prices": _in_units(
            prices, [*PLACE, "mtu_start", "minutes"], {f"price_{money}_per_mwh": f"price_{money}_per_unit"}, units
        ),
        "net_positions": _in_units(
            positions, [*PLACE, "mtu_start"], {"net_position_mw": "net_position_units_per_hour"}, units
        ),
        "scheduled_exchanges": _in_units(
            sent.join(unit, left_on=["from_zone", "carrier"], right_on=PLACE, how="left", maintain_order="left"),
            ["line", "from_zone", "to_zone", "carrier", "mtu_start", "minutes"],
            exchange | received,
            units,
        ),
        "border_exchanges": _in_units(
            outside.join(unit, on=PLACE, how="left", maintain_order="left"),
            ["border", "zone", "neighbour", "carrier", "mtu_start"],
            exchange,
            units,
        ),
        "accepted_volumes": _in_units(
            _accepted(book, tables).join(unit, on=PLACE, how="left", maintain_order="left"),
            ["order", "kind", *PLACE, "mtu_start", "step"],
            {"accepted_mw": "accepted_units_per_hour"},
            units,
        ),
    }


def _units(book: Book, units: GridUnits) -> pl.DataFrame:
    """Return the unit of every grid: `zone`, `carrier`, `unit`, `mwh_per_unit`, `grid`."""
    grids, zones = book.cells.grids, book.cells.zones
    return pl.DataFrame(
        {
            "zone": pl.Series([zones[g.zone].name for g in grids], dtype=pl.String),
            "carrier": pl.Series([g.carrier for g in grids], dtype=pl.String),
            "unit": pl.Series([u.name for u in units.unit], dtype=pl.String),
            "mwh_per_unit": pl.Series([float(u.mwh) for u in units.unit], dtype=pl.Float64),
            "grid": pl.Series(range(len(grids)), dtype=pl.Int64),
        }
    )


def _carriers(book: Book, what: str, names: tuple[str, ...], grid: IntArray) -> pl.DataFrame:
    """Return the carrier of lines or borders."""
    carriers = [book.cells.grids[g].carrier for g in grid.tolist()]
    return pl.DataFrame({what: pl.Series(names, dtype=pl.String), "carrier": pl.Series(carriers, dtype=pl.String)})


def _accepted(book: Book, tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Return accepted power of every step, leg, choice, charge and input, with the zone and carrier it is of."""
    families = (book.curves, book.blocks, book.flexibles, book.scalables, book.storages)
    sold = pl.concat([_homes(book, f.name, f.grid) for f in families])
    inputs = book.scalables.conversions
    names = tuple(book.scalables.name[o] for o in inputs.order.tolist())
    bought = _homes(book, names, inputs.grid)
    kind = pl.lit("curve").alias("kind")
    columns = ["order", "kind", "mtu_start", "step", "accepted_mw"]
    curves = tables["curve_acceptances"].with_columns(kind)
    rows = pl.concat([curves.select(columns), tables["order_volumes"].select(columns)])
    is_input = pl.col("kind") == "input"
    return pl.concat(
        [
            part.join(homes, on="order", how="left", maintain_order="left")
            for part, homes in ((rows.filter(~is_input), sold), (rows.filter(is_input), bought))
        ]
    )


def _homes(book: Book, names: tuple[str, ...], grid: IntArray) -> pl.DataFrame:
    cells = book.cells
    zones = [cells.zones[cells.grids[g].zone].name for g in grid.tolist()]
    return _carriers(book, "order", names, grid).with_columns(pl.Series("zone", zones, dtype=pl.String))


def _in_units(frame: pl.DataFrame, keys: list[str], figures: dict[str, str], units: GridUnits) -> pl.DataFrame:
    """Return a table with its keys, units, and figures in those units."""
    grid = frame["grid"].to_numpy()
    out = frame.select(*keys, "unit", "mwh_per_unit")
    for name, title in figures.items():
        values = frame[name].to_numpy().copy()
        for g in units.counted:
            at, mwh = np.flatnonzero(grid == g), units.unit[g].mwh
            values[at] = times(values[at], mwh if name.startswith("price") else 1 / mwh)
        out = out.with_columns(pl.Series(title, values))
    return out
