"""The auction of curves, lines, flow-based domains and borders as one convex program: a second opinion.

Written from the rules (clearing rules 2.1, 2.3, 3.1, 4) on raw orders. `auction` states the
program, `conditions` states what legal prices are at given volumes, order by order, and
`interval` asks how low and how high the price of a cell may be. Prices are currency per
MWh, volumes MW; welfare is currency.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog
from tests.second_opinion.program import Program
from tests.second_opinion.raw import Link, Market, Mesh, Outside, Piece

EDGE = 1e-9
FULL = 1e-7


@dataclass
class Columns:
    """Where the volumes of each kind stand in a program."""

    pieces: list[int] = field(default_factory=list)
    links: list[int] = field(default_factory=list)
    outsides: list[int] = field(default_factory=list)
    exchanges: list[list[int]] = field(default_factory=list)  # of each mesh


def auction(market: Market) -> tuple[Program, Columns]:
    """Return the program of curves, lines, domains and borders; its cost is minus the welfare.

    Every period of a domain is one more cell, a hub, into which its zones export.
    """
    program, columns = Program(len(market.hours) + len(market.meshes)), Columns()
    for piece in market.pieces:
        columns.pieces.append(add_piece(program, market, piece))
    for link in market.links:
        into = dict.fromkeys(link.from_cells, -1.0) | dict.fromkeys(link.to_cells, link.arrives)
        tariff = link.tariff * sum(market.hours[c] for c in link.from_cells)
        columns.links.append(program.column(tariff, -link.backward, link.forward, into))
    for outside in market.outsides:
        worth = -market.hours[outside.cell] * outside.price
        columns.outsides.append(program.column(worth, -outside.imports, outside.exports, {outside.cell: -1.0}))
    for hub, mesh in enumerate(market.meshes, start=len(market.hours)):
        mine = [program.column(0.0, -np.inf, np.inf, {cell: -part, hub: 1.0}) for cell, part in mesh.exchanges]
        columns.exchanges.append(mine)
        for shares, ram in mesh.branches:
            program.at_most({j: s for j, s in zip(mine, shares, strict=True) if s}, ram)
    return program, columns


def add_piece(program: Program, market: Market, piece: Piece) -> int:
    """Add a curve step: it costs the area under its price, demand gains it."""
    hours = sum(market.hours[c] for c in piece.cells)
    slope = hours * piece.side * (piece.end - piece.start) / piece.quantity if piece.quantity else 0.0
    into = {c: float(piece.side) for c in piece.cells}
    return program.column(hours * piece.side * piece.start, 0.0, piece.quantity, into, slope)


@dataclass
class Conditions:
    """Linear conditions on prices (and on whatever else is added after them)."""

    market: Market
    unknowns: int = 0
    bounds: list[tuple[float | None, float | None]] = field(default_factory=list)
    rows: list[tuple[dict[int, float], float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Give every cell a price inside its limits."""
        self.bounds = list(zip(self.market.price_min, self.market.price_max, strict=True))
        self.unknowns = len(self.bounds)

    def unknown(self, low: float | None = 0.0, high: float | None = None) -> int:
        """Add an unknown beside the prices; return its number."""
        self.bounds.append((low, high))
        self.unknowns += 1
        return self.unknowns - 1

    def between(self, terms: dict[int, float], low: float, high: float) -> None:
        """Ask for low <= terms <= high."""
        self.rows.append((terms, low, high))

    def optimise(self, direction: dict[int, float]) -> np.ndarray | None:
        """Return the unknowns where the direction is least, or None if no prices are legal."""
        matrix, limit = [], []
        for terms, low, high in self.rows:
            row = np.zeros(self.unknowns)
            for j, value in terms.items():
                row[j] += value
            if high < np.inf:
                matrix, limit = [*matrix, row], [*limit, high]
            if low > -np.inf:
                matrix, limit = [*matrix, -row], [*limit, -low]
        cost = np.zeros(self.unknowns)
        for j, value in direction.items():
            cost[j] = value
        a, b = (np.array(matrix), np.array(limit)) if matrix else (None, None)
        out = linprog(cost, A_ub=a, b_ub=b, bounds=self.bounds, method="highs")
        return out.x if out.status == 0 else None

    def interval(self, cell: int) -> tuple[float, float] | None:
        """Return the lowest and the highest legal price of a cell."""
        ends = self.optimise({cell: 1.0}), self.optimise({cell: -1.0})
        return None if ends[0] is None or ends[1] is None else (float(ends[0][cell]), float(ends[1][cell]))

    def broken(self, price: np.ndarray) -> float:
        """Return by how much given prices break the worst condition, relative to the size of its price.

        Only conditions on prices alone: lines, borders and curves; `admits` judges the others.
        """
        worst = 0.0
        for terms, low, high in self.rows:
            if max(terms, default=0) >= len(price):
                continue
            value = sum(price[j] * w for j, w in terms.items())
            size = max([1.0, *(abs(e) for e in (low, high) if np.isfinite(e))])
            worst = max(worst, (low - value) / size, (value - high) / size)
        limits = np.array(self.bounds[: len(price)], float)
        return max(worst, float(np.max(limits[:, 0] - price)), float(np.max(price - limits[:, 1])))

    def admits(self, price: np.ndarray, tolerance: float) -> bool:
        """Whether given prices, up to a tolerance, fulfil everything with some choice of the other unknowns."""
        kept = self.bounds[: len(price)]
        if any(p < low - tolerance or p > high + tolerance for p, (low, high) in zip(price, kept, strict=True)):
            return False
        self.bounds[: len(price)] = [(p - tolerance, p + tolerance) for p in price]
        found = self.optimise({})
        self.bounds[: len(price)] = kept
        return found is not None


def conditions(market: Market, x: np.ndarray, columns: Columns, capped: np.ndarray | None = None) -> Conditions:
    """Return what prices must fulfil at these volumes of curves, lines, domains and borders.

    Where limits cap prices, coarse orders may stay out in the money and coarse lines may
    leave money between their ends (rules, section 4), and a zone of a domain that stands at
    its limit need not follow the branches beyond it (theory 3i): none is asked if the prices
    that are judged are given as `capped`.
    """
    out = Conditions(market)
    for piece, j in zip(market.pieces, columns.pieces, strict=True):
        if capped is None or len(piece.cells) == 1:
            curve_rule(out, piece, x[j])
    for link, j in zip(market.links, columns.links, strict=True):
        if capped is None or len(link.from_cells) == len(link.to_cells) == 1:
            line_rule(out, link, x[j])
    for outside, j in zip(market.outsides, columns.outsides, strict=True):
        border_rule(out, outside, x[j])
    for mesh, js in zip(market.meshes, columns.exchanges, strict=True):
        mesh_rule(out, mesh, x[js], capped)
    return out


def mean(cells: tuple[int, ...], sign: float = 1.0) -> dict[int, float]:
    """Return the weights of the mean price of equally long cells."""
    return {c: sign / len(cells) for c in cells}


def curve_rule(out: Conditions, piece: Piece, mw: float) -> None:
    """In the money: accepted whole; out of the money: rejected; between: where the volume is (3.1.2)."""
    if piece.quantity <= 0.0:
        return
    share = mw / piece.quantity
    if share <= EDGE:
        low, high = (-np.inf, piece.start) if piece.side > 0 else (piece.start, np.inf)
    elif share >= 1.0 - EDGE:
        low, high = (piece.end, np.inf) if piece.side > 0 else (-np.inf, piece.end)
    else:
        low = high = piece.start + share * (piece.end - piece.start)
    out.between(mean(piece.cells), low, high)


def line_rule(out: Conditions, link: Link, mw: float) -> None:
    """Power flows to the dearer end, as far as it may; equal mean prices below capacity (2.2).

    What arrives must be worth what was sent and the tariff.
    """
    at_most, at_least = mw >= link.forward - EDGE, mw <= -link.backward + EDGE
    low, high = (-np.inf if at_least else link.tariff), (np.inf if at_most else link.tariff)
    if not (at_most and at_least):
        out.between(mean(link.to_cells, link.arrives) | mean(link.from_cells, -1.0), low, high)


def border_rule(out: Conditions, outside: Outside, mw: float) -> None:
    """Outside takes its price: export while it pays more, import while it costs less."""
    full_export, full_import = mw >= outside.exports - EDGE, mw <= -outside.imports + EDGE
    low = -np.inf if full_export else outside.price
    high = np.inf if full_import else outside.price
    if not (full_export and full_import):
        out.between({outside.cell: 1.0}, low, high)


def mesh_rule(out: Conditions, mesh: Mesh, mw: np.ndarray, capped: np.ndarray | None = None) -> None:
    """Every zone's price is that of the hub less the rents of the full branches that its export loads (2.3)."""
    hub = out.unknown(None, None)
    rents = []
    for shares, ram in mesh.branches:
        if float(np.dot(shares, mw)) >= ram - FULL * max(1.0, ram):
            rents.append((out.unknown(), shares))
    for x, (cell, _) in enumerate(mesh.exchanges):
        is_top = capped is not None and capped[cell] >= out.market.price_max[cell] - FULL
        is_bottom = capped is not None and capped[cell] <= out.market.price_min[cell] + FULL
        terms = {cell: 1.0, hub: -1.0} | {rent: shares[x] for rent, shares in rents}
        out.between(terms, -np.inf if is_top else 0.0, np.inf if is_bottom else 0.0)
