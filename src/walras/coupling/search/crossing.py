"""Better selections from two: what one rejects near some place and time, and the other does not, changes sides.

Two walks end in selections that differ in a few dozen rejected orders, scattered over zones
that hardly touch. Each is the better one somewhere. So a trial takes over from the other
selection what it holds of a few orders that lie near each other, and dives again.
"""

from __future__ import annotations

import numpy as np

from walras.book.cells import BoolArray, FloatArray
from walras.coupling.relaxed import Relaxation
from walras.coupling.search.dive import dive
from walras.coupling.search.neighbourhoods import BETTER, kept, nearest, order_places
from walras.coupling.search.selection import Selection


class Crossing:
    """The walk from one selection to better ones by what others reject."""

    def __init__(
        self, relaxation: Relaxation, best: Selection, profit: FloatArray, others: list[BoolArray], seed: int = 0
    ) -> None:
        """Begin at a selection; `others` is what each of the others rejects, shape (j,)."""
        self.relaxation = relaxation
        self.best, self.profit = best, profit
        self._others = others
        self.ceiling = best.cost - BETTER
        self._random = np.random.default_rng(seed)
        self._places = order_places(relaxation.market)

    @property
    def has_others(self) -> bool:
        """Whether there is anything to take over."""
        return bool(self._differing())

    def _differing(self) -> list[BoolArray]:
        return [other for other in self._others if (other != self.best.killed).any()]

    def trial(self) -> bool:
        """Take over a few orders of another selection; return whether the whole is better."""
        differing = self._differing()
        if not differing:
            return False
        other = differing[int(self._random.integers(len(differing)))]
        changed = np.flatnonzero(other != self.best.killed)
        count = int(self._random.integers(1, len(changed) + 1))
        taken = nearest(changed, count, self._places, self._random)
        killed = self.best.killed.copy()
        killed[taken] = other[taken]
        self.relaxation.start_from(self.best.market, killed)
        point = dive(self.relaxation, self.ceiling, 0)
        if point is None or self.relaxation.market.has_slack != self.best.market.has_slack:
            return False
        self.best, self.profit = kept(self.relaxation, point)
        return True
