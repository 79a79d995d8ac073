"""Typed read of one table from Parquet or CSV; every mistake of the file at once.

`read_table` returns the rows whose fields can be read, and remembers what it had to
leave out, so that a reader does not report what only follows from a mistake that is
already reported. Whether the rows make sense is the readers' business (`read_*.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import polars as pl

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.book.columns import DTYPES, parsed
from walras.book.findings import Findings
from walras.book.schema import Column, TableSpec

UNREADABLE = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, UnicodeDecodeError)


@dataclass(frozen=True)
class Table:
    """The readable rows of one table.

    Attributes:
        spec: What the table is.
        frame: All columns of `spec`, in the types of `columns.DTYPES`; column names without currency.
        row: Row in the file of each row, from 1; None if nothing was left out.
        lost: First key field of the rows that were left out, null where that is what is broken.
        is_whole: Whether the file could be read at all, with all its columns.
        currency: Of the market, for messages; None if market.toml does not say.
    """

    spec: TableSpec
    frame: pl.DataFrame
    row: IntArray | None = None
    lost: pl.Series = field(default_factory=lambda: pl.Series([], dtype=pl.String))
    is_whole: bool = True
    currency: str | None = None

    @property
    def name(self) -> str:
        """Name of the table."""
        return self.spec.name

    @property
    def count(self) -> int:
        """Return the number of readable rows."""
        return self.frame.height

    def where(self, at: int) -> str:
        """Return the place of a row for people: table, row, and whose it is."""
        label = self.spec.key[0]
        number = at + 1 if self.row is None else int(self.row[at])
        whose = f", {label} {self.frame[label][at]!r}" if label in self.frame.columns else ""
        return f"{self.name} row {number}{whose}"

    def title(self, column: str) -> str:
        """Return the name of a column as the file has it."""
        return self.spec.column(column).named(self.currency or "cur")

    def texts(self, column: str) -> pl.Series:
        """Return a column of names."""
        return self.frame[column]

    def floats(self, column: str) -> FloatArray:
        """Return a column of numbers, NaN where empty."""
        return self.frame[column].fill_null(float("nan")).to_numpy()

    def ints(self, column: str, empty: int = 0) -> IntArray:
        """Return a column of whole numbers, `empty` where there is none."""
        return self.frame[column].fill_null(empty).to_numpy()

    def times(self, column: str) -> IntArray:
        """Return a column of times in microseconds since 1970 UTC, 0 where empty (see `has`)."""
        return self.frame[column].to_physical().fill_null(0).to_numpy()

    def has(self, column: str) -> BoolArray:
        """Return where a column is filled."""
        return self.frame[column].is_not_null().to_numpy()

    def lacks(self, column: str) -> bool:
        """Return whether a column is empty throughout."""
        return self.frame[column].null_count() == self.count

    def without(self, bad: BoolArray) -> Table:
        """Return the table without some rows, remembering whose they were."""
        if not bad.any():
            return self
        row = np.arange(1, self.count + 1) if self.row is None else self.row
        gone = self.frame[self.spec.key[0]].filter(pl.Series(bad))
        frame, lost = self.frame.filter(pl.Series(~bad)), pl.concat([self.lost, gone])
        return replace(self, frame=frame, row=row[~bad], lost=lost)


def read_table(folder: Path, spec: TableSpec, currency: str | None, findings: Findings) -> Table:
    """Read one table of a market folder.

    Args:
        folder: The market folder.
        spec: What to read.
        currency: Of the market; None if market.toml does not say, then any is taken.
        findings: Gets every mistake: no readable file, both formats, no rows, columns
            missing, unknown or of a wrong type, fields that cannot be read, are empty, or
            are not finite. Duplicate keys are left to `drop_duplicates` and to the readers of steps.

    Returns:
        The readable rows; none if there is no file.
    """
    raw, is_missing = _load(folder, spec, findings)
    is_text = (folder / f"{spec.name}.csv").exists()
    if raw is None:
        return Table(spec, empty_frame(spec), is_whole=is_missing and not spec.is_required)
    return typed_table(raw, spec, currency, findings, is_text=is_text)


def empty_frame(spec: TableSpec) -> pl.DataFrame:
    """Return the frame of a table without rows."""
    return pl.DataFrame(schema={c.name: DTYPES[c.kind] for c in spec.columns})


def typed_table(
    raw: pl.DataFrame, spec: TableSpec, currency: str | None, findings: Findings, *, is_text: bool
) -> Table:
    """Return a table from the frame of a file, `is_text` if all its columns are text (CSV); see `read_table`."""
    empty = empty_frame(spec)
    if not raw.height:
        fix = "Fill the table." if spec.is_required else "Fill the table, or remove the file: a missing table is empty."
        findings.add("the table has no rows", spec.name, "table_not_empty", fix)
    raw, is_whole = _columns(raw, spec, currency, findings)
    shown = Table(spec, raw, currency=currency)
    bad = np.zeros(raw.height, dtype=np.bool_)
    series: list[pl.Series] = []
    for column in spec.columns:
        if column.name not in raw.columns:
            series.append(pl.Series(column.name, [None], dtype=DTYPES[column.kind]).new_from_index(0, raw.height))
            continue
        good, wrong, is_typed = parsed(raw[column.name], column, shown, findings, is_text=is_text)
        series.append(good)
        is_whole = is_whole and is_typed
        if wrong is not None:
            bad |= wrong
    table = Table(spec, pl.DataFrame(series) if raw.height else empty, is_whole=is_whole, currency=currency)
    return table.without(bad) if is_whole else Table(spec, empty, is_whole=False)


def drop_duplicates(table: Table, findings: Findings) -> Table:
    """Report rows whose key another row already has, and return the table without them."""
    key = list(table.spec.key)
    repeated = ~table.frame.select(pl.struct(key).is_first_distinct()).to_series().to_numpy()
    findings.rows(
        table,
        repeated,
        "duplicate_key",
        what=lambda i: f"{key_text(table, i)}: an earlier row has the same key",
        fix=f"Keep one row for each {', '.join(key)}.",
    )
    return table.without(repeated)


def key_text(table: Table, at: int) -> str:
    """Return the key of a row for people."""
    row = table.frame.row(at, named=True)
    said = [k for k in table.spec.key if row[k] is not None]
    words = [f"{k} {row[k]:%Y-%m-%dT%H:%M:%SZ}" if k == "mtu_start" else f"{k} {row[k]}" for k in said]
    return ", ".join(words)


def _load(folder: Path, spec: TableSpec, findings: Findings) -> tuple[pl.DataFrame | None, bool]:
    """Return the file as it is (CSV as text), or None and whether there is no file."""
    parquet, csv = folder / f"{spec.name}.parquet", folder / f"{spec.name}.csv"
    if parquet.exists() and csv.exists():
        both = f"{parquet.name} and {csv.name} are both there"
        findings.add(both, spec.name, "one_file_a_table", "Keep one of the two files.")
        return None, False
    path = parquet if parquet.exists() else csv
    if not path.exists():
        if spec.is_required:
            fix = f"Write {parquet.name} or {csv.name}."
            findings.add("the table is missing", spec.name, "table_present", fix)
        return None, True
    try:
        if path is parquet:
            return pl.read_parquet(path, glob=False), False
        return pl.read_csv(path, infer_schema=False, glob=False), False
    except UNREADABLE as error:
        reason = str(error).splitlines()[0].strip() if str(error) else type(error).__name__
        fix = "Write the file again; it may be empty, cut off, or not what its name says."
        findings.add(f"the file cannot be read: {reason}", path.name, "table_readable", fix)
        return None, False


def _columns(raw: pl.DataFrame, spec: TableSpec, currency: str | None, findings: Findings) -> tuple[pl.DataFrame, bool]:
    """Return the known columns without currency in their names, and whether none is missing."""
    names: dict[str, str] = {}
    for column in spec.columns:
        name = column.named(currency) if currency else _any_currency(column, raw.columns)
        if name in raw.columns:
            names[name] = column.name
        elif not column.is_optional:
            fix = f"Add the column {name}."
            findings.add(f"column {name!r} is missing", spec.name, "column_present", fix)
    known = ", ".join(c.named(currency or "cur") for c in spec.columns)
    for name in raw.columns:
        if name not in names:
            fix = f"Remove or rename the column; this table has {known}."
            findings.add(f"column {name!r} is not known", spec.name, "column_known", fix)
    is_whole = all(c.is_optional or c.name in names.values() for c in spec.columns)
    return raw.select(pl.col(old).alias(new) for old, new in names.items()), is_whole


def _any_currency(column: Column, names: list[str]) -> str:
    """Return the name of a column in whatever currency the file uses."""
    for name in names:
        for part in name.split("_"):
            if name == column.named(part):
                return name
    return column.named("cur")
