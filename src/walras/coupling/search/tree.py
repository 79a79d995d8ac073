"""Branch and bound over a few hundred indivisible orders, with the price rule as a cut.

A node has orders rejected and orders accepted; its relaxation bounds every selection in it.
It closes when that bound is no better than the best legal result; or when it is *void*: any
legal result in it has at least the welfare of its accepted orders relaxed alone, and the
node's bound is below that (fact F2 of docs/formulation.md, section 6). A decided selection is
tested for legal prices (`legality`); if it has none, some order that the test relaxes and
the node has not accepted must go (fact F3), so that is where the node splits. Rejecting comes
first. Where coarse curve steps may be rejected, too, or prices stand past a limit, no rule
is used that needs more than the bound, and what stays open keeps its bound. Where losses are
compensated any selection that balances will do: no case is void, none is tested, and the
greater part of an order says which of its two cases comes first.

The leaves are the proof (`results.tree`): each keeps the prices and rents of its bound, a
void one also its witness. Nodes are taken in the order of their bounds; LP iterations are
the only clock.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.coupling.bound.posting import Posting, contradiction
from walras.coupling.market import Market
from walras.coupling.points import Point, Relaxed
from walras.coupling.relaxed import Relaxation
from walras.coupling.search.dive import INTEGRAL, fractional_orders, has_missing
from walras.coupling.search.legality import legal_prices, money_dust, rounded_ratios
from walras.coupling.search.neighbourhoods import order_energy
from walras.coupling.search.one_way import is_schedulable
from walras.coupling.search.price_rule import has_price_rule, inner_caps, stop_surplus, void_margin
from walras.coupling.search.selection import Selection

BETTER = 1e-4
ROOT = -1


@dataclass
class Node:
    """One case.

    Attributes:
        parent, column, accepted: The node it splits, and the order column that it decides.
        rejected, taken: Order columns decided so far.
        cost: Least cost that its relaxation allows (of its parent, until it is solved).
        posted: The relaxation behind that cost.
        witness: Of a void leaf, the relaxation of its accepted orders alone.
        contradiction: Of a leaf that links or groups contradict, the rents that show it.
    """

    parent: int
    column: int
    accepted: bool
    rejected: tuple[int, ...]
    taken: tuple[int, ...]
    cost: float
    posted: Relaxed | None
    witness: Relaxed | None = None
    contradiction: Posting | None = None
    children: list[int] = field(default_factory=list)


class Tree:
    """The tree of one part of the market."""

    def __init__(self, relaxation: Relaxation, best: Selection, gap: float, *, compensates: bool = False) -> None:
        self.relaxation = relaxation
        self.compensates = compensates
        self.best = best
        self.gap = gap
        self.nodes = [Node(ROOT, ROOT, False, (), (), -np.inf, None)]
        self._open: list[tuple[float, int]] = [(-np.inf, 0)]
        self._next: int | None = None
        self._left_open = np.inf
        self._energy = 1.0 + order_energy(relaxation.market)
        self._has_rule = not compensates and has_price_rule(relaxation.market)

    @property
    def cost(self) -> float:
        """Return the least cost that any selection can have, as far as the tree has shown."""
        waiting = [self._open[0][0]] if self._open else []
        waiting += [] if self._next is None else [self.nodes[self._next].cost]
        return min([self.best.cost, self._left_open, *waiting])

    @property
    def is_done(self) -> bool:
        """Whether nothing is left that could close the gap further."""
        return (not self._open and self._next is None) or self.best.cost - self.cost <= self.gap

    def steps(self) -> Iterator[None]:
        """Work on one node after the other; yields after each."""
        while not self.is_done:
            number = self._pop()
            if not self._goal(self.nodes[number].cost):
                self._solve(number)
            yield

    def _pop(self) -> int:
        if self._next is not None:
            number, self._next = self._next, None
            return number
        return heapq.heappop(self._open)[1]

    def _goal(self, cost: float) -> bool:
        """Whether a case of this cost cannot be better than the best by more than half the gap."""
        return cost >= self.best.cost - self.gap / 2

    def _solve(self, number: int) -> None:
        """Solve a node, and split it unless that closes it."""
        node = self.nodes[number]
        point = self._bounded(node)
        if not np.isfinite(point.cost):
            self._close_without_selection(node)
            return
        full = self.relaxation.expanded(point)
        node.posted = without_volumes(full)
        left_out = stop_surplus(self.relaxation.market, (*node.rejected, *node.taken), point.price)
        node.cost = max(node.cost, point.cost - left_out)
        if self._goal(node.cost):
            return
        number = self._without_alternatives(number, point)
        node = self.nodes[number]
        if self._may_be_void(node, point) and self._is_void(node):
            return
        partial = fractional_orders(self.relaxation.market, point)
        if len(partial):
            away = np.minimum(point.ratio[partial], 1.0 - point.ratio[partial]) * self._energy[partial]
            column = int(partial[np.argmax(away)])
            self._split(number, column, accepted_first=self.compensates and point.ratio[column] > 0.5)
        elif self.compensates:
            self._keep_balanced(number, point, full)
        else:
            self._decide(number, point, full)

    def _without_alternatives(self, number: int, point: Point) -> int:
        """Accept every order that no better result can do without; return the node in which they are.

        Rejecting an order costs at least its reduced profit, so that case is closed by the
        prices that the node already has.
        """
        node = self.nodes[number]
        dear = point.profit >= self.best.cost - self.gap / 2 - node.cost
        dear[[*node.rejected, *node.taken]] = False
        dear[self.relaxation.market.steps.column[self.relaxation.market.steps.is_stop]] = False
        for column in np.flatnonzero(dear).tolist():
            down, number = self._children(number, column)
            self.nodes[down].cost = node.cost + float(point.profit[column])
        return number

    def _may_be_void(self, node: Node, point: Point) -> bool:
        """Whether the witness could be good enough: what accepted orders lose outweighs what open ones earn."""
        taken = list(node.taken)
        lost = float(np.maximum(-point.profit[taken], 0.0).sum())
        earned = np.maximum(point.profit, 0.0)
        earned[[*node.rejected, *taken]] = 0.0
        return self._has_rule and lost > float(earned.sum()) + void_margin(node.cost)

    def _bounded(self, node: Node) -> Point:
        """Return the optimum of the node's relaxation."""
        relaxation, count = self.relaxation, len(self._energy)
        killed = np.zeros(count, dtype=bool)
        killed[list(node.rejected)] = True
        lower = np.zeros(count)
        taken = list(node.taken)
        lower[taken] = relaxation.market.orders.min_ratio[taken]
        relaxation.start_from(relaxation.market, killed)
        relaxation.fix(lower, np.ones(count))
        point = relaxation.point()
        if not (self.compensates and np.isfinite(point.cost) and has_missing(point)):
            return point
        with relaxation.dear_slack():  # what cannot balance has no selection, and prices that show it
            return relaxation.point()

    def _close_without_selection(self, node: Node) -> None:
        """Close a node that links or groups contradict: a rent of theirs proves it. Else it stays open."""
        market = self.relaxation.market
        killed, lower = np.zeros(market.orders.count, dtype=bool), np.zeros(market.orders.count)
        taken = list(node.taken)
        killed[list(node.rejected)] = True
        lower[taken] = market.orders.min_ratio[taken]
        node.contradiction = contradiction(market, killed, lower)
        if node.contradiction is None:
            self._left_open = min(self._left_open, node.cost)

    def _is_void(self, node: Node) -> bool:
        """Whether accepted orders relaxed alone are worth more than the node allows (fact F2); keeps the witness."""
        relaxation, orders = self.relaxation, self.relaxation.market.orders
        count = orders.count
        killed = np.zeros(count, dtype=bool)
        killed[list(node.rejected)] = True
        upper = np.zeros(count)
        taken = np.array(node.taken, dtype=np.int64)
        upper[taken] = inner_caps(relaxation.market, taken)[taken]
        relaxation.start_from(relaxation.market, killed)
        relaxation.fix(np.zeros(count), upper)
        with relaxation.inner_links():
            point = relaxation.point()
            if has_missing(point) or point.cost >= node.cost - void_margin(point.cost):
                return False
            node.witness = relaxation.expanded(point)
        return True

    def _keep_balanced(self, number: int, point: Point, decided: Relaxed) -> None:
        """Keep a selection in which nothing is taken in part, if it balances: who loses in it is compensated."""
        node, ratio = self.nodes[number], rounded_ratios(point)
        if has_missing(point):
            self._open_end(number, ratio)
            return
        if decided.cost < self.best.cost - BETTER:
            killed = ratio <= INTEGRAL
            killed[list(node.rejected)] = True
            self.best = Selection(decided, self.relaxation.market, killed)

    def _decide(self, number: int, point: Point, decided: Relaxed) -> None:
        """Test a selection in which nothing is taken in part; keep it if it is legal, else split."""
        node, relaxation = self.nodes[number], self.relaxation
        ratio = rounded_ratios(point)
        stops = _undecided_stops(relaxation.market, node, ratio)
        if len(stops):
            self._split(number, int(stops[0]))
            return
        if has_missing(point) or not is_schedulable(relaxation.market, decided):
            self._open_end(number, ratio)
            return
        killed = np.zeros(len(ratio), dtype=bool)
        killed[list(node.rejected)] = True
        legal, test = legal_prices(relaxation, decided, ratio, killed)
        if legal is not None and is_schedulable(relaxation.market, legal):
            rejected = killed | (ratio <= INTEGRAL)
            if legal.cost < self.best.cost - BETTER:
                self.best = Selection(legal, relaxation.market, rejected)
            if node.cost < point.cost - money_dust(point.cost):
                self._open_end(number, ratio)
            return
        support = np.flatnonzero(test.ratio > INTEGRAL) if len(test.ratio) else np.flatnonzero(ratio > 0)
        free = np.setdiff1d(support, node.taken)
        if len(free):
            self._split(number, int(free[np.argmin(np.maximum(point.profit[free], 0.0))]))
        else:
            self._open_end(number, ratio)

    def _open_end(self, number: int, ratio: FloatArray) -> None:
        """Split on any order that the node has not decided, those that it takes first; else leave the case open."""
        node = self.nodes[number]
        rest = np.setdiff1d(np.arange(len(ratio)), np.concatenate([node.taken, node.rejected]).astype(np.int64))
        if len(rest):
            self._split(number, int(rest[np.argmax(ratio[rest] > INTEGRAL)]))
        else:
            self._left_open = min(self._left_open, node.cost)

    def _split(self, number: int, column: int, *, accepted_first: bool = False) -> None:
        """Split a node on an order and queue both cases: rejected first unless told otherwise."""
        down, up = self._children(number, column)
        first, second = (up, down) if accepted_first else (down, up)
        heapq.heappush(self._open, (self.nodes[number].cost, second))
        self._next = first

    def _children(self, number: int, column: int) -> tuple[int, int]:
        """Make the two cases of an order, rejected and accepted, with the cost and the prices of their node."""
        node = self.nodes[number]
        for accepted in (False, True):
            child = Node(
                parent=number,
                column=column,
                accepted=accepted,
                rejected=node.rejected if accepted else (*node.rejected, column),
                taken=(*node.taken, column) if accepted else node.taken,
                cost=node.cost,
                posted=node.posted,
            )
            node.children.append(len(self.nodes))
            self.nodes.append(child)
        down, up = node.children
        return down, up


def without_volumes(relaxed: Relaxed) -> Relaxed:
    """Return prices and rents of a relaxation alone: what a certificate posts."""
    none = np.zeros(0)
    return replace(
        relaxed,
        span_volume=none,
        ratio=none,
        step=none,
        exchange=none,
        domain=none,
        missing=none,
        dual=None,
        model=None,
    )


def _undecided_stops(market: Market, node: Node, ratio: FloatArray) -> IntArray:
    steps = market.steps
    with_stop: IntArray = np.unique(steps.column[steps.is_stop])
    decided: BoolArray = np.isin(with_stop, [*node.rejected, *node.taken])
    return with_stop[~decided]
