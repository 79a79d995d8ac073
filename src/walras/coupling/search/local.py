"""Better selections zone by zone: each cluster of zones as a small market of its own.

What a few rejected orders cost is decided near them. So a cluster around one of them is
cut out (`cluster`) and cleared again and again with the outside at the prices it has: by
trials and, if it is small, by branch and bound from where they end. What is found there is
tried on the whole market, where it counts only if it is better and legal. The LPs of a
cluster take a fraction of the whole market's time.
"""

from __future__ import annotations

import numpy as np

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.coupling.market import Market
from walras.coupling.points import Relaxed
from walras.coupling.relaxed import Relaxation
from walras.coupling.runs import summed
from walras.coupling.search.cluster import cluster
from walras.coupling.search.dive import dive
from walras.coupling.search.neighbourhoods import BETTER, PROFIT, Neighbourhoods, kept, order_places
from walras.coupling.search.price_rule import is_branchable
from walras.coupling.search.selection import Selection
from walras.coupling.search.tree import Tree

MOST_ZONES = 12
PATIENCE = 12
LOCAL_BETTER = 0.1
BUDGET = 4000
"""LP iterations of trials in one visit to a cluster, and again of branch and bound."""

TREE_ORDERS, TREE_CELLS = 1000, 300
"""Order columns and cells of a cluster up to which branch and bound goes on where trials end."""


class LocalSearch:
    """The walk from one selection to better ones, cluster by cluster."""

    def __init__(self, relaxation: Relaxation, best: Selection, profit: FloatArray, seed: int = 0) -> None:
        self.relaxation = relaxation
        self.best = best
        self.profit = profit
        self.trials = 0
        self.iterations = 0
        self._tried: set[int] = set()
        self._random = np.random.default_rng(seed)
        self._zone, _ = order_places(relaxation.market)

    def trial(self) -> bool:
        """Clear one cluster on its own and try what it found; return whether the whole is better.

        The cluster lies around a rejected order: the most profitable that was not tried since
        the last better result, then any.
        """
        rejected = np.flatnonzero(self.best.killed & (self.profit > PROFIT))
        self.trials += 1
        fresh = [
            c for c in rejected[np.argsort(-self.profit[rejected], kind="stable")].tolist() if c not in self._tried
        ]
        order = fresh[0] if fresh else int(self._random.choice(rejected))
        zones = self._cluster(int(self._zone[order]))
        self._tried.add(order)
        found = self._cleared(np.isin(self.relaxation.market.zone, zones))
        return found is not None and self._takes(found)

    def _cluster(self, zone: int) -> IntArray:
        """Return zones around one, joined by lines that are mostly free."""
        share = free_shares(self.relaxation.market, self.best.final)
        size, chosen = int(self._random.integers(1, MOST_ZONES + 1)), [int(zone)]
        while len(chosen) < size:
            pull = share[chosen].max(axis=0)
            pull[chosen] = 0.0
            if not pull.any():
                break
            chosen.append(int(self._random.choice(len(pull), p=pull / pull.sum())))
        return np.array(chosen)

    def _cleared(self, inside: BoolArray) -> BoolArray | None:
        """Return the rejected orders of the whole after the cluster was searched alone, None if nothing was found."""
        small = cluster(self.best.market, self.best.final, inside)
        relaxation = Relaxation(small.market, self.relaxation.deadline, small.price)
        relaxation.start_from(small.market, self.best.killed[small.columns])
        begin = dive(relaxation)
        assert begin is not None, "a dive without a ceiling ends in a point"
        walk = Neighbourhoods(relaxation, *kept(relaxation, begin), seed=int(self._random.integers(1 << 31)))
        while walk.failures < PATIENCE + int(walk.best.killed.sum()) and relaxation.iterations < BUDGET:
            walk.trial()
        best = walk.best
        is_small = small.market.orders.count <= TREE_ORDERS and small.market.cells <= TREE_CELLS
        if is_small and is_branchable(relaxation, small.market):
            best = _branched(relaxation, best)
        self.iterations += relaxation.iterations
        if best.cost > begin.cost - LOCAL_BETTER:
            return None
        killed = self.best.killed.copy()
        killed[small.columns] = best.killed
        return killed

    def _takes(self, killed: BoolArray) -> bool:
        self.relaxation.start_from(self.best.market, killed)
        point = dive(self.relaxation, self.best.cost - BETTER, 0)
        if point is None or self.relaxation.market.has_slack != self.best.market.has_slack:
            return False
        self.best, self.profit = kept(self.relaxation, point)
        self._tried = set()
        return True


def _branched(relaxation: Relaxation, best: Selection) -> Selection:
    """Return what branch and bound makes of a cluster's best selection."""
    relaxation.start_from(best.market, best.killed)
    tree, begun = Tree(relaxation, best, LOCAL_BETTER), relaxation.iterations
    for _ in tree.steps():
        if relaxation.iterations - begun >= BUDGET:
            break
    return tree.best


def free_shares(market: Market, at: Relaxed) -> FloatArray:
    """Return the share of periods in which lines between two zones have room; shape (grids, grids)."""
    lines, count = market.lines, int(market.zone.max()) + 1
    room = np.minimum(at.exchange - lines.lower, lines.upper - at.exchange) > 1e-3
    left, right = market.zone[lines.from_cell], market.zone[lines.to_cell]
    pair = np.concatenate([left * count + right, right * count + left])
    free = summed(pair, np.concatenate([room, room]), count * count)
    out: FloatArray = (free / np.maximum(summed(pair, np.ones(len(pair)), count * count), 1.0)).reshape(count, count)
    return out
