"""The rows that say who sent an order, where and which way; one reader for all order families.

Order names are unique over all order tables, so the headers of all families are read
before any step or leg.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from walras.book.cells import IntArray
from walras.book.findings import Findings
from walras.book.names import Names
from walras.book.read_places import Places
from walras.book.tables import Table, drop_duplicates
from walras.vocabulary import Side


@dataclass(frozen=True)
class Headers:
    """The orders of one family, sorted by name (axis o).

    Attributes:
        table: The rows they come from.
        names: The order names; their codes are the positions on axis o.
        row: Row of `table` of each order; shape (o,).
        grid: Zone and carrier, -1 where the row has a mistake; shape (o,).
        side: +1 supply or both ways, -1 demand, 0 where the row has a mistake; shape (o,).
    """

    table: Table
    names: Names
    row: IntArray
    grid: IntArray
    side: IntArray

    @property
    def member(self) -> tuple[str, ...]:
        """Return who sent each order; shape (o,)."""
        return tuple(self.table.texts("member").gather(self.row).to_list())

    def find(self, table: Table, findings: Findings, column: str = "order") -> IntArray:
        """Return the order of each row of another table, -1 where there is none (reported)."""
        return self.names.find(table, column, "order_known", findings, self.table.name)

    def grid_of(self, order: IntArray) -> IntArray:
        """Return the grid of orders, -1 for order -1 and for orders with a mistake."""
        grid = np.where(self.side != 0, self.grid, -1)
        out: IntArray = np.append(grid, -1)[order]
        return out

    def side_of(self, order: IntArray) -> IntArray:
        """Return the side of orders, 0 for order -1."""
        out: IntArray = np.append(self.side, 0)[order]
        return out

    def need_rows(self, table: Table, order: IntArray, findings: Findings) -> None:
        """Report orders without a row in a table that should have some; `order` is the order of its rows."""
        if not table.is_whole:
            return
        counts = np.bincount(order[order >= 0], minlength=len(self.names.names))
        bad = (counts == 0) & ~self.names.mask(table.lost.to_list())
        findings.rows(
            self.table,
            np.sort(self.row[bad]),
            "order_has_rows",
            what=lambda _: f"the order has no row in {table.name}",
            fix=f"Add its rows to {table.name}, or remove the order.",
        )


def read_headers(tables: tuple[Table, ...], places: Places, findings: Findings) -> tuple[Headers, ...]:
    """Return the headers of each family; names that several tables use are reported."""
    headers = tuple(_read(t, places, findings) for t in tables)
    twice = len({n for h in headers for n in h.names.names}) < sum(len(h.names.names) for h in headers)
    for k, header in enumerate(headers[1:] if twice else (), start=1):
        _report_twice(header.table, {n for h in headers[:k] for n in h.names.names}, findings)
    return headers


def _report_twice(table: Table, earlier: set[str], findings: Findings) -> None:
    texts = table.texts("order")
    findings.rows(
        table,
        texts.is_in(list(earlier)).to_numpy(),
        "order_unique",
        what=lambda i: f"order name {texts[i]!r} stands in another order table as well",
        fix="Give each order of the folder a name of its own.",
    )


def _read(table: Table, places: Places, findings: Findings) -> Headers:
    table = drop_duplicates(table, findings)
    names = Names.of(table, "order")
    row = np.argsort(names.codes(table.texts("order")), kind="stable")
    grid = places.grid_of(table, findings)
    if not any(column.name == "side" for column in table.spec.columns):  # a storage order trades both ways
        return Headers(table, names, row, grid[row], np.ones(len(row), dtype=np.int64))
    words = table.texts("side")
    side = words.replace_strict([s.word for s in Side], [s.value for s in Side], default=0, return_dtype=pl.Int64)
    signs = side.to_numpy()
    findings.rows(
        table,
        signs == 0,
        "side_known",
        what=lambda i: f"side {words[i]!r} is not known",
        fix="Write supply or demand.",
    )
    return Headers(table, names, row, grid[row], signs[row])
