"""Commands of accession: accede, generate-three-states."""

# ruff: noqa: PLC0415 - a command imports what it needs, so that `walras --help` is quick

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from walras.cli.show import bar, number, print_table, say, short, spinner


def register(app: typer.Typer) -> None:
    """Add the commands of accession."""
    app.command("accede", epilog="Example: walras accede three/market three/new-member --out accession")(accede)
    app.command("generate-three-states", epilog="Example: walras generate-three-states --out three --days 30")(
        generate_three_states
    )


def accede(
    markets: Annotated[Path, typer.Argument(help="Folder of market folders, one a day.", metavar="MARKETS")],
    new_member: Annotated[
        Path,
        typer.Argument(help="The same of the new member, each with its joining lines.", metavar="NEW_MEMBER"),
    ],
    *,
    out: Annotated[Path, typer.Option("--out", help="Report folder to write: tables, results and one page.")],
    processes: Annotated[
        int | None, typer.Option("--processes", min=1, help="Workers; all cores unless given.")
    ] = None,
    time_limit: Annotated[float | None, typer.Option("--time-limit", help="Seconds for each auction.")] = None,
    gap: Annotated[float, typer.Option("--gap", help="Stop an auction at this distance from its bound.")] = 0.01,
    iteration_limit: Annotated[
        int | None, typer.Option("--iteration-limit", help="Simplex iterations for each auction.")
    ] = None,
) -> None:
    """Say what a new member would change: clear every day without, alone and joined."""
    from walras.cli.auction import settings_of
    from walras.studies.accession import accede as study
    from walras.studies.accession import words

    settings = settings_of(time_limit, gap, 1, iteration_limit)
    with bar("days", 1) as (progress, task):
        summary = study(
            markets,
            new_member,
            out,
            processes=processes,
            settings=settings,
            progress=lambda done, total, _: progress.update(task, completed=done, total=total),
        )
    cur = summary["currency"]
    key = f"change_{cur.lower()}"
    rows = [
        (r["state"], *(short(r[f"{word}_{key}"]) for word in ("buyers", "sellers", "congestion", "welfare")),
         number(r[f"price_mean_before_{cur.lower()}_per_mwh"]), number(r[f"price_mean_after_{cur.lower()}_per_mwh"]))
        for r in summary["by_state"]
    ]  # fmt: skip
    say(words.headline(summary))
    say(f"{words.yearly(summary)} {words.who_pays(summary)}")
    say(f"{words.period(summary)}. {words.proof(summary)}")
    heads = ("state", "buyers", "sellers", "congestion", "in all", "price", "after")
    print_table(f"What changes, {cur}, and mean price, {cur}/MWh", heads, rows)
    say(f"page: {out / 'report.html'}")
    say(f"tables and results: {out}")
    if summary["auctions"]["violations"]:
        say(f"{summary['auctions']['violations']} violations found: see violations.txt of the days")
        raise typer.Exit(1)


def generate_three_states(
    *,
    out: Annotated[Path, typer.Option("--out", help="Folder to make, for market and new-member.")],
    days: Annotated[int, typer.Option("--days", help="Delivery days from 1 April 2026 on.")] = 30,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same orders.")] = 0,
) -> None:
    """Generate a market of two invented states, and a third that would join it."""
    from walras.studies.three_states import write_three_states

    with spinner("drawing orders"):
        write_three_states(out, days, seed)
    say(f"{days} days of XA and XB: {out / 'market'}")
    say(f"{days} days of XC, the new member: {out / 'new-member'}")
    say(f"next: walras accede {out / 'market'} {out / 'new-member'} --out REPORT")
