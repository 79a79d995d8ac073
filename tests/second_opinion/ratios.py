"""The best legal ratios of curtailable blocks, with a bound (theory 3a: any legal ratio counts).

With the accepted set given, branch and bound over the cases of `joint`: a node has decided
some pairs, its relaxation leaves the others out, so its optimum bounds every legal result
in it. If prices explain the optimum's volumes, it is legal and the node is done; else the
pair that prices explain worst is branched on. In families ratio times surplus is not
linear: there it lies between McCormick's planes, which close in as the interval of the
ratio is split at a node whose pairs are all explained.

Exact up to `PRICE` where the queue empties; a search that meets `NODES` reports the best
legal welfare that it found (a lower bound) and the bound that is left (an upper one).
"""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass, field

import clarabel
import numpy as np
from scipy import sparse
from scipy.optimize import linprog
from tests.second_opinion.joint import ABOVE, BELOW, INSIDE, Joint, Pair, block_gain
from tests.second_opinion.raw import Market
from tests.second_opinion.surplus import Terms

PRICE = 1e-4
"""Prices that miss a rule by less are legal here; limit prices are 0.01 apart at least."""
MONEY = 1e-3
NODES = 400
Row = tuple[Terms, float, float]


@dataclass(frozen=True)
class Node:
    """States of decided pairs, and intervals of ratios."""

    states: dict[int, int] = field(default_factory=dict)
    ratios: dict[int, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Ratios:
    """Ratios of free blocks of the best legal result found, its welfare, and what no legal one exceeds."""

    ratio: dict[int, float] | None
    welfare: float
    bound: float


@dataclass
class Search:
    """One accepted set; `column` is the program column of each block with a free ratio."""

    market: Market
    joint: Joint
    column: dict[int, int]
    taken: list[int]

    def __post_init__(self) -> None:
        """Find the families: accepted blocks with accepted parents or children; state the rules of the others."""
        parents = {b: [p for p in self.market.blocks[b].parents if p in self.taken] for b in self.taken}
        linked = {b for b, ps in parents.items() if ps} | {p for ps in parents.values() for p in ps}
        self.family = sorted(linked)
        rules, self.extra = self.joint.rules, {}
        for b in self.taken:
            terms, cost = block_gain(self.market, b)
            if b not in linked:
                rules.between(dict(terms), cost, np.inf)
            elif b in self.column:
                self.extra[b] = rules.unknown(None, None)  # ratio x surplus
        self.passed = {(c, p): rules.unknown() for c, ps in parents.items() for p in ps}
        n = rules.unknowns
        self.cost, self.slope = np.zeros(n), np.zeros(n)
        x = slice(self.joint.x, self.joint.x + len(self.joint.program.cost))
        self.cost[x], self.slope[x] = self.joint.program.cost, self.joint.program.slope

    def best(self, floor: float) -> Ratios:
        """Return the best legal ratios worth more than `floor`."""
        start = Node(ratios={b: (self.market.blocks[b].least, 1.0) for b in self.column})
        count = itertools.count()
        queue: list[tuple[float, int, Node]] = [(-np.inf, next(count), start)]
        found, worth, left = None, floor, -np.inf
        while queue and -queue[0][0] > worth + MONEY:
            if next(count) > 3 * NODES:
                left = -queue[0][0]
                break
            _, _, node = heapq.heappop(queue)
            at = self.relaxed(node)
            if at is None:
                continue
            welfare = -float(self.cost @ at + 0.5 * self.slope @ at**2) - self.joint.program.constant
            if welfare <= worth + MONEY:
                continue
            ratio = {b: float(at[self.joint.x + j]) for b, j in self.column.items()}
            misses, loss = self.unexplained(node, at, ratio)
            if not misses and loss <= PRICE:
                found, worth = ratio, welfare
                continue
            children = self.children(node, misses, ratio)
            if not children:
                left = max(left, welfare)
            for child in children:
                heapq.heappush(queue, (-welfare, next(count), child))
        return Ratios(found, worth, max(worth, left))

    def children(self, node: Node, misses: list[tuple[float, int]], ratio: dict[int, float]) -> list[Node]:
        """Split the pair that is explained worst, or, if families alone lose, the widest interval of a ratio."""
        if misses:
            _, pair = max(misses)
            ends = [(BELOW, self.joint.pairs[pair].low), (ABOVE, self.joint.pairs[pair].high)]
            states = [INSIDE, *(s for s, end in ends if np.isfinite(end))]
            return [Node(node.states | {pair: s}, node.ratios) for s in states]
        wide = {b: node.ratios[b][1] - node.ratios[b][0] for b in self.extra}
        block = max(wide, key=wide.__getitem__, default=-1)
        if block < 0 or wide[block] < 1e-6:
            return []
        low, high = node.ratios[block]
        at = min(max(ratio[block], low + 0.1 * (high - low)), high - 0.1 * (high - low))
        return [Node(node.states, node.ratios | {block: ends}) for ends in ((low, at), (at, high))]

    def relaxed(self, node: Node) -> np.ndarray | None:
        """Return the node's optimum: prices, volumes, rents; None if it holds nothing."""
        rows = [*self.joint.rules.rows, *itertools.chain(*(self.state_rows(p, s) for p, s in node.states.items()))]
        bounds = list(self.joint.rules.bounds)
        for b, ends in node.ratios.items():
            bounds[self.joint.x + self.column[b]] = ends
        gains = {b: block_gain(self.market, b) for b in self.family}
        for b, product in self.extra.items():
            reach = self._reach(gains[b], rows, bounds)
            if reach is None:
                return None
            rows += _planes(gains[b], self.joint.x + self.column[b], product, node.ratios[b], reach)
        for b in self.family:
            own = ({self.extra[b]: 1.0}, 0.0) if b in self.extra else gains[b]
            rows.append((dict(own[0]) | self._transfers(b), own[1], np.inf))
        return minimum(self.cost, self.slope, rows, bounds)

    def _transfers(self, block: int) -> Terms:
        into = {y: 1.0 for (_, parent), y in self.passed.items() if parent == block}
        return into | {y: -1.0 for (child, _), y in self.passed.items() if child == block}

    def _reach(self, gain: tuple[Terms, float], rows: list[Row], bounds: list) -> tuple[float, float] | None:
        """Return between what the surplus of a whole block lies in a node."""
        direction = np.zeros(len(bounds))
        for j, value in gain[0].items():
            direction[j] = value
        ends = [minimum(sign * direction, 0.0 * direction, rows, bounds) for sign in (1.0, -1.0)]
        if ends[0] is None or ends[1] is None:
            return None
        return float(direction @ ends[0]) - gain[1], float(direction @ ends[1]) - gain[1]

    def state_rows(self, number: int, state: int) -> list[Row]:
        """Return what a decided pair asks."""
        pair = self.joint.pairs[number]
        gain = (-np.inf if state == BELOW else pair.cost, np.inf if state == ABOVE else pair.cost)
        rows: list[Row] = [(pair.gain, *gain)]
        if state != INSIDE:
            end = pair.low if state == BELOW else pair.high
            rows.append((pair.volume, end, end))
        if number in self.joint.rent_of:
            rows.append(self._rent_row(number, state))
        return rows

    def _rent_row(self, number: int, state: int) -> Row:
        """The rent of a step's upper end is its gain where it is whole, else nothing."""
        pair, rent = self.joint.pairs[number], self.joint.rent_of[number]
        if state == ABOVE:
            return ({j: -v for j, v in pair.gain.items()} | {rent: 1.0}, -np.inf, -pair.cost)
        return {rent: 1.0}, -np.inf, 0.0

    def unexplained(self, node: Node, at: np.ndarray, ratio: dict[int, float]) -> tuple[list[tuple[float, int]], float]:
        """Return the pairs that no prices explain at a node's volumes, with their misses, and what else is missed.

        One linear program: least sum of misses over prices and rents, those of decided pairs
        and of families counting a thousandfold so that they come last.
        """
        rules, pairs = self.joint.rules, self.joint.pairs
        bounds = list(rules.bounds)
        for j in range(self.joint.x, self.joint.x + len(self.joint.program.cost)):
            bounds[j] = (at[j], at[j])
        rows: list[Row] = []
        owner: list[int] = []
        for number, pair in enumerate(pairs):
            mine = [self.state_rows(number, node.states.get(number, _state(pair, at)))[0]]
            if number in self.joint.rent_of:
                mine.append(self._rent_row(number, node.states.get(number, _state(pair, at))))
            rows, owner = rows + mine, owner + [number] * len(mine)
        for b in self.family:
            terms, cost = block_gain(self.market, b)
            a = ratio.get(b, 1.0)
            size = sum(abs(v) for v in terms.values())
            own = {j: v * a / size for j, v in terms.items()}
            rows.append((own | {j: v / size for j, v in self._transfers(b).items()}, cost * a / size, np.inf))
            owner.append(-1)
        hard = rules.rows[self.joint.primal :]
        rows, owner = rows + hard, owner + [-2] * len(hard)
        miss = self._misses(rows, owner, bounds, node)
        found: dict[int, float] = {}
        for value, number in zip(miss, owner, strict=True):
            if value > PRICE and number >= 0 and number not in node.states:
                found[number] = max(value, found.get(number, 0.0))
        rest = max((v for v, n in zip(miss, owner, strict=True) if n < 0 or n in node.states), default=0.0)
        return [(v, n) for n, v in found.items()], float(rest)

    def _misses(self, rows: list[Row], owner: list[int], bounds: list, node: Node) -> np.ndarray:
        n, m = len(bounds), len(rows)
        loose = [(t | {n + r: -1.0}, -np.inf, high) for r, (t, _, high) in enumerate(rows)]
        loose += [(t | {n + r: 1.0}, low, np.inf) for r, (t, low, _) in enumerate(rows)]
        weight = [1.0 if o >= 0 and o not in node.states else 1e3 for o in owner]
        cost = np.concatenate([np.zeros(n), weight])
        out = minimum(cost, 0.0 * cost, loose, [*bounds, *[(0.0, None)] * m])
        assert out is not None, "everything may be missed"
        return out[n:]


def _state(pair: Pair, at: np.ndarray) -> int:
    volume = sum(v * at[j] for j, v in pair.volume.items())
    size = 1e-6 * max(1.0, min(abs(pair.low), abs(pair.high)))
    return BELOW if volume <= pair.low + size else ABOVE if volume >= pair.high - size else INSIDE


def _planes(gain, ratio: int, product: int, ends: tuple[float, float], reach: tuple[float, float]) -> list[Row]:
    """Return McCormick's planes around product = ratio x surplus."""
    terms, cost = gain
    rows: list[Row] = []
    for a, s, sign in (
        (ends[0], reach[0], 1),
        (ends[1], reach[1], 1),
        (ends[1], reach[0], -1),
        (ends[0], reach[1], -1),
    ):
        # sign (product - a surplus - s ratio + a s) >= 0
        row = {j: -sign * a * v for j, v in terms.items()} | {product: float(sign), ratio: -sign * s}
        rows.append((row, -sign * a * cost - sign * a * s, np.inf))
    return rows


def minimum(cost: np.ndarray, slope: np.ndarray, rows: list[Row], bounds: list) -> np.ndarray | None:
    """Return where cost x + slope x^2 / 2 is least, None if nothing is feasible."""
    n = len(bounds)
    matrix = np.zeros((len(rows), n))
    for r, (terms, _, _) in enumerate(rows):
        for j, value in terms.items():
            matrix[r, j] += value
    low = np.array([row[1] for row in rows])
    high = np.array([row[2] for row in rows])
    same, below, above = low == high, (low < high) & np.isfinite(low), (low < high) & np.isfinite(high)
    inside = np.vstack([matrix[above], -matrix[below]])
    limit = np.concatenate([high[above], -low[below]])
    if not np.any(slope):
        out = linprog(cost, A_ub=inside, b_ub=limit, A_eq=matrix[same], b_eq=high[same], bounds=bounds, method="highs")
        return out.x if out.status == 0 else None
    eye = np.eye(n)
    least = np.array([-np.inf if b[0] is None else b[0] for b in bounds], float)
    most = np.array([np.inf if b[1] is None else b[1] for b in bounds], float)
    held, lower, upper = least == most, (least < most) & np.isfinite(least), (least < most) & np.isfinite(most)
    a = np.vstack([matrix[same], eye[held], inside, -eye[lower], eye[upper]])
    b = np.concatenate([high[same], least[held], limit, -least[lower], most[upper]])
    equal = int(same.sum() + held.sum())
    cones = [clarabel.ZeroConeT(equal), clarabel.NonnegativeConeT(len(b) - equal)]
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-10
    out = clarabel.DefaultSolver(
        sparse.csc_matrix(sparse.diags(slope)), cost, sparse.csc_matrix(a), b, cones, settings
    ).solve()
    if "Infeasible" in str(out.status):
        return None
    return np.array(out.x)
