"""Levels of storage orders, and how far rounding may move what is published from what was decided.

Volumes go to ticks so that the level stays with the one decided: what rounding added before
is taken away at the next chance. So a level is wrong by less than a tick, whether the order is
seen to trade or not, and by one more for each MTU in which it trades where nothing else could
balance a cell. Where a curve or a line covers several MTUs of the zone, a store may have to
follow it by less than a tick in each of them, unseen. A power is wrong by less than a tick, or
by half a tick and what makes up for half a tick of the other direction.

Axes: c cells, w store MTUs.
"""

from __future__ import annotations

import numpy as np

from walras.book.cells import BoolArray, FloatArray
from walras.results.audit.case import DECIDED, Case


def levels(case: Case) -> FloatArray:
    """Return the level after each store MTU of accepted orders, by the charging and discharging told; MWh, (w,)."""
    raw, stores = case.raw, case.raw.stores
    mtus, book = stores.mtus, raw.book.storages
    change = mtus.hours * (stores.into * case.volumes.charge - stores.out * case.volumes.discharge)
    level = np.where(case.volumes.storage_accepted == 1, book.start, 0.0)
    out = np.zeros(mtus.count)
    length = np.diff(mtus.first)
    for t in range(int(length.max(initial=0))):
        order = np.flatnonzero(length > t)
        at = mtus.first[order] + t
        level[order] = level[order] * mtus.keep[at] + change[at]
        out[at] = level[order]
    return out


def level_reach(case: Case) -> FloatArray:
    """Return how far rounding may have moved each level: a tick, and one for each MTU so far that trades; MWh, (w,).

    One for every MTU so far where the zone deals in something longer. Noise of the solver comes on top.
    """
    stores = case.raw.stores
    mtus = stores.mtus
    tick = case.volume_tick[mtus.cell] * mtus.hours * np.maximum(stores.into, stores.out)
    counts = (case.volumes.charge > 0) | (case.volumes.discharge > 0) | _deals_in_longer(case)[mtus.cell]
    moved = np.where(counts, tick, 0.0)
    begin = mtus.first[:-1]
    before = np.repeat(np.cumsum(moved)[begin] - moved[begin], np.diff(mtus.first))
    out: FloatArray = tick + np.cumsum(moved) - before + DECIDED * np.maximum(1.0, stores.room)
    return out


def _deals_in_longer(case: Case) -> BoolArray:
    """Return whether a curve or a line covers several MTUs of each cell's zone and carrier; shape (c,)."""
    book = case.raw.book
    curves, lines, grid = case.raw.curves, book.lines, book.cells.grid
    spans = (curves.cell, curves.cells), (lines.from_cell, lines.from_cells), (lines.to_cell, lines.to_cells)
    longer = np.concatenate([grid[first[count > 1]] for first, count in spans])
    out: BoolArray = np.isin(grid, longer)
    return out


def power_reach(case: Case) -> tuple[FloatArray, FloatArray]:
    """Return how far rounding may have moved what is charged, and what is discharged; MW, (w,) each."""
    stores = case.raw.stores
    tick = case.volume_tick[stores.mtus.cell]
    noise = [DECIDED * np.maximum(1.0, most) for most in (stores.charge, stores.discharge)]
    return tick * (1 + stores.out / stores.into) / 2 + noise[0], tick + noise[1]
