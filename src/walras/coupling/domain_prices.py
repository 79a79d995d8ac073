"""What flow-based domains say about prices: how far zones may stand apart, and why.

A zone's price in a period is the price of the domain's hub less what its exports cost on
binding branches (formulation, eq. 5.9)::

    price[z] = hub - sum over binding rows r of ptdf[r, z] mu[r],   mu >= 0

Zones that strain no binding branch, or all of them alike, have one price and are one price
area. Everything here is dense and small, a period at a time: z zones of the period (one of
each kind), r binding rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.coupling.highs import Solver
from walras.coupling.intervals import EDGE_MW
from walras.coupling.market import FlowBased, Market
from walras.coupling.model.program import ProgramBuilder
from walras.coupling.points import Relaxed
from walras.coupling.runs import in_groups, summed

HAS_RENT = 1e-9
DEPENDENT = 1e-9
SAME = 1e-6
ROOM = 1e-7


@dataclass(frozen=True)
class Congested:
    """One period with binding branches.

    Attributes:
        row: Binding rows of the market's domains; shape (r,).
        cell: Cell of one exchange of each kind; shape (z,).
        ptdf: MW on each binding branch for each MW of export; shape (r, z).
    """

    row: IntArray
    cell: IntArray
    ptdf: FloatArray

    def relation(self) -> FloatArray:
        """Return the matrix that makes prices of (hub, mu); shape (z, 1 + r)."""
        return np.hstack([np.ones((len(self.cell), 1)), -self.ptdf.T])


@dataclass(frozen=True)
class DomainPrices:
    """Congested periods, and pairs of cells that a domain forces to one price."""

    periods: list[Congested]
    left: IntArray
    right: IntArray


def binding_rows(domains: FlowBased, exchange: FloatArray, rent: FloatArray) -> BoolArray:
    """Return which branch rows have no room left at exchanges, or carry a rent; shape (k,)."""
    flow = summed(domains.entry_row, domains.ptdf * exchange[domains.entry_exchange], len(domains.ram))
    out: BoolArray = (domains.ram - flow <= EDGE_MW) | (rent > HAS_RENT)
    return out


def domain_prices(market: Market, relaxed: Relaxed) -> DomainPrices:
    """Return what the domains of a market say about prices at the exchanges of an optimum."""
    domains = market.domains
    none = np.zeros(0, dtype=np.int64)
    if not len(domains.cell):
        return DomainPrices([], none, none)
    binding = binding_rows(domains, relaxed.domain, relaxed.branch_rent)
    periods, left, right = [], [], []
    members = in_groups(domains.period, domains.periods)
    rows = in_groups(np.where(binding, domains.row_period, domains.periods), domains.periods)
    matrix = _Entries(domains, binding)
    for exchange, row in zip(members, rows, strict=True):
        cell = domains.cell[exchange]
        right.append(cell)
        if not len(row):
            left.append(np.full(len(cell), cell[0]))
            continue
        ptdf = matrix.dense(row, exchange)
        _, first, kind = np.unique(ptdf.round(12), axis=1, return_index=True, return_inverse=True)
        left.append(cell[first][kind.ravel()])
        kept = np.sort(first)
        periods.append(Congested(row, cell[kept], ptdf[:, kept]))
    return DomainPrices(periods, np.concatenate(left), np.concatenate(right))


class _Entries:
    """The PTDF entries of binding rows, for small dense pieces."""

    def __init__(self, domains: FlowBased, binding: BoolArray) -> None:
        use = np.flatnonzero(binding[domains.entry_row])
        self.row, self.exchange, self.ptdf = (
            column[use] for column in (domains.entry_row, domains.entry_exchange, domains.ptdf)
        )
        self.row_order = np.argsort(self.row, kind="stable")
        self.sorted_row = self.row[self.row_order]
        self.place = np.zeros(len(domains.cell), dtype=np.int64)

    def dense(self, row: IntArray, exchange: IntArray) -> FloatArray:
        """Return the entries of some rows, all of the period of these exchanges; shape (rows, exchanges)."""
        out = np.zeros((len(row), len(exchange)))
        self.place[exchange] = np.arange(len(exchange))
        left, right = (np.searchsorted(self.sorted_row, row, side=side) for side in ("left", "right"))
        for r, (a, b) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
            at = self.row_order[a:b]
            out[r, self.place[self.exchange[at]]] = self.ptdf[at]
        return out


def relation_entries(periods: list[Congested], cells: int) -> tuple[tuple[IntArray, IntArray, FloatArray], int, int]:
    """Return the relation as entries of rows that are zero, the number of rows, and that of mu.

    The hub is taken out: each row compares a zone with the first of its period. The columns
    of mu follow those of the cells.
    """
    rows, columns, values = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
    row = extra = 0
    for period in periods:
        others, binding = len(period.cell) - 1, len(period.row)
        at = row + np.arange(others)
        rows += [at, at, np.repeat(at, binding)]
        columns += [
            period.cell[1:],
            np.full(others, period.cell[0]),
            np.tile(cells + extra + np.arange(binding), others),
        ]
        values += [np.ones(others), -np.ones(others), (period.ptdf[:, 1:] - period.ptdf[:, :1]).T.ravel()]
        row, extra = row + others, extra + binding
    return (np.concatenate(rows), np.concatenate(columns), np.concatenate(values)), row, extra


Bounds = tuple[FloatArray, FloatArray, BoolArray]
"""Low and high end of each area, and whether it is one price."""


def settled(periods: list[Congested], area: IntArray, bounds: Bounds, near: FloatArray) -> Bounds:
    """Return bounds in which prices that follow from settled ones are settled, too.

    Settled zones give hub and mu as far as they can, and these the other zones. `near`
    holds a legal price of each area: where the relation does not give the same (it is
    ill-conditioned, or prices were cut at their limits), that one is taken.
    """
    low, high, fixed = bounds[0].copy(), bounds[1].copy(), bounds[2].copy()
    changed = True
    while changed:
        changed = False
        for period in periods:
            at = area[period.cell]
            known = fixed[at]
            if known.all() or not known.any():
                continue
            relation = period.relation()
            _, size, basis = np.linalg.svd(relation[known], full_matrices=False)
            basis = basis[size > DEPENDENT * size[0]]
            rest = relation[~known] - (relation[~known] @ basis.T) @ basis
            follows = np.flatnonzero(np.abs(rest).max(axis=1) < DEPENDENT)
            if not len(follows):
                continue
            hub = np.linalg.lstsq(relation[known], low[at[known]], rcond=DEPENDENT)[0]
            which = at[~known][follows]
            price = relation[~known][follows] @ hub
            price = np.where(np.abs(price - near[which]) <= SAME, price, near[which])
            price = np.clip(price, low[which], high[which])
            low[which], high[which], fixed[which] = price, price, True
            changed = True
    return low, high, fixed


def narrowed(periods: list[Congested], area: IntArray, bounds: Bounds) -> Bounds:
    """Return bounds cut to what each period's relation and the bounds of its other zones allow."""
    low, high, fixed = bounds[0].copy(), bounds[1].copy(), bounds[2]
    for period in periods:
        at = area[period.cell]
        if fixed[at].all():
            continue
        ends = None
        for room in (0.0, ROOM):
            ends = ends or _ends(period.relation(), low[at] - room, high[at] + room, ~fixed[at])
        if ends is None:
            continue
        bottom, top = ends
        np.maximum.at(low, at, np.where(bottom > low[at] + SAME, bottom, -np.inf))
        np.minimum.at(high, at, np.where(top < high[at] - SAME, top, np.inf))
    return low, high, fixed


def _ends(
    relation: FloatArray, low: FloatArray, high: FloatArray, asked: BoolArray
) -> tuple[FloatArray, FloatArray] | None:
    """Return the least and the greatest price of each zone asked for, None if the bounds contradict each other.

    By linear programs over (hub, mu); a bound that any program's prices reach needs none of its own.
    """
    solver, width = _solver(relation, low, high), relation.shape[1]
    ends = low.copy(), high.copy()
    reached = [~asked, ~asked]
    for sign, end, mine in ((1.0, ends[0], reached[0]), (-1.0, ends[1], reached[1])):
        for zone in np.flatnonzero(asked).tolist():
            if mine[zone]:
                continue
            solver.set_cost(np.arange(width), sign * relation[zone])
            solution = solver.solve()
            if not np.isfinite(solution.cost):
                return None
            price = relation @ solution.x
            end[zone] = price[zone]
            reached[0] |= price <= low + ROOM
            reached[1] |= price >= high - ROOM
    return ends


def _solver(relation: FloatArray, low: FloatArray, high: FloatArray) -> Solver:
    """Return a program whose columns are hub and mu, and whose rows keep each zone's price between bounds."""
    zones, width = relation.shape
    builder = ProgramBuilder()
    row = builder.rows(low, high)
    least = np.zeros(width)
    least[0] = -np.inf
    builder.columns(np.zeros(width), least, np.full(width, np.inf))
    zone, column = np.divmod(np.arange(zones * width), width)
    builder.entries(row + zone, column, relation.ravel())
    solver = Solver(builder.build())
    solver.may_be_infeasible = True
    return solver
