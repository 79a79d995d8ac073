"""Every selection of indivisible orders of a tiny market: a second opinion.

Written from the rules (clearing rules 3.4 and 3.6) on raw orders. `welfare_of` clears
the rest of the market around one selection; `legal` asks by a linear program whether
prices exist at which every rule of every order and line holds; `best` walks through all
selections. Blocks with a minimum acceptance ratio below 1 are tried at the ratio of
greatest welfare and on a grid of ratios, so `best` may miss a legal result there and is
then a lower bound of the best.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from tests.second_opinion.convex import EDGE, Columns, Conditions, add_piece, auction, conditions
from tests.second_opinion.program import Program, Solution, solve
from tests.second_opinion.raw import Market, Piece, Scalable
from tests.second_opinion.surplus import order_rules


@dataclass(frozen=True)
class Selection:
    """Ratio of each block (None: accepted, ratio free), start of each flexible (-1 rejected), scalables in."""

    ratios: tuple[float | None, ...] = ()
    starts: tuple[int, ...] = ()
    accepted: tuple[bool, ...] = ()


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


def welfare_of(market: Market, selection: Selection) -> Cleared | None:
    """Clear curves and lines around a selection; None if they cannot be balanced."""
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
    solution = solve(program)
    if solution is None:
        return None
    ratios = tuple(
        float(r) if r is not None else float(solution.x[ratio_columns[b]]) for b, r in enumerate(selection.ratios)
    )
    return Cleared(selection, -solution.cost, solution, columns, ratios, steps, stops)


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
    ratios = [1.0 if r is None else r for r in selection.ratios]
    least = [b.least if r is None else r for r, b in zip(selection.ratios, market.blocks, strict=True)]
    for b, block in enumerate(market.blocks):
        if 0.0 < ratios[b] < block.least - EDGE or ratios[b] > 1.0 + EDGE:
            return False
        if any(least[b] > ratios[p] + EDGE for p in block.parents):
            return False
    return all(
        sum(r for r, b in zip(least, market.blocks, strict=True) if b.group == g) <= 1.0 + EDGE
        for g in {b.group for b in market.blocks if b.group >= 0}
    )


def legal(market: Market, cleared: Cleared, capped: bool = False) -> Conditions:
    """Return the conditions on legal prices of a selection at its volumes (`capped`: see `conditions`)."""
    out = conditions(market, cleared.solution.x, cleared.columns, capped)
    order_rules(out, cleared)
    return out


def best(market: Market, points: int = 11) -> Cleared | None:
    """Return a legal selection of greatest welfare, None if there is none."""
    found: Cleared | None = None
    for selection in selections(market):
        for candidate in _candidates(market, selection, points):
            floor = -np.inf if found is None else found.welfare
            cleared = welfare_of(market, candidate)
            if cleared is None or cleared.welfare <= floor:
                if candidate is selection:
                    break
                continue
            if legal(market, cleared).optimise({}) is not None:
                found = cleared
                if candidate is selection:
                    break
    return found


def selections(market: Market) -> Iterator[Selection]:
    """Yield every selection that keeps to families and groups; curtailable blocks with a free ratio."""
    ratios = [(0.0, 1.0) if b.least >= 1.0 else (0.0, None) for b in market.blocks]
    starts = [range(-1, len(f.choices)) for f in market.flexibles]
    accepted = [(False, True)] * len(market.scalables)
    for r in itertools.product(*ratios):
        if fits(market, Selection(r)):
            for s, a in itertools.product(itertools.product(*starts), itertools.product(*accepted)):
                yield Selection(r, s, a)


def _candidates(market: Market, selection: Selection, points: int) -> Iterator[Selection]:
    """Yield the selection with its best ratios, then with every ratio of a grid."""
    yield selection
    free = [b for b, r in enumerate(selection.ratios) if r is None]
    grids = [np.linspace(market.blocks[b].least, 1.0, points) for b in free]
    for chosen in itertools.product(*grids) if free else ():
        ratios = list(selection.ratios)
        for b, ratio in zip(free, chosen, strict=True):
            ratios[b] = float(ratio)
        candidate = Selection(tuple(ratios), selection.starts, selection.accepted)
        if fits(market, candidate):
            yield candidate
