"""Lines: one exchange a period, positive along the line (formulation, eq. 3.1 to 3.3)."""

from __future__ import annotations

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray, IntArray
from walras.coupling.market import LinePeriods, Market
from walras.coupling.model.program import ProgramBuilder
from walras.coupling.runs import spread


def line_periods(book: Book) -> LinePeriods:
    """Return every period of every line."""
    lines = book.lines
    return LinePeriods(
        np.arange(len(lines.period_line)),
        lines.from_cell,
        lines.from_cells,
        lines.to_cell,
        lines.to_cells,
        -lines.capacity_backward,
        lines.capacity_forward,
    )


def line_entries(market: Market) -> tuple[IntArray, IntArray, FloatArray]:
    """Return (period, cell, MWh a MW) of the energy that lines bring to cells; exports negative."""
    lines = market.lines
    out, from_cell = spread(lines.from_cell, lines.from_cells)
    into, to_cell = spread(lines.to_cell, lines.to_cells)
    return (
        np.concatenate([out, into]),
        np.concatenate([from_cell, to_cell]),
        np.concatenate([-market.hours[from_cell], market.hours[to_cell]]),
    )


def add_lines(builder: ProgramBuilder, market: Market) -> int:
    """Add one column a line period to the balance rows and return the first column."""
    lines = market.lines
    first = builder.columns(np.zeros(len(lines.lower)), lines.lower, lines.upper)
    period, cell, energy = line_entries(market)
    builder.entries(cell, first + period, energy)
    return first
