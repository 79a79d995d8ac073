"""Is a decided selection legal? One more relaxation answers (formulation, section 6).

With every accepted order capped at its accepted ratio (and free below it), the optimum
gains nothing over the decided volumes exactly when prices exist at which no accepted order
loses; the duals of the capped optimum are such prices (fact F1 with caps; for orders that
are accepted whole the caps are one). Links are scaled by the accepted ratios
and groups, which the caps imply, are dropped: so a child may save its parent at any ratio.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from walras.book.cells import BoolArray, FloatArray
from walras.coupling.points import Point, Relaxed
from walras.coupling.relaxed import Relaxation
from walras.coupling.search.dive import INTEGRAL, has_missing

SAME_COST = 1e-6


def money_dust(cost: float) -> float:
    """Return the difference of two costs that is noise: 1e-6, and 1e-11 of the cost.

    >>> money_dust(1e3), money_dust(1e9)
    (1e-06, 0.01)
    """
    return max(SAME_COST, 1e-11 * abs(cost))


def rounded_ratios(point: Point) -> FloatArray:
    """Return ratios with the solver's dust at zero and one wiped off; shape (j,)."""
    ratio = np.where(point.ratio <= INTEGRAL, 0.0, point.ratio)
    return np.where(ratio >= 1.0 - INTEGRAL, 1.0, ratio)


def legal_prices(
    relaxation: Relaxation, decided: Relaxed, ratio: FloatArray, killed: BoolArray
) -> tuple[Relaxed | None, Point]:
    """Return decided volumes with prices at which no accepted order loses (None if there are none), and the test.

    `killed` are the orders whose rejection is decided: their scheduled stops are on offer.
    The relaxation is left in another state.
    """
    relaxation.start_from(relaxation.market, killed)
    relaxation.fix(np.zeros(len(ratio)), ratio)
    with relaxation.scaled_links(ratio):
        test = relaxation.point()
        is_legal = not has_missing(test) and decided.cost - test.cost <= money_dust(decided.cost)
        full = relaxation.expanded(test) if is_legal else None
    if full is None:
        return None, test
    return replace(full, **{name: getattr(decided, name) for name in VOLUMES}), test


VOLUMES = ("span_volume", "ratio", "step", "exchange", "domain", "cost", "missing")
