"""Files of tables: a zip of CSV or of Parquet tables named as in the market folder, or one flat CSV of curves.

Columns are those of docs/market-folder.md without `member`; the flat CSV has one row a step.
"""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from walras.book.findings import Findings
from walras.book.schema import Column, TableSpec
from walras.book.tables import Table, empty_frame, typed_table
from walras.service.intake.hostile import MOST_COLUMNS, ZIP_START, FileLimits, guarded, printable, unzip, utf8
from walras.service.intake.tables import SPECS, DoorTable

MOST_LETTERS = 200
FLAT = TableSpec(
    "orders",
    (
        Column("order", "text"), Column("zone", "text"), Column("carrier", "text"), Column("side", "text"),
        Column("mtu_start", "time"), Column("step", "integer"), Column("price_start", "number"),
        Column("price_end", "number"), Column("quantity_mw", "number"),
    ),
    ("order", "mtu_start", "step"),
)  # fmt: skip
"""The one flat CSV: curve orders only, prices in the currency of the market for each MWh."""


def csv_tables(data: bytes, currency: str, limits: FileLimits, findings: Findings) -> dict[str, Table] | None:
    """Return the tables of a CSV file or a zip of CSV files, None if it cannot be read (reported)."""
    if data.startswith(ZIP_START):
        return _zipped(data, ".csv", currency, limits, findings)
    raw = _csv(data, "orders", limits, findings)
    return None if raw is None else _flat(raw, currency, findings)


def parquet_tables(data: bytes, currency: str, limits: FileLimits, findings: Findings) -> dict[str, Table] | None:
    """Return the tables of a zip of Parquet files, None if it cannot be read (reported)."""
    if not data.startswith(ZIP_START):
        fix = "Send a zip of Parquet files named after their tables, such as curve_steps.parquet."
        findings.add("the file is no zip", "file", "file_readable", fix)
        return None
    return _zipped(data, ".parquet", currency, limits, findings)


def _zipped(data: bytes, end: str, currency: str, limits: FileLimits, findings: Findings) -> dict[str, Table] | None:
    files = unzip(data, limits, findings)
    if files is None:
        return None
    tables: dict[str, Table] = {}
    for name, content in files.items():
        spec = SPECS.get(name.removesuffix(end)) if name.endswith(end) else None
        if spec is None:
            fix = f"Name it after its table, such as curve_steps{end}: {', '.join(SPECS)}."
            findings.add(f"there is no table {printable(name)!r}", "file", "table_known", fix)
            continue
        read = _csv if end == ".csv" else _parquet
        raw = read(content, spec.name, limits, findings)
        if raw is not None:
            limits = replace(limits, max_cells=limits.max_cells - raw.height * raw.width)
        if raw is None:
            tables[spec.name] = Table(spec, empty_frame(spec), is_whole=False)
            continue
        table = typed_table(raw, spec, currency, findings, is_text=end == ".csv")
        tables[spec.name] = DoorTable(
            spec, table.frame, table.row, table.lost, table.is_whole, currency, is_plain=False
        )
    return tables


def _csv(data: bytes, where: str, limits: FileLimits, findings: Findings) -> pl.DataFrame | None:
    text = utf8(data, where, findings)
    if text is None or not _is_narrow(text.split(b"\n", 1)[0].count(b",") + 1, where, findings):
        return None
    rows, columns = text.count(b"\n") + 1, text.split(b"\n", 1)[0].count(b",") + 1
    if rows - 1 > limits.max_rows or rows * columns > limits.max_cells:
        _too_long(where, findings)
        return None
    frame = None
    with guarded(findings, where, "table_readable"):
        frame = pl.read_csv(text, infer_schema=False)
    return frame if frame is not None and _is_short(frame, where, findings) else None


def _parquet(data: bytes, where: str, limits: FileLimits, findings: Findings) -> pl.DataFrame | None:
    frame = None
    with guarded(findings, where, "table_readable"):
        about = pq.read_metadata(io.BytesIO(data))
        size = sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups))
        rows = sum(about.row_group(i).num_rows for i in range(about.num_row_groups))
        most = min(limits.max_rows, limits.max_cells // max(about.num_columns, 1))
        if max(rows, about.num_rows) > most or size > limits.max_unpacked:
            _too_long(where, findings)
        elif _is_narrow(about.num_columns, where, findings):
            frame = pl.read_parquet(io.BytesIO(data), use_statistics=False)
    return frame if frame is not None and _is_short(frame, where, findings) else None


def _too_long(where: str, findings: Findings) -> None:
    what = "the table has more rows, or the tables together more fields, than a file may have"
    findings.add(what, where, "file_size", "Send fewer orders a file.")


def _is_narrow(columns: int, where: str, findings: Findings) -> bool:
    if columns <= MOST_COLUMNS:
        return True
    findings.add(f"the table has {columns} columns", where, "column_known", "Send the documented columns only.")
    return False


def _is_short(frame: pl.DataFrame, where: str, findings: Findings) -> bool:
    """Return whether no field is longer than any name, number or time; otherwise it is reported."""
    long = [c.name for c in frame.get_columns() if c.dtype == pl.String and _longest(c) > MOST_LETTERS]
    long += [n for n in frame.columns if len(n) > MOST_LETTERS]
    for name in long:
        what = f"column {printable(name)!r} has a field of more than {MOST_LETTERS} bytes"
        findings.add(what, where, "field_length", "Send names, numbers and times only; a quotation mark may be open.")
    return not long


def _longest(column: pl.Series) -> int:
    longest = column.str.len_bytes().max()
    return longest if isinstance(longest, int) else 0


def _flat(raw: pl.DataFrame, currency: str, findings: Findings) -> dict[str, Table]:
    """Return headers and steps of one flat table; an order is said by its first row."""
    table = typed_table(raw, FLAT, currency, findings, is_text=True)
    frame = table.frame
    said = frame.select("zone", "carrier", "side")
    first = frame.select(pl.col("zone", "carrier", "side").first().over("order"))
    differs = np.zeros(table.count, dtype=np.bool_)
    for name in said.columns:
        differs |= (said[name] != first[name]).to_numpy()
    findings.rows(
        table,
        differs,
        "order_said_once",
        what=lambda i: "zone, carrier or side differs from the first row of the order",
        fix="Give all rows of one order the same zone, carrier and side.",
    )
    row = np.arange(1, table.count + 1) if table.row is None else table.row
    is_first = frame["order"].is_first_distinct()
    parts = {
        "curve_orders": (frame.filter(is_first).select("order", "zone", "carrier", "side"), row[is_first.to_numpy()]),
        "curve_steps": (
            frame.select(
                "order", "mtu_start", pl.lit(None, dtype=pl.Int64).alias("minutes"), "step",
                pl.col("price_start").alias("price_start_cur_per_mwh"),
                pl.col("price_end").alias("price_end_cur_per_mwh"), "quantity_mw",
            ),
            row,
        ),
    }  # fmt: skip
    return {
        name: DoorTable(SPECS[name], part, rows, table.lost, table.is_whole, currency, source="orders row {}".format)
        for name, (part, rows) in parts.items()
    }
