"""Reinsertion: give rejected orders that would have earned another chance, one at a time.

The dive may reject more than it must. Each order that its prices would pay is set free
again and the dive goes on from there; a better end replaces the best one. An accepted
order with a scheduled stop is tried the other way round: its stop may be worth more. Ends
when no order helps, when the gap is closed, after a dozen trials in a row that did not,
or at a fixed number of trials: wall time only ends it through a stated limit.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from walras.book.cells import FloatArray, IntArray
from walras.coupling.market import Market
from walras.coupling.relaxed import Relaxation
from walras.coupling.runs import summed
from walras.coupling.search.dive import Selection, dive
from walras.errors import NoResult

MOST_TRIALS = 60
MOST_FAILURES = 12
BETTER = 1e-4


def reinserted(relaxation: Relaxation, selection: Selection, gap: float) -> Selection:
    """Return the best selection that single reinsertions lead to.

    Nothing is tried where prices had to be cut at their limits: what looks better there
    may lose at the prices that are published.
    """
    if relaxation.has_cut_prices:
        return selection
    best, trials = selection, 0
    tried: set[int] = set()
    try:
        while trials < MOST_TRIALS and len(tried) < MOST_FAILURES and best.gap > gap:
            candidates = [c for c in _worth_a_trial(best) if c not in tried]
            if not candidates:
                break
            trials += 1
            tried.add(candidates[0])
            killed = best.killed.copy()
            killed[candidates[0]] = not killed[candidates[0]]
            relaxation.start_from(best.market, killed)
            trial = dive(relaxation, best.root)
            if trial.market.has_slack == best.market.has_slack and trial.final.cost < best.final.cost - BETTER:
                best, tried = trial, set()
    except NoResult:
        return replace(best, stopped=True)
    return best


def _worth_a_trial(selection: Selection) -> list[int]:
    """Return rejected orders with a surplus at the prices, the greatest first, then accepted ones with a stop."""
    surplus = surplus_at(selection.market, selection.final.price)
    rejected = np.flatnonzero(selection.killed & (surplus > BETTER))
    order: IntArray = rejected[np.argsort(-surplus[rejected], kind="stable")]
    steps = selection.market.steps
    with_stop = np.unique(steps.column[steps.is_stop])
    return [*order.tolist(), *with_stop[~selection.killed[with_stop]].tolist()]


def surplus_at(market: Market, price: FloatArray) -> FloatArray:
    """Return what each order column would earn whole, its own steps at their best; shape (j,)."""
    orders, steps = market.orders, market.steps
    income = summed(orders.entry_column, orders.entry_energy * price[orders.entry_cell], orders.count)
    gain = np.maximum(steps.side * (price[steps.cell] - steps.price), 0.0) * steps.power * market.hours[steps.cell]
    return income - orders.cost + summed(steps.column, gain, orders.count)
