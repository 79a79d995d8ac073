"""The tables of one minimum-profit auction, typed.

====================== =====================================================================
`areas`, `periods`     V1: the areas; the periods, hours from 1
`hourly_quad`          I bid, PI0 and PI1 price at its start and end, QI quantity (**below 0
                       sells**, above 0 buys), LI area, TI period
`mp_headers`           MP order, LC area, FC fixed cost in EUR (VC variable cost: see `formats.minimum_profit`)
`mp_hourly`            H step, PH price, QH quantity (below 0, sells), TH period, MP order,
                       AR minimum ratio of the step, LH area (VH is not read)
`line_cap`             from, too: areas; t period; linecap capacity from `from` to `too`, MW
====================== =====================================================================

Comma-separated with a header, which may be quoted. Rows are counted from 1. What must hold between
rows stands in `minimum_profit_checks`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from walras.book.findings import LISTED, Findings

WHOLE, NUMBER = pl.Int64, pl.Float64
LAYOUT: dict[str, dict[str, type[pl.DataType]]] = {
    "areas": {"V1": pl.String},
    "periods": {"V1": WHOLE},
    "hourly_quad": {"I": WHOLE, "PI0": NUMBER, "PI1": NUMBER, "QI": NUMBER, "LI": pl.String, "TI": WHOLE},
    "mp_headers": {"MP": WHOLE, "LC": pl.String, "FC": NUMBER},
    "mp_hourly": {
        "H": WHOLE, "PH": NUMBER, "QH": NUMBER, "TH": WHOLE, "MP": WHOLE, "AR": NUMBER, "LH": pl.String,
    },
    "line_cap": {"from": pl.String, "too": pl.String, "t": WHOLE, "linecap": NUMBER},
}  # fmt: skip


@dataclass(frozen=True)
class Auction:
    """The tables of one auction, and what is wrong with them; column `row` counts the rows of each."""

    tables: dict[str, pl.DataFrame]
    findings: Findings

    @property
    def areas(self) -> tuple[str, ...]:
        """Return the areas, sorted by name."""
        return tuple(self.tables["areas"]["V1"].sort())

    @property
    def hours(self) -> int:
        """Return the number of periods."""
        return self.tables["periods"].height

    def fail(
        self, name: str, bad: pl.Expr, *, rule: str, what: str, fix: str, frame: pl.DataFrame | None = None
    ) -> None:
        """Collect the rows of a table where `bad` holds; `what` is filled from the columns of the row."""
        table = self.tables[name] if frame is None else frame
        rows = table.filter(bad)
        every = np.arange(rows.height)
        self.findings.rows(
            _Rows(name, rows), every, rule, what=lambda i: what.format(**rows.row(i, named=True)), fix=fix
        )


@dataclass(frozen=True)
class _Rows:
    """Some rows of a table, with their places in the file."""

    name: str
    frame: pl.DataFrame

    def where(self, at: int) -> str:
        return f"{self.name} row {self.frame['row'][at]}"

    def title(self, column: str) -> str:
        return column


def read_auction(src: Path) -> Auction:
    """Return the tables of a folder; if some cannot be read, those are missing and findings say why."""
    findings = Findings()
    auction = Auction({}, findings)
    if not src.is_dir():
        findings.add("no such folder", str(src), "source_folder", "Name the folder that holds the tables.")
        return auction
    for name in LAYOUT:
        table = _read(src / f"{name}.csv", name, findings)
        if table is not None:
            auction.tables[name] = table
    return auction


def _read(path: Path, name: str, findings: Findings) -> pl.DataFrame | None:
    """Return one table without missing values, None if it cannot be read."""
    layout = LAYOUT[name]
    try:
        text = pl.read_csv(path, infer_schema=False, row_index_name="row", row_index_offset=1)
    except FileNotFoundError:
        findings.add("the table is missing", name, "source_table", f"Put {name}.csv into {path.parent}.")
        return None
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as e:
        findings.add(f"the table cannot be read: {str(e).splitlines()[0]}", name, "source_table", "Fetch it again.")
        return None
    missing = [c for c in layout if c not in text.columns]
    for column in missing:
        findings.add(f"column {column!r} is missing", name, "source_columns", f"Add the column {column}.")
    if missing:
        return None
    table = text.select("row", *(pl.col(c).str.strip_chars().cast(kind, strict=False) for c, kind in layout.items()))
    for column, kind in layout.items():
        good = table[column].is_finite() if kind == NUMBER else table[column].cast(pl.String) != ""
        bad = text.filter(~good.fill_null(value=False))
        for row, value in bad.select("row", column).head(LISTED).iter_rows():
            what, fix = f"{column} {value!r} cannot be read", "Send a whole number, or one with a decimal point."
            findings.add(what, f"{name} row {row}", "source_values", fix)
    if not table.height:
        findings.add("the table is empty", name, "source_table", "Fetch it again.")
    return table
