"""What the command line prints: tables of at most 80 columns, mistakes, progress.

Results go to stdout, everything that is wrong to stderr.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from walras.errors import Mistake

WIDTH = 80


def console(stderr: bool = False) -> Console:
    """Return a console no wider than 80 columns, bound to the stream as it is now."""
    wide = Console(stderr=stderr, highlight=False)
    return Console(stderr=stderr, highlight=False, width=min(WIDTH, wide.width)) if wide.width > WIDTH else wide


def say(text: str) -> None:
    """Print one line of plain text, never cut or wrapped."""
    console().print(Text(text), soft_wrap=True)


def print_table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    left: Sequence[int] = (0,),
    wraps: Sequence[int] | None = None,
) -> None:
    """Print rows; columns are numbers and stand right, but for those in `left`; `wraps` says which may wrap."""
    table = Table(title=title or None, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for n, column in enumerate(columns):
        table.add_column(
            column,
            justify="left" if n in left else "right",
            overflow="fold",
            no_wrap=wraps is not None and n not in wraps,
        )
    for row in rows:
        table.add_row(*(Text(str(value)) for value in row))
    console().print(table)


def print_mistakes(mistakes: Sequence[Mistake]) -> None:
    """Print every mistake: what, where, rule and how to mend it."""
    err = console(stderr=True)
    for m in mistakes:
        err.print(Text.assemble((f"{m.where}: ", "bold"), m.what), soft_wrap=True)
        err.print(Text(f"  rule: {m.rule}"), soft_wrap=True)
        err.print(Text(f"  fix:  {m.fix}"), soft_wrap=True)
    err.print(Text(f"{len(mistakes)} mistake{'s' if len(mistakes) != 1 else ''}; nothing was written.", "bold red"))


def print_problem(what: str, fix: str) -> None:
    """Print a problem that is not a mistake in the input."""
    err = console(stderr=True)
    err.print(Text(what, "bold red"), soft_wrap=True)
    err.print(Text(f"  fix:  {fix}"), soft_wrap=True)


def print_internal(error: Exception) -> None:
    """Print that we made a mistake, in one line; its traceback stands above."""
    reason = str(error).partition("\n")[0] or "no reason given"
    text = f"internal error: {type(error).__name__}: {reason}; please report it with the lines above"
    console(stderr=True).print(Text(text, "bold red"), soft_wrap=True)


@contextmanager
def spinner(what: str) -> Iterator[None]:
    """Show that something long is going on, on a terminal only; gone when it ends."""
    err = console(stderr=True)
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=err, transient=True
    ) as p:
        p.add_task(what, total=None)
        yield


@contextmanager
def bar(what: str, total: int) -> Iterator[tuple[Progress, Any]]:
    """Show how much of a known amount of work is done, on stderr."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as p:
        yield p, p.add_task(what, total=total)


def short(value: float) -> str:
    """Return a number for a narrow column: no decimals from a million.

    >>> short(1246795901.63), short(-999999.991)
    ('1,246,795,902', '-999,999.99')
    """
    return number(value, 0 if abs(value) >= 1e6 else 2)


def number(value: float, decimals: int = 2) -> str:
    """Return a number for people.

    >>> number(1234567.891)
    '1,234,567.89'
    """
    return f"{value:,.{decimals}f}"
