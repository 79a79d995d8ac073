"""Commands of the laboratory: compare, convert (gme, omie, minimum-profit), replay gme, generate."""

# ruff: noqa: PLC0415 - a command imports what it needs, so that `walras --help` is quick

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from walras.cli.folders import parse_day
from walras.cli.show import bar, number, print_table, say, short, spinner

if TYPE_CHECKING:
    from walras.book.book import Book

_BORDERS_HELP = "prices: borders trade at the published price outside; exchanges: fixed at what was published."
_BLOCKS_HELP = "decide: we decide block orders; published: blocks as the publisher decided them."

convert = typer.Typer(help="Turn a publisher's files into a market folder.", no_args_is_help=True)
replay = typer.Typer(help="Clear published days and compare with what was published.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the laboratory's commands."""
    app.command("compare", epilog="Example: walras compare result published-prices.csv")(compare)
    app.add_typer(convert, name="convert")
    app.add_typer(replay, name="replay")
    app.command(
        "generate", epilog="Example: walras generate --zones 5 --mtu 24 --steps 12000 --blocks 100 --out market"
    )(generate)


def compare(
    result: Annotated[Path, typer.Argument(help="Result folder.", metavar="RESULT")],
    published: Annotated[
        Path, typer.Argument(help="Prices as CSV or Parquet, or a folder of tables.", metavar="PUBLISHED")
    ],
) -> None:
    """Compare a result with published prices and exchanges, rounded half-up to the cent."""
    import polars as pl

    from walras.studies.compare import compare as differences

    found = differences(result, published)
    apart = pl.col("difference").abs()
    figures = [pl.len().alias("count"), apart.mean().alias("error"), apart.max().alias("largest")]
    zones = found.prices.group_by("zone", maintain_order=True).agg((apart == 0).sum().alias("equal"), *figures)
    rows = [(z, f"{e} of {n}", number(m, 4), number(x)) for z, e, n, m, x in zones.iter_rows()]
    print_table("Prices", ("zone", "equal", "mean abs. error", "largest"), rows)
    say(f"{found.prices_equal} of {found.prices_total} prices equal to the cent")
    say(f"{found.prices_inside} published prices inside our price intervals")
    if found.unmatched:
        say(f"{found.unmatched} prices of the result have no published counterpart")
    if found.exchanges is not None:
        lines = found.exchanges.group_by("line", maintain_order=True).agg(*figures)
        rows = [(line, n, number(m, 4), number(x, 3)) for line, n, m, x in lines.iter_rows()]
        print_table("Exchanges, MW", ("line", "MTUs", "mean abs. error", "largest"), rows)


@convert.command("gme", epilog="Example: walras convert gme italy-2025-04 --day 2025-04-01 --out market")
def convert_gme(
    src: Annotated[Path, typer.Argument(help="Folder with the tidy Italian tables.", metavar="SRC")],
    *,
    day: Annotated[str, typer.Option("--day", help="Delivery day, YYYY-MM-DD.")],
    borders: Annotated[Literal["prices", "exchanges"], typer.Option("--borders", help=_BORDERS_HELP)] = "prices",
    blocks: Annotated[Literal["decide", "published"], typer.Option("--blocks", help=_BLOCKS_HELP)] = "decide",
    out: Annotated[Path, typer.Option("--out", help="Market folder to write.")],
) -> None:
    """Convert one Italian delivery day to a market folder."""
    from walras.book.write import check_market_place
    from walras.formats import gme

    when = parse_day(day, "--day")
    check_market_place(out)
    book = gme.convert_gme(src, when, borders=borders, blocks=blocks)
    write_market(book, out)


@convert.command("omie", epilog="Example: walras convert omie iberia-2025-06-21 --out market")
def convert_omie(
    src: Annotated[Path, typer.Argument(help="Folder with the files of the day.", metavar="SRC")],
    *,
    day: Annotated[
        str | None, typer.Option("--day", help="Delivery day, YYYY-MM-DD; needed if the folder holds several.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Market folder to write.")],
) -> None:
    """Convert one Iberian delivery day to a market folder."""
    from walras.book.write import check_market_place
    from walras.formats.omie import read_omie

    when = None if day is None else parse_day(day, "--day")
    check_market_place(out)
    found = read_omie(src, when)
    write_market(found.book, out, found.notes)


@convert.command("minimum-profit", epilog="Example: walras convert minimum-profit daminst-1 --out market")
def convert_minimum_profit(
    src: Annotated[Path, typer.Argument(help="Folder with the tables of the auction.", metavar="SRC")],
    *,
    out: Annotated[Path, typer.Option("--out", help="Market folder to write.")],
) -> None:
    """Convert one auction with minimum-profit conditions (arXiv 1508.07967) to a market folder."""
    from walras.book.write import check_market_place
    from walras.formats.minimum_profit import read_minimum_profit

    check_market_place(out)
    found = read_minimum_profit(src)
    write_market(found.book, out, found.notes)


@replay.command("gme", epilog="Example: walras replay gme italy-2025-04 --from 2025-04-01 --to 2025-04-15 --out replay")
def replay_gme(
    src: Annotated[Path, typer.Argument(help="Folder with the tidy Italian tables.", metavar="SRC")],
    *,
    first: Annotated[str, typer.Option("--from", help="First delivery day, YYYY-MM-DD.")],
    last: Annotated[str, typer.Option("--to", help="Last delivery day, YYYY-MM-DD.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the days; a stopped replay goes on.")],
    borders: Annotated[Literal["prices", "exchanges"], typer.Option("--borders", help=_BORDERS_HELP)] = "prices",
    blocks: Annotated[Literal["decide", "published"], typer.Option("--blocks", help=_BLOCKS_HELP)] = "decide",
    processes: Annotated[
        int | None, typer.Option("--processes", min=1, help="Workers; all cores unless given.")
    ] = None,
    time_limit: Annotated[float | None, typer.Option("--time-limit", help="Seconds for each day.")] = None,
    gap: Annotated[float, typer.Option("--gap", help="Stop a day at this distance from its bound, EUR.")] = 0.01,
) -> None:
    """Clear Italian days side by side, audit each, and compare with the published outcome."""
    from walras.cli.auction import settings_of
    from walras.studies import replay as study

    span = parse_day(first, "--from"), parse_day(last, "--to")
    settings = settings_of(time_limit, gap, 1)
    with bar("days", max(1, (span[1] - span[0]).days + 1)) as (progress, task):
        days = study.replay(
            src,
            *span,
            out,
            borders=borders,
            blocks=blocks,
            processes=processes,
            settings=settings,
            progress=lambda done, total, _: progress.update(task, completed=done, total=total),
        )
    rows = [
        (r["day"], r["status"], f"{r['prices_equal']}/{r['prices_total']}", f"{r['blocks_equal']}/{r['blocks_total']}",
         number(r["exchange_mae_mw"], 4), short(r["welfare_eur"]), short(r["gap_eur"]))
        for r in days.iter_rows(named=True)
    ]  # fmt: skip
    print_table("Replay", ("day", "status", "prices", "blocks", "MAE MW", "welfare EUR", "gap EUR"), rows, left=(0, 1))
    total = study.summary(days)
    say(f"{total['prices_equal']} of {total['prices_total']} prices equal to the cent")
    say(f"{total['prices_inside']} published prices inside our price intervals")
    if blocks == "decide":
        say(f"{total['blocks_equal']} of {total['blocks_total']} block decisions equal")
    say(f"exchanges between zones: {number(total['exchange_mae_mw'], 4)} MW mean absolute error")
    if borders == "prices":
        say("(borders trade freely at their price: exchanges need not be those published)")
    say(f"welfare: {number(total['welfare_eur'])} EUR")
    say(f"days, results and misses are in {out}")
    if total["violations"]:
        say(f"{total['violations']} violations found: see violations.txt of the day")
        raise typer.Exit(1)


def generate(
    *,
    zones: Annotated[int, typer.Option("--zones", help="Bidding zones.")] = 5,
    mtu: Annotated[int, typer.Option("--mtu", help="MTUs a day: 24, 48 or 96 (or their minutes: 60, 30, 15).")] = 24,
    steps: Annotated[int, typer.Option("--steps", help="Curve steps in all.")] = 12_000,
    blocks: Annotated[int, typer.Option("--blocks", help="Block orders.")] = 100,
    domain_zones: Annotated[
        int, typer.Option("--domain-zones", help="Zones that form a flow-based domain instead of trading over lines.")
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same market.")] = 0,
    out: Annotated[Path, typer.Option("--out", help="Market folder to write.")],
) -> None:
    """Generate a synthetic market of any size."""
    from walras.book.write import check_market_place
    from walras.studies.generate import generate as draw

    check_market_place(out)
    with spinner("drawing orders"):
        book = draw(zones, mtu, steps, blocks, seed, domain_zones)
    write_market(book, out)


def write_market(book: Book, out: Path, notes: tuple[str, ...] = ()) -> None:
    """Write a market folder, print what is in it, what was left out, and what to do next."""
    from walras.book.folder import write

    write(book, out)
    rows = [
        ("zones", len(book.cells.zones)),
        ("cells", book.cells.count),
        ("lines", book.lines.count),
        ("borders", book.borders.count),
        ("flow-based domains", book.domains.count),
        ("rows of critical branches", len(book.domains.ram)),
        ("curve steps", book.curves.step_count),
        ("block orders", book.blocks.count),
        ("flexible orders", book.flexibles.count),
        ("scalable complex orders", book.scalables.count),
        ("storage orders", book.storages.count),
    ]
    print_table(book.name, ("", "count"), [(n, f"{c:,}") for n, c in rows])
    for note in notes:
        say(f"note: {note}")
    say(f"market folder: {out}")
    say(f"next: walras clear {out} --out RESULT")
