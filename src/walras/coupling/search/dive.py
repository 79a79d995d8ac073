"""The rejecting dive: reject what the relaxation takes only in part, until nothing is.

Orders are only ever rejected, so the relaxation's prices at the end are prices at which
no accepted order loses: the end is legal without a further test (fact F4 of
docs/formulation.md, section 6). A block may stay curtailed at or above its minimum
acceptance ratio: its surplus is then zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.book.cells import IntArray
from walras.coupling.relaxed import Relaxation, Relaxed

INTEGRAL = 1e-7
SHARE = 3


@dataclass(frozen=True)
class Selection:
    """The end of a search: the relaxation's root and the legal optimum it ended in."""

    root: Relaxed
    final: Relaxed
    killed: IntArray


def dive(relaxation: Relaxation) -> Selection:
    """Return a legal selection, rejecting the smallest third of the fractional orders a round."""
    root = final = relaxation.solve()
    while True:
        fractional = fractional_orders(relaxation, final)
        if not len(fractional):
            return Selection(root, final, np.flatnonzero(relaxation.killed))
        smallest = fractional[np.argsort(final.ratio[fractional], kind="stable")]
        relaxation.kill(smallest[: max(1, len(smallest) // SHARE)])
        final = relaxation.solve()


def fractional_orders(relaxation: Relaxation, relaxed: Relaxed) -> IntArray:
    """Return the order columns accepted above zero but below their minimum ratio."""
    least = relaxation.market.orders.min_ratio
    between: IntArray = np.flatnonzero((relaxed.ratio > INTEGRAL) & (relaxed.ratio < least - INTEGRAL))
    return between
