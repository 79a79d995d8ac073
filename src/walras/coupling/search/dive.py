"""The rejecting dive: reject what the relaxation takes only in part, until nothing is.

Orders are only ever rejected, so the relaxation's prices at the end are prices at which
no accepted order loses (fact F4 of docs/formulation.md, section 6). A block may stay
curtailed at or above its minimum acceptance ratio: its surplus is then zero. Where coarse
curve orders would push a price past its limit, they are rejected too (rules, 4); only where
nothing is left to reject are prices cut, and `losses` looks at what the cut does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.book.cells import BoolArray, IntArray
from walras.coupling.market import Market
from walras.coupling.relaxed import Relaxation, Relaxed, span_means
from walras.coupling.runs import spread, summed

INTEGRAL = 1e-7
SHARE = 3
MISSING_MWH = 1e-7
EQUAL_PRICE = 1e-6


@dataclass(frozen=True)
class Selection:
    """The end of a search.

    Attributes:
        root: The relaxation with nothing rejected.
        final: The legal optimum that the search ended in.
        market: The market it is legal in: coarse curve steps that a price limit rejects are gone.
        killed: Order columns rejected on the way; shape (j,).
        stopped: Whether a time limit cut the search short.
    """

    root: Relaxed
    final: Relaxed
    market: Market
    killed: BoolArray
    stopped: bool = False

    @property
    def gap(self) -> float:
        """Return how much more welfare the root leaves open, in the currency.

        Guides the search only: the root offers no scheduled stops, so this is not the gap
        that a result states (`results.certificate` proves that one).
        """
        return self.final.cost - self.root.cost


def dive(relaxation: Relaxation, root: Relaxed | None = None) -> Selection:
    """Return a legal selection, rejecting the smallest third of the fractional orders a round."""
    final = relaxation.solve()
    root = root or final
    while True:
        fractional = fractional_orders(relaxation, final)
        if len(fractional):
            smallest = fractional[np.argsort(final.ratio[fractional], kind="stable")]
            relaxation.kill(smallest[: max(1, len(smallest) // SHARE)])
        elif len(idle := _idle_stops(relaxation, final)):
            relaxation.kill(idle)
        elif (np.abs(final.missing) > MISSING_MWH).any():
            _keep_prices_inside(relaxation, final)
        else:
            return Selection(root, final, relaxation.market, relaxation.killed.copy())
        final = relaxation.solve()


def _idle_stops(relaxation: Relaxation, relaxed: Relaxed) -> IntArray:
    """Return scalable orders that are not accepted but whose scheduled stop is not yet on offer."""
    steps = relaxation.market.steps
    column = np.unique(steps.column[steps.is_stop])
    idle: IntArray = column[(relaxed.ratio[column] <= INTEGRAL) & ~relaxation.killed[column]]
    return idle


def _keep_prices_inside(relaxation: Relaxation, relaxed: Relaxed) -> None:
    """Give up what pushes a price past its limit: coarse steps, then indivisible orders.

    Where neither is to blame it is a line over several MTUs; its prices are cut instead.
    """
    coarse = _coarse_to_reject(relaxation.market, relaxed)
    indivisible = _indivisible_to_reject(relaxation.market, relaxed)
    if coarse.any():
        relaxation.reject_coarse(coarse)
    elif len(indivisible):
        relaxation.kill(indivisible[:1])
    else:
        relaxation.drop_slack()


def _coarse_to_reject(market: Market, relaxed: Relaxed) -> BoolArray:
    """Return the coarse steps to give up where a price stands past its limit.

    Too much energy at the lower limit: supply steps that cover the cell; too little at the
    upper one: demand steps. If none covers it, any step. Of those in use, the third that gain
    least at the prices go first.
    """
    coarse, residual = market.coarse, market.residual
    which, cell = spread(residual.cell, residual.cells)
    count = len(residual.cell)
    short = summed(which, (relaxed.missing[cell] > MISSING_MWH).astype(np.float64), count) > 0
    over = summed(which, (relaxed.missing[cell] < -MISSING_MWH).astype(np.float64), count) > 0
    to_blame = np.where(coarse.is_demand, short[coarse.span], over[coarse.span])
    if not to_blame.any():
        to_blame = np.ones(len(coarse.step), dtype=bool)
    price = span_means(market, relaxed.price)[coarse.span]
    gain = np.where(coarse.is_demand, coarse.high - price, price - coarse.low)
    in_use = to_blame & (gain > -EQUAL_PRICE)
    candidates = np.flatnonzero(in_use if in_use.any() else to_blame)
    order = candidates[np.argsort(gain[candidates], kind="stable")]
    out = np.zeros(len(coarse.step), dtype=bool)
    out[order[: max(1, len(order) // SHARE)]] = True
    return out


def _indivisible_to_reject(market: Market, relaxed: Relaxed) -> IntArray:
    """Return accepted orders that reach into cells past their limit, the smallest there first.

    If none does, those with gradients: a rent of theirs may lie between a cell and its price.
    """
    orders, steps = market.orders, market.steps
    past = np.abs(relaxed.missing) > MISSING_MWH
    inside = summed(
        orders.entry_column,
        np.abs(orders.entry_energy) * past[orders.entry_cell] * relaxed.ratio[orders.entry_column],
        orders.count,
    )
    inside += summed(steps.column, relaxed.step * past[steps.cell], orders.count)
    ramped = np.isin(np.arange(orders.count), steps.column[np.isin(steps.column, steps.ramp_column)])
    accepted = relaxed.ratio > INTEGRAL
    reaching = np.flatnonzero(accepted & (inside > 0))
    if len(reaching):
        return reaching[np.argsort(inside[reaching], kind="stable")]
    return np.flatnonzero(accepted & ramped)


def fractional_orders(relaxation: Relaxation, relaxed: Relaxed) -> IntArray:
    """Return the order columns accepted above zero but below their minimum ratio."""
    least = relaxation.market.orders.min_ratio
    between: IntArray = np.flatnonzero((relaxed.ratio > INTEGRAL) & (relaxed.ratio < least - INTEGRAL))
    return between
