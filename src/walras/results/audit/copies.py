"""The CSV copies of a result folder: people read them, so they must say what the tables say."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from walras.results.audit.violation import Violation

RULE = "csv_agrees"


def check_copies(folder: Path, tables: dict[str, pl.DataFrame]) -> list[Violation]:
    """Return the CSV files that differ from their tables; the order of columns is free."""
    found = []
    for name, table in tables.items():
        file = folder / f"{name}.csv"
        if file.is_file() and (what := _difference(file, table)):
            found.append(Violation(what, file.name, RULE, 1.0))
    return found


def _difference(file: Path, table: pl.DataFrame) -> str:
    """Return how a CSV file differs from its table, "" if it does not."""
    times = [c for c, kind in table.schema.items() if isinstance(kind, pl.Datetime)]
    kinds = {c: pl.String if c in times else kind for c, kind in table.schema.items()}
    try:
        copy = pl.read_csv(file, schema_overrides=kinds)
        parsed = (pl.col(c).str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_zone="UTC") for c in times)
        moments = [moment.cast(table.schema[c]) for moment, c in zip(parsed, times, strict=True)]
        copy = copy.with_columns(moments)
    except (pl.exceptions.PolarsError, OSError) as error:
        return f"cannot be read: {error}"
    if set(copy.columns) != set(table.columns):
        return f"has the columns {', '.join(copy.columns)}, the table {', '.join(table.columns)}"
    if copy.height != table.height:
        return f"has {copy.height} rows, the table {table.height}"
    wrong = [c for c in table.columns if not copy[c].equals(table[c], null_equal=True)]
    return f"differs from its table in {', '.join(wrong)}" if wrong else ""
