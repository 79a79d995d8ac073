"""Scheduled stops of orders that a case leaves open.

A rejected order still offers its stop steps, an accepted one does not, and a relaxation in
which the order is open offers them neither. So what a case can reach is more than its
relaxation says, by what the stops would earn beyond the order itself (formulation, eq. 8.4).

Axes: j order columns, y steps of scalable orders.
"""

from __future__ import annotations

import numpy as np

from walras.book.cells import FloatArray
from walras.coupling.compact import must_run
from walras.coupling.market import Market
from walras.coupling.points import Relaxed
from walras.coupling.runs import summed


def stop_surplus(market: Market, relaxed: Relaxed) -> FloatArray:
    """Return what the stops of each order could earn beyond the order, at a relaxation's duals; shape (j,)."""
    steps, count = market.steps, market.orders.count
    if not steps.is_stop.any():
        return np.zeros(count)
    hours = market.hours[steps.cell]
    own = steps.side * (relaxed.price[steps.cell] - steps.price) * hours
    value = own + _gradient_value(market, relaxed)
    filled = np.maximum(value, 0.0) * steps.power + np.minimum(value, 0.0) * must_run(market)
    accepted = summed(steps.column, filled, count) - market.orders.cost
    for rent, limit in ((relaxed.up_rent, steps.ramp_up), (relaxed.down_rent, steps.ramp_down)):
        allowance = rent * np.where(np.isfinite(limit), limit, 0.0)
        accepted += summed(steps.ramp_column, allowance, count)
    stopped = summed(steps.column, np.where(steps.is_stop, np.maximum(own, 0.0) * steps.power, 0.0), count)
    return np.maximum(stopped - np.maximum(accepted, 0.0), 0.0)


def _gradient_value(market: Market, relaxed: Relaxed) -> FloatArray:
    """Return what the gradient rents add to a MW of each step; shape (y,)."""
    steps = market.steps
    net = relaxed.up_rent - relaxed.down_rent
    key = steps.column * (market.cells + 1) + steps.cell
    out = np.zeros(len(key))
    for cell, sign in ((steps.ramp_cell, 1.0), (steps.ramp_cell + 1, -1.0)):
        row = steps.ramp_column * (market.cells + 1) + cell
        order = np.argsort(row, kind="stable")
        at = np.minimum(np.searchsorted(row[order], key), max(len(row) - 1, 0))
        if len(row):
            found = row[order][at] == key
            out += np.where(found, sign * net[order][at], 0.0)
    return out
