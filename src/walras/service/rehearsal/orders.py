"""The orders of one member out of the tables of a market folder, as the zip of tables that the door takes."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import polars as pl

from walras.service.intake.tables import NAME_COLUMNS

OWNED = ("curve_orders", "block_orders", "flexible_orders", "scalable_orders", "storage_orders")
"""Tables that name the member; every other order table belongs to an order of these."""


def orders_of(folder: Path, member: str) -> bytes | None:
    """Return a zip of the tables of one member's orders, None where it has none.

    Args:
        folder: Market folder with CSV tables.
        member: As the tables name it.
    """
    tables = tables_of(folder, member)
    return zipped(tables) if tables else None


def tables_of(folder: Path, member: str) -> dict[str, pl.DataFrame]:
    """Return the tables of one member's orders, every column as text; those without rows are left out."""
    tables: dict[str, pl.DataFrame] = {}
    names: set[str] = set()
    for name in OWNED:
        if (folder / f"{name}.csv").is_file():
            own = _table(folder, name).filter(pl.col("member") == member).drop("member")
            if own.height:
                tables[name] = own
                names |= set(own["order"])
    for name, columns in NAME_COLUMNS.items():
        if name not in OWNED and (folder / f"{name}.csv").is_file():
            rows = _table(folder, name)
            column = next(c for c in ("order", "child") if c in columns)
            if (part := rows.filter(pl.col(column).is_in(sorted(names)))).height:
                tables[name] = part
    return tables


def _table(folder: Path, name: str) -> pl.DataFrame:
    """Return a table as texts; the colon in names of compiled units becomes a dot, as the door keeps it for members."""
    rows = pl.read_csv(folder / f"{name}.csv", infer_schema=False)
    return rows.with_columns(pl.col(c).str.replace_all(":", ".", literal=True) for c in NAME_COLUMNS[name])


def zipped(tables: dict[str, pl.DataFrame]) -> bytes:
    """Return tables as the zip of CSV files that the door takes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, frame in tables.items():
            file.writestr(f"{name}.csv", frame.write_csv())
    return buffer.getvalue()
