"""The search of one part of the market: a first legal selection, better ones, and what is proven.

Which way leads on is decided by counts, never by a clock: up to 1,500 order columns branch
and bound closes the gap or tells how far it is; beyond that clusters of zones are searched
one by one. Where losses are compensated, branch and bound over all of them is the way, whatever
their number: what trials and bounds know of legal prices does not hold there. Every step is
counted in LP iterations, so that a limit on them, or a mark at which threads meet, falls at
the same place on any machine.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray
from walras.coupling.market import Market
from walras.coupling.points import Relaxed
from walras.coupling.progress import Watch
from walras.coupling.proof import with_cases
from walras.coupling.relaxed import Relaxation
from walras.coupling.restrict import with_columns
from walras.coupling.search.dive import MISSING_MWH, dive
from walras.coupling.search.neighbourhoods import Neighbourhoods, kept
from walras.coupling.search.price_rule import is_branchable, stop_surplus
from walras.coupling.search.selection import Selection
from walras.coupling.search.tree import Tree
from walras.coupling.search.walks import Scout, Walks
from walras.errors import NoResult
from walras.results.results import Certificate

MANY = 1500
"""Order columns beyond which branch and bound over all of them closes too little to be worth its time."""

FEW = 300
"""Order columns up to which branch and bound finds better selections sooner than trials do."""

TRIALS_BEFORE_TREE = 40
PATIENCE = 400
MOST_NODES = 20_000
MOST_KEPT = 4
SAME = 1e-3


class Search:
    """One part of the market, from its root to the best legal selection that was found.

    Attributes:
        root: The relaxation with nothing rejected.
        found: Every better legal selection, the best one last.
        tree: The branch and bound, where that is the way; else None.
        is_done: Whether nothing is left to try.
        stopped: Whether a deadline ended it.
        doing: What is being tried, for people.
    """

    def __init__(self, market: Market, watch: Watch, gap: float, *, compensates: bool = False) -> None:
        self.market = market
        self.compensates = compensates
        self._watch = watch
        self.gap = gap
        self.tree: Tree | None = None
        self.is_done = False
        self.stopped = False
        self.doing = "first result"
        self._before = 0
        self._relaxation = self._prepared(watch.deadline)
        self._walks: Walks | None = None
        self.found: list[Selection] = []
        self.root, self._profit = self._begin()
        self._floor = self.root.cost - stop_surplus(market, (), self.root.price)
        self._steps = self._ways()

    @property
    def best(self) -> Selection:
        """The best legal selection so far."""
        return self.found[-1]

    def _keep(self, selection: Selection) -> None:
        if selection is not self.best:
            self.found = [*self.found[-MOST_KEPT:], selection]

    @property
    def iterations(self) -> int:
        """Simplex iterations spent so far."""
        return self._before + self._relaxation.iterations + (self._walks.iterations if self._walks else 0)

    @property
    def cost_bound(self) -> float:
        """Return the least cost that any selection can have, as far as this search has shown; guides it only."""
        return self._floor if self.tree is None else max(self._floor, self.tree.cost)

    @property
    def needs_bound(self) -> bool:
        """Whether this search proves nothing by itself, so that bounds are another worker's task."""
        return self.market.orders.count > MANY and not self.compensates

    def certificate(self, book: Book, posted: Certificate) -> Certificate:
        """Return a certificate with the cases of this part's branch and bound, if there are any."""
        if self.tree is None or (len(self.tree.nodes) == 1 and not self.compensates):
            return posted
        return with_cases(book, self.market, posted, self.tree)

    def end_by(self, deadline: float | None) -> None:
        """End whatever is tried at this second of the monotonic clock."""
        self._relaxation.deadline = deadline

    def advance(self, mark: int) -> None:
        """Search on until so many iterations are spent, or nothing is left to do."""
        try:
            while not self.is_done and self.iterations < mark and not self._watch.is_over():
                next(self._steps, None)
                self.is_done |= self.best.cost - self.cost_bound <= self.gap
        except NoResult:
            self.is_done = self.stopped = True

    def _prepared(self, deadline: float | None) -> Relaxation:
        """Return the relaxation; of many orders, around the prices that curves alone have."""
        if self.market.orders.count <= MANY:
            return Relaxation(self.market, deadline)
        curves = Relaxation(with_columns(self.market, np.zeros(self.market.orders.count, dtype=bool)), deadline)
        price = curves.point().price
        self._before = curves.iterations
        return Relaxation(self.market, deadline, price)

    def _begin(self) -> tuple[Relaxed, FloatArray]:
        """Find the root and a first legal selection; return the root and the profits at that selection."""
        relaxation = self._relaxation
        root = relaxation.expanded(relaxation.point())
        end = dive(relaxation)
        assert end is not None, "a dive without a ceiling ends in a point"
        best, profit = kept(relaxation, end)
        self.found.append(best)
        return root, profit

    def _ways(self) -> Iterator[None]:
        """Search on step by step."""
        self.is_done = self.best.cost - self._floor <= self.gap or self._relaxation.has_cut_prices
        if self.is_done:
            return
        if self.compensates:
            yield from self._branches()
        elif self.market.orders.count > MANY:
            yield from self._clusters()
        else:
            if self.market.orders.count > FEW:
                yield from self._reinsertions()
            if is_branchable(self._relaxation, self.market):
                yield from self._branches()
                if self.best.cost - self.cost_bound > self.gap:
                    yield from self._last_reinsertions()
        self.is_done = True

    def _reinsertions(self) -> Iterator[None]:
        self.doing = "reinsertion"
        walk = Neighbourhoods(self._relaxation, self.best, self._profit)
        while walk.trials < TRIALS_BEFORE_TREE and walk.failures <= int(walk.best.killed.sum()):
            walk.trial()
            self._keep(walk.best)
            self._profit = walk.profit
            yield

    def _last_reinsertions(self) -> Iterator[None]:
        """Try single rejected orders once more after a tree that ended open: none should stay out for nothing."""
        self._relaxation.start_from(self.market, self.best.killed)
        end = dive(self._relaxation, self.best.cost + SAME)
        if end is not None:
            self._profit = end.profit
            yield from self._reinsertions()

    def _branches(self) -> Iterator[None]:
        self.doing = "branch and bound"
        if self._relaxation.market.lines is not self.best.market.lines:  # a trial closed other directions
            self._relaxation.start_from(self.best.market, self.best.killed)
        self.tree = Tree(self._relaxation, self.best, self.gap, compensates=self.compensates)
        for _ in self.tree.steps():
            self._keep(self.tree.best)
            if len(self.tree.nodes) >= MOST_NODES:
                break
            yield
        self._keep(self.tree.best)

    def _clusters(self) -> Iterator[None]:
        self.doing = "clusters of zones"
        self._walks = walks = Walks(self._relaxation, self.best, self._profit)
        while not walks.is_done and (walks.failures < PATIENCE or self._watch.is_limited):
            walks.trial()
            self._keep(walks.best)
            yield

    def scout(self) -> Scout | None:
        """Return a second walk from the best so far, None where there is none to begin."""
        if self._walks is None or self.is_done:
            return None
        return Scout(self.market, self._watch, self._walks)

    def compare(self, scout: Scout) -> None:
        """Let search and scout go on from the better of what they found."""
        if self._walks is None:
            return
        mine, other = self._walks, scout.walks
        if other.best.cost < mine.best.cost - SAME:
            mine.take(other.best, other.profit)
            self._keep(mine.best)
        elif mine.best.cost < other.best.cost - SAME:
            other.take(mine.best, mine.profit)


def is_real(root: Relaxed) -> bool:
    """Whether a root takes no energy from nowhere, so that its volumes are those of orders."""
    return bool(np.abs(root.missing).max(initial=0.0) <= MISSING_MWH)
