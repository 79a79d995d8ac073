"""Commands of the regulator: oversight concentration, pivotal, orders and replay."""

# ruff: noqa: PLC0415 - a command imports what it needs, so that `walras --help` is quick

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from walras.cli.folders import check_new_file
from walras.cli.show import bar, number, print_table, say, spinner
from walras.errors import BadInput, Mistake

if TYPE_CHECKING:
    import polars as pl

    from walras.oversight.days import Day
    from walras.oversight.groups import Groups
    from walras.results.publication import KeyRing

oversight = typer.Typer(
    help="What a regulator looks at: concentration, pivotal suppliers, order books, replays.", no_args_is_help=True
)
_Folders = Annotated[
    list[Path],
    typer.Argument(
        help="Days: folders with market and result (a demo, a replay, a regulator's bundle), or folders of days.",
        metavar="FOLDER...",
    ),
]
_Groups = Annotated[
    Path | None, typer.Option("--groups", help="CSV with the columns member, group: members that count as one.")
]
_Csv = Annotated[Path | None, typer.Option("--csv", help="Write every MTU to this file.")]
_Html = Annotated[Path | None, typer.Option("--html", help="Write the picture to this file.")]
_Carrier = Annotated[str | None, typer.Option("--carrier", help="Show this carrier alone.")]


def register(app: typer.Typer) -> None:
    """Add the regulator's commands."""
    add = oversight.command
    add("concentration", epilog="Example: walras oversight concentration demo --groups groups.csv --html hhi.html")(
        concentration
    )
    add("pivotal", epilog="Example: walras oversight pivotal italy-april --csv rsi.csv --html rsi.html")(pivotal)
    add("orders", epilog="Example: walras oversight orders demo --out books --form parquet")(orders)
    add("replay", epilog="Example: walras oversight replay TWO-2026-06-10-da --store walras-data/walras.db")(replay)
    app.add_typer(oversight, name="oversight")


def concentration(
    folders: _Folders,
    *,
    groups: _Groups = None,
    areas: Annotated[bool, typer.Option("--areas", help="Take coupled areas instead of zones.")] = False,
    side: Annotated[Literal["supply", "demand", "both"], typer.Option("--side", help="Which side.")] = "supply",
    carrier: _Carrier = None,
    moderate: Annotated[float, typer.Option("--moderate", help="HHI of a moderately concentrated market.")] = 1500.0,
    high: Annotated[float, typer.Option("--high", help="HHI of a highly concentrated market.")] = 2500.0,
    csv: _Csv = None,
    html: _Html = None,
) -> None:
    """Show how concentrated supply and demand are: the HHI by zone, over one day or many."""
    import polars as pl

    from walras.oversight import concentration as figures
    from walras.oversight import plots

    _check_files(csv, html)
    made = figures.area_concentration if areas else figures.concentration
    found = [made(day.book, day.results, owners) for day, owners, _ in _days(folders, groups)]
    table = _of_carrier(pl.concat(found), carrier)
    kept = table if side == "both" else table.filter(pl.col("side") == side)
    limits = figures.Thresholds(moderate, high)
    summary = figures.summarise(kept, limits)
    place = "area" if areas else "zone"
    names = (place, "carrier", "side", "hours", "mean_hhi_accepted", "mean_hhi_offered", "max_hhi_accepted",
             "above_moderate", "above_high")  # fmt: skip
    heads = (place, "carrier", "side", "hours", "HHI", "offered", "highest", f">{moderate:g}", f">{high:g}")
    rows = [_row(r, (0, 0, 0, 0, 0, 0)) for r in summary.select(names).iter_rows()]
    print_table(
        "HHI of accepted volumes, mean of hours; shares of hours in percent", heads, rows, left=(0, 1, 2), wraps=(0,)
    )
    say("10,000: one owner alone; 10,000 / n: n equal ones. Imports and bilateral contracts are in no share.")
    _write_csv(kept, csv)
    if html is not None:
        plots.write_hhi_page(kept, summary, html, side="demand" if side == "demand" else "supply", thresholds=limits)
        say(f"picture: {html}")


def pivotal(
    folders: _Folders,
    *,
    groups: _Groups = None,
    obligations: Annotated[
        Path | None,
        typer.Option("--obligations", help="CSV: member, zone, carrier, mtu_start, quantity_mw, place."),
    ] = None,
    carrier: _Carrier = None,
    threshold: Annotated[float, typer.Option("--threshold", help="RSI of the screen.")] = 1.1,
    share: Annotated[float, typer.Option("--share", help="Hours below it that a supplier may have, percent.")] = 5.0,
    most: Annotated[int, typer.Option("--most", min=1, help="Suppliers to show of each zone.")] = 3,
    csv: _Csv = None,
    html: _Html = None,
) -> None:
    """Show who is needed to meet demand: the residual supply index of suppliers by zone."""
    import polars as pl

    from walras.oversight import pivotal as figures
    from walras.oversight import plots
    from walras.oversight.obligations import check_obligations, obligations_of, read_obligations

    _check_files(csv, html)
    bound = None if obligations is None else read_obligations(obligations)
    found, books, members = [], [], set()
    for day, owners, everybody in _days(folders, groups):
        given = None if bound is None else obligations_of(day.book, bound)
        found.append(figures.pivotal(day.book, day.results, owners, given))
        books.append(day.book)
        members |= everybody
    if bound is not None:
        check_obligations(bound, books, members)
    table = _of_carrier(pl.concat(found), carrier)
    screen = figures.Screen(threshold, share)
    summary = figures.summarise(table, screen)
    for end, words in (("", ""), ("_net", ", net of obligations")) if bound is not None else (("", ""),):
        names = [f"{n}{end}" for n in ("lowest_rsi", "pivotal_hours", "below", "fails")]
        order = summary.sort("zone", "carrier", names[0], "supplier")
        shown = order.group_by("zone", "carrier", maintain_order=True).head(most)
        heads = ("zone", "carrier", "supplier", "hours", "lowest", "pivotal", f"<{threshold:g} %", "fails")
        rows = [_row(r, (0, 2, 1, 1, 0)) for r in shown.select("zone", "carrier", "supplier", "hours", *names).rows()]
        title = f"Residual supply index{words}, the {most} suppliers that are needed most"
        print_table(title, heads, rows, left=(0, 1, 2), wraps=(2,))
    say(f"pivotal: hours below 1. fails: below {threshold:g} in more than {share:g} percent of the hours.")
    _write_csv(table, csv)
    if html is not None:
        plots.write_rsi_page(table, summary, html, screen=screen)
        say(f"picture: {html}")


def orders(
    folders: _Folders,
    *,
    out: Annotated[Path, typer.Option("--out", help="Folder for one zip file a day; made if it is not there.")],
    form: Annotated[Literal["csv", "parquet"], typer.Option("--form", help="Of the tables.")] = "csv",
    secret: Annotated[
        Path | None,
        typer.Option("--secret", help="File of 32 bytes or more: names become pseudonyms made with it."),
    ] = None,
) -> None:
    """Write the whole order book of each day: raw, as curves, and with what became of every order."""
    from walras.oversight.order_book import write_order_book

    key = None if secret is None else _key(secret)
    for day, _, _ in _days(folders, None):
        out.mkdir(parents=True, exist_ok=True)
        file = out / f"{day.book.delivery_day}-{Path(day.where).stem}.zip"
        check_new_file(file)
        write_order_book(day.book, day.results, file, form=form, secret=key)
        say(f"{file}: {day.book.curves.step_count} curve steps, {_others(day)} other orders")


def replay(
    session: Annotated[str, typer.Argument(help="Id of the session.", metavar="SESSION")],
    *,
    store: Annotated[
        str | None, typer.Option("--store", help="Store; WALRAS_DATABASE_URL or walras-data/walras.db unless given.")
    ] = None,
    secrets: Annotated[Path, typer.Option("--secrets", help="Folder of the master key: opens orders.")] = Path(
        "walras-data/keys"
    ),
    ring: Annotated[
        Path | None, typer.Option("--ring", help="Keys whose signatures count; ring.json beside the master key.")
    ] = None,
    version: Annotated[int | None, typer.Option("--version", help="Of the result; the newest unless given.")] = None,
) -> None:
    """Replay a session from its sealed orders to its certificate, and compare every step with the store."""
    from walras.cli.trail import existing_store, secrets_in, store_from_environment

    held = existing_store(store or store_from_environment())
    from walras.service.replay import STEPS
    from walras.service.replay import replay as replayed

    keys = _ring(ring, secrets)
    try:
        with bar("Replaying", len(STEPS)) as (shown, task):

            def tell(name: str) -> None:
                shown.update(task, completed=STEPS.index(name), description=f"Replaying: {name}")

            found = replayed(held, secrets_in(secrets), session, version, ring=keys, progress=tell)
    finally:
        held.close()
    print_table(
        f"Replay of {session}, result {found.version}", ("step", "verdict", "found"),
        [(s.name, s.verdict, s.said) for s in found.steps], left=(0, 1, 2), wraps=(2,),
    )  # fmt: skip
    if found.first is not None:
        say(f"first difference: {found.first}")
    if not found.is_same:
        say("the session does not replay to what is stored")
        raise typer.Exit(1)
    say("everything that was checked is the same")


def _days(folders: list[Path], groups: Path | None) -> Iterator[tuple[Day, Groups, set[str]]]:
    """Yield the days of folders with who owns whom, and everybody with an order in it."""
    from walras.oversight.days import day_places, read_days
    from walras.oversight.groups import Groups, read_groups
    from walras.oversight.offers import members_of

    places = day_places(folders)
    owners, members = Groups(), set()
    if groups is not None:
        with spinner("Reading members"):
            members = {m for day in read_days(places) for m in members_of(day.book)}
        owners = read_groups(groups, members)
    with bar("Days", len(places)) as (shown, task):
        for day in read_days(places):
            yield day, owners, set(members_of(day.book))
            shown.advance(task)


def _of_carrier(table: pl.DataFrame, carrier: str | None) -> pl.DataFrame:
    if carrier is None:
        return table
    known = table["carrier"].unique().sort().to_list()
    if carrier not in known:
        fix = f"Name one of {', '.join(known)}."
        raise BadInput([Mistake(f"there is no carrier {carrier!r} in these days", "--carrier", "carrier_known", fix)])
    return table.filter(table["carrier"] == carrier)


def _check_files(csv: Path | None, html: Path | None) -> None:
    for file, end in ((csv, ".csv"), (html, ".html")):
        if file is not None:
            check_new_file(file, replaces=end)


def _write_csv(table: pl.DataFrame, file: Path | None) -> None:
    if file is not None:
        table.write_csv(file, datetime_format="%Y-%m-%dT%H:%M:%SZ")
        say(f"every MTU: {file}, {table.height} rows")


def _row(row: tuple[Any, ...], decimals: tuple[int, ...]) -> list[str]:
    """Return a row for people: three words, then numbers with so many decimals."""
    shown = [str(v) for v in row[:3]]
    for value, places in zip(row[3:], decimals, strict=False):
        if isinstance(value, bool):
            shown.append("yes" if value else "no")
        else:
            shown.append("" if value is None else number(value, places))
    return shown


def _others(day: Day) -> int:
    book = day.book
    return book.blocks.count + book.flexibles.count + book.scalables.count + book.storages.count


def _key(file: Path) -> bytes:
    content = file.read_bytes()
    if len(content) < 32:
        what, fix = f"it has {len(content)} bytes", "Name a file of 32 random bytes or more, and keep it."
        raise BadInput([Mistake(what, str(file), "pseudonym_secret", fix)])
    return content


def _ring(ring: Path | None, secrets: Path) -> KeyRing | None:
    from walras.results.publication import read_ring

    file = ring or secrets / "ring.json"
    return read_ring(file) if ring is not None or file.is_file() else None
