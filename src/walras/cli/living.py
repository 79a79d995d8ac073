"""Command of years: live."""

# ruff: noqa: PLC0415 - a command imports what it needs, so that `walras --help` is quick

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from walras.cli.folders import parse_day, replacing
from walras.cli.show import bar, number, print_table, say, short

if TYPE_CHECKING:
    from walras.studies.pairs.year import Year

OURS = {"tables", "contracts", "ledger.parquet", "summary.json", "run.json", "report.html"}
EXAMPLE = "Example: walras live two-states --out year --first 2026-01-01 --days 365"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("live", epilog=EXAMPLE)(live)


def live(
    pair: Annotated[
        Path, typer.Argument(help="Pair folder (docs/pair-folder.md), or the name of one that ships.", metavar="PAIR")
    ],
    *,
    out: Annotated[Path, typer.Option("--out", help="Folder to write: tables, contracts, ledger and one page.")],
    first: Annotated[str, typer.Option("--first", help="First delivery day, YYYY-MM-DD.")] = "2026-01-01",
    days: Annotated[int, typer.Option("--days", min=1, max=3660, help="Delivery days.")] = 365,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same tables.")] = 0,
    form: Annotated[Literal["csv", "parquet"], typer.Option("--format", help="Of the tables.")] = "csv",
) -> None:
    """Live days of a pair of states: auctions, supply contracts and the settlement of everything.

    A year of two states takes three to six minutes.
    """
    from walras.book.place import check_place
    from walras.studies.pairs.read import found_pair, read_pair
    from walras.studies.pairs.supplies import read_supplies
    from walras.studies.pairs.year import live_year, write_year

    begin = parse_day(first, "--first")
    check_place(out, OURS, lambda folder: (folder / "summary.json").is_file(), "folder of a year")
    folder = found_pair(pair)
    read, supplies = read_pair(folder), read_supplies(folder)
    with bar("days", days) as (progress, task), replacing(out) as beside:
        year = live_year(
            read, supplies, begin, days, seed, progress=lambda done, _: progress.update(task, completed=done)
        )
        write_year(year, beside, form)
    _print(year)
    say(f"page: {out / 'report.html'}")
    say(f"tables, ledger and contracts: {out}")
    for name in year.journals:
        say(f"next: walras contract statement {out / 'contracts' / name}")
        break


def _print(year: Year) -> None:
    """Print prices, years of contracts and the ledger."""
    summary, cur = year.summary, year.pair.currency
    rows = [(p["zone"], p["carrier"], *(short(p[k]) for k in ("mean", "lowest", "highest"))) for p in summary["prices"]]
    print_table(f"Prices, {cur}/MWh", ("zone", "carrier", "mean", "lowest", "highest"), rows, left=(0, 1))
    stated = [
        (s["contract"], s["year"], *(number(s[k], 0) for k in ("owed", "taken", "drawn", "short")), s["unit"])
        for s in year.tables["statements"].iter_rows(named=True)
    ]
    if stated:
        heads = ("contract", "year", "take-or-pay", "taken", "drawn", "missing", "")
        print_table("Contract years", heads, stated, left=(0, 6))
    ledger = summary["ledger"]
    say(f"{summary['auctions']} auctions, each audited: {summary['violations']} violations")
    say(f"ledger: {ledger['entries']:,} entries; every currency sums to zero: {', '.join(ledger['sums'])}")
    say(f"last hash: {ledger['head']}")
