"""Commands of the auction: demo, clear, audit, explain, report."""

# ruff: noqa: PLC0415 - a command imports what it needs, so that `walras --help` is quick

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from walras.cli.folders import check_demo_place, check_new_file, check_same_market, replacing
from walras.cli.running import cleared
from walras.cli.show import console, number, print_table, say, spinner
from walras.errors import BadInput, Mistake

if TYPE_CHECKING:
    from walras.book.book import Book
    from walras.coupling.settings import Settings
    from walras.results.audit import Violation
    from walras.results.results import Results

_Market = Annotated[Path, typer.Argument(help="Market folder.", metavar="MARKET")]
_Result = Annotated[Path, typer.Argument(help="Result folder.", metavar="RESULT")]


def register(app: typer.Typer) -> None:
    """Add the auction's commands."""
    app.command("demo", epilog="Example: walras demo carriers --out walras-demo")(demo)
    app.command("clear", epilog="Example: walras clear market --out result --csv --time-limit 60")(clear)
    app.command("audit", epilog="Example: walras audit market result")(audit)
    app.command("explain", epilog="Example: walras explain market result block-17")(explain)
    app.command("report", epilog="Example: walras report result --out result.html")(report)


def settings_of(time_limit: float | None, gap: float, threads: int, iteration_limit: int | None = None) -> Settings:
    """Return how to clear.

    Raises:
        BadInput: Every option whose value makes no sense, by its name on the command line.
    """
    from walras.coupling.settings import Settings

    try:
        return Settings(gap=gap, time_limit=time_limit, threads=threads, iteration_limit=iteration_limit)
    except BadInput as error:
        named = [replace(m, where=f"--{m.where.replace('_', '-')}") for m in error.mistakes]
        raise BadInput(named) from None


def demo(
    market: Annotated[
        Literal["two-neighbours", "carriers", "two-states", "coast-and-hills"],
        typer.Argument(
            help="two-neighbours: a day of power; carriers: power, gas and hydrogen; two-states and coast-and-hills: a "
            "day through the door, from registration to the last payment; the market then lives on, served at --port.",
            metavar="MARKET",
        ),
    ] = "two-neighbours",
    *,
    out: Annotated[Path, typer.Option("--out", help="Folder to write, or to write anew.")] = Path("walras-demo"),
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port of the public page and the API.")] = 8200,
    console_port: Annotated[
        int, typer.Option("--console-port", min=0, max=65535, help="Port of the console; 0: none.")
    ] = 8201,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="End once the day was played.")] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser.")] = False,
) -> None:
    """Clear a bundled market of two countries and say who owes whom, or play a whole day of one, and let it live on."""
    if market in {"two-states", "coast-and-hills"}:
        from walras.cli.living_demo import Showing
        from walras.cli.rehearsing import demo_day

        demo_day(market, out, Showing(port, console_port, opens_browser=not no_browser, is_wanted=not no_serve))
        return
    from importlib import resources

    from walras.book.folder import read
    from walras.cli.surpluses import print_surpluses
    from walras.settlement.settle import settle
    from walras.studies.report import report as page

    check_demo_place(out)
    settings = settings_of(None, 0.01, 1)
    with replacing(out) as beside:
        with resources.as_file(resources.files("walras.examples") / market) as folder:
            shutil.copytree(folder, beside / "market", ignore=shutil.ignore_patterns("__pycache__", "__init__.py"))
        book = read(beside / "market")
        results, violations, seconds = cleared(book, settings)
        summary = _write(book, results, settings, beside / "result", csv=True, market="../market")
        page(book, results, beside / "report.html")
    _print_result(book, results, summary, seconds)
    print_surpluses(out / "result", book.currency)
    owed = settle(book, results)
    scale = 10**owed.decimals
    rows = [
        (r["party"], r["role"], number(r["pays_minor"] / scale), number(r["receives_minor"] / scale),
         number(r["net_minor"] / scale))
        for r in owed.who_owes_whom.iter_rows(named=True)
    ]  # fmt: skip
    heads = ("party", "role", f"pays {owed.currency}", f"receives {owed.currency}", "net")
    print_table("Who owes whom (through the market)", heads, rows, left=(0, 1))
    total = sum(int(n) for n in owed.who_owes_whom["net_minor"])
    say(f"sum of all nets: {number(total / scale)} {owed.currency}")
    say(f"report: {out / 'report.html'}")
    _end(violations)


def clear(
    market: _Market,
    *,
    out: Annotated[Path, typer.Option("--out", help="Result folder to write.")],
    csv: Annotated[bool, typer.Option("--csv", help="Write the tables as CSV, too.")] = False,
    time_limit: Annotated[float | None, typer.Option("--time-limit", help="Seconds; no limit unless given.")] = None,
    gap: Annotated[float, typer.Option("--gap", help="Stop at this distance from the bound, in the currency.")] = 0.01,
    threads: Annotated[int, typer.Option("--threads", help="Threads for parts that nothing connects.")] = 1,
    iteration_limit: Annotated[
        int | None, typer.Option("--iteration-limit", help="Simplex iterations; no limit unless given.")
    ] = None,
) -> None:
    """Clear a market, audit the result and write it."""
    from walras.book.folder import read
    from walras.cli.surpluses import print_surpluses
    from walras.results.folder import check_result_place

    settings = settings_of(time_limit, gap, threads, iteration_limit)
    check_result_place(out)
    _check_apart(market, out)
    book = read(market)
    results, violations, seconds = cleared(book, settings)
    summary = _write(book, results, settings, out, csv=csv, market=os.path.relpath(market, out))
    _print_result(book, results, summary, seconds)
    print_surpluses(out, book.currency)
    say(f"result: {out}")
    _end(violations)


def audit(market: _Market, result: _Result) -> None:
    """Check every rule on a result, from the market folder alone."""
    from walras.book.folder import read
    from walras.results.audit.folder import audit_folder

    book = read(market)
    with spinner("auditing"):
        violations = audit_folder(book, result)
    if not violations:
        say("no violations")
    if not (result / "surpluses.parquet").is_file():
        say("not checked: the folder has no table of surpluses; an earlier release wrote it")
    _end(violations)


def explain(
    market: _Market,
    result: _Result,
    order: Annotated[str | None, typer.Argument(help="Only this order.", metavar="[ORDER]")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write every row as CSV or .parquet instead.")] = None,
    what_if: Annotated[bool, typer.Option("--what-if", help="Decide again with this rejected ORDER accepted.")] = False,
) -> None:
    """Say for each order why it was accepted or not, and at what limit price it would have been."""
    from walras.book.folder import read
    from walras.cli.explaining import print_order, print_orders, print_what_if
    from walras.results.explain import explain as reasons
    from walras.results.folder import read_results

    if what_if and (order is None or out is not None):
        fix = "Name one order, and leave out --out: explain MARKET RESULT ORDER --what-if."
        raise BadInput([Mistake("--what-if asks about one order", "--what-if", "option_range", fix)])
    if out is not None:
        check_new_file(out)
    book = read(market)
    check_same_market(book, result)
    results = read_results(book, result)
    table = reasons(book, results, order)
    answer = None
    if what_if and order is not None:
        from walras.coupling.what_if import what_if as decided_with

        with spinner("deciding again"):
            answer = decided_with(book, results, order)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.suffix == ".parquet":
            table.write_parquet(out)
        else:
            table.write_csv(out, datetime_format="%Y-%m-%dT%H:%M:%SZ")
        say(f"explanation: {out}")
    elif order is None:
        print_orders(table, book.currency)
    else:
        print_order(table, book.currency)
    if answer is not None:
        print_what_if(answer, book)


def report(
    result: _Result,
    market: Annotated[
        Path | None, typer.Option("--market", help="Market folder; the one of run.json unless given.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="HTML file; RESULT/report.html unless given.")] = None,
) -> None:
    """Write one self-contained HTML page with plots of a result."""
    from walras.book.folder import read
    from walras.results.folder import read_results
    from walras.studies.report import report as page

    goal = out or result / "report.html"
    if not (result / "summary.json").is_file():
        fix = "Name a folder that `walras clear` wrote."
        raise BadInput([Mistake("there is no summary.json", str(result), "result_folder", fix)])
    check_new_file(goal, replaces=".html")
    book = read(market or _market_of(result))
    check_same_market(book, result)
    outcome = read_results(book, result)
    goal.parent.mkdir(parents=True, exist_ok=True)
    page(book, outcome, goal)
    say(f"report: {goal}")


def _market_of(result: Path) -> Path:
    """Return the market folder that `clear` noted in run.json."""
    try:
        noted = json.loads((result / "run.json").read_text(encoding="utf-8")).get("market")
    except (OSError, ValueError, AttributeError):
        noted = None
    if not isinstance(noted, str) or not (result / noted / "market.toml").is_file():
        what = "run.json names no market folder" if not noted else f"there is no market folder {noted}"
        raise BadInput([Mistake(what, str(result / "run.json"), "market_folder", "Name it with --market.")])
    return result / noted


def _check_apart(market: Path, out: Path) -> None:
    """Refuse a result folder that would lie in the market folder, or the other way round."""
    one, other = Path(os.path.realpath(market)), Path(os.path.realpath(out))
    if one == other or one in other.parents or other in one.parents:
        what = f"{out} and the market folder {market} overlap"
        raise BadInput([Mistake(what, "--out", "out_folder", "Name a folder outside the market folder.")])


def _write(book: Book, results: Results, settings: Settings, out: Path, *, csv: bool, market: str) -> dict[str, Any]:
    from walras.results.folder import write_results
    from walras.studies.run_facts import run_facts

    run = run_facts(settings.threads, market=market)
    return write_results(book, results, settings.canonical(), out, csv=csv, run=run)


def _print_result(book: Book, results: Results, summary: dict[str, Any], seconds: float) -> None:
    """Print status, welfare, counts, and the range of prices of each zone."""
    cells, money = book.cells, book.currency
    rows = [("status", summary["status"]), (f"welfare {money}", number(results.welfare))]
    rows += [(f"bound {money}", number(results.bound)), (f"gap {money}", number(results.gap))]
    if book.profile.compensates:
        rows.append((f"difference amount {money}", number(summary[f"difference_amount_{money.lower()}"])))
    rows += [("stopped by", summary["stopped_by"])] if summary.get("stopped_by") else []
    rows += [("curtailed MWh", number(summary["curtailed_mwh"], 3))] if summary.get("curtailed_mwh") else []
    print_table(book.name, ("", ""), [*rows, ("seconds", number(seconds))])
    kinds = {k: c for k, c in summary["counts"].items() if isinstance(c, dict) and sum(c.values())}
    outcomes = list(dict.fromkeys(o for c in kinds.values() for o in c))
    if kinds:
        heads = ["orders", *(o.replace("_", " ") for o in outcomes)]
        print_table("Orders", heads, [[k, *(c.get(o, 0) for o in outcomes)] for k, c in kinds.items()])
    prices = []
    for g, grid in enumerate(cells.grids):
        own = results.price[cells.first[g] : cells.first[g + 1]]
        decimals = grid.price_tick.decimals
        figures = [number(float(v), decimals) for v in (own.min(), own.mean(), own.max())]
        prices.append((cells.zones[grid.zone].name, grid.carrier, *figures))
    print_table(f"Prices, {money}/MWh", ("zone", "carrier", "lowest", "mean", "highest"), prices, left=(0, 1))


def _end(violations: list[Violation]) -> None:
    """Print violations and end with 1 if there are any."""
    if not violations:
        return
    err = console(stderr=True)
    for violation in violations:
        err.print(str(violation), soft_wrap=True, markup=False)
    err.print(f"{len(violations)} violation{'s' if len(violations) != 1 else ''} found", style="bold red")
    raise typer.Exit(1)
