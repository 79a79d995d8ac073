"""Commands of formulas: check a text, explain its result line by line."""

# ruff: noqa: PLC0415 - a command imports what it needs, so that `walras --help` is quick

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from walras.cli.show import say
from walras.errors import BadInput, Mistake

if TYPE_CHECKING:
    from datetime import date

    from walras.formulas import Formula

_File = Annotated[Path, typer.Argument(help="Formula (docs/formulas.md).", metavar="FILE")]

formula = typer.Typer(help="Check formulas of prices and rates, and derive their results.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of formulas."""
    app.add_typer(formula, name="formula")


@formula.command("check", epilog="Example: walras formula check price.formula")
def check_command(
    file: _File,
    *,
    canonical: Annotated[bool, typer.Option("--canonical", help="Print the formula in its canonical text.")] = False,
) -> None:
    """Check names and units of a formula; every mistake comes with line and column."""
    found = _read(file)
    checked = found.check()
    if canonical:
        typer.echo(str(found))
        return
    reads = [f"{name} ({s.unit}, {s.grid})" for name, s in checked.plan.series.items()]
    takes = [f"{name} ({p.unit})" for name, p in checked.plan.used_parameters.items()]
    say(f"{file.name} is a formula in {checked.unit}")
    say(f"parameters: {', '.join(takes) or 'none'}")
    say(f"series: {', '.join(reads) or 'none'}")


@formula.command(
    "explain",
    epilog="Example: walras formula explain price.formula --observations seen.csv --at 2024-05-17 --param heat=11",
)
def explain_command(
    file: _File,
    *,
    at: Annotated[str, typer.Option("--at", help="Day, or time with its zone, that the result is for.")],
    observations: Annotated[Path | None, typer.Option("--observations", help="Observations as CSV.")] = None,
    param: Annotated[list[str] | None, typer.Option("--param", help="NAME=VALUE, once a parameter.")] = None,
    time_zone: Annotated[str, typer.Option("--time-zone", help="Whose days and months count.")] = "UTC",
    known_at: Annotated[
        str | None, typer.Option("--known-at", help="Time with its zone; what was published later does not count.")
    ] = None,
) -> None:
    """Derive a result line by line, with every observation that it stands on."""
    from walras.formulas import Context, Table, read_observations

    checked = _read(file).check()
    seen = Table() if observations is None else read_observations(observations)
    given = dict(_parameter(text) for text in param or ())
    known = None if known_at is None else _moment(known_at, "--known-at")
    context = Context(_moment(at, "--at"), seen, given, time_zone, known)  # type: ignore[arg-type]
    typer.echo(str(checked.explain(context)))


def _read(file: Path) -> Formula:
    from walras.formulas import parse

    try:
        return parse(file.read_text(encoding="utf-8-sig"), file.name)
    except UnicodeDecodeError as e:
        mistake = Mistake("this is no text in UTF-8", file.name, "formula_file", "Write the formula as text.")
        raise BadInput([mistake]) from e


def _moment(text: str, option: str) -> date:
    from datetime import date, datetime

    try:
        return date.fromisoformat(text) if len(text) == len("2024-01-01") else datetime.fromisoformat(text)
    except ValueError as e:
        fix = "Write 2024-03-01, or 2024-03-01T10:15+01:00."
        raise BadInput([Mistake(f"{text[:40]!r} is no day or time", option, "moment_given", fix)]) from e


def _parameter(text: str) -> tuple[str, str]:
    name, is_given, value = text.partition("=")
    if not is_given:
        fix = 'Write --param "volume=5 MWh".'
        raise BadInput([Mistake(f"{text[:40]!r} gives no value", "--param", "parameter_given", fix)])
    return name.strip(), value
