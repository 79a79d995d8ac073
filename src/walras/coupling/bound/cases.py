"""Branch and bound over the orders of one cluster, for its bound alone.

Nodes are taken in the order of their bounds, so every split is one that the proof needs:
the leaf that allows most is split on an order that its relaxation takes in part. Which one
decides almost everything: both sides of the likeliest are solved, and the one is taken
whose lesser side pays most; what a unit of each order paid is remembered (pseudo-costs),
so that in time few need trying. LP iterations are the only clock.

Axes: j order columns of the cluster's market, n its cells.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np

from walras.book.cells import FloatArray, IntArray
from walras.coupling.bound.posting import Posting, contradiction, posting
from walras.coupling.bound.pseudo_costs import PseudoCosts, product
from walras.coupling.bound.stops import stop_surplus
from walras.coupling.market import Market
from walras.coupling.relaxed import Relaxation
from walras.coupling.search.dive import INTEGRAL

ROOT = -1
FEW = 4
"""Trials without a better one after which a split is chosen."""

STOP = 1e-6
"""What an open order's scheduled stop must be worth to be split on, in currency."""

Way = tuple[tuple[int, ...], tuple[int, ...]]
"""Order columns rejected and accepted on the way from the root."""


@dataclass
class Case:
    """One node: the order column that its parent split on, and how.

    Attributes:
        parent, column, accepted: Of the split; `ROOT`, -1 and False at the root.
        cost: Least cost that anything in it can have, as far as is proved.
        posted: Prices and rents that prove it.
        is_leaf: Whether nothing splits it.
    """

    parent: int
    column: int
    accepted: bool
    cost: float
    posted: Posting
    is_leaf: bool = True


@dataclass(frozen=True)
class Side:
    """One side of a possible split.

    Attributes:
        cost: Least cost that anything in it can have; infinite if it is empty.
        ratio: Of each order column at the optimum of its relaxation; shape (j,).
        partial: Order columns that could raise the cost if decided.
        posted: Prices and rents that prove the cost.
    """

    cost: float
    ratio: FloatArray
    partial: IntArray
    posted: Posting


class CaseTree:
    """The tree of one cluster; `split` works on the case that allows most."""

    def __init__(self, market: Market, price: FloatArray) -> None:
        """Solve the root; `price` is what the whole posts for each of its cells, shape (n,)."""
        self.market, self._price = market, price
        self._relaxation = Relaxation(market, price=price)
        self._known = PseudoCosts(market)
        self._open: list[tuple[float, int]] = []
        self._waiting: dict[int, Side] = {}
        self._closed = np.inf
        root = self._solved((), ())
        assert root is not None
        self.cases = [Case(ROOT, -1, False, root.cost, root.posted)]
        self._wait(0, root)

    @property
    def iterations(self) -> int:
        """LP iterations spent so far."""
        return self._relaxation.iterations

    @property
    def cost(self) -> float:
        """Return the least cost that any selection of the cluster's orders can have, as far as is proved."""
        waiting = self._open[0][0] if self._open else np.inf
        return float(min(waiting, self._closed))

    @property
    def improvement(self) -> float:
        """Return how much more than its root the tree has proved, in currency."""
        cost = self.cost
        return cost - self.cases[0].cost if np.isfinite(cost) else 0.0

    @property
    def is_done(self) -> bool:
        """Whether the case that allows most is a selection, so that nothing more can be proved."""
        return not self._open or self._open[0][0] >= self._closed

    def split(self) -> None:
        """Split the case that allows most, or close it where its relaxation decides every order."""
        cost, number = heapq.heappop(self._open)
        split = self._best_split(cost, self._way(number), self._waiting.pop(number))
        if split is None:
            self._closed = min(self._closed, cost)
            return
        column, sides = split
        self.cases[number].is_leaf = False
        for accepted, side in zip((False, True), sides, strict=True):
            self.cases.append(Case(number, column, accepted, max(side.cost, cost), side.posted))
            self._wait(len(self.cases) - 1, side)

    def _wait(self, number: int, side: Side) -> None:
        if np.isfinite(side.cost):
            self._waiting[number] = side
            heapq.heappush(self._open, (self.cases[number].cost, number))

    def _best_split(self, cost: float, way: Way, side: Side) -> tuple[int, list[Side]] | None:
        """Return the order to split on and both sides, rejected and accepted; None if there is none to split on."""
        partial, ratio = side.partial, side.ratio
        least = self.market.orders.min_ratio[partial]
        away = np.stack([ratio[partial], np.maximum(least - ratio[partial], 0.0)])
        score = self._known.score(partial, away)
        best, chosen, misses = -1.0, None, 0
        for at in np.argsort(-score, kind="stable").tolist():
            column = int(partial[at])
            if chosen is not None and (misses >= FEW or self._known.is_reliable(column)):
                break
            sides = self._sides(way, column)
            if sides is None:
                continue
            rises = [max(one.cost - cost, 0.0) for one in sides]
            self._known.learn(column, rises, away[:, at])
            value = float(product(np.array(rises[0]), np.array(rises[1])))
            if value > best:
                best, chosen, misses = value, (column, sides), 0
            else:
                misses += 1
            if self._known.was_reliable(column):
                break
        return chosen

    def _sides(self, way: Way, column: int) -> list[Side] | None:
        """Return both sides of a split; None if one is empty for a reason that no rent can post."""
        rejected, taken = way
        sides = [self._solved((*rejected, column), taken), self._solved(rejected, (*taken, column))]
        return None if any(side is None for side in sides) else [side for side in sides if side is not None]

    def _solved(self, rejected: tuple[int, ...], taken: tuple[int, ...]) -> Side | None:
        """Return the optimum with these orders rejected and accepted; None if it is empty for no known reason."""
        relaxation, count = self._relaxation, self.market.orders.count
        killed, lower = np.zeros(count, dtype=bool), np.zeros(count)
        killed[list(rejected)] = True
        lower[list(taken)] = self.market.orders.min_ratio[list(taken)]
        posted = contradiction(self.market, killed, lower)
        if posted is not None:
            return Side(np.inf, np.zeros(0), np.zeros(0, dtype=np.int64), posted)
        relaxation.start_from(self.market, killed)
        relaxation.fix(lower, np.ones(count))
        point = relaxation.point()
        if not np.isfinite(point.cost):
            return None
        relaxed = relaxation.expanded(point)
        stops = np.where(killed | (lower > 0), 0.0, stop_surplus(self.market, relaxed))
        least = self.market.orders.min_ratio
        is_open = ((point.ratio > INTEGRAL) & (point.ratio < least - INTEGRAL)) | (stops > STOP)
        cost = point.cost - float(stops.sum())
        return Side(cost, point.ratio, np.flatnonzero(is_open), posting(self._price, relaxed))

    def _way(self, number: int) -> Way:
        rejected: list[int] = []
        taken: list[int] = []
        while self.cases[number].parent != ROOT:
            case = self.cases[number]
            (taken if case.accepted else rejected).append(case.column)
            number = case.parent
        return tuple(rejected), tuple(taken)
