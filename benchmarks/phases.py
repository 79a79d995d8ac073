"""Phases of the benchmark registry: what is done with a market, and the rows that are measured.

A phase gets a `Stand`, does what is not measured, and returns the call that is. `ROWS` is the
registry: markets x phases, with the target of the plan where there is one.
"""

# ruff: noqa: PLC0415 - a phase loads what it measures, so that its peak memory is its own

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from markets import FIRST, LAST, MARKETS, italy

if TYPE_CHECKING:
    from walras.book.book import Book

Call = Callable[[], object]


@dataclass(frozen=True)
class Stand:
    """A prepared market: folders `market`, `shuffled`, `text` and `result` under `place`."""

    name: str
    place: Path

    @property
    def folder(self) -> Path:
        """The market folder."""
        return self.place / "market"

    @property
    def result(self) -> Path:
        """The result folder."""
        return self.place / "result"

    @cached_property
    def book(self) -> Book:
        """The market, read from its folder."""
        from walras import read

        return read(self.folder)


def prepare(stand: Stand) -> None:
    """Write every folder that the phases of a market start from."""
    from walras import Settings, clear, read, write, write_results

    wanted = {row.phase for row in ROWS if row.market == stand.name}
    if wanted <= {"replay"}:
        italy()
        return
    write(MARKETS[stand.name].book(), stand.folder)
    book = read(stand.folder)
    if wanted & {"audit", "audit the folder", "write results"}:
        write_results(book, clear(book), Settings().canonical(), stand.result)
    if "read, rows shuffled" in wanted:
        shuffled(stand.folder, stand.place / "shuffled")
    if "read, CSV" in wanted:
        write(book, stand.place / "text", format="csv")


def shuffled(folder: Path, to: Path) -> None:
    """Write a market folder with the rows of its steps in random order."""
    import polars as pl

    shutil.copytree(folder, to)
    steps = to / "curve_steps.parquet"
    pl.read_parquet(steps).sample(fraction=1.0, shuffle=True, seed=1).write_parquet(steps)


def raw_and_clear(stand: Stand) -> Call:
    """Publisher's files to a decided auction."""
    from walras import clear

    return lambda: clear(MARKETS[stand.name].book())


def raw(stand: Stand) -> Call:
    """Publisher's files to a book."""
    return MARKETS[stand.name].book


def read_market(stand: Stand) -> Call:
    """A market folder to a book, every rule checked."""
    from walras import read

    return lambda: read(stand.folder)


def read_and_clear(stand: Stand) -> Call:
    """A market folder to a decided auction."""
    from walras import clear, read

    return lambda: clear(read(stand.folder))


def read_shuffled(stand: Stand) -> Call:
    """The same folder with its rows in random order."""
    from walras import read

    return lambda: read(stand.place / "shuffled")


def read_text(stand: Stand) -> Call:
    """The same folder as CSV."""
    from walras import read

    return lambda: read(stand.place / "text")


def write_market(stand: Stand) -> Call:
    """A book to a market folder (Parquet)."""
    from walras import write

    book = stand.book
    return lambda: write(book, stand.place / "written")


def decide(stand: Stand) -> Call:
    """A book to results."""
    from walras import clear

    book = stand.book
    return lambda: clear(book)


def audit_results(stand: Stand) -> Call:
    """Every rule on results that are in memory."""
    from walras import audit, read_results

    book = stand.book
    results = read_results(book, stand.result)
    return lambda: audit(book, results)


def audit_the_folder(stand: Stand) -> Call:
    """What a third party does: read the market, read the result, check every rule."""
    from walras import audit, read, read_results

    def whole() -> object:
        book = read(stand.folder)
        return audit(book, read_results(book, stand.result))

    return whole


def write_outcome(stand: Stand) -> Call:
    """Results to a result folder: tables, summary, hashes."""
    from walras import Settings, clear, write_results

    book = stand.book
    results, settings = clear(book), Settings().canonical()
    return lambda: write_results(book, results, settings, stand.place / "outcome")


def replayed(stand: Stand) -> Call:
    """Read, convert, clear, audit, write and compare 15 days in two new worker processes."""
    from walras.studies.replay import replay

    out = stand.place / "replay"

    def days() -> object:
        shutil.rmtree(out, ignore_errors=True)
        return replay(italy(), FIRST, LAST, out, processes=2)

    return days


PHASES: dict[str, Callable[[Stand], Call]] = {
    "read raw files and clear": raw_and_clear,
    "read raw files": raw,
    "read market": read_market,
    "read market and clear": read_and_clear,
    "read, rows shuffled": read_shuffled,
    "read, CSV": read_text,
    "write market": write_market,
    "clear": decide,
    "audit": audit_results,
    "audit the folder": audit_the_folder,
    "write results": write_outcome,
    "replay": replayed,
}


@dataclass(frozen=True)
class Row:
    """One line of the table: how often it is run after one run that warms up, and its target in seconds."""

    market: str
    phase: str
    runs: int
    target_s: float | None = None


ROWS = (
    Row("Italian day", "read raw files and clear", 15, 0.25),
    Row("Italian day", "read raw files", 15),
    Row("Italian day", "read market and clear", 15),
    Row("Italian day", "clear", 15),
    Row("Italian day", "audit", 15),
    Row("Italian day", "write results", 15),
    Row("Italian fortnight", "replay", 5, 6.0),
    Row("1,500,000 steps", "read market", 7, 2.0),
    Row("1,500,000 steps", "read, rows shuffled", 5),
    Row("1,500,000 steps", "read, CSV", 5),
    Row("1,500,000 steps", "audit", 7, 3.0),
    Row("1,500,000 steps", "audit the folder", 5),
    Row("1,500,000 steps", "write results", 7, 1.0),
    Row("1,500,000 steps", "write market", 7),
    Row("1,500,000 steps", "clear", 3),
    Row("400,000 orders", "clear", 5),
    Row("1,000 blocks", "clear", 3),
)
