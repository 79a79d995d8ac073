"""The result folder: written whole or not at all, and read back against its market.

Written after a clearing, through a sibling folder that is renamed at the end; read by the
audit, by reports and by whoever compares. Layout: docs/result-folder.md. Reading trusts
nothing: rows that are missing, unknown or doubled, broken files and a wrong summary are
mistakes, all of which come back at once.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from walras.book.book import Book
from walras.book.place import check_place
from walras.errors import BadInput, Mistake
from walras.results.certificate_tables import CASE_TABLES
from walras.results.outcomes import outcomes_of
from walras.results.raw import Raw
from walras.results.reading import results_from
from walras.results.results import Results
from walras.results.summary import FORMAT, summary_of
from walras.results.tables import results_tables


def write_results(
    book: Book,
    results: Results,
    settings: Mapping[str, float | None],
    path: Path | str,
    csv: bool = False,
    run: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Write a result folder and return its summary.

    Args:
        book: The market of the result.
        results: The outcome.
        settings: What decided beside the market (`Settings.canonical()`): stands in the summary, and is hashed.
        path: Folder to write; an older result folder there is replaced.
        csv: Write every table as CSV too.
        run: What goes to `run.json`; the seconds of `results.phases` are added.

    Raises:
        BadInput: The path holds something that is no result folder.
    """
    check_result_place(Path(os.path.realpath(path)))
    raw = Raw(book)
    outcomes = outcomes_of(book, results, raw)
    tables = results_tables(book, results, outcomes, raw)
    summary = summary_of(raw, results, tables, outcomes, settings)
    write_folder(tables, summary, path, csv, {"phases": results.phases} | (run or {}))
    return summary


def write_folder(
    tables: Mapping[str, pl.DataFrame],
    summary: Mapping[str, Any],
    path: Path | str,
    csv: bool = False,
    run: Mapping[str, Any] | None = None,
) -> None:
    """Write tables and summary of a result as its folder; arguments and errors as of `write_results`."""
    target = Path(os.path.realpath(path))
    check_result_place(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.parent / f".{target.name}.{os.getpid()}.part"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    try:
        _fill(draft, tables, summary, run or {}, csv)
        _swap(draft, target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def read_results(book: Book, path: Path | str) -> Results:
    """Return the outcome in a result folder, its columns aligned to the book.

    `decided` is None and `phases` empty: they are not in the folder.

    Raises:
        BadInput: Anything is missing, unknown, doubled or unreadable; every mistake is listed.
    """
    tables, summary = read_folder(path)
    return results_from(book, tables, summary)


def read_folder(path: Path | str) -> tuple[dict[str, pl.DataFrame], dict[str, Any]]:
    """Return the tables and the summary of a result folder as they stand there.

    Raises:
        BadInput: The folder, a table or the summary is missing or cannot be read.
    """
    folder = Path(path)
    mistakes: list[Mistake] = []
    summary = _read_summary(folder / "summary.json", mistakes)
    tables = {}
    for name in (*TABLES, *(n for n in SOME_TABLES if (folder / f"{n}.parquet").exists())):
        try:
            tables[name] = pl.read_parquet(folder / f"{name}.parquet")
        except FileNotFoundError:
            mistakes.append(_mistake("the table is missing", name, "result_table_present"))
        except (pl.exceptions.PolarsError, OSError) as error:
            mistakes.append(_mistake(f"the table cannot be read: {error}", name, "result_table_readable"))
    if mistakes:
        raise BadInput(mistakes)
    return tables, summary


TABLES = (
    "prices",
    "net_positions",
    "scheduled_exchanges",
    "border_exchanges",
    "curve_acceptances",
    "order_acceptances",
    "order_volumes",
    "curtailments",
    "certificate_prices",
    "certificate_rents",
)
DOMAIN_TABLES = ("domain_exchanges", "branch_flows")
"""Only of markets that have flow-based domains."""

CONVERSION_TABLES = ("conversion_spreads",)
"""Only of markets that have conversions."""

COMPENSATION_TABLES = ("compensations", "difference_shares")
"""Only of markets whose rules profile compensates losses."""

LATER_TABLES = ("surpluses",)
"""Of every market; folders of earlier releases, which are read all the same, do not have them."""

SOME_TABLES = DOMAIN_TABLES + CONVERSION_TABLES + COMPENSATION_TABLES + LATER_TABLES + CASE_TABLES


def _read_summary(file: Path, mistakes: list[Mistake]) -> dict[str, Any]:
    try:
        summary = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        mistakes.append(_mistake(f"the summary cannot be read: {error}", "summary.json", "result_summary_readable"))
        return {}
    if not isinstance(summary, dict) or summary.get("format") != FORMAT:
        mistakes.append(_mistake(f"this is no {FORMAT}", "summary.json", "result_format"))
        return {}
    return summary


def _fill(
    draft: Path, tables: Mapping[str, pl.DataFrame], summary: Mapping[str, Any], run: Mapping[str, Any], csv: bool
) -> None:
    for name, table in tables.items():
        table.write_parquet(draft / f"{name}.parquet", compression="lz4", statistics=False)
        if csv:
            shown = _price_first(table) if name == "prices" else table
            shown.write_csv(draft / f"{name}.csv", datetime_format="%Y-%m-%dT%H:%M:%SZ")
    for file, content in (("summary.json", summary), ("run.json", run)):
        (draft / file).write_text(json.dumps(dict(content), indent=2) + "\n", encoding="utf-8")


def _price_first(prices: pl.DataFrame) -> pl.DataFrame:
    """Return the prices with what most readers want in front: zone, start, price."""
    first = ["zone", "mtu_start", next(c for c in prices.columns if c.startswith("price_"))]
    return prices.select(first + [c for c in prices.columns if c not in first])


RESULT_FILES = {"summary.json", "run.json", "report.html"} | {
    f"{name}.{end}" for name in (*TABLES, *SOME_TABLES) for end in ("parquet", "csv")
}


def check_result_place(target: Path) -> None:
    """Refuse a place that holds anything but a result folder.

    Raises:
        BadInput: It does (rule `place_free`).
    """
    check_place(target, RESULT_FILES, _is_result, "result folder")


def _is_result(folder: Path) -> bool:
    mistakes: list[Mistake] = []
    return bool(_read_summary(folder / "summary.json", mistakes))


def _swap(draft: Path, target: Path) -> None:
    old = target.parent / f".{target.name}.{os.getpid()}.old"
    if target.exists():
        target.rename(old)
    draft.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _mistake(what: str, where: str, rule: str) -> Mistake:
    return Mistake(what, where, rule, "Write the result folder again; docs/result-folder.md says what it holds.")
