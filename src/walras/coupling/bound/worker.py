"""The second worker: lowers the bound of one part of the market while the search raises its welfare.

Level by level: first clusters of a dozen zones, which take a second and prove most of what
there is; then larger ones; at last the part as a whole. Each level is a proof of its own,
and the best one is posted. Deterministic: LP iterations are the only clock, and a stop from
outside only ends the work earlier.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray, IntArray
from walras.coupling.bound.cases import CaseTree
from walras.coupling.bound.clusters import clusters
from walras.coupling.bound.cut import cut_out
from walras.coupling.bound.tree_tables import joined_tree
from walras.coupling.market import Market
from walras.coupling.points import Relaxed
from walras.results.results import Certificate

LEVELS = ((0.3, 12), (0.05, 26), (-1.0, 1_000_000))
"""Share of periods with equal prices above which zones are merged, and most zones of a cluster."""

LEAST_SHARE = 1e-3


class BoundWorker:
    """Proves by cases what a part of the market cannot reach."""

    def __init__(
        self, book: Book, market: Market, root: Relaxed, gap: float, stop: Callable[[], bool] | None = None
    ) -> None:
        """Prepare the work; nothing is solved yet.

        Args:
            book: The whole auction.
            market: One part of it.
            root: The relaxation of the part with nothing decided, whose prices the certificate posts.
            gap: What the search is asked for, in currency: no proof of less than a thousandth of it is posted.
            stop: Asked between programs; True ends the work early.
        """
        self.book, self.market, self.root, self.gap = book, market, root, gap
        self._stop = stop or (lambda: False)
        self._levels: list[_Level] = []
        self._spent = 0

    @property
    def improvement(self) -> float:
        """Return how far below the root's bound the proof has come, in currency."""
        return max((level.improvement for level in self._levels), default=0.0)

    @property
    def is_done(self) -> bool:
        """Whether nothing more can be proved this way."""
        return len(self._levels) == len(LEVELS) and self._levels[-1].is_done

    @property
    def is_on_last_level(self) -> bool:
        """Whether it works on the part as a whole, which takes long to prove more than clusters did."""
        return len(self._levels) == len(LEVELS)

    def advance(self, iterations: int) -> int:
        """Spend about so many LP iterations; return those spent."""
        before = self._spent
        while not self.is_done and self._spent - before < iterations and not self._stop():
            if not self._levels or self._levels[-1].is_done:
                self._next_level()
            else:
                self._spent += self._levels[-1].step()
        return self._spent - before

    def certificate(self, posted: Certificate) -> Certificate:
        """Return a certificate of the whole book with the best proof so far.

        `posted` must carry the root's prices for this part; it may have cases of other
        parts. Where zones of this part have cases of another part already (their hours
        fall into several parts), it is returned as it is.
        """
        level = max(self._levels, key=lambda level: level.improvement, default=None)
        least = self.gap * LEAST_SHARE
        if level is None or level.improvement <= least:
            return posted
        return joined_tree(self.book, self.market, posted, level.cluster, level.proofs(least))

    def _next_level(self) -> None:
        """Begin the next level that is not one that was done before."""
        while len(self._levels) < len(LEVELS):
            share, most = LEVELS[len(self._levels)]
            level = _Level(self.market, self.root.price, clusters(self.market, self.root, share, most))
            same = bool(self._levels) and np.array_equal(level.cluster, self._levels[-1].cluster)
            self._levels.append(self._levels[-1] if same else level)
            if not same:
                return


class _Level:
    """One partition into clusters and the trees of those that have anything to split."""

    def __init__(self, market: Market, price: FloatArray, cluster: IntArray) -> None:
        self.market, self.price, self.cluster = market, price, cluster
        self.trees: list[CaseTree | None] = [None] * (int(cluster.max()) + 1)

    def proofs(self, least: float) -> dict[int, CaseTree]:
        """Return the trees that have proved more than so much, by cluster."""
        return {n: tree for n, tree in enumerate(self.trees) if tree is not None and tree.improvement > least}

    @property
    def improvement(self) -> float:
        return sum(tree.improvement for tree in self.trees if tree is not None)

    @property
    def is_done(self) -> bool:
        return all(tree is not None and tree.is_done for tree in self.trees)

    def step(self) -> int:
        """Work on the open cluster that has had the fewest iterations; return those it spent."""
        had = [
            np.inf if tree is not None and tree.is_done else -1 if tree is None else tree.iterations
            for tree in self.trees
        ]
        number = int(np.argmin(had))
        tree = self.trees[number]
        if tree is None:
            inside = (self.cluster == number)[self.market.zone]
            tree = CaseTree(cut_out(self.market, self.price, inside), self.price[inside])
            self.trees[number] = tree
            return tree.iterations + 1
        before = tree.iterations
        tree.split()
        return tree.iterations - before + 1
