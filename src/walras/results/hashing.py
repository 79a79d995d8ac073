"""Hashes over logical content, never over file bytes.

A table's hash takes its column names, types and values in their canonical order; a
Parquet file written by another version of a library has the same hash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc


def result_hash(tables: Mapping[str, pl.DataFrame]) -> str:
    """Return the SHA-256 of all result tables, as hexadecimal digits.

    >>> one = {"prices": pl.DataFrame({"price": [1.0, 2.0]})}
    >>> result_hash(one) == result_hash({"prices": pl.DataFrame({"price": [1.0, 2.0]})})
    True
    >>> result_hash(one) == result_hash({"prices": pl.DataFrame({"price": [1.0, 2.5]})})
    False
    """
    total = hashlib.sha256(b"walras-result 1")
    for name in sorted(tables):
        total.update(f"\ntable {name} {tables[name].height}".encode())
        for column in tables[name].iter_columns():
            total.update(f"\ncolumn {column.name}\n".encode())
            _add(total, column)
    return total.hexdigest()


def settings_hash(settings: Mapping[str, float | None]) -> str:
    """Return the SHA-256 of the canonical JSON of settings: keys sorted, no spaces.

    >>> settings_hash({"time_limit": None, "gap": 0.01}) == settings_hash({"gap": 0.01, "time_limit": None})
    True
    """
    text = json.dumps(dict(settings), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _add(total: hashlib._Hash, column: pl.Series) -> None:
    has_missing = column.null_count() > 0
    if has_missing:
        total.update(column.is_null().to_numpy().tobytes())
    if column.dtype == pl.String:
        total.update(b"text\n")
        text = (column.fill_null("") if has_missing else column).to_arrow().cast(pa.large_string())
        lengths = pc.binary_length(text).to_numpy()
        total.update(np.ascontiguousarray(lengths, dtype="<i8").tobytes())
        _, _, letters = text.buffers()
        total.update(b"" if letters is None else memoryview(letters)[: int(lengths.sum())])
    elif column.dtype == pl.Float64:
        total.update(b"number\n")
        numbers = (column.fill_null(0.0) if has_missing else column).to_numpy()
        total.update(np.ascontiguousarray(numbers + 0.0, dtype="<f8").tobytes())
    else:
        total.update(b"whole\n")
        whole = column.to_physical()
        whole = whole.fill_null(0) if has_missing else whole
        total.update(np.ascontiguousarray(whole.to_numpy(), dtype="<i8").tobytes())
