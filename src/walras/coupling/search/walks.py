"""Walks from one legal selection to better ones of a large market, and from where those end, on.

A walk tries neighbourhoods of the whole, clusters of its zones, and what other walks ended
in, in turn, until nothing has been better for a while. Then one begins anew, from a first
selection dived in an order of chance, and after that one goes on from the best, with one
more end to take from. `Scout` does the same beside it with a program and a stream of chance
of its own, when a worker has no bound left to prove. What both found is compared at marks,
so that results stay the same on any number of threads.
"""

from __future__ import annotations

import numpy as np

from walras.book.cells import FloatArray
from walras.coupling.market import Market
from walras.coupling.progress import Watch
from walras.coupling.relaxed import Relaxation
from walras.coupling.search.crossing import Crossing
from walras.coupling.search.dive import dive
from walras.coupling.search.local import LocalSearch
from walras.coupling.search.neighbourhoods import NOISE, Neighbourhoods, has_candidates, kept
from walras.coupling.search.selection import Selection
from walras.errors import NoResult

STUCK, SCOUT_STUCK = 120, 25
"""Trials without a better selection after which a walk ends: the search goes deep, its scout wide."""

CROSSING = 5
"""Of so many trials of a walk from the best, one is a crossing."""

ENDS = 8
"""Ends of walks that are kept to take from."""


class Walks:
    """One walk after the other.

    Attributes:
        best, profit: The best selection so far, and what each order would earn there; shape (j,).
        stuck: Trials without a better selection after which a walk ends.
        failures: Trials since the last better one.
        ends: Where walks ended, the best first.
    """

    def __init__(
        self, relaxation: Relaxation, best: Selection, profit: FloatArray, seed: int = 0, stuck: int = STUCK
    ) -> None:
        self.best, self.profit = best, profit
        self.stuck = stuck
        self.failures = 0
        self.ends: list[Selection] = []
        self._relaxation, self._market = relaxation, best.market
        self._random = np.random.default_rng(seed)
        self._is_anew = False
        self._inside = 0
        self._set_out(best, profit)

    def _set_out(self, here: Selection, profit: FloatArray) -> None:
        """Begin a walk; one that begins anew takes nothing from others, or it would soon be where they are."""
        seeds = self._random.integers(1 << 31, size=3).tolist()
        self._whole = Neighbourhoods(self._relaxation, here, profit, seeds[0])
        self._local = LocalSearch(self._relaxation, here, profit, seeds[1])
        others = [] if self._is_anew else [end.killed for end in self.ends]
        self._crossing = Crossing(self._relaxation, here, profit, others, seeds[2])
        self._trials = self._since = 0
        self._go_on(here, profit)

    @property
    def iterations(self) -> int:
        """LP iterations spent inside clusters; those on the whole are the relaxation's."""
        return self._inside + self._local.iterations

    @property
    def is_done(self) -> bool:
        """Whether no rejected order would have earned, so that there is nothing to try."""
        return not has_candidates(self.best, self.profit)

    def trial(self) -> None:
        """Try one thing, or begin another walk where nothing has been better for a while."""
        self.failures += 1
        if self._since >= self.stuck or not has_candidates(self._here, self._here_profit):
            self.end()
            return
        kind = self._kind()
        self._trials += 1
        self._since += 1
        if kind.trial():
            self._since = 0
            self._go_on(kind.best, kind.profit)

    def _kind(self) -> Neighbourhoods | LocalSearch | Crossing:
        """Return what is tried next."""
        if self._crossing.has_others and self._trials % CROSSING == CROSSING - 1:
            return self._crossing
        return self._local if self._trials % 2 else self._whole

    def end(self) -> None:
        """End a walk: the next one begins anew, the one after that at the best."""
        self._remember(self._here)
        self._inside += self._local.iterations
        self._is_anew = not self._is_anew
        self._set_out(*(self._dived() if self._is_anew else (self.best, self.profit)))

    def _go_on(self, here: Selection, profit: FloatArray) -> None:
        self._here, self._here_profit = here, profit
        for kind in (self._whole, self._local, self._crossing):
            kind.best, kind.profit = here, profit
        if here.cost < self.best.cost:
            self.failures = 0
            self.best, self.profit = here, profit

    def take(self, best: Selection, profit: FloatArray) -> None:
        """Note a better selection that was found elsewhere; a walk at the best goes on from it."""
        self._remember(self._here)
        if self._is_anew:
            self.best, self.profit = best, profit
        else:
            self._go_on(best, profit)

    def _dived(self) -> tuple[Selection, FloatArray]:
        """Dive from the relaxation with nothing rejected, in an order of chance."""
        count = len(self.profit)
        self._relaxation.start_from(self._market, np.zeros(count, dtype=bool))
        point = dive(self._relaxation, weight=np.exp(self._random.normal(0.0, NOISE, count)))
        assert point is not None, "a dive without a ceiling ends in a point"
        return kept(self._relaxation, point)

    def _remember(self, end: Selection) -> None:
        if all((end.killed != other.killed).any() for other in self.ends):
            self.ends = sorted([*self.ends, end], key=lambda s: s.cost)[:ENDS]


class Scout:
    """Walks of one part beside its search; the first one begins anew."""

    def __init__(self, market: Market, watch: Watch, walks: Walks, seed: int = 1) -> None:
        self._watch = watch
        self._relaxation = Relaxation(market, watch.deadline, walks.best.final.price)
        self.walks = Walks(self._relaxation, walks.best, walks.profit, seed, SCOUT_STUCK)
        self.walks.end()

    def advance(self, iterations: int) -> int:
        """Spend about so many LP iterations; return those spent."""
        before = self._spent
        try:
            while self._spent - before < iterations and not self._watch.is_over() and not self.walks.is_done:
                self.walks.trial()
        except NoResult:
            pass  # the deadline: the search says so
        return self._spent - before

    @property
    def _spent(self) -> int:
        return self._relaxation.iterations + self.walks.iterations
