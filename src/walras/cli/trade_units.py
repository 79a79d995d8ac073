"""Commands of trade units: convert trade-units into a market, convert trade-results back for people."""

# ruff: noqa: PLC0415 - a command imports what it needs, so that `walras --help` is quick

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from walras.cli.folders import check_same_market, replacing
from walras.cli.laboratory import write_market
from walras.cli.show import number, print_table, say

if TYPE_CHECKING:
    import polars as pl


def register(convert: typer.Typer) -> None:
    """Add the commands to `walras convert`."""
    convert.command("trade-units", epilog="Example: walras convert trade-units folder --out market")(trade_units)
    convert.command(
        "trade-results", epilog="Example: walras convert trade-results market result --units folder --out tables"
    )(trade_results)


def trade_units(
    src: Annotated[Path, typer.Argument(help="Market folder with a table trade_units.", metavar="FOLDER")],
    *,
    out: Annotated[Path, typer.Option("--out", help="Market folder to write.")],
) -> None:
    """Convert a folder in 1000 m3, barrels or tonnes to a market folder in MWh."""
    from walras.book.write import check_market_place
    from walras.formats.trade_units import read_trade_units

    check_market_place(out)
    found = read_trade_units(src)
    write_market(found.book, out)
    heads = ("zone", "carrier", "unit", "orders", "touched", "MWh lost", f"price, {found.book.currency}/MWh")
    columns = "zone", "carrier", "unit", "orders", "orders_touched", "mwh_lost", "price_shift_cur_per_mwh"
    rows = [
        (zone, carrier, unit, orders, touched, number(lost, 3), number(shift, 4))
        for zone, carrier, unit, orders, touched, lost, shift in found.rounding.select(columns).iter_rows()
    ]
    print_table("What rounding to ticks took away, at the most", heads, rows, left=(0, 1, 2))
    say(f"then: walras convert trade-results {out} RESULT --units {src}")


def trade_results(
    market: Annotated[Path, typer.Argument(help="Market folder.", metavar="MARKET")],
    result: Annotated[Path, typer.Argument(help="Result folder of that market.", metavar="RESULT")],
    *,
    units: Annotated[Path, typer.Option("--units", help="Folder with the table trade_units.")],
    out: Annotated[Path | None, typer.Option("--out", help="Folder to write all tables to, as CSV.")] = None,
) -> None:
    """Show a result in 1000 m3, barrels or tonnes: prices here, powers in the tables of --out."""
    from walras.book.columns import TIME_FORMAT
    from walras.book.folder import read
    from walras.book.place import check_place
    from walras.formats.trade_results import TABLES
    from walras.formats.trade_results import trade_results as tables_of
    from walras.formats.trade_unit_table import read_units
    from walras.results.folder import read_results

    if out is not None:
        check_place(
            out,
            {f"{t}.csv" for t in TABLES},
            lambda f: (f / "accepted_volumes.csv").is_file(),
            "folder of trade results",
        )
    book = read(market)
    known = read_units(units, book.cells)
    check_same_market(book, result)
    tables = tables_of(book, read_results(book, result), known)
    _print_prices(tables["prices"], book.currency)
    if out is not None:
        with replacing(out) as beside:
            for name, table in tables.items():
                table.write_csv(beside / f"{name}.csv", datetime_format=TIME_FORMAT)
        say(f"tables: {out}")


def _print_prices(prices: pl.DataFrame, currency: str) -> None:
    """Print the range of prices of each zone and carrier, in its unit."""
    import polars as pl

    price = pl.col(f"price_{currency.lower()}_per_unit")
    key = ["zone", "carrier", "unit", "mwh_per_unit"]
    found = prices.group_by(key, maintain_order=True).agg(
        price.min().alias("lowest"), price.mean().alias("mean"), price.max().alias("highest")
    )
    rows = [
        (zone, carrier, unit, f"{mwh:.10g}", *(number(v, 4) for v in figures))
        for zone, carrier, unit, mwh, *figures in found.iter_rows()
    ]
    heads = ("zone", "carrier", "unit", "MWh", "lowest", "mean", "highest")
    print_table(f"Prices, {currency} per unit", heads, rows, left=(0, 1, 2))
