"""Lines: one exchange a period, positive along the line (formulation, eq. 3.1 to 3.3).

A line with a loss or a tariff is two one-way lines here, one behind the other: what arrives
and what it costs depends on the direction (eq. 3.9 to 3.11). Both are never used at once in
a legal result (`search.one_way`).
"""

from __future__ import annotations

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray, IntArray
from walras.coupling.market import LinePeriods, Market
from walras.coupling.model.program import ProgramBuilder
from walras.coupling.runs import spread, summed


def line_periods(book: Book) -> LinePeriods:
    """Return every period of every line; those with a loss or a tariff once for each direction."""
    lines = book.lines
    loss_forward, loss_backward, tariff = lines.period_terms()
    is_split = (loss_forward > 0) | (loss_backward > 0) | (tariff > 0)
    of = np.repeat(np.arange(len(is_split)), 1 + is_split)
    split = is_split[of]
    back = np.zeros(len(of), dtype=bool)
    back[1:] = of[1:] == of[:-1]
    ends = np.array([lines.from_cell[of], lines.from_cells[of], lines.to_cell[of], lines.to_cells[of]])
    from_cell, from_cells, to_cell, to_cells = np.where(back, ends[[2, 3, 0, 1]], ends)
    most = np.where(back, lines.capacity_backward[of], lines.capacity_forward[of])
    return LinePeriods(
        period=np.arange(len(of)),
        from_cell=from_cell,
        from_cells=from_cells,
        to_cell=to_cell,
        to_cells=to_cells,
        lower=np.where(split, 0.0, -lines.capacity_backward[of]),
        upper=most,
        capacity=most,
        of=of,
        sign=np.where(back, -1.0, 1.0),
        received=1.0 - np.where(back, loss_backward[of], loss_forward[of]),
        tariff=tariff[of],
    )


def line_entries(market: Market) -> tuple[IntArray, IntArray, FloatArray]:
    """Return (period, cell, MWh a MW) of the energy that lines bring to cells; exports negative."""
    lines = market.lines
    out, from_cell = spread(lines.from_cell, lines.from_cells)
    into, to_cell = spread(lines.to_cell, lines.to_cells)
    return (
        np.concatenate([out, into]),
        np.concatenate([from_cell, to_cell]),
        np.concatenate([-market.hours[from_cell], market.hours[to_cell] * lines.received[into]]),
    )


def line_cost(market: Market) -> FloatArray:
    """Return what a MW sent over each line period costs, its tariff, in currency; shape (p,)."""
    lines = market.lines
    out, from_cell = spread(lines.from_cell, lines.from_cells)
    return lines.tariff * summed(out, market.hours[from_cell], len(lines.tariff))


def add_lines(builder: ProgramBuilder, market: Market) -> int:
    """Add one column a line period to the balance rows and return the first column."""
    lines = market.lines
    first = builder.columns(line_cost(market), lines.lower, lines.upper)
    period, cell, energy = line_entries(market)
    builder.entries(cell, first + period, energy)
    return first
