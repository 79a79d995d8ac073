"""Read the tidy Italian tables: typed, only the days asked for, every mistake at once.

The tables are gzip or plain CSV, one file a table for many days, dot decimal, header
row. Written by whoever prepared the operator's public offers; read by `formats.gme`.
`period` counts the hours of the delivery day in Europe/Rome from 1, so a day of daylight
saving has 23 or 25. Energy in MWh of one hour equals MW. Column `row` is the row of the
file, header not counted, so that messages can name it.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import polars as pl

from walras.errors import BadInput, Mistake

Tables = dict[str, pl.DataFrame]

_KEY = {"delivery_day": pl.String, "period": pl.Int64}
_CURVE = _KEY | {"zone": pl.String, "side": pl.String, "price_eur_per_mwh": pl.Float64, "quantity_mwh": pl.Float64}
_ENDS = {"from_zone": pl.String, "to_zone": pl.String}
LAYOUT: dict[str, dict[str, type[pl.DataType]]] = {
    "bid-curves": _CURVE,
    "simple-bid-curves": _CURVE,
    "block-orders": _CURVE | {"block_id": pl.String, "published_status": pl.String},
    "transfer-capacities": _KEY | _ENDS | {"min_flow_mwh": pl.Float64, "max_flow_mwh": pl.Float64},
    "internal-transfer-capacities": _KEY
    | _ENDS
    | {"forward_capacity_mwh": pl.Float64, "reverse_capacity_mwh": pl.Float64},
    "published-prices": _KEY | {"zone": pl.String, "price_eur_per_mwh": pl.Float64},
    "published-exchanges": _KEY | {"zone": pl.String, "external_zone": pl.String, "exchange_mwh": pl.Float64},
    "published-flows": _KEY | _ENDS | {"flow_mwh": pl.Float64},
}


def read_tables(src: Path, names: Iterable[str], days: Sequence[date] | None) -> Tables:
    """Return the named tables of a folder, cut to the days.

    Args:
        src: Folder with `NAME.csv.gz` or `NAME.csv` for each name.
        names: Tables of `LAYOUT`.
        days: Delivery days to keep; None keeps all.

    Raises:
        BadInput: Missing folder, file, column, day or value; a file or a number that cannot be read.
    """
    if not src.is_dir():
        raise BadInput([Mistake("no such folder", str(src), "source_folder", "Name the folder that holds the tables.")])
    tables: Tables = {}
    mistakes: list[Mistake] = []
    for name in dict.fromkeys(names):
        try:
            tables[name] = _cut(name, _read(src, name), days)
        except BadInput as bad:
            mistakes += bad.mistakes
    if mistakes:
        raise BadInput(mistakes)
    return tables


def days_of(table: pl.DataFrame) -> list[date]:
    """Return the delivery days that a table holds, sorted."""
    return sorted(date.fromisoformat(d) for d in table["delivery_day"].unique())


def _path(src: Path, name: str) -> Path:
    found = [p for p in (src / f"{name}.csv.gz", src / f"{name}.csv") if p.is_file()]
    if not found:
        fix = f"Put {name}.csv.gz or {name}.csv into {src}."
        raise BadInput([Mistake("the table is missing", name, "source_table", fix)])
    if len(found) > 1:
        raise BadInput(
            [Mistake("the table is there twice", name, "source_table", f"Remove {name}.csv or {name}.csv.gz.")]
        )
    return found[0]


def _header(path: Path, name: str) -> list[str]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as f:
            return [c.strip('"') for c in f.readline().rstrip("\r\n").split(",")]
    except (OSError, EOFError, UnicodeDecodeError) as e:
        raise _unreadable(name, e) from e


def _read(src: Path, name: str) -> pl.DataFrame:
    """Return one table, typed, without missing values."""
    path, layout = _path(src, name), LAYOUT[name]
    missing = sorted(set(layout) - set(_header(path, name)))
    if missing:
        raise BadInput(
            Mistake(f"column {c!r} is missing", name, "source_columns", f"Add the column {c}.") for c in missing
        )
    try:
        table = pl.read_csv(
            path, columns=list(layout), schema_overrides=layout, row_index_name="row", row_index_offset=1
        )
    except pl.exceptions.PolarsError:
        table = _read_slowly(path, name)
    except (OSError, EOFError) as e:
        raise _unreadable(name, e) from e
    mistakes = [
        Mistake(f"{c} is missing", f"{name} row {row}", "source_values", f"Fill in {c}.")
        for c in layout
        if table[c].null_count()
        for row in table.filter(pl.col(c).is_null())["row"]
    ]
    mistakes += [
        Mistake(f"{c} is not a finite number", f"{name} row {row}", "source_values", "Send a finite number.")
        for c, kind in layout.items()
        if kind == pl.Float64 and not table[c].is_finite().all()
        for row in table.filter(~pl.col(c).is_finite())["row"]
    ]
    if mistakes:
        raise BadInput(mistakes)
    return table


def _read_slowly(path: Path, name: str) -> pl.DataFrame:
    """Return the table read as text and converted, or say which values are not what they should be."""
    layout = LAYOUT[name]
    try:
        text = pl.read_csv(path, columns=list(layout), infer_schema=False, row_index_name="row", row_index_offset=1)
    except (pl.exceptions.PolarsError, OSError, EOFError) as e:
        raise _unreadable(name, e) from e
    typed = text.with_columns(pl.col(c).cast(kind, strict=False) for c, kind in layout.items())
    mistakes = [
        Mistake(f"{c} {value!r} is not a number", f"{name} row {row}", "source_values", "Send a number, decimal point.")
        for c in layout
        for row, value in text.filter(typed[c].is_null() & text[c].is_not_null()).select("row", c).iter_rows()
    ]
    if mistakes:
        raise BadInput(mistakes)
    return typed


def _unreadable(name: str, error: Exception) -> BadInput:
    first = str(error).splitlines()[0] if str(error) else type(error).__name__
    return BadInput([Mistake(f"the file cannot be read: {first}", name, "source_table", "Fetch the file again.")])


def _cut(name: str, table: pl.DataFrame, days: Sequence[date] | None) -> pl.DataFrame:
    """Return the rows of the days, after checking that the table has days and holds those."""
    held: list[date] = []
    mistakes = []
    for text in table["delivery_day"].unique().sort():
        try:
            held.append(date.fromisoformat(text))
        except ValueError:
            row = table.filter(pl.col("delivery_day") == text)["row"][0]
            fix = "Write days as YYYY-MM-DD."
            mistakes.append(Mistake(f"delivery_day {text!r} is not a day", f"{name} row {row}", "source_values", fix))
    span = f"{held[0]} to {held[-1]}" if held else "no day"
    mistakes += [
        Mistake(f"no rows for {day}", name, "day_present", f"The table holds {span}: choose a day of it.")
        for day in days or []
        if day not in held
    ]
    if not held and days is None:
        mistakes.append(Mistake("the table is empty", name, "source_table", "Fetch the file again."))
    if mistakes:
        raise BadInput(mistakes)
    if days is None:
        return table
    return table.filter(pl.col("delivery_day").is_in([d.isoformat() for d in days])).rechunk()
