"""What commands read and write: options checked at the door, folders replaced in one step.

A command first makes everything in a hidden folder beside its goal and puts it in place
at the end, so that a stop half way leaves the old folder or none, never half of one.
"""

# ruff: noqa: PLC0415 - a command imports what it needs, so that `walras --help` is quick

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from walras.errors import BadInput, Mistake

if TYPE_CHECKING:
    from walras.book.book import Book


def parse_day(text: str, option: str) -> date:
    """Return a day written as YYYY-MM-DD.

    Raises:
        BadInput: It is written differently, or there is no such day.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise BadInput([Mistake(f"{text!r} is not a day", option, "option_day", "Write it as YYYY-MM-DD: 2025-04-01.")])
    return day


def check_demo_place(out: Path) -> None:
    """Refuse to write the demo over anything but an older demo.

    Raises:
        BadInput: Something there would be lost (rule `place_free`).
    """
    from walras.book.place import check_place
    from walras.book.write import check_market_place
    from walras.results.folder import check_result_place

    check_place(
        out, {"market", "result", "report.html"}, lambda folder: (folder / "report.html").is_file(), "demo folder"
    )
    check_market_place(out / "market", "README.md")
    check_result_place(out / "result")


def check_same_market(book: Book, result: Path) -> None:
    """Refuse to show a result beside a market that it is not of.

    Raises:
        BadInput: The result's market hash is another (rule `result_market`).
    """
    from walras.book.hashing import market_hash
    from walras.results.folder import read_folder

    if read_folder(result)[1].get("market_hash") != market_hash(book):
        fix = "Name the market folder that the result was cleared from."
        raise BadInput([Mistake("it is the result of another market", str(result), "result_market", fix)])


def check_new_file(out: Path, *, replaces: str = "") -> None:
    """Refuse to write a single file over another, or beside nothing.

    Args:
        out: File that will be written.
        replaces: Ending of files that may be replaced, such as `.html`; none unless given.

    Raises:
        BadInput: The file is there already, or is a folder (rule `place_free`).
    """
    if out.exists() and not (replaces and out.suffix == replaces and out.is_file()):
        raise BadInput([Mistake(f"{out} is there already", "--out", "place_free", "Name a new file.")])


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """Yield an empty folder beside `out` that takes its place when all went well."""
    out = Path(os.path.realpath(out))
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = out.with_name(f".{out.name}.{os.getpid()}.part")
    old = out.with_name(f".{out.name}.{os.getpid()}.old")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        beside.mkdir()
        yield beside
        if out.exists():
            os.replace(out, old)
        os.replace(beside, out)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
