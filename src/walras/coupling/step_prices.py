"""What the accepted steps of scalable complex orders say about prices.

A step that is full, partly accepted or rejected bounds the price of its cell like a curve
step, except where the order's minimum power or a gradient binds: there a rent, an extra
column, stands between the price and the step (formulation, eq. 5.6). Together the steps
must earn the fixed term (eq. 5.7). Stop steps of a rejected order are plain curve steps.
"""

from __future__ import annotations

import numpy as np

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.coupling.intervals import EDGE_MW
from walras.coupling.market import Market
from walras.coupling.points import Relaxed
from walras.coupling.runs import spread, summed

NEGATIVE = -0.01
"""The highest price while a direction of a storage order is closed, unless the optimum has one closer to zero."""

Entries = tuple[IntArray, IntArray, FloatArray]


def _offered(market: Market, relaxed: Relaxed) -> FloatArray:
    """Return the MW of each step that stand at the price: all, or nothing if the order is rejected."""
    steps = market.steps
    accepted = relaxed.ratio[steps.column] > 0.5
    out: FloatArray = np.where(accepted | steps.is_stop, steps.power, 0.0)
    return out


def _shifted(market: Market, relaxed: Relaxed) -> tuple[BoolArray, BoolArray, BoolArray, BoolArray]:
    """Return which minimums and gradients bind, and which steps they touch."""
    steps = market.steps
    key_base = market.cells + 1
    key = steps.column * key_base + steps.cell
    unique, inverse = np.unique(key, return_inverse=True)
    power = np.append(summed(inverse, relaxed.step, len(unique)), 0.0)

    def total(column: IntArray, cell: IntArray) -> FloatArray:
        wanted = column * key_base + cell
        at = np.searchsorted(unique, wanted)
        found = (at < len(unique)) & (np.append(unique, -1)[at] == wanted)
        return np.where(found, power[np.where(found, at, len(unique))], 0.0)

    on_min = relaxed.ratio[steps.min_column] > 0.5
    minimum = on_min & (total(steps.min_column, steps.min_cell) <= steps.min_power + EDGE_MW)
    on_ramp = relaxed.ratio[steps.ramp_column] > 0.5
    change = total(steps.ramp_column, steps.ramp_cell + 1) - total(steps.ramp_column, steps.ramp_cell)
    up = on_ramp & (change >= steps.ramp_up - EDGE_MW)
    down = on_ramp & (-change >= steps.ramp_down - EDGE_MW)
    touched = np.concatenate(
        [
            (steps.min_column * key_base + steps.min_cell)[minimum],
            (steps.ramp_column * key_base + steps.ramp_cell)[up | down],
            (steps.ramp_column * key_base + steps.ramp_cell + 1)[up | down],
        ]
    )
    return minimum, up, down, np.isin(key, touched)


def _sees_more(market: Market) -> BoolArray:
    """Return which steps see more than the price of one cell: inputs of conversions, stores; shape (y,)."""
    out = np.zeros(len(market.steps.step), dtype=bool)
    out[market.steps.input_step] = True
    out[market.steps.stores.entry_step] = True
    return out


def step_bounds(market: Market, relaxed: Relaxed) -> tuple[FloatArray, FloatArray]:
    """Return the interval of each cell from steps that no rent shifts and that see no other cell; shape (n,)."""
    steps = market.steps
    low, high = np.full(market.cells, -np.inf), np.full(market.cells, np.inf)
    if not len(steps.step):
        return low, high
    *_, touched = _shifted(market, relaxed)
    offered = _offered(market, relaxed)
    plain = (offered > 0) & ~touched & ~_sees_more(market)
    some, full = relaxed.step > EDGE_MW, relaxed.step >= offered - EDGE_MW
    supply = steps.side > 0
    lower = plain & np.where(supply, some, ~full)
    upper = plain & np.where(supply, ~full, some)
    np.maximum.at(low, steps.cell[lower], steps.price[lower])
    np.minimum.at(high, steps.cell[upper], steps.price[upper])
    cell = _closed_cells(market, relaxed)
    high[cell] = np.minimum(high[cell], np.maximum(relaxed.price[cell], NEGATIVE))
    return low, high


def _closed_cells(market: Market, relaxed: Relaxed) -> IntArray:
    """Return the cells whose price must stay negative: accepted storage orders have a direction closed for it."""
    steps = market.steps
    closed = np.flatnonzero(steps.stores.is_closed)
    closed = closed[relaxed.ratio[steps.stores.column[closed]] > 0.5]
    cell = steps.cell[steps.stores.pairs(steps.side)[0][closed]]
    out: IntArray = cell[relaxed.price[cell] < 0]
    return out


def scalable_rows(market: Market, relaxed: Relaxed) -> tuple[Entries, FloatArray, FloatArray, int]:
    """Return entries, bounds and number of extras: fixed terms earned, and steps that rents shift."""
    steps = market.steps
    none = np.zeros(0, dtype=np.int64)
    if not len(steps.step):
        return (none, none, np.zeros(0)), np.zeros(0), np.zeros(0), 0
    minimum, up, down, touched = _shifted(market, relaxed)
    income, income_low = _income(market, relaxed)
    first = len(income_low)
    offered = _offered(market, relaxed)
    apart = touched | _sees_more(market)
    shifted = np.flatnonzero(apart & (offered > 0) & (relaxed.ratio[steps.column] > 0.5))
    edge = np.minimum(EDGE_MW, offered[shifted] / 4)  # a level may have less room than that between end and capacity
    some, full = relaxed.step[shifted] > edge, relaxed.step[shifted] >= offered[shifted] - edge
    side, price = steps.side[shifted].astype(np.float64), steps.price[shifted]
    row = first + np.arange(len(shifted))
    which, input_cell, share = steps.chosen(shifted)
    extras, extra_count = _rent_entries(market, shifted, row, (minimum, up, down))
    stores = _store_entries(market, shifted, row)
    entries = (
        np.concatenate([income[0], row, row[which], extras[0], stores[0]]),
        np.concatenate(
            [
                income[1],
                steps.cell[shifted],
                input_cell,
                market.cells + extras[1],
                market.cells + extra_count + stores[1],
            ]
        ),
        np.concatenate([income[2], side, -side[which] * share, extras[2], stores[2]]),
    )
    lower = np.concatenate([income_low, np.where(some, side * price, -np.inf)])
    upper = np.concatenate([np.full(first, np.inf), np.where(full, np.inf, side * price)])
    return entries, lower, upper, extra_count + 2 * steps.stores.count


def _store_entries(market: Market, shifted: IntArray, row: IntArray) -> Entries:
    """Return how the value of stored energy shifts the price that each step sees.

    It has either sign, so it is the difference of two extras. Levels count a MWh, others a MWh in the cell.
    """
    steps, stores = market.steps, market.steps.stores
    place = np.full(len(steps.step), -1)
    place[shifted] = np.arange(len(shifted))
    use = np.flatnonzero(place[stores.entry_step] >= 0)
    step = stores.entry_step[use]
    hours = np.where(steps.side[step] != 0, market.hours[steps.cell[step]], 1.0)
    value, at = stores.entry_energy[use] / hours, row[place[step]]
    return (
        np.concatenate([at, at]),
        np.concatenate([stores.entry_row[use], stores.count + stores.entry_row[use]]),
        np.concatenate([value, -value]),
    )


def _income(market: Market, relaxed: Relaxed) -> tuple[Entries, FloatArray]:
    """Return the row an accepted order: its steps earn at least its fixed term, a MWh."""
    steps, orders = market.steps, market.orders
    active = np.flatnonzero((relaxed.ratio > 0.5) & np.isin(np.arange(orders.count), steps.column))
    number = np.full(orders.count, -1)
    number[active] = np.arange(len(active))
    row = number[steps.column]
    use = row >= 0
    energy = steps.side * market.hours[steps.cell] * relaxed.step
    volume = summed(row[use], np.abs(energy[use]), len(active))
    scale = 1.0 / np.maximum(volume, 1e-9)
    cost = summed(row[use], energy[use] * steps.price[use], len(active))
    step, cell, injected = steps.entries(market.hours)
    paid = use[step]
    step, cell, injected = step[paid], cell[paid], injected[paid]
    entries = (row[step], cell, injected * relaxed.step[step] * scale[row[step]])
    return entries, (orders.cost[active] + cost) * scale


def _rent_entries(
    market: Market, shifted: IntArray, row: IntArray, binding: tuple[BoolArray, BoolArray, BoolArray]
) -> tuple[Entries, int]:
    """Return how binding minimums and gradients shift the price that each step sees."""
    steps, base = market.steps, market.cells + 1
    minimum, up, down = (np.flatnonzero(which) for which in binding)
    ends = np.cumsum([len(minimum), len(up), len(down)])
    ramps = np.concatenate([up, down])
    column, cell = steps.ramp_column[ramps], steps.ramp_cell[ramps]
    sign = np.repeat([1.0, -1.0], [len(up), len(down)])
    rent = ends[0] + np.arange(len(ramps))
    key = np.concatenate(
        [steps.min_column[minimum] * base + steps.min_cell[minimum], column * base + cell, column * base + cell + 1]
    )
    extra = np.concatenate([np.arange(len(minimum)), rent, rent])
    value = np.concatenate([np.ones(len(minimum)), sign, -sign])
    step_key = steps.column[shifted] * base + steps.cell[shifted]
    order = np.argsort(step_key, kind="stable")
    left, right = (np.searchsorted(step_key[order], key, side=side) for side in ("left", "right"))
    which, at = spread(left, right - left)
    return (row[order[at]], extra[which], value[which]), int(ends[2])
