"""The balance: in every cell accepted supply equals accepted demand plus exports (eq. A.7).

Exact on published volumes wherever rounding can be exact: the steps and lines of cells
that are joined one to one form a network matrix, whose roundings to the tick above or
below always balance. So do exchanges with a domain of the cells' own periods: each period
of a domain is one more node. What is sent over a line with losses and what arrives are two
volumes, each of one cell. Fractional steps or lines that cover several cells, domains
of shorter periods than their zones, lines between grids of different ticks, and capacities
off the tick break that; in the part of the market that they join the residual may reach
half a tick times the number of volumes that were rounded in the cell.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.results.audit.case import FLOAT, Case
from walras.results.audit.names import cell_name
from walras.results.audit.violation import Report
from walras.results.raw import Raw, injection, net_exports, spread, total_by
from walras.results.results import Volumes


def check_balance(case: Case, report: Report) -> None:
    """balance: supply minus demand minus exports is zero in every cell."""
    residual = injection(case.raw, case.volumes) - net_exports(case.raw, case.volumes)
    report.add(
        "balance",
        np.abs(residual) - allowed_residual(case),
        lambda c: cell_name(case.raw.book, c),
        lambda c: f"supply minus demand minus exports is {residual[c]:.9g} MW",
    )


def allowed_residual(case: Case) -> FloatArray:
    """Return what rounding may leave in each cell, in MW; shape (c,)."""
    raw, volumes = case.raw, case.volumes
    allowed = case.relative * np.maximum(1.0, turnover(raw, volumes))
    if case.relative <= FLOAT:
        allowed = np.minimum(allowed, case.volume_tick / 4)
        loose = rounding_cannot_be_exact(case)
        allowed = np.where(loose, allowed + case.volume_tick / 2 * rounded_terms(case), allowed)
    return allowed


def turnover(raw: Raw, volumes: Volumes) -> FloatArray:
    """Return the gross volume of curves in each cell, in MW, as a scale for float noise; shape (c,)."""
    return total_by(raw.curves.cell, np.abs(volumes.curve), raw.book.cells.count)


def rounding_cannot_be_exact(case: Case) -> BoolArray:
    """Return the cells of market parts that hold a fractional volume over several cells or ticks; shape (c,).

    What was decided whole or not at all stays on the tick. Fractional can only be a step
    that is marginal, a line whose two ends have one price, or an exchange at a capacity
    that is itself off the tick; on a line with a loss or a tariff, all that is used.
    """
    raw = case.raw
    many = np.flatnonzero((raw.curves.cells > 1) & (raw.curves.quantity > 0))
    item, cell = spread(raw.curves.cell[many], raw.curves.cells[many])
    ends: list[tuple[IntArray, IntArray]] = [(raw.curves.cell[many][item], cell)]
    lines = raw.book.lines
    for first, cells in ((lines.from_cell, lines.from_cells), (lines.to_cell, lines.to_cells)):
        item, cell = spread(first, cells)
        ends.append((lines.from_cell[item], cell))
    domains = raw.book.domains
    ends.append((domains.exchange_cell[domains.first_exchange[domains.exchange_period]], domains.exchange_cell))
    source, target = (np.concatenate(column) for column in zip(*ends, strict=True))
    count = raw.book.cells.count
    graph = coo_array((np.ones(len(source)), (source, target)), shape=(count, count))
    _, part = connected_components(graph, directed=False)
    steps = many[_is_marginal(case, many)]
    uneven = (lines.from_cells > 1) | (lines.to_cells > 1)
    uneven |= raw.quantity_tick[lines.from_cell] != raw.quantity_tick[lines.to_cell]
    start = case.price_at(lines.from_cell, lines.from_cells)
    end = case.price_at(lines.to_cell, lines.to_cells)
    half = case.half_price_tick[lines.from_cell] + case.half_price_tick[lines.to_cell]
    uneven &= (np.abs(start - end) <= 2 * half + FLOAT) | (raw.is_two_way & (case.volumes.exchange != 0))
    uneven |= is_cut_to_tick(lines.capacity_forward, lines.capacity_backward, case.volumes.exchange, case.line_tick)
    borders = raw.book.borders
    is_fixed = borders.is_fixed[borders.period_border].astype(bool)
    export = np.where(is_fixed, np.maximum(borders.exchange, 0), borders.capacity_export)
    import_ = np.where(is_fixed, np.maximum(-borders.exchange, 0), borders.capacity_import)
    cut = is_cut_to_tick(export, import_, case.volumes.border, case.volume_tick[borders.period_cell])
    finer = domains.exchange_cell[raw.exchange_share < 1]
    anchors = (raw.curves.cell[steps], lines.from_cell[uneven], borders.period_cell[cut], finer)
    is_loose = np.zeros(count, dtype=bool)
    is_loose[part[np.concatenate(anchors)]] = True
    out: BoolArray = is_loose[part]
    return out


def is_cut_to_tick(forward: FloatArray, backward: FloatArray, exchange: FloatArray, tick: FloatArray) -> BoolArray:
    """Return which exchanges stand next to a capacity that is off the tick; same shape as `exchange`."""
    limit = np.where(exchange >= 0, forward, backward)
    out: BoolArray = (np.abs(limit - np.rint(limit / tick) * tick) > FLOAT) & (limit - np.abs(exchange) < tick)
    return out


def _is_marginal(case: Case, steps: IntArray) -> BoolArray:
    """Return which of these curve steps are partly accepted, or have a price that rounding may hide."""
    curves, accepted = case.raw.curves, case.volumes.curve[steps]
    price = case.price_at(curves.cell[steps], curves.cells[steps])
    near = 2 * case.half_price_tick[curves.cell[steps]] + FLOAT
    low = np.minimum(curves.price_start, curves.price_end)[steps]
    high = np.maximum(curves.price_start, curves.price_end)[steps]
    out: BoolArray = (accepted > 0) & (accepted < curves.quantity[steps])
    out |= (low - near <= price) & (price <= high + near)
    return out


def rounded_terms(case: Case) -> FloatArray:
    """Return how many half ticks rounding may have moved: partial volumes, exchanges, one more; shape (c,).

    Exchanges with domains count twice, for a whole tick: they must sum to zero as well.
    """
    raw, volumes, count = case.raw, case.volumes, case.raw.book.cells.count
    partial = np.flatnonzero((volumes.curve > 0) & (volumes.curve < raw.curves.quantity))
    _, cell = spread(raw.curves.cell[partial], raw.curves.cells[partial])
    terms = 1.0 + total_by(cell, np.ones(len(cell)), count)
    for legs, accepted in ((raw.blocks, volumes.block_leg), (raw.scalables, volumes.scalable)):
        terms += total_by(legs.cell, (accepted > 0) & (accepted < legs.quantity), count)
    lines = raw.book.lines
    for first, cells in ((lines.from_cell, lines.from_cells), (lines.to_cell, lines.to_cells)):
        _, cell = spread(first, cells)
        terms += total_by(cell, np.ones(len(cell)), count)
    terms += total_by(raw.book.borders.period_cell, np.ones(len(raw.book.borders.period_cell)), count)
    terms += total_by(raw.book.domains.exchange_cell, 2 * raw.exchange_share, count)
    return terms
