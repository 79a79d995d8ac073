"""The audit of a result folder: every rule of the outcome, and every figure that the folder derives.

Needs the market and the folder alone. Beside `audit`, it recomputes net positions,
outcomes, surplus, surpluses by state, curtailments, the summary's figures and counts, and the hashes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from walras.book.book import Book
from walras.errors import Mistake, NewerFormat
from walras.results.audit import audit
from walras.results.audit.case import published_case
from walras.results.audit.compensation_tables import check_compensation_tables
from walras.results.audit.copies import check_copies
from walras.results.audit.surpluses import check_surpluses
from walras.results.audit.violation import Violation
from walras.results.folder import read_folder
from walras.results.hashing import result_hash
from walras.results.outcomes import outcomes_of
from walras.results.raw import Raw
from walras.results.reading import results_from
from walras.results.results import Results
from walras.results.summary import VERSION, summary_of
from walras.results.tables import results_tables

FIGURE = 2e-6
DERIVED = ("net_positions", "order_acceptances", "curtailments", "branch_flows")
HASHES = ("settings_hash", "market_hash", "result_hash")
FOLDER_RULES: dict[str, str] = {
    "table_agrees": "Derived columns of the tables follow from volumes and prices.",
    "summary_agrees": "Figures and counts of the summary follow from the tables.",
    "surplus_agrees": "Surpluses by state, carrier and kind follow from orders, volumes and prices.",
    "surplus_sum": "Surpluses sum to the welfare of the published volumes.",
    "compensation_table": "Compensations and shares are told if, and only if, the rules profile compensates losses.",
    "compensation_exact": "Who loses is paid the loss to the minor unit, after what children hand up.",
    "compensation_unearned": "Who does not lose is paid nothing.",
    "difference_sum": "The difference amount is the sum of compensations and of what rounding costs.",
    "shares_sum": "Shares sum to the difference amount, part by part.",
    "shares_pro_rata": "Who trades on the side that pays has a share by volume.",
    "csv_agrees": "A CSV copy of a table, where there is one, says the same.",
    "settings_hash": "The settings in the summary are those that were hashed.",
    "market_hash": "The result belongs to this market.",
    "result_hash": "The tables are those that the summary was written for.",
}


def audit_folder(book: Book, path: Path | str) -> list[Violation]:
    """Return every rule that a result folder breaks; an empty list is a clean folder.

    Raises:
        BadInput: The folder cannot be read as a result of this market.
        NewerFormat: A later release wrote it.
    """
    tables, summary = read_folder(path)
    if isinstance(summary.get("version"), int) and summary["version"] > VERSION:
        fix = "Use a release that knows this version."
        raise NewerFormat([Mistake(f"version {summary['version']} is newer", "summary.json", "result_version", fix)])
    results = results_from(book, tables, summary)
    found = audit(book, results)
    if any(v.rule in {"columns_complete", "numbers_finite", "flexible_window"} for v in found):
        return found
    return found + _derived(book, results, tables, summary) + check_copies(Path(path), tables)


def _derived(book: Book, results: Results, tables: dict[str, pl.DataFrame], summary: dict[str, Any]) -> list[Violation]:
    raw = Raw(book)
    outcomes = outcomes_of(book, results, raw)
    expected = results_tables(book, results, outcomes, raw)
    derived = [name for name in DERIVED if name in expected or name in tables]
    nothing = pl.DataFrame()
    found = [v for n in derived for v in _table(n, expected.get(n, nothing), tables.get(n, nothing))]
    if "surpluses" in tables:  # folders of earlier releases have no such table
        found += check_surpluses(raw, results, tables["surpluses"])
    found += check_compensation_tables(published_case(raw, results), tables, summary)
    figures = summary_of(raw, results, expected, outcomes, _settings(summary))
    for key in sorted(set(figures) | set(summary)):
        if key not in HASHES:
            found += _figure(key, figures.get(key), summary.get(key))
    for key in HASHES:
        value = result_hash(tables) if key == "result_hash" else figures[key]
        if summary.get(key) != value:
            found.append(Violation(f"is {summary.get(key)}, the content gives {value}", "summary.json", key, 1.0))
    return found


def _settings(summary: dict[str, Any]) -> dict[str, float | None]:
    """Return the settings of a summary; what is no finite number and not null is left out, and so does not agree."""
    settings = summary.get("settings")
    pairs = settings.items() if isinstance(settings, dict) else ()
    return {k: v for k, v in pairs if v is None or (isinstance(v, int | float) and np.isfinite(v))}


def _table(name: str, want: pl.DataFrame, have: pl.DataFrame) -> list[Violation]:
    if want.columns != have.columns or want.height != have.height:
        return [Violation(f"has {have.height} rows of {have.columns}, not {want.height}", name, "table_agrees", 1.0)]
    keys = [c for c, kind in want.schema.items() if kind != pl.Float64 and c != "outcome"]
    want, have = want.sort(keys), have.sort(keys)
    found = []
    for column in want.columns:
        if want.schema[column] == pl.Float64:
            size = np.maximum(1.0, np.abs(want[column].to_numpy()))
            apart = np.abs(want[column].to_numpy() - have[column].fill_null(float("nan")).to_numpy())
            wrong = ~(apart <= FIGURE * size)
        else:
            wrong = want[column].ne_missing(have[column]).to_numpy()
        rows = np.flatnonzero(wrong)
        if len(rows):
            row = int(rows[0])
            text = f"{column} is {have[column][row]}, volumes and prices give {want[column][row]}"
            where = f"{name} {', '.join(str(have[k][row]) for k in keys)}"
            found.append(Violation(text, where, "table_agrees", float(len(rows))))
    return found


def _figure(key: str, want: object, have: object) -> list[Violation]:
    if isinstance(want, float) and isinstance(have, int | float) and not isinstance(have, bool):
        is_same = abs(want - have) <= FIGURE * max(1.0, 1e-6 * abs(want))
    else:
        is_same = want == have
    return (
        []
        if is_same
        else [Violation(f"{key} is {have}, the tables give {want}", "summary.json", "summary_agrees", 1.0)]
    )
