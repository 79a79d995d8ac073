"""Numbers of a file to whole ticks, and decimal ticks to exact fractions.

A value lies on its tick if it is the float of a whole number of ticks; the tolerance of
1e-9 of the scaled value allows for floats that were computed, not for other values.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from walras.book.cells import BoolArray, Cells, FloatArray, IntArray, Tick
from walras.book.findings import Findings
from walras.book.tables import Table
from walras.orders.breach import GridTerms

TOLERANCE = 1e-9
WIDEST = 0.01
LARGEST = 1e12
MOST_DECIMALS = 9


@dataclass(frozen=True)
class TickColumns:
    """The ticks of prices or quantities, one a grid, and the rule that a value off its tick breaks."""

    rule: str
    step: IntArray
    scale: IntArray

    def size(self, grid: int) -> float:
        """Return the tick of a grid as a number."""
        return float(self.step[grid] / self.scale[grid])


def grid_terms(cells: Cells, currency: str) -> GridTerms:
    """Return the limits and ticks of all grids as columns, for the rules of orders."""

    def column(values: list[int]) -> IntArray:
        return np.array(values, dtype=np.int64)

    grids = cells.grids
    return GridTerms(
        currency=currency,
        mtu_minutes=column([g.mtu_minutes for g in grids]),
        price_min=column([g.price_min for g in grids]),
        price_max=column([g.price_max for g in grids]),
        price_step=column([g.price_tick.step for g in grids]),
        price_scale=column([g.price_tick.scale for g in grids]),
        quantity_step=column([g.quantity_tick.step for g in grids]),
        quantity_scale=column([g.quantity_tick.scale for g in grids]),
    )


def tick_of(size: float) -> Tick | None:
    """Return the exact tick of a decimal number, None if it is not positive or has too many decimals.

    >>> tick_of(0.05), tick_of(25.0), tick_of(1/3)
    (Tick(step=5, scale=100), Tick(step=25, scale=1), None)
    """
    if size <= 0 or size > LARGEST:
        return None
    number = Decimal(repr(size)).normalize()
    decimals = max(0, -int(number.as_tuple().exponent))
    if decimals > MOST_DECIMALS:
        return None
    return Tick(int(number.scaleb(decimals)), 10**decimals)


def counted(values: FloatArray, step: IntArray, scale: IntArray) -> tuple[IntArray, BoolArray, BoolArray]:
    """Return whole ticks, and where a value is off its tick or too large to count; shapes of `values`."""
    scaled = values * scale if (step == 1).all() else values * scale / step
    size = np.abs(scaled)
    too_large = size > LARGEST
    if too_large.any():
        scaled = np.where(too_large, 0.0, scaled)
    ticks = np.rint(scaled)
    off = np.abs(scaled - ticks) > np.clip(TOLERANCE * size, TOLERANCE, WIDEST)
    return ticks.astype(np.int64), off, too_large


def to_ticks(
    table: Table,
    column: str,
    grid: IntArray,
    ticks: TickColumns,
    findings: Findings,
    *,
    told: BoolArray | None = None,
) -> tuple[IntArray, BoolArray]:
    """Return a column in ticks of each row's grid, and the rows that cannot be counted.

    Args:
        table: The rows.
        column: Column of numbers, filled where it matters (empty fields count as 0).
        grid: Grid of each row, -1 where it is not known: such rows are left alone.
        ticks: Of every grid.
        findings: Gets values off their tick and values too large to count.
        told: Rows whose mistakes are reported; all unless given.
    """
    values, title = np.nan_to_num(table.floats(column), nan=0.0), table.title(column)
    step, scale = ticks.step, ticks.scale
    if not len(step):
        return np.zeros(len(values), dtype=np.int64), np.ones(len(values), dtype=np.bool_)
    is_even = bool((step == step[0]).all() and (scale == scale[0]).all())
    counts, off, too_large = counted(values, *((step[:1], scale[:1]) if is_even else (step[grid], scale[grid])))
    reported = grid >= 0 if told is None else told & (grid >= 0)
    if off.any():
        findings.rows(
            table,
            off & reported,
            ticks.rule,
            what=lambda i: f"{title} {values[i]!s} is not a multiple of the tick {ticks.size(grid[i]):g}",
            fix=lambda i: f"Round it to a multiple of {ticks.size(grid[i]):g}.",
        )
    if too_large.any():
        findings.rows(
            table,
            too_large & reported,
            "number_countable",
            what=lambda i: f"{title} {values[i]!s} is too large to be counted in ticks of {ticks.size(grid[i]):g}",
            fix="Send a number of a sensible size.",
        )
    return counts, too_large
