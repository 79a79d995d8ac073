"""The auction in numbers: a book, or a part of it, as the arrays that the program is built from.

Here ticks become floats and sides become signs: an injection is positive. Axes: n cells,
s spans, a atoms (see `residual`), p line periods, j order columns (one a block, one a
possible start of a flexible order, one a scalable complex order), e entries of order
columns, y steps of scalable complex orders. Written by `model.*` and `parts`, read by
the program, the prices and the ties.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.coupling.residual import CoarseSteps, Residual

BLOCK, FLEXIBLE, SCALABLE = 0, 1, 2


@dataclass(frozen=True)
class LinePeriods:
    """Lines: cells at both ends and limits of each period; shape (p,).

    A line with a loss or a tariff has two periods for each of the book's, one a direction, one
    behind the other; both send from `from_cell` to `to_cell`.

    Attributes:
        period, of: Index in the whole market, and in the book.
        lower, upper: Limits of the exchange; a direction that the search has closed has none.
        capacity: `upper` before anything was closed.
        sign: +1 along the book's line, -1 against it.
        received, tariff: Share of what is sent that arrives; what sending costs, in currency/MWh.
    """

    period: IntArray
    from_cell: IntArray
    from_cells: IntArray
    to_cell: IntArray
    to_cells: IntArray
    lower: FloatArray
    upper: FloatArray
    capacity: FloatArray
    of: IntArray
    sign: FloatArray
    received: FloatArray
    tariff: FloatArray

    @property
    def one_way(self) -> BoolArray:
        """Return which periods are one direction of a line with a loss or a tariff; shape (p,)."""
        out: BoolArray = np.zeros(len(self.of), dtype=bool)
        first, second = self.pairs
        out[first] = out[second] = True
        return out

    @property
    def pairs(self) -> tuple[IntArray, IntArray]:
        """Return forward and backward direction of every line period that has two."""
        first: IntArray = np.flatnonzero(self.of[1:] == self.of[:-1])
        return first, first + 1


@dataclass(frozen=True)
class FlowBased:
    """Flow-based domains: exchanges x of zones with their domain, periods r, rows k of critical branches.

    Attributes:
        exchange, row: Index in the book of each exchange, of each row; shape (x,), (k,).
        cell, period, hours: Cell, period and length of each exchange; shape (x,).
        periods: Number of periods; in each the exchanges sum to zero.
        row_period, ram: Period and limit in MW of each row; shape (k,).
        entry_row, entry_exchange, ptdf: MW on the branch for each MW of export; shape (e,).
    """

    exchange: IntArray
    cell: IntArray
    period: IntArray
    hours: FloatArray
    periods: int
    row: IntArray
    row_period: IntArray
    ram: FloatArray
    entry_row: IntArray
    entry_exchange: IntArray
    ptdf: FloatArray


@dataclass(frozen=True)
class OrderColumns:
    """Indivisible orders: one column each, its value the acceptance ratio.

    Attributes:
        kind, order, start: Family, index in the book's family, first cell of a flexible start (else -1); shape (j,).
        cost: What full acceptance costs, in currency: supply positive, demand negative, fixed term; shape (j,).
        min_ratio: Least ratio above zero; shape (j,).
        entry_column, entry_cell, entry_energy: Injection in MWh at ratio one; shape (e,).
        link_child, link_parent, link: Columns joined by each link, and its index in the book.
        member_group, member_column: Membership of groups whose ratios sum to one at most.
        group: Exclusive group in the book of each group, -1 for the starts of a flexible order.
    """

    kind: IntArray
    order: IntArray
    start: IntArray
    cost: FloatArray
    min_ratio: FloatArray
    entry_column: IntArray
    entry_cell: IntArray
    entry_energy: FloatArray
    link_child: IntArray
    link_parent: IntArray
    link: IntArray
    member_group: IntArray
    member_column: IntArray
    group: IntArray

    @property
    def count(self) -> int:
        """Return the number of order columns."""
        return len(self.cost)


@dataclass(frozen=True)
class ScalableSteps:
    """Steps and rows of scalable complex orders, tied to their order's column.

    Attributes:
        step, column, cell, side, power, price: Index in the book, order column, cell, sign of
            injection, MW and price of each step; shape (y,).
        is_stop: Whether a rejected order still offers the step; shape (y,).
        min_column, min_cell, min_power: Minimum acceptance power; MW.
        ramp_column, ramp_cell, ramp_up, ramp_down: Gradient between `ramp_cell` and the next
            cell, MW, infinite where there is none.
    """

    step: IntArray
    column: IntArray
    cell: IntArray
    side: IntArray
    power: FloatArray
    price: FloatArray
    is_stop: BoolArray
    min_column: IntArray
    min_cell: IntArray
    min_power: FloatArray
    ramp_column: IntArray
    ramp_cell: IntArray
    ramp_up: FloatArray
    ramp_down: FloatArray


@dataclass(frozen=True)
class Market:
    """One part of the market that no line and no order connects with the rest.

    Attributes:
        cell, span, column: Cells, spans and order columns of the whole in this part; shape (n,), (s,), (j,).
        zone, position: Grid of each cell, and how far into its horizon the cell begins, 0 to 1; shape (n,).
        hours, price_min, price_max: Of each cell; shape (n,).
        residual: Residual supply over this part's spans, cells renumbered.
        coarse: The steps behind its coarse spans.
        has_slack: Whether energy from nowhere keeps prices inside their limits (eq. 2.7).
        lines, domains, orders, steps: The rest, cells and columns renumbered.
    """

    cell: IntArray
    span: IntArray
    column: IntArray
    zone: IntArray
    position: FloatArray
    hours: FloatArray
    price_min: FloatArray
    price_max: FloatArray
    residual: Residual
    coarse: CoarseSteps
    has_slack: bool
    lines: LinePeriods
    domains: FlowBased
    orders: OrderColumns
    steps: ScalableSteps

    @property
    def cells(self) -> int:
        """Return the number of cells."""
        return len(self.cell)
