"""Walks from one legal selection to better ones of a large market: on the whole, and cluster by cluster, in turn.

Whatever one of the two finds, the other goes on from. `Scout` is one more pair of walks
with a program and a stream of chance of its own: once the bound of a part has nothing left
to prove, its worker's turns are the scout's. What search and scout found is compared at
marks, so that results stay the same on any number of threads.
"""

from __future__ import annotations

import numpy as np

from walras.book.cells import FloatArray
from walras.coupling.market import Market
from walras.coupling.progress import Watch
from walras.coupling.relaxed import Relaxation
from walras.coupling.search.dive import dive
from walras.coupling.search.local import LocalSearch
from walras.coupling.search.neighbourhoods import NOISE, Neighbourhoods, has_candidates, kept
from walras.coupling.search.selection import Selection
from walras.errors import NoResult

STUCK = 60
"""Trials without a better selection after which a scout begins anew."""


class Walks:
    """Trials on the whole market and on clusters of its zones, in turn.

    Attributes:
        best, profit: The best selection so far, and what each order would earn there; shape (j,).
        failures: Trials since the last better one.
    """

    def __init__(self, relaxation: Relaxation, best: Selection, profit: FloatArray, seed: int = 0) -> None:
        self.best, self.profit = best, profit
        self.failures = 0
        self._whole = Neighbourhoods(relaxation, best, profit, seed)
        self._local = LocalSearch(relaxation, best, profit, seed)
        self._is_local_next = False

    @property
    def iterations(self) -> int:
        """LP iterations spent inside clusters; those on the whole are the relaxation's."""
        return self._local.iterations

    @property
    def is_done(self) -> bool:
        """Whether no rejected order would have earned, so that there is nothing to try."""
        return not has_candidates(self.best, self.profit)

    def trial(self) -> None:
        """Try one neighbourhood or one cluster."""
        walk = self._local if self._is_local_next else self._whole
        self._is_local_next = not self._is_local_next
        self.failures += 1
        if walk.trial():
            self.failures = 0
            self.take(walk.best, walk.profit)

    def take(self, best: Selection, profit: FloatArray) -> None:
        """Go on from a selection."""
        self.best, self.profit = best, profit
        for walk in (self._whole, self._local):
            walk.best, walk.profit = best, profit


class Scout:
    """A second pair of walks of one part, which begins anew from another first selection whenever it is stuck."""

    def __init__(self, market: Market, watch: Watch, best: Selection, profit: FloatArray, seed: int = 1) -> None:
        self._market, self._watch = market, watch
        self._relaxation = Relaxation(market, watch.deadline, best.final.price)
        self._random = np.random.default_rng(seed)
        self._inside = 0
        self.walks = Walks(self._relaxation, best, profit, seed)

    def advance(self, iterations: int) -> int:
        """Spend about so many LP iterations; return those spent."""
        before = self._spent
        try:
            while self._spent - before < iterations and not self._watch.is_over():
                if self.walks.is_done or self.walks.failures >= STUCK:
                    self._begin_anew()
                else:
                    self.walks.trial()
        except NoResult:
            pass  # the deadline: the search says so
        return self._spent - before

    def _begin_anew(self) -> None:
        """Dive from the relaxation with nothing rejected, in an order of chance."""
        count = self._market.orders.count
        self._inside += self.walks.iterations
        self._relaxation.start_from(self._market, np.zeros(count, dtype=bool))
        point = dive(self._relaxation, weight=np.exp(self._random.normal(0.0, NOISE, count)))
        assert point is not None, "a dive without a ceiling ends in a point"
        self.walks = Walks(self._relaxation, *kept(self._relaxation, point), int(self._random.integers(1 << 31)))

    @property
    def _spent(self) -> int:
        return self._inside + self._relaxation.iterations + self.walks.iterations
