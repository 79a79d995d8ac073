"""Days of 23 and 25 hours: a zone whose curves stop after 24 of 25 hours was written for another day.

A short day needs no rule of its own, since its 24th hour lies outside the horizon.
"""

from __future__ import annotations

import numpy as np

from walras.book.cells import Cells, IntArray
from walras.book.findings import Findings

DAY = 24 * 60


def check_long_days(cells: Cells, step_cell: IntArray, step_cells: IntArray, findings: Findings) -> None:
    """Report grids whose curves reach all of the first 24 hours and none of those after (`mtus_complete`).

    Args:
        cells: Of the market.
        step_cell: First cell of each step of the curves, as in `CurveOrders`.
        step_cells: Number of cells of each.
        findings: Gets what is found.
    """
    ends = step_cell + step_cells
    reached = np.zeros(cells.count, dtype=bool)
    reached[step_cell] = True
    for extra in range(1, int(step_cells.max(initial=1))):
        reached[np.minimum(step_cell + extra, ends - 1)] = True
    for number, grid in enumerate(cells.grids):
        if not DAY < grid.end - grid.start <= DAY + 120:
            continue
        covered = reached[cells.first[number] : cells.first[number + 1]]
        first = DAY // grid.mtu_minutes
        if covered[:first].all() and not covered[first:].any():
            zone = cells.zones[grid.zone].name
            findings.add(
                f"curves of zone {zone!r} cover {first} of {grid.cell_count} MTUs: 24 hours of a longer day",
                "curve_steps",
                "mtus_complete",
                f"Send orders for all {grid.cell_count} MTUs; the clocks go back on this day.",
            )
