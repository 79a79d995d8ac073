"""The rejecting dive: reject what the relaxation takes only in part, until nothing is.

Orders are only ever rejected, so the relaxation's prices at the end are prices at which
no accepted order loses (fact F4 of docs/formulation.md, section 6). A block may stay
curtailed at or above its minimum acceptance ratio: its surplus is then zero. Where coarse
curve orders would push a price past its limit, they are rejected too (rules, 4); only where
nothing is left to reject are prices cut, and `losses` looks at what the cut does. A line
that would be used both ways at once has one direction closed (`one_way`).
"""

from __future__ import annotations

import numpy as np

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.coupling.frames import span_means
from walras.coupling.market import Market
from walras.coupling.points import Point
from walras.coupling.relaxed import Relaxation
from walras.coupling.runs import spread, summed
from walras.coupling.search.one_way import closed_smaller, opened_again, wrongly_closed

INTEGRAL = 1e-7
SHARE = 3
MISSING_MWH = 1e-7
EQUAL_PRICE = 1e-6


def dive(
    relaxation: Relaxation, ceiling: float = np.inf, share: int = SHARE, weight: FloatArray | None = None
) -> Point | None:
    """Return a legal optimum, or None once the cost is above `ceiling`.

    Each round rejects the smallest of the orders that are taken in part: one in `share` of
    them, one at a time if `share` is 0. `weight` multiplies their ratios in that order.
    The relaxation is left at the point that is returned.
    """
    times = np.zeros(len(relaxation.market.lines.of), dtype=np.int64)
    while True:
        point = relaxation.point()
        if point.cost > ceiling:
            return None
        if closed_smaller(relaxation, point):
            continue
        partial = fractional_orders(relaxation.market, point)
        if len(partial):
            score = point.ratio[partial] if weight is None else point.ratio[partial] * weight[partial]
            smallest = partial[np.argsort(score, kind="stable")]
            relaxation.kill(smallest[: max(1, len(smallest) // share) if share else 1])
        elif len(burning := relaxation.both_ways(point)):
            relaxation.close(burning)
        elif len(wronged := wrongly_closed(relaxation.market, point.ratio, point.price)):
            relaxation.kill(wronged)
        elif len(idle := _idle_stops(relaxation, point)):
            relaxation.kill(idle)
        elif has_missing(point):
            _keep_prices_inside(relaxation, point)
        elif not opened_again(relaxation, point, times):
            return point


def has_missing(point: Point) -> bool:
    """Whether energy comes from or goes to nowhere, so a price stands past its limit."""
    return bool((np.abs(point.missing) > MISSING_MWH).any())


def _idle_stops(relaxation: Relaxation, point: Point) -> IntArray:
    """Return scalable orders that are not accepted but whose scheduled stop is not yet on offer."""
    steps = relaxation.market.steps
    column = np.unique(steps.column[steps.is_stop])
    idle: IntArray = column[(point.ratio[column] <= INTEGRAL) & ~relaxation.killed[column]]
    return idle


def _keep_prices_inside(relaxation: Relaxation, point: Point) -> None:
    """Give up what pushes a price past its limit: coarse steps, then indivisible orders.

    Where neither is to blame it is a line over several MTUs; its prices are cut instead.
    """
    coarse = _coarse_to_reject(relaxation.market, point)
    indivisible = _indivisible_to_reject(relaxation.market, point)
    if coarse.any():
        relaxation.reject_coarse(coarse)
    elif len(indivisible):
        relaxation.kill(indivisible[:1])
    else:
        relaxation.drop_slack()


def _coarse_to_reject(market: Market, point: Point) -> BoolArray:
    """Return the coarse steps to give up where a price stands past its limit.

    Too much energy at the lower limit: supply steps that cover the cell; too little at the
    upper one: demand steps. If none covers it, any step. Of those in use, the third that gain
    least at the prices go first.
    """
    coarse, residual = market.coarse, market.residual
    which, cell = spread(residual.cell, residual.cells)
    count = len(residual.cell)
    short = summed(which, (point.missing[cell] > MISSING_MWH).astype(np.float64), count) > 0
    over = summed(which, (point.missing[cell] < -MISSING_MWH).astype(np.float64), count) > 0
    to_blame = np.where(coarse.is_demand, short[coarse.span], over[coarse.span])
    if not to_blame.any():
        to_blame = np.ones(len(coarse.step), dtype=bool)
    price = span_means(market, point.price)[coarse.span]
    gain = np.where(coarse.is_demand, coarse.high - price, price - coarse.low)
    in_use = to_blame & (gain > -EQUAL_PRICE)
    candidates = np.flatnonzero(in_use if in_use.any() else to_blame)
    order = candidates[np.argsort(gain[candidates], kind="stable")]
    out = np.zeros(len(coarse.step), dtype=bool)
    out[order[: max(1, len(order) // SHARE)]] = True
    return out


def _indivisible_to_reject(market: Market, point: Point) -> IntArray:
    """Return accepted orders that reach into cells past their limit, the smallest there first.

    If none does, those with gradients: a rent of theirs may lie between a cell and its price.
    """
    orders, steps = market.orders, market.steps
    past = np.abs(point.missing) > MISSING_MWH
    inside = summed(
        orders.entry_column,
        np.abs(orders.entry_energy) * past[orders.entry_cell] * point.ratio[orders.entry_column],
        orders.count,
    )
    step, cell, energy = steps.entries(market.hours)
    reach = summed(steps.column[step], steps.power[step] * np.abs(energy) * past[cell], orders.count)
    inside += reach * point.ratio
    ramped = np.isin(np.arange(orders.count), steps.column[np.isin(steps.column, steps.ramp_column)])
    accepted = point.ratio > INTEGRAL
    reaching = np.flatnonzero(accepted & (inside > 0))
    if len(reaching):
        return reaching[np.argsort(inside[reaching], kind="stable")]
    return np.flatnonzero(accepted & ramped)


def fractional_orders(market: Market, point: Point) -> IntArray:
    """Return the order columns accepted above zero but below their minimum ratio."""
    between: IntArray = np.flatnonzero((point.ratio > INTEGRAL) & (point.ratio < market.orders.min_ratio - INTEGRAL))
    return between
