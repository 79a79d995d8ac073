"""Days to look at: folders that hold a market and its result.

A day is a folder with `market` and `result` in it, as the demo, a replay of published days and a regulator's
bundle have it; a bundle may be the zip file that was published. A folder of such days stands for
all of them, in the order of their names.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from walras.book.book import Book
from walras.book.folder import read
from walras.book.hashing import market_hash
from walras.errors import BadInput, Mistake
from walras.results.folder import read_folder
from walras.results.publication.archives import unpack
from walras.results.reading import results_from
from walras.results.results import Results

MARKET, RESULT = "market", "result"
FIX = "Name a folder that holds market and result, a folder of such days, or a regulator's bundle."


@dataclass(frozen=True)
class Day:
    """One auction with its outcome, and where it was read."""

    where: str
    book: Book
    results: Results


def day_places(paths: Sequence[Path | str]) -> list[Path]:
    """Return the folders and bundles of days that paths stand for, each once.

    Raises:
        BadInput: A path holds no result of a day (rule `folder_with_results`); every such path is listed.
    """
    found: list[Path] = []
    mistakes = []
    for path in map(Path, paths):
        here = [path] if path.suffix == ".zip" and path.is_file() else _days_in(path)
        if not here:
            what = "there is no result of a day here" if path.exists() else "there is no such folder"
            mistakes.append(Mistake(what, str(path), "folder_with_results", FIX))
        found += here
    if mistakes:
        raise BadInput(mistakes)
    return list(dict.fromkeys(found))


def read_days(places: Sequence[Path]) -> Iterator[Day]:
    """Yield the days, one after the other.

    Raises:
        BadInput: A market or a result cannot be read, or does not belong to the other (rule `result_market`).
    """
    for place in places:
        if place.suffix == ".zip":
            with tempfile.TemporaryDirectory(prefix="walras-oversight-") as folder:
                unpack(place, folder)
                yield _day(Path(folder), str(place))
        else:
            yield _day(place, str(place))


def _days_in(path: Path) -> list[Path]:
    if (path / MARKET).is_dir() and (path / RESULT).is_dir():
        return [path]
    if not path.is_dir():
        return []
    return sorted(p for p in path.iterdir() if (p / MARKET).is_dir() and (p / RESULT).is_dir())


def _day(folder: Path, where: str) -> Day:
    if not (folder / MARKET).is_dir() or not (folder / RESULT).is_dir():
        raise BadInput([Mistake("it holds no result of all orders", where, "folder_with_results", FIX)])
    book = read(folder / MARKET)
    tables, summary = read_folder(folder / RESULT)
    if summary.get("market_hash") != market_hash(book):
        fix = "Name the market folder that the result was cleared from."
        raise BadInput([Mistake("the result is of another market", where, "result_market", fix)])
    return Day(where, book, results_from(book, tables, summary))
