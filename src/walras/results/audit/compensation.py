"""Least compensation: no prices that fit curves and network would have cost less for the same selection (eq. A.55).

A linear program of the audit's own, from raw orders and decided volumes: prices inside their limits, what
each curve step, line and border asks of them, and for every accepted block or flexible order the surplus that it
lacks after what its children hand up. Everything that a price must keep may be missed by 1e-6 relative, so
the least sum may come out lower by as much for each MWh, which is excused.

Only decided volumes say exactly where a price may stand, so a result that is read from its folder is not
judged by this; nor one of more than `MOST_ROWS` rows.

Axes: c cells, then l links, then o accepted orders are the columns.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array, csc_array

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.results.audit.case import DECIDED, Case
from walras.results.audit.families import losing_blocks
from walras.results.audit.flexibles import flexible_is_placed
from walras.results.audit.small_programs import least_cost
from walras.results.audit.violation import Report
from walras.results.raw import total_by

MOST_ROWS = 200_000
INSIDE_MW, LINE_MW = 1e-9, 1e-6
"""A volume as close to nothing, or to all, leaves the price free on that side; an exchange as close to its capacity."""

Rows = tuple[IntArray, IntArray, FloatArray]


def check_least_compensation(case: Case, report: Report) -> None:
    """compensation_least: decided volumes at exact prices."""
    book = case.raw.book
    if not book.profile.compensates or book.lines.count + len(book.lines.period_line) + book.blocks.count > MOST_ROWS:
        return
    low, high, slack = _limits(case)
    matrix, limits, cost, volume = _program(case, slack)
    count = len(cost) - book.cells.count
    bounds = [*zip(low.tolist(), high.tolist(), strict=True), *[(0.0, None)] * count]
    x = least_cost(cost, matrix, limits, bounds)
    paid = float(losing_blocks(case, excuses=False).sum() + np.maximum(-flexible_surplus(case), 0.0).sum())
    if x is None:
        report.one("compensation_least", "prices", "no prices at all fit the decided volumes", 1.0)
        return
    least = float(cost @ x)
    allowed = 4 * float(slack.max(initial=DECIDED)) * volume + DECIDED * max(1.0, paid)
    if paid - least > allowed:
        text = f"compensations of {paid:.6f} where {least:.6f} would do"
        report.one("compensation_least", "prices", text, paid - least)


def flexible_surplus(case: Case) -> FloatArray:
    """Return what each accepted flexible order gains, 0 of a rejected one; shape (o,)."""
    legs = case.raw.flexible_legs(np.where(flexible_is_placed(case), case.volumes.flexible_start, -1))
    gain = legs.sign * (case.price[legs.cell] - legs.price) * legs.quantity * legs.hours
    return total_by(legs.order, gain, case.raw.book.flexibles.count)


def _limits(case: Case) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return between which prices each cell may stand for its curves and borders, and what is excused; shape (c,)."""
    cells, curves, v = case.raw.book.cells, case.raw.curves, case.volumes.curve
    slack = DECIDED * np.maximum(1.0, np.abs(case.price))
    low, high = cells.price_min.astype(np.float64).copy(), cells.price_max.astype(np.float64).copy()
    share = np.divide(v, curves.quantity, out=np.zeros(len(v)), where=curves.quantity > 0)
    own = curves.price_start + (curves.price_end - curves.price_start) * np.clip(share, 0.0, 1.0)
    some, rest, supply = v > INSIDE_MW, v < curves.quantity - INSIDE_MW, curves.sign > 0
    _raise(low, curves.cell, own - slack[curves.cell], np.where(supply, some, rest))
    _lower(high, curves.cell, own + slack[curves.cell], np.where(supply, rest, some))
    _borders(case, low, high, slack)
    crossed = low > high
    middle = (low + high) / 2
    return np.where(crossed, middle, low), np.where(crossed, middle, high), slack


def _borders(case: Case, low: FloatArray, high: FloatArray, slack: FloatArray) -> None:
    book, cells, v = case.raw.book, case.raw.book.cells, case.volumes.border
    borders, at = book.borders, book.borders.period_cell
    fixed = borders.is_fixed[borders.period_border].astype(bool)
    least, most, give = cells.price_min[at], cells.price_max[at], slack[at]
    outside = np.clip(np.nan_to_num(borders.price), least, most)
    exports, imports = v > INSIDE_MW, v < -INSIDE_MW
    room_out, room_in = v < borders.capacity_export - INSIDE_MW, -v < borders.capacity_import - INSIDE_MW
    _lower(high, at, outside + give, ~fixed & (exports | room_in))
    _raise(low, at, outside - give, ~fixed & (imports | room_out))
    wanted = np.nan_to_num(borders.exchange)
    cut = fixed & (np.abs(wanted) - np.abs(v) > INSIDE_MW)
    _raise(low, at, most - give, cut & (wanted > 0))
    _lower(high, at, least + give, cut & (wanted < 0))


def _raise(low: FloatArray, cell: IntArray, price: FloatArray, which: BoolArray) -> None:
    np.maximum.at(low, cell[which], price[which])


def _lower(high: FloatArray, cell: IntArray, price: FloatArray, which: BoolArray) -> None:
    np.minimum.at(high, cell[which], price[which])


def _program(case: Case, slack: FloatArray) -> tuple[csc_array, FloatArray, FloatArray, float]:
    """Return matrix, limits and cost of the program, and the MWh that lacks are counted by."""
    raw, book, volumes, count = case.raw, case.raw.book, case.volumes, case.raw.book.cells.count
    legs, flexible = raw.blocks, raw.flexible_legs(volumes.flexible_start)
    orders = book.blocks.count + book.flexibles.count
    order = np.concatenate([legs.order, book.blocks.count + flexible.order])
    cell = np.concatenate([legs.cell, flexible.cell])
    energy = np.concatenate(
        [legs.sign * volumes.block_leg * legs.hours, flexible.sign * flexible.quantity * flexible.hours]
    )
    own = total_by(order, energy * np.concatenate([legs.price, flexible.price]), orders)
    accepted = volumes.block_ratio > DECIDED
    child, parent = book.blocks.link_child, book.blocks.link_parent
    live = accepted[child] & accepted[parent]
    child, parent = child[live], parent[live]
    passed = count + np.arange(len(child))
    lack = count + len(child) + np.arange(orders)
    # surplus + handed up - handed on + lack >= 0, all turned round
    row = np.concatenate([order, parent, child, np.arange(orders)])
    column = np.concatenate([cell, passed, passed, lack])
    value = np.concatenate([-energy, -np.ones(len(parent)), np.ones(len(child)), -np.ones(orders)])
    lines, at_line, limits = _line_rows(case, slack)
    matrix = coo_array(
        (
            np.concatenate([value, lines[2]]),
            (np.concatenate([row, orders + lines[0]]), np.concatenate([column, lines[1]])),
        ),
        shape=(orders + at_line, count + len(child) + orders),
    )
    cost = np.concatenate([np.zeros(count + len(child)), np.ones(orders)])
    return csc_array(matrix), np.concatenate([-own, limits]), cost, float(np.abs(energy).sum())


def _line_rows(case: Case, slack: FloatArray) -> tuple[Rows, int, FloatArray]:
    """Return rows that keep the price at an end from standing above the other's where there is room towards it."""
    lines, v = case.raw.book.lines, case.volumes.exchange
    forward = np.flatnonzero(v < lines.capacity_forward - LINE_MW)
    backward = np.flatnonzero(-v < lines.capacity_backward - LINE_MW)
    dearer = np.concatenate([lines.to_cell[forward], lines.from_cell[backward]])
    cheaper = np.concatenate([lines.from_cell[forward], lines.to_cell[backward]])
    count = len(dearer)
    row, one = np.arange(count), np.ones(count)
    entries = np.concatenate([row, row]), np.concatenate([dearer, cheaper]), np.concatenate([one, -one])
    return entries, count, slack[dearer] + slack[cheaper]
