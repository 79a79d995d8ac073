"""Views of a market's program that no solver holds: the whole of it without curves, and means over spans."""

from __future__ import annotations

import numpy as np

from walras.book.cells import FloatArray
from walras.coupling.market import Market
from walras.coupling.model.build import Model, build, span_hours
from walras.coupling.runs import spread, summed
from walras.coupling.window import Buckets


def frame(market: Market) -> Model:
    """Return the whole program of a market but for its curves."""
    none = np.zeros(0)
    return build(market, Buckets(none.astype(np.int64), none, none, none, none))


def has_slopes(market: Market) -> bool:
    """Whether any curve is interpolated."""
    return bool((market.residual.high > market.residual.low).any())


def coarse_demand_value(market: Market) -> float:
    """Return the value of all coarse demand, which the cost of the program counts as given back.

    Taken off, costs of markets compare that differ in their coarse steps.
    """
    coarse = market.coarse
    if not len(coarse.step):
        return 0.0
    hours = span_hours(market)[coarse.span]
    return float(np.sum(np.where(coarse.is_demand, coarse.quantity * (coarse.low + coarse.high) / 2 * hours, 0.0)))


def span_means(market: Market, price: FloatArray) -> FloatArray:
    """Return the mean price of each span, weighted by hours; shape (s,)."""
    residual = market.residual
    out = np.empty(len(residual.cell))
    coarse = np.flatnonzero(residual.cells > 1)
    out[:] = price[residual.cell]
    if len(coarse):
        which, cell = spread(residual.cell[coarse], residual.cells[coarse])
        hours = summed(which, market.hours[cell], len(coarse))
        out[coarse] = summed(which, market.hours[cell] * price[cell], len(coarse)) / hours
    return out
