"""Every selection of indivisible orders of a tiny market: a second opinion.

Written from the rules (clearing rules 3.4 and 3.6) on raw orders. `welfare_of` clears
the rest of the market around one selection; `legal` asks by a linear program whether
prices exist at which every rule of every order, line and domain holds; `best` walks
through all selections, the most welfare first. Where blocks with a minimum acceptance
ratio below 1 are accepted, `ratios` looks for the best legal ratios by branch and bound.

What is exact: `best` is the best legal welfare, up to 0.001 of the currency, wherever its
`bound` is not above it. It is a lower bound of it where that search ran out of nodes (then
`bound` is above it), and where orders or lines cover several cells of a zone, since those
may give way at price limits (rules, 4), which is not tried here.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from tests.second_opinion import joint, ratios, storing
from tests.second_opinion.convex import EDGE, Columns, Conditions, add_piece, auction, conditions
from tests.second_opinion.program import Program, Solution, solve
from tests.second_opinion.raw import Market, Piece, Scalable
from tests.second_opinion.surplus import order_rules, profit


@dataclass(frozen=True)
class Selection:
    """Ratio of each block (None: accepted, ratio free), start of each flexible (-1 rejected), which plants run."""

    ratios: tuple[float | None, ...] = ()
    starts: tuple[int, ...] = ()
    accepted: tuple[bool, ...] = ()
    stored: tuple[bool, ...] = ()


@dataclass
class Cleared:
    """A selection with the volumes of greatest welfare around it."""

    selection: Selection
    welfare: float
    solution: Solution
    columns: Columns
    ratios: tuple[float, ...]
    steps: dict[int, int] = field(default_factory=dict)  # row of a scalable step -> column
    stops: list[tuple[Piece, int]] = field(default_factory=list)
    program: Program | None = None
    free: dict[int, int] = field(default_factory=dict)  # block with a free ratio -> column
    ways: dict[int, list[storing.Way]] = field(default_factory=dict)  # what each accepted storage does


@dataclass(frozen=True)
class Best:
    """The best legal result found, None if none was, and the welfare that no legal result exceeds."""

    found: Cleared | None
    bound: float

    @property
    def welfare(self) -> float:
        """Its welfare, minus infinity if nothing legal was found."""
        return -float("inf") if self.found is None else self.found.welfare

    @property
    def is_exact(self) -> bool:
        """Whether nothing better can exist."""
        return self.bound <= self.welfare + 2 * ratios.MONEY


def welfare_of(market: Market, selection: Selection, closed: storing.Closed = frozenset()) -> Cleared | None:
    """Clear curves and lines around a selection; None if they cannot be balanced.

    Where a storage would charge and discharge at once, the better of its two directions.
    """
    program, columns = auction(market)
    ratio_columns = _blocks(program, market, selection)
    for order, start in zip(market.flexibles, selection.starts, strict=True):
        if start >= 0:
            for c in order.choices[start]:
                program.inject(c, order.side * order.quantity)
                program.constant += order.side * order.price * order.quantity * market.hours[c]
    steps: dict[int, int] = {}
    stops: list[tuple[Piece, int]] = []
    for order, taken in zip(market.scalables, selection.accepted, strict=True):
        if taken:
            steps |= _scalable(program, market, order)
        else:
            stops += _stops(program, market, order)
    taken_storages = selection.stored or (True,) * len(market.storages)
    stored = [s for s, is_in in enumerate(taken_storages) if is_in]
    ways = {s: storing.add(program, market, s, market.storages[s], closed) for s in stored}
    solution = solve(program)
    if solution is None:
        return None
    for s in stored:
        storing.netted(market.storages[s], ways[s], solution.x)
    at_once = [c for s in stored for c in storing.both_ways(s, market.storages[s], ways[s], solution.x)][:2]
    if at_once:
        options = [welfare_of(market, selection, closed | {way}) for way in at_once]
        return max((o for o in options if o is not None), key=lambda o: o.welfare, default=None)
    taken = tuple(
        float(r) if r is not None else float(solution.x[ratio_columns[b]]) for b, r in enumerate(selection.ratios)
    )
    return Cleared(selection, -solution.cost, solution, columns, taken, steps, stops, program, ratio_columns, ways)


def _blocks(program: Program, market: Market, selection: Selection) -> dict[int, int]:
    """Add the accepted blocks; those with a free ratio become columns with their family and group rows."""
    columns: dict[int, int] = {}
    for b, (block, ratio) in enumerate(zip(market.blocks, selection.ratios, strict=True)):
        worth = block.side * block.price * sum(q * market.hours[c] for c, q in block.legs)
        if ratio is None:
            into = {c: block.side * q for c, q in block.legs}
            columns[b] = program.column(worth, block.least, 1.0, into)
        elif ratio > 0.0:
            program.constant += ratio * worth
            for c, q in block.legs:
                program.inject(c, block.side * ratio * q)
    terms = [({columns[b]: 1.0}, 0.0) if r is None else ({}, r) for b, r in enumerate(selection.ratios)]
    for b, block in enumerate(market.blocks):
        for p in block.parents:
            if terms[b][0] or terms[p][0]:
                minus = dict.fromkeys(terms[p][0], -1.0)
                program.at_most(terms[b][0] | minus, terms[p][1] - terms[b][1])
    for group in {b.group for b in market.blocks if b.group >= 0}:
        members = [t for t, b in zip(terms, market.blocks, strict=True) if b.group == group]
        joined = {j: 1.0 for t, _ in members for j in t}
        if joined:
            program.at_most(joined, 1.0 - sum(r for _, r in members))
    return columns


def _scalable(program: Program, market: Market, order: Scalable) -> dict[int, int]:
    """Add an accepted scalable order: steps, minimum powers, gradients, fixed term."""
    columns = {
        row: add_piece(program, market, Piece(order.side, (cell,), price, price, mw))
        for row, cell, price, mw in order.steps
    }
    for row, cell, _, _ in order.steps:
        for at, share in order.inputs[cell]:
            into = program.into[columns[row]]
            into[at] = into.get(at, 0.0) - share * market.hours[cell] / market.hours[at]
    for cell, mw in order.minimums:
        program.at_most({columns[r]: -1.0 for r, c, _, _ in order.steps if c == cell}, -mw)
    for terms, limit in gradients(order, columns):
        program.at_most(terms, limit)
    program.constant += order.fixed_term
    return columns


def gradients(order: Scalable, columns: dict[int, int]) -> Iterator[tuple[dict[int, float], float]]:
    """Yield the rows that keep the power of one cell near that of the cell before."""
    for before, after in itertools.pairwise(order.cells):
        change = {columns[r]: 1.0 for r, c, _, _ in order.steps if c == after}
        change |= {columns[r]: -1.0 for r, c, _, _ in order.steps if c == before}
        if order.up is not None:
            yield change, order.up
        if order.down is not None:
            yield {j: -v for j, v in change.items()}, order.down


def _stops(program: Program, market: Market, order: Scalable) -> list[tuple[Piece, int]]:
    """Add what a rejected supply order still sells: its first step in its stop cells."""
    out = []
    for cell in order.stop_cells if order.side > 0 else ():
        here = [s for s in order.steps if s[1] == cell]
        if here:
            piece = Piece(order.side, (cell,), here[0][2], here[0][2], here[0][3])
            out.append((piece, add_piece(program, market, piece)))
    return out


def fits(market: Market, selection: Selection) -> bool:
    """Whether ratios keep to minimum ratios, families and groups."""
    most = [1.0 if r is None else r for r in selection.ratios]
    least = [b.least if r is None else r for r, b in zip(selection.ratios, market.blocks, strict=True)]
    for b, block in enumerate(market.blocks):
        if 0.0 < most[b] < block.least - EDGE or most[b] > 1.0 + EDGE:
            return False
        if any(least[b] > most[p] + EDGE for p in block.parents):
            return False
    return all(
        sum(r for r, b in zip(least, market.blocks, strict=True) if b.group == g) <= 1.0 + EDGE
        for g in {b.group for b in market.blocks if b.group >= 0}
    )


def legal(market: Market, cleared: Cleared, capped: np.ndarray | None = None) -> Conditions:
    """Return the conditions on legal prices of a selection at its volumes (`capped`: see `conditions`)."""
    out = conditions(market, cleared.solution.x, cleared.columns, capped)
    order_rules(out, cleared)
    return out


def best(market: Market) -> Best:
    """Return a legal selection of greatest welfare, and what no legal one exceeds."""
    every = [c for c in (welfare_of(market, s) for s in selections(market)) if c is not None]
    every.sort(key=lambda c: -c.welfare)
    found: Best = Best(None, -float("inf"))
    for cleared in every:
        if cleared.welfare <= found.welfare:
            break
        if legal(market, cleared).optimise({}) is not None:
            found = Best(cleared, max(found.bound, cleared.welfare))
        elif cleared.free and cleared.welfare > found.welfare + ratios.MONEY:
            found = _curtailed(market, cleared, found)
    return found


def _curtailed(market: Market, cleared: Cleared, so_far: Best) -> Best:
    """Look for legal ratios of an accepted set whose ratios of greatest welfare are not legal."""
    selection = cleared.selection
    stated = joint.stated(market, cleared.program, cleared.columns, cleared.steps, selection.accepted, cleared.stops)
    for s, ways in cleared.ways.items():
        storing.joined(stated, market, market.storages[s], ways)
    search = ratios.Search(market, stated, cleared.free, [b for b, r in enumerate(selection.ratios) if r != 0.0])
    _flexibles(stated, market, selection)
    out = search.best(so_far.welfare)
    bound = max(so_far.bound, out.bound)
    if out.ratio is None:
        return replace(so_far, bound=bound)
    fixed = tuple(out.ratio.get(b, r) for b, r in enumerate(selection.ratios))
    exact = welfare_of(market, replace(selection, ratios=fixed))
    if exact is None or legal(market, exact).optimise({}) is None:
        return replace(so_far, bound=bound)  # legal by a hair only: no witness, so not held against anybody
    return Best(exact, max(bound, exact.welfare))


def _flexibles(stated: joint.Joint, market: Market, selection: Selection) -> None:
    """An accepted flexible order may not lose."""
    for order, start in zip(market.flexibles, selection.starts, strict=True):
        if start >= 0:
            legs = tuple((c, order.quantity) for c in order.choices[start])
            terms, cost = profit(market, order.side, order.price, legs, 1.0)
            stated.rules.between(terms, cost, np.inf)


def selections(market: Market) -> Iterator[Selection]:
    """Yield every selection that keeps to families and groups; curtailable blocks with a free ratio."""
    choices = [(0.0, 1.0) if b.least >= 1.0 else (0.0, None) for b in market.blocks]
    starts = [range(-1, len(f.choices)) for f in market.flexibles]
    accepted = [(False, True)] * len(market.scalables)
    stored = [(False, True)] * len(market.storages)
    rest = itertools.product(itertools.product(*starts), itertools.product(*accepted), itertools.product(*stored))
    for r, (s, a, b) in itertools.product(itertools.product(*choices), list(rest)):
        if fits(market, Selection(r)):
            yield Selection(r, s, a, b)
