"""One column of a file to one typed column: text, whole numbers, numbers, or times.

CSV arrives as text and is parsed strictly (`1.0` is no whole number, a time needs its
`Z`). Parquet arrives typed; a type that could lose or add digits is refused.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from walras.book.cells import BoolArray
from walras.book.findings import Findings, Placed
from walras.book.schema import Column, Kind

DTYPES: dict[Kind, pl.DataType] = {
    "text": pl.String(),
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "time": pl.Datetime("us", "UTC"),
}
TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_WANTED: dict[Kind, tuple[str, str]] = {
    "text": ("text", "text"),
    "integer": ("a whole number", "whole numbers (int64)"),
    "number": ("a number", "numbers (float64)"),
    "time": ("a time such as 2025-04-01T22:00:00Z", "times in UTC (timestamp[us, UTC])"),
}


def parsed(
    raw: pl.Series, column: Column, table: Placed, findings: Findings, *, is_text: bool
) -> tuple[pl.Series, BoolArray | None, bool]:
    """Return a column in its type, the rows that cannot be used (None if all can), and whether its type is right.

    Args:
        raw: The column as it stands in the file.
        column: What it should be.
        table: Says where rows stand.
        is_text: Whether the file holds nothing but text (CSV), to be parsed.
        findings: Gets a wrong type, fields that cannot be read, empty fields, numbers that are not finite.
    """
    kind = column.kind
    if raw.dtype == pl.Null:
        typed: pl.Series | None = raw.cast(DTYPES[kind])
    else:
        typed = _from_text(raw, kind) if is_text and kind != "text" else _typed(raw, kind)
    if typed is None:
        what = f"column {table.title(column.name)!r} holds {raw.dtype}, not {_WANTED[kind][1]}"
        findings.add(what, table.name, "column_type", f"Write {table.title(column.name)} as {_WANTED[kind][1]}.")
        return raw, None, False
    return typed, _unusable(raw, typed, column, table, findings), True


def _typed(raw: pl.Series, kind: Kind) -> pl.Series | None:
    """Return the column in its type, null where a text cannot be read; None if the type itself is wrong."""
    dtype = raw.dtype
    if kind == "text":
        return _text(raw)
    if kind == "time":
        return raw.cast(DTYPES["time"]) if isinstance(dtype, pl.Datetime) and dtype.time_zone == "UTC" else None
    if dtype.is_integer():
        return raw.cast(DTYPES[kind], strict=False)
    is_exact = dtype == pl.Float64 or dtype.is_decimal()
    return raw.cast(pl.Float64) if kind == "number" and is_exact else None


def _text(raw: pl.Series) -> pl.Series | None:
    if not isinstance(raw.dtype, pl.String | pl.Categorical | pl.Enum):
        return None
    text = raw.cast(pl.String)
    is_empty = text == ""
    return text.to_frame().select(pl.when(~is_empty).then(pl.first())).to_series() if is_empty.any() else text


def _from_text(raw: pl.Series, kind: Kind) -> pl.Series:
    if kind == "time":
        return raw.str.to_datetime(TIME_FORMAT, strict=False, time_unit="us", time_zone="UTC")
    return raw.cast(DTYPES[kind], strict=False)


def _unusable(raw: pl.Series, typed: pl.Series, column: Column, table: Placed, findings: Findings) -> BoolArray | None:
    """Report fields that cannot be used and return their rows."""
    bad: BoolArray | None = None
    title = table.title(column.name)
    if typed.null_count() and not (column.is_optional and typed.null_count() == raw.null_count()):
        is_null = typed.is_null().to_numpy()
        is_empty = (raw.is_null() | (raw == "")).to_numpy() if raw.dtype == pl.String else raw.is_null().to_numpy()
        findings.rows(
            table,
            is_null & ~is_empty,
            "field_readable",
            what=lambda i: f"{title} {raw[i]!r} is not {_WANTED[column.kind][0]}",
            fix=f"Write {_WANTED[column.kind][0]}.",
        )
        bad = is_null & ~is_empty
        if not column.is_optional:
            findings.rows(
                table, is_null & is_empty, "field_filled", what=lambda _: f"{title} is empty",
                fix=f"Fill {title} with {_WANTED[column.kind][0]}.",
            )  # fmt: skip
            bad = is_null
    if column.kind == "number":
        values = typed.fill_null(0.0).to_numpy()
        if not np.isfinite(values).all():
            wild = ~np.isfinite(values)
            findings.rows(
                table, wild, "number_finite", what=lambda i: f"{title} is {values[i]}",
                fix="Send a finite number.",
            )  # fmt: skip
            bad = wild if bad is None else bad | wild
    return bad
