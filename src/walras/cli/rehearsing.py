"""The command `rehearse`: play a market day from a script, from registration to bills. It needs the extra `service`."""

# ruff: noqa: PLC0415 - a command imports what it needs, so that `walras --help` is quick

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from walras.cli.folders import replacing
from walras.cli.show import bar, say

if TYPE_CHECKING:
    from walras.cli.living_demo import Showing
    from walras.service.rehearsal.play import Done
    from walras.service.rehearsal.script import Script

LEFT = (
    ("reports", "a page of plots of each session"),
    ("results", "market, result, certificate of each session, as the regulator gets them"),
    ("public", "what everybody gets: pages, and bundles for walras verify"),
    ("statements", "what each session's settlement says of each party"),
    ("bills", "invoices with VAT, as pages and PDF; bills.csv says whose"),
    ("contracts", "supply agreements with their records: walras contract"),
    ("deviations.csv", "planned and metered at the border"),
    ("names.csv", "who is behind a code"),
    ("balances.csv", "every account of the ledger"),
    ("ledger.csv", "every posting, chained"),
    ("checks.txt", "the check of the whole store"),
    ("service", "the store itself: walras serve --data"),
)
"""What a rehearsal leaves, with what it is."""
INDENT = " " * 19


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: walras rehearse day --out played")(rehearse)


def rehearse(
    folder: Annotated[Path, typer.Argument(help="Folder with script.json (docs/rehearsal.md).", metavar="FOLDER")],
    *,
    out: Annotated[Path, typer.Option("--out", help="Folder to write; an older rehearsal is replaced.")],
) -> None:
    """Play a market day through the door: members, contracts, orders, auction, settlement, bills, all checked."""
    from walras.cli.serving import check_extra

    check_extra()
    from walras.service.rehearsal import read_script

    _play_and_show(read_script(folder), out)


def demo_day(name: str, out: Path, showing: Showing) -> None:
    """Play the bundled day of a pair of states, show where the numbers are, and let the market live on."""
    from importlib import resources

    from walras.cli.living_demo import check_ports, live_on
    from walras.cli.serving import check_extra

    check_extra()
    if showing.is_possible:
        check_ports(showing)
    from walras.service.rehearsal import read_script

    with resources.as_file(resources.files("walras.examples") / name) as folder:
        _play_and_show(read_script(folder), out)
        if showing.is_possible:
            live_on(folder, out, showing)
        elif showing.is_wanted:
            say(f"The output is no terminal, so nothing is served; to look: walras serve --data {out / 'service'}")


def _play_and_show(script: Script, out: Path) -> None:
    from walras.cli.day_numbers import show_numbers

    flaws = played(script, out)
    show_numbers(out)
    show_places(out)
    if flaws:
        raise typer.Exit(1)


def check_place(out: Path) -> None:
    """Refuse to write a rehearsal over anything but an older one, or one to which somebody added a file.

    Raises:
        BadInput: Something there would be lost (rule `place_free`).
    """
    from walras.book import place

    ours = {name for name, _ in LEFT} | {"bills.csv"}
    place.check_place(out, ours, lambda old: (old / "checks.txt").is_file() and (old / "service").is_dir(), "rehearsal")


def played(script: Script, out: Path) -> int:
    """Play a script, tell each part as it goes, write its papers; return how many flaws the check found."""
    from walras.service.rehearsal import play
    from walras.service.rehearsal.papers import write_papers
    from walras.service.rehearsal.stage import staged

    check_place(out)
    told = Told()
    with (
        replacing(out) as beside,
        staged(beside / "service", script.steps[0].at) as stage,
        bar(script.name, len(script.steps)) as (progress, task),
    ):

        def tell(done: Done) -> None:
            told.take(done)
            progress.advance(task)

        play(script, stage, tell)
        told.end()
        flaws = write_papers(stage, script.market, beside)
        _write_reports(beside)
    for flaw in flaws:
        say(str(flaw))
    return len(flaws)


def _write_reports(out: Path) -> None:
    """Write the report of each session beside its result."""
    from walras.book.folder import read
    from walras.results.folder import read_results
    from walras.studies.report import report as page

    for place in sorted((out / "results").glob("*")):
        (out / "reports").mkdir(exist_ok=True)
        book = read(place / "market")
        page(book, read_results(book, place / "result"), out / "reports" / f"{place.name}.html")


class Told:
    """Tells a rehearsal part by part: what each step says, or how many commands of a kind there were."""

    def __init__(self) -> None:
        self.part = ""
        self.counts: dict[str, int] = {}

    def take(self, done: Done) -> None:
        """Take a step; a new part ends the one before."""
        if done.step.part != self.part:
            self.end()
            self.part = done.step.part
            say(f"{done.step.at:%d %b %Y %H:%M}  {self.part}")
        if done.step.says:
            say(f"{INDENT}{done.step.says}")
        self.counts[done.step.do] = self.counts.get(done.step.do, 0) + 1

    def end(self) -> None:
        """Say what a part consisted of."""
        if self.counts:
            say(f"{INDENT}{', '.join(f'{n} x {word}' if n > 1 else word for word, n in self.counts.items())}")
        self.counts = {}


def show_places(out: Path) -> None:
    """Say where the numbers are."""
    for name, what in LEFT:
        if (out / name).exists():
            say(f"{out / name!s:<32}{what}")
