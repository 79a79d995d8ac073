"""The auction in numbers: a book, or a part of it, as the arrays that the program is built from.

Here ticks become floats and sides become signs: an injection is positive. Axes: n cells,
s spans, a atoms (see `residual`), p line periods, j order columns (one a block, one a
possible start of a flexible order, one a scalable complex order), e entries of order
columns, y steps of scalable complex orders. Written by `model.*` and `parts`, read by
the program, the prices and the ties.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.coupling.residual import CoarseSteps, Residual
from walras.coupling.runs import summed

BLOCK, FLEXIBLE, SCALABLE, STORAGE = 0, 1, 2, 3


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
        is_always: Whether it can stand still for nothing, so that it is accepted whatever the price; shape (j,).
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
    is_always: BoolArray
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
class StoreRows:
    """Stores: what enters one in an MTU leaves it, in later MTUs perhaps. Axes: w store MTUs, e entries, h holds.

    Attributes:
        store: Store MTU of the book; shape (w,).
        column: Order column of each; shape (w,).
        entry_row, entry_step, entry_energy: MWh that a unit of a step puts into a store; shape (e,).
        hold_row, hold_energy: MWh that an accepted order puts into a store: its start, less its end; shape (h,).
        is_closed: Whether one direction is taken out, since both at once would pay; shape (w,).
    """

    store: IntArray
    column: IntArray
    entry_row: IntArray
    entry_step: IntArray
    entry_energy: FloatArray
    hold_row: IntArray
    hold_energy: FloatArray
    is_closed: BoolArray

    @property
    def count(self) -> int:
        """Return the number of store MTUs."""
        return len(self.store)

    @staticmethod
    def none() -> StoreRows:
        """Return the stores of a market without any."""
        i, f = np.zeros(0, dtype=np.int64), np.zeros(0)
        return StoreRows(i, i, i, i, f, i, f, np.zeros(0, dtype=bool))

    def pairs(self, side: IntArray) -> tuple[IntArray, IntArray]:
        """Return the charging and the discharging step of every store MTU; `side` of each step, shape (y,)."""
        out = []
        for wanted in (-1, 1):
            entry = np.flatnonzero(side[self.entry_step] == wanted)
            step = np.empty(self.count, dtype=np.int64)
            step[self.entry_row[entry]] = self.entry_step[entry]
            out.append(step)
        return out[0], out[1]

    def chosen(self, step: IntArray, steps: int) -> StoreRows:
        """Return the stores with steps renumbered by their place in `step`, which holds all steps of some orders."""
        if not self.count:
            return self
        place = np.full(steps, -1)
        place[step] = np.arange(len(step))
        entry = place[self.entry_step] >= 0
        kept = np.zeros(self.count, dtype=bool)
        kept[self.entry_row[entry]] = True
        row, hold = np.cumsum(kept) - 1, kept[self.hold_row]
        return StoreRows(
            self.store[kept],
            self.column[kept],
            row[self.entry_row[entry]],
            place[self.entry_step[entry]],
            self.entry_energy[entry],
            row[self.hold_row[hold]],
            self.hold_energy[hold],
            self.is_closed[kept],
        )


@dataclass(frozen=True)
class ScalableSteps:
    """Steps and rows of scalable complex orders and of storage orders, tied to their order's column.

    Attributes:
        step, column, cell, side, power, price: Index in the book, order column, cell, sign of
            injection, MW and price of each step; shape (y,).
        is_stop: Whether a rejected order still offers the step; shape (y,).
        min_column, min_cell, min_power: Minimum acceptance power; MW.
        ramp_column, ramp_cell, ramp_up, ramp_down: Gradient between `ramp_cell` and the next
            cell, MW, infinite where there is none.
        input_step, input_cell, input_share: What steps of conversions take out of cells of their
            input: MWh for each MWh that they sell; shape (i,).
        stores: Rows of storage orders, whose levels are steps of side 0, in MWh.
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
    input_step: IntArray
    input_cell: IntArray
    input_share: FloatArray
    stores: StoreRows = field(default_factory=StoreRows.none)

    def seen(self, price: FloatArray) -> FloatArray:
        """Return the price that each step sees: of its cell, less what its input costs; shape (y,)."""
        out = price[self.cell]
        if len(self.input_step):
            out = out - summed(self.input_step, self.input_share * price[self.input_cell], len(out))
        return out

    def entries(self, hours: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
        """Return (step, cell, MWh injected a MW) of all steps, inputs last; `hours` of each cell, shape (n,)."""
        own = self.side * hours[self.cell]
        taken = -self.input_share * own[self.input_step]
        some = np.flatnonzero(self.side)
        return (
            np.concatenate([some, self.input_step]),
            np.concatenate([self.cell[some], self.input_cell]),
            np.concatenate([own[some], taken]),
        )

    def chosen(self, step: IntArray) -> tuple[IntArray, IntArray, FloatArray]:
        """Return the inputs of some steps, which are numbered by their place among them."""
        place = np.full(len(self.cell), -1)
        place[step] = np.arange(len(step))
        use = place[self.input_step] >= 0
        return place[self.input_step[use]], self.input_cell[use], self.input_share[use]


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
