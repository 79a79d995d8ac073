"""Prices and volumes of one selection in one program, while its blocks may choose their ratios.

`legal` of `brute` asks for prices at given volumes. With a minimum acceptance ratio below
1 the volumes are open, and which prices are legal changes with them: a step that is whole
asks for another price than one that is cut. `Joint` states what holds whatever the ratios
are, linear in prices, volumes and rents together, and lists as `Pair`s what holds only in
cases: either the volume stands at an end, or its gain is zero (rules 2.2, 2.3, 3.1, 3.5).
`ratios` branches on the cases. Written from raw orders; signs as in `raw`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
from tests.second_opinion.convex import Columns, Conditions, mean
from tests.second_opinion.program import Program
from tests.second_opinion.raw import Market, Mesh, Scalable
from tests.second_opinion.surplus import Terms, profit, seen

BELOW, INSIDE, ABOVE = 0, 1, 2
"""States of a pair: at its lower end with no gain, gain zero, at its upper end with no loss."""


@dataclass
class Pair:
    """A volume between ends and its gain: sum of `gain` minus `cost`, for one more MW.

    Ends of none are infinite. A row that limits volumes is a pair too: its slack is the
    volume, the negative of its rent the gain.
    """

    volume: Terms
    low: float
    high: float
    gain: Terms
    cost: float


@dataclass
class Joint:
    """Everything that is linear; `x` is the number of the unknown of the first program column."""

    market: Market
    program: Program
    rules: Conditions = field(init=False)
    x: int = field(init=False)
    pairs: list[Pair] = field(default_factory=list)
    rent_of: dict[int, int] = field(default_factory=dict)  # pair of a scalable step -> rent of its upper end
    primal: int = field(init=False)  # rows on volumes alone, they come first

    def __post_init__(self) -> None:
        """Prices first, then the columns of the program with their bounds, balances and rows."""
        self.rules = Conditions(self.market)
        self.x = self.rules.unknowns
        program = self.program
        for low, high in zip(program.low, program.high, strict=True):
            self.rules.unknown(None if np.isinf(low) else low, None if np.isinf(high) else high)
        for cell in range(program.cells):
            terms = {self.x + j: into[cell] for j, into in enumerate(program.into) if cell in into}
            given = -program.fixed.get(cell, 0.0)
            self.rules.between(terms, given, given)
        for terms, limit in program.rows:
            self.rules.between({self.x + j: v for j, v in terms.items()}, -np.inf, limit)
        self.primal = len(self.rules.rows)

    def add(self, pair: Pair) -> None:
        """Add a case if there is one: a volume that cannot move has none."""
        if pair.low < pair.high:
            self.pairs.append(pair)


def stated(market: Market, program: Program, columns: Columns, steps: dict[int, int], accepted, stops) -> Joint:
    """Return the joint program of curves, lines, domains, borders and scalable orders; blocks are added by `ratios`."""
    joint = Joint(market, program)
    for piece, j in [*zip(market.pieces, columns.pieces, strict=True), *stops]:
        if piece.quantity > 0.0:
            slope = piece.side * (piece.end - piece.start) / piece.quantity
            gain = mean(piece.cells, piece.side) | {joint.x + j: -slope}
            joint.add(Pair({joint.x + j: 1.0}, 0.0, piece.quantity, gain, piece.side * piece.start))
    for link, j in zip(market.links, columns.links, strict=True):
        gain = mean(link.to_cells, link.arrives) | mean(link.from_cells, -1.0)
        joint.add(Pair({joint.x + j: 1.0}, -link.backward, link.forward, gain, link.tariff))
    for out, j in zip(market.outsides, columns.outsides, strict=True):
        joint.add(Pair({joint.x + j: 1.0}, -out.imports, out.exports, {out.cell: -1.0}, -out.price))
    for mesh, js in zip(market.meshes, columns.exchanges, strict=True):
        _mesh(joint, mesh, js)
    for order, taken in zip(market.scalables, accepted, strict=True):
        if taken:
            _scalable(joint, order, steps)
    return joint


def _row(joint: Joint, terms: Terms, limit: float) -> int:
    """Add a case for a row of volumes (sum of terms <= limit); return its rent."""
    rent = joint.rules.unknown()
    volume = {j: -v for j, v in terms.items()}
    joint.add(Pair(volume, -limit, np.inf, {rent: -1.0}, 0.0))
    return rent


def _mesh(joint: Joint, mesh: Mesh, js: list[int]) -> None:
    hub = joint.rules.unknown(None, None)
    at = [{joint.x + j: s for j, s in zip(js, shares, strict=True) if s} for shares, _ in mesh.branches]
    rents = [_row(joint, terms, ram) for terms, (_, ram) in zip(at, mesh.branches, strict=True)]
    for x, (cell, _) in enumerate(mesh.exchanges):
        paid = {rent: shares[x] for rent, (shares, _) in zip(rents, mesh.branches, strict=True)}
        joint.rules.between({cell: 1.0, hub: -1.0} | paid, 0.0, 0.0)


def _scalable(joint: Joint, order: Scalable, steps: dict[int, int]) -> None:
    """Steps gain what the price and the rents of their rows leave; all rents together must earn the fixed term.

    What an order earns at prices at which it runs as it would choose to is the sum of its
    steps' rents, less those of its minimums, plus those of its gradients (LP duality), so
    the fixed term is linear though power times price is not.
    """
    of = {c: [joint.x + steps[row] for row, cell, _, _ in order.steps if cell == c] for c in order.cells}
    worth: dict[int, Terms] = {
        c: seen(joint.market, order, c) if of[c] else {c: order.side * joint.market.hours[c]} for c in order.cells
    }
    income: Terms = defaultdict(float)
    for cell, least in order.minimums:
        rent = _row(joint, dict.fromkeys(of[cell], -1.0), -least)
        worth[cell][rent] = 1.0
        income[rent] -= least
    for before, after in zip(order.cells[:-1], order.cells[1:], strict=True):
        for limit, sign in ((order.up, 1.0), (order.down, -1.0)):
            if limit is not None:
                change = dict.fromkeys(of[after], sign) | dict.fromkeys(of[before], -sign)
                rent = _row(joint, change, limit)
                worth[after][rent] = -sign
                worth[before][rent] = sign
                income[rent] += limit
    for row, cell, price, mw in order.steps:
        if mw > 0.0:
            cost = order.side * joint.market.hours[cell] * price
            rent = joint.rules.unknown()
            joint.rules.between(worth[cell] | {rent: -1.0}, -np.inf, cost)
            joint.rent_of[len(joint.pairs)] = rent
            joint.add(Pair({joint.x + steps[row]: 1.0}, 0.0, mw, worth[cell], cost))
            income[rent] += mw
    joint.rules.between(dict(income), order.fixed_term, np.inf)


def block_gain(market: Market, block: int) -> tuple[Terms, float]:
    """Return the surplus of a whole block: terms over prices, and the cost they must cover."""
    b = market.blocks[block]
    return profit(market, b.side, b.price, b.legs, 1.0)
