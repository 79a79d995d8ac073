"""What the readers of orders share: the cells, the terms of their grids, the profile's limits, and the findings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from walras.book.cells import BoolArray, Cells, IntArray
from walras.book.findings import Findings
from walras.book.order_headers import Headers
from walras.book.profile import Profile
from walras.book.spans import Clock, spans
from walras.book.tables import Table
from walras.book.ticks import TickColumns, grid_terms, to_ticks
from walras.orders.breach import GridTerms


@dataclass(frozen=True)
class Reading:
    """One folder being read, after its places.

    Attributes:
        cells: Of the grids without a mistake.
        currency: For messages; "" if market.toml does not say.
        profile: The rules; None if market.toml does not say.
        findings: Gets every mistake.
    """

    cells: Cells
    currency: str
    profile: Profile | None
    findings: Findings

    @cached_property
    def terms(self) -> GridTerms:
        """Limits and ticks of all grids."""
        return grid_terms(self.cells, self.currency)

    @cached_property
    def clock(self) -> Clock:
        """Time grids of all grids."""
        return Clock.of(self.cells)

    @property
    def max_curve_steps(self) -> int:
        """Most steps of a curve, 0 = no limit."""
        return self.profile.max_curve_steps if self.profile else 0

    @property
    def max_block_legs(self) -> int:
        """Most legs of a block, 0 = no limit."""
        return self.profile.max_block_legs if self.profile else 0

    def cells_of(self, table: Table, grid: IntArray) -> tuple[IntArray, IntArray, BoolArray]:
        """Return first cell, number of cells, and which rows fit their grid (others are reported); shapes (rows,)."""
        position, covered, fits = spans(table, self.clock, grid, self.findings)
        first: IntArray = np.append(self.cells.first[:-1], 0)[grid] + position
        return first, covered, fits

    def prices(
        self, table: Table, column: str, grid: IntArray, told: BoolArray | None = None
    ) -> tuple[IntArray, BoolArray]:
        """Return a column of prices in ticks, and rows that cannot be counted; see `ticks.to_ticks`."""
        ticks = TickColumns("price_on_tick", self.terms.price_step, self.terms.price_scale)
        return to_ticks(table, column, grid, ticks, self.findings, told=told)

    def quantities(self, table: Table, column: str, grid: IntArray) -> tuple[IntArray, BoolArray]:
        """Return a column of quantities in ticks, and rows that cannot be counted; see `ticks.to_ticks`."""
        ticks = TickColumns("quantity_on_tick", self.terms.quantity_step, self.terms.quantity_scale)
        return to_ticks(table, column, grid, ticks, self.findings)

    def header_grid(self, headers: Headers) -> IntArray:
        """Return the grid of each row of a header table, -1 where it has a mistake; shape (rows,)."""
        grid = np.empty(len(headers.row), dtype=np.int64)
        grid[headers.row] = headers.grid_of(np.arange(len(headers.row)))
        return grid
