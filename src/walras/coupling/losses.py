"""The last look at a selection: does any accepted order lose at the chosen prices?

The relaxation's own prices leave no loser. Where they had to be cut at a limit, an order
may lose at what is left of them; `clear` then rejects it and decides again, so that no
result ever rests on a price that is not published.
"""

from __future__ import annotations

import numpy as np

from walras.book.cells import FloatArray, IntArray
from walras.coupling.market import Market
from walras.coupling.points import Relaxed
from walras.coupling.runs import summed
from walras.coupling.search.dive import INTEGRAL

LOSS_PER_MWH = 1e-6


def losing_orders(market: Market, relaxed: Relaxed, price: FloatArray) -> IntArray:
    """Return accepted order columns that lose more than 1e-6 a MWh, the greatest loss first.

    What accepted children earn beyond their own need covers their parents, generation by
    generation. With several parents it is counted for each: a loss that only shows when it
    is shared out is left to the audit.
    """
    orders, steps = market.orders, market.steps
    ratio = relaxed.ratio
    income = summed(orders.entry_column, orders.entry_energy * price[orders.entry_cell], orders.count)
    energy = relaxed.step * market.hours[steps.cell]
    gain = steps.side * (steps.seen(price) - steps.price) * energy
    own = (income - orders.cost) * ratio + summed(steps.column, gain, orders.count)
    volume = summed(orders.entry_column, np.abs(orders.entry_energy), orders.count) * ratio
    volume += summed(steps.column, energy, orders.count)
    covered = _with_children(market, own)
    losing = np.flatnonzero((ratio > INTEGRAL) & (covered < -LOSS_PER_MWH * np.maximum(volume, 1.0)))
    out: IntArray = losing[np.argsort(covered[losing], kind="stable")]
    return out


def _with_children(market: Market, own: FloatArray) -> FloatArray:
    """Return each order's surplus with what its descendants can pass up; shape (j,)."""
    orders = market.orders
    total = own
    for _ in range(len(orders.link_child)):
        passed = np.maximum(total[orders.link_child], 0.0)
        following = own + summed(orders.link_parent, passed, orders.count)
        if (following == total).all():
            break
        total = following
    return total
