"""What suppliers have to deliver under contracts, whatever the price: as it bears on who is pivotal.

A table (CSV) `member, zone, carrier, mtu_start, quantity_mw, place`: `place` is `offered` where the
energy is offered in this auction (a price-independent order), and `outside` where it is
delivered beside it, under a bilateral schedule. Read by `pivotal`. Axis: n rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from walras.book.book import Book
from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.book.columns import TIME_FORMAT
from walras.book.spans import MICROSECONDS
from walras.errors import BadInput, Mistake

TYPES: dict[str, pl.DataType] = {
    "member": pl.String(), "zone": pl.String(), "carrier": pl.String(), "mtu_start": pl.Datetime("us", "UTC"),
    "quantity_mw": pl.Float64(), "place": pl.String(),
}  # fmt: skip
PLACES = ("offered", "outside")
FIX = f"Write a CSV file with the columns {', '.join(TYPES)}; times as 2025-04-01T22:00:00Z."


@dataclass(frozen=True)
class Obligations:
    """Obligations of one book.

    Attributes:
        member: Who delivers; shape (n,).
        cell: Where and when; shape (n,).
        quantity: MW, not negative; shape (n,).
        is_outside: Whether it is delivered beside the auction; shape (n,).
    """

    member: tuple[str, ...]
    cell: IntArray
    quantity: FloatArray
    is_outside: BoolArray

    @staticmethod
    def none() -> Obligations:
        """Return no obligations."""
        return Obligations((), np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0, dtype=bool))


def read_obligations(file: Path | str) -> pl.DataFrame:
    """Return the table of a CSV file.

    Raises:
        BadInput: It cannot be read, lacks a column or holds an unreadable field (`obligation_table`), a quantity is
            negative or no number (`obligation_quantity`), or a place is unknown (`obligation_place`).
    """
    try:
        raw = pl.read_csv(file, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise BadInput([Mistake(f"the table cannot be read: {error}", str(file), "obligation_table", FIX)]) from None
    missing = [c for c in TYPES if c not in raw.columns]
    if missing:
        what = f"there is no column {' and no column '.join(missing)}"
        raise BadInput([Mistake(what, str(file), "obligation_table", FIX)])
    time = pl.col("mtu_start").str.to_datetime(TIME_FORMAT, strict=False, time_unit="us", time_zone="UTC")
    table = raw.select(*TYPES).with_columns(time, pl.col("quantity_mw").cast(pl.Float64, strict=False))
    mistakes = []
    for number, row in enumerate(table.iter_rows(named=True), 1):
        at = f"{file} row {number}"
        if any(row[c] is None for c in TYPES if c != "quantity_mw"):
            mistakes.append(Mistake("a field is empty or cannot be read", at, "obligation_table", FIX))
        quantity = row["quantity_mw"]
        if quantity is None or not np.isfinite(quantity) or quantity < 0:
            what = f"quantity_mw is {raw['quantity_mw'][number - 1]!r}"
            mistakes.append(Mistake(what, at, "obligation_quantity", "Write a number of MW, 0 or more."))
        if row["place"] not in PLACES:
            fix = "Write offered or outside."
            mistakes.append(Mistake(f"place {row['place']!r} is unknown", at, "obligation_place", fix))
    if mistakes:
        raise BadInput(mistakes)
    return table


def obligations_of(book: Book, table: pl.DataFrame) -> Obligations:
    """Return the rows of a table that are of cells of a book; others are of other days."""
    cells = book.cells
    grids = {(cells.zones[g.zone].name, g.carrier): i for i, g in enumerate(cells.grids)}
    where = pl.DataFrame(
        {"zone": [z for z, _ in grids], "carrier": [c for _, c in grids], "grid": list(grids.values())},
        schema={"zone": pl.String, "carrier": pl.String, "grid": pl.Int64},
    )
    rows = table.join(where, on=["zone", "carrier"], how="inner", maintain_order="left")
    grid = rows["grid"].to_numpy()
    begin, end, mtu = (
        np.array([getattr(g, n) for g in cells.grids], dtype=np.int64) for n in ("start", "end", "mtu_minutes")
    )
    micro = rows["mtu_start"].to_physical().to_numpy()
    minute = micro // MICROSECONDS
    inside = (minute >= begin[grid]) & (minute < end[grid]) & (micro % MICROSECONDS == 0)
    inside &= (minute - begin[grid]) % mtu[grid] == 0
    cell = (cells.first[:-1][grid] + (minute - begin[grid]) // mtu[grid])[inside]
    kept = rows.filter(pl.Series(inside))
    outside = (kept["place"] == "outside").to_numpy()
    return Obligations(tuple(kept["member"].to_list()), cell, kept["quantity_mw"].to_numpy(), outside)


def check_obligations(table: pl.DataFrame, books: Sequence[Book], members: Mapping[str, object] | set[str]) -> None:
    """Refuse rows of nobody, and rows that no book has a cell for.

    Raises:
        BadInput: A member has no order in any book (`obligation_member_known`), or a row is of no zone, carrier and
            start of an MTU of any of them (`obligation_cell_known`).
    """
    mistakes = [
        Mistake(f"there is no member {m!r}", "obligations", "obligation_member_known", "Name a member of these days.")
        for m in sorted(set(table["member"]) - set(members))
    ]
    found = sum(len(obligations_of(book, table).cell) for book in books)
    if found < table.height:
        what = f"{table.height - found} of {table.height} rows are of no zone, carrier and MTU of these days"
        fix = "Name zone, carrier and the exact start of an MTU in UTC; leave out other days."
        mistakes.append(Mistake(what, "obligations", "obligation_cell_known", fix))
    if mistakes:
        raise BadInput(mistakes)
