"""A small Markov chain of price levels around a forward curve.

Written for `walras.contracts.opportunity`, which reads prices and transitions. The logarithm of a
price against its forward, x, is an AR(1) with daily persistence and volatility::

    x[t+1] = persistence * x[t] + volatility * e[t],   e standard normal                       (O1)

Rouwenhorst's chain has its first two moments, conditional ones too, at every persistence and number of levels (K. G.
Rouwenhorst, in T. F. Cooley, ed., Frontiers of Business Cycle Research, 1995, ch. 10; K. A. Kopecky and R. M. H.
Suen, Review of Economic Dynamics 13, 2010, 701-714). Its levels lie evenly within sqrt(n - 1) standard deviations of
x, and its stationary shares are binomial.

Axes: i, j price levels, from low to high; t days.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np

from walras.book.cells import FloatArray


@dataclass(frozen=True, eq=False)
class PriceLevels:
    """Price levels as multiples of the forward, and how one day's level leads to the next one's.

    Attributes:
        multiple: Price over forward at each level, rising; (i,). Its stationary mean is 1, so that the forward is
            what it says it is::

                price[t, i] = forward[t] * exp(x[i]) / sum over j of share[j] * exp(x[j])              (O2)

        move: Chance of level j tomorrow, given level i today; (i, j), rows sum to 1.
        share: Stationary chance of each level; (i,).
    """

    multiple: FloatArray
    move: FloatArray
    share: FloatArray

    def chances_after(self, multiple: float | None) -> FloatArray:
        """Return the chance of each level on the day after a price of so many forwards; stationary without one.

        Between two levels the chances are mixed in proportion; beyond the outermost they are those of the outermost.

        Example:
            >>> levels = price_levels(persistence=0.5, volatility=0.1, levels=2)
            >>> levels.chances_after(9.9).tolist(), levels.chances_after(None).tolist()
            ([0.25, 0.75], [0.5, 0.5])
        """
        if multiple is None or len(self.multiple) == 1:
            return self.share
        above = int(np.clip(np.searchsorted(self.multiple, multiple), 1, len(self.multiple) - 1))
        low, high = self.multiple[above - 1 : above + 1]
        weight = min(1.0, max(0.0, (multiple - low) / (high - low)))
        mixed: FloatArray = (1 - weight) * self.move[above - 1] + weight * self.move[above]
        return mixed


def price_levels(persistence: float, volatility: float, levels: int) -> PriceLevels:
    """Return Rouwenhorst's chain of an AR(1); one level, the forward itself, where nothing moves.

    Args:
        persistence: Share of a day's x that is left the day after, 0 to below 1.
        volatility: Standard deviation of a day's change of x, 0 or more.
        levels: Number of levels, 2 or more; checked by the caller.

    Example:
        Two levels, half of x kept: a level stays with a chance of (1 + 0.5) / 2.

        >>> price_levels(persistence=0.5, volatility=0.1, levels=2).move.tolist()
        [[0.75, 0.25], [0.25, 0.75]]
    """
    if volatility == 0:
        return PriceLevels(np.ones(1), np.ones((1, 1)), np.ones(1))
    spread = volatility / np.sqrt(1 - persistence**2) * np.sqrt(levels - 1)
    x = np.linspace(-spread, spread, levels)
    share = np.array([comb(levels - 1, i) for i in range(levels)]) / 2.0 ** (levels - 1)
    stays = (1 + persistence) / 2
    move = np.array([[stays, 1 - stays], [1 - stays, stays]])
    for size in range(3, levels + 1):
        grown = np.zeros((size, size))
        grown[:-1, :-1] += stays * move
        grown[:-1, 1:] += (1 - stays) * move
        grown[1:, :-1] += (1 - stays) * move
        grown[1:, 1:] += stays * move
        grown[1:-1] /= 2
        move = grown
    return PriceLevels(np.exp(x) / (share @ np.exp(x)), move, share)
