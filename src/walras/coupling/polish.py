"""From a piecewise-linear optimum to the exact one, where slopes set the price.

Buckets narrow a sloped atom to pieces of 1e-5 in price. What is left is one linear
system: balance and tight rows with the volumes that are free, and for each free volume
that its price fits (formulation, eq. 6.3). Its smallest correction keeps every strict
inequality; a volume that leaves its bounds is held there and the system solved again.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sp

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.coupling.equations import on_equations
from walras.coupling.frames import span_means
from walras.coupling.intervals import intervals_of
from walras.coupling.market import Market
from walras.coupling.model.build import Model
from walras.coupling.points import Relaxed
from walras.coupling.runs import in_groups, linked, spread, summed

TIGHT = 1e-6
WORTH = 1e-6
LARGE = 400
MOST_ROUNDS = 12


def polished(market: Market, relaxed: Relaxed) -> Relaxed:
    """Return the exact optimum next to a relaxation's; the same object where no slope is active."""
    if relaxed.model is None or relaxed.dual is None:
        return relaxed
    slope = _active_slopes(market, relaxed)
    if not (slope >= 0).any():
        return relaxed
    return _System(market, relaxed, relaxed.model, relaxed.dual, slope).solved()


def _active_slopes(market: Market, relaxed: Relaxed) -> IntArray:
    """Return the sloped atom that each span stands on, -1 if none; shape (s,).

    Where the volume lies inside an atom, that atom decides; at an edge, the atom that
    holds the price (its pieces can end at any volume).
    """
    residual = market.residual
    where = intervals_of(residual, relaxed.span_volume)
    price = span_means(market, relaxed.price)
    span = residual.span
    inside = (residual.low + TIGHT < price[span]) & (price[span] < residual.high - TIGHT)
    atom = np.full(len(residual.cell), -1)
    atom[span[inside]] = np.flatnonzero(inside)
    atom = np.where(where.atom >= 0, -1, atom)
    return np.where(where.is_sloped, where.atom, atom)


class _System:
    """The linear system around one relaxed optimum."""

    def __init__(self, market: Market, relaxed: Relaxed, model: Model, dual: FloatArray, slope: IntArray) -> None:
        self.market, self.relaxed, self.model = market, relaxed, model
        columns = slice(model.line, model.bucket)
        self.matrix = model.program.matrix[:, columns].tocsc()
        self.cost = model.program.cost[columns]
        self.lower, self.upper = model.program.lower[columns], model.program.upper[columns]
        self.x = np.concatenate([relaxed.exchange, relaxed.domain, relaxed.ratio, relaxed.step])
        self.volume = relaxed.span_volume.copy()
        self.dual = dual.copy()
        self.slope = slope
        self.where = intervals_of(market.residual, self.volume)
        which, cell = spread(market.residual.cell, market.residual.cells)
        self.span_matrix = sp.csc_matrix(
            (market.hours[cell], (cell, which)), shape=(len(self.dual), len(market.residual.cell))
        )
        self.free = (self.x > self.lower + TIGHT) & (self.x < self.upper - TIGHT)
        self.free[self._orders()] = self._free_orders()

    def _orders(self) -> slice:
        return slice(self.model.order - self.model.line, self.model.step - self.model.line)

    def _free_orders(self) -> BoolArray:
        """Return the ratios that prices leave free; one that stands at a cap of the search has a worth and stays."""
        orders, ratio = self.market.orders, self.relaxed.ratio
        inside = (ratio > TIGHT) & (ratio < 1 - TIGHT)
        volume = summed(orders.entry_column, np.abs(orders.entry_energy), orders.count)
        worth = (self.cost - self.matrix.T @ self.dual)[self._orders()]
        out: BoolArray = inside & (np.abs(worth) <= WORTH * np.maximum(volume, 1.0))
        return out

    def solved(self) -> Relaxed:
        for _ in range(MOST_ROUNDS):
            self._step()
            self._step()
            if not self._hold_what_left_its_bounds():
                break
        model = self.model
        ends = np.array([model.domain, model.order, model.step]) - model.line
        exchange, domain, ratio, step = np.split(self.x, ends)
        ramps = len(self.market.steps.ramp_cell)
        return replace(
            self.relaxed,
            price=self.dual[: self.market.cells],
            span_volume=self.volume,
            exchange=exchange,
            domain=domain,
            ratio=ratio,
            step=step,
            link_rent=self._rent(model.link_row, len(self.market.orders.link)),
            group_rent=self._rent(model.group_row, len(self.market.orders.group)),
            up_rent=self._rent(model.up_row, ramps),
            down_rent=self._rent(model.down_row, ramps),
            branch_rent=self._rent(model.branch_row, len(self.market.domains.ram)),
            store_value=self.dual[model.store_row : model.store_row + self.market.steps.stores.count],
            dual=self.dual,
        )

    def _rent(self, first: int, count: int) -> FloatArray:
        out: FloatArray = np.maximum(-self.dual[first : first + count], 0.0)
        return out

    def _spans(self) -> tuple[IntArray, FloatArray, FloatArray]:
        """Return the free spans, their price at volume 0 of the staircase, and price a MW."""
        residual, where = self.market.residual, self.where
        pinned = (where.atom >= 0) & ~where.is_sloped & (self.slope < 0)
        free = np.flatnonzero(pinned | (self.slope >= 0))
        atom = np.where(self.slope >= 0, self.slope, where.atom)[free]
        rise = (residual.high[atom] - residual.low[atom]) / residual.quantity[atom]
        start = residual.base[free] + residual.before()[atom]
        return free, residual.low[atom] - rise * start, rise

    def _step(self) -> None:
        """Apply the smallest correction that solves the system."""
        matrix, dual = self.matrix, self.dual
        free = np.flatnonzero(self.free)
        span, intercept, rise = self._spans()
        activity = matrix @ self.x + self.span_matrix @ self.volume
        tight = self._tight_rows(activity)
        columns, spans = matrix[tight][:, free], self.span_matrix[tight][:, span]
        hours = np.asarray(self.span_matrix[:, span].sum(axis=0)).ravel()
        target = self._row_target(activity)[tight]
        gap_rows = target - activity[tight]
        gap_columns = self.cost[free] - matrix[:, free].T @ dual
        price = intercept + rise * self.volume[span]
        gap_spans = price * hours - self.span_matrix[:, span].T @ dual
        system = _system(columns, spans, -rise * hours)
        change = _smallest(system, np.concatenate([gap_rows, gap_columns, gap_spans]))
        self.x[free] += change[: len(free)]
        self.volume[span] += change[len(free) : len(free) + len(span)]
        self.dual[tight] += change[len(free) + len(span) :]

    def _row_target(self, activity: FloatArray) -> FloatArray:
        """Return the bound that each row sits on (balance rows: zero)."""
        program = self.model.program
        lower, upper = program.row_lower.copy(), program.row_upper.copy()
        lower[: self.market.cells] = upper[: self.market.cells] = 0.0
        nearer_upper = np.abs(activity - upper) <= np.abs(activity - lower)
        out: FloatArray = np.where(nearer_upper, upper, lower)
        return out

    def _tight_rows(self, activity: FloatArray) -> IntArray:
        """Return the balance rows of cells and domains, and every other row that holds with equality and a rent."""
        distance = np.abs(activity - self._row_target(activity))
        tight = (distance <= TIGHT) & (np.abs(self.dual) > 1e-9)
        tight[: self.market.cells] = True
        tight[self.model.store_row : self.model.store_row + self.market.steps.stores.count] = True
        tight[self.model.domain_row : self.model.domain_row + self.market.domains.periods] = True
        out: IntArray = np.flatnonzero(tight)
        return out

    def _hold_what_left_its_bounds(self) -> bool:
        """Fix volumes at the bound that they passed; return whether any was."""
        below, above = self.free & (self.x < self.lower), self.free & (self.x > self.upper)
        self.x[below], self.x[above] = self.lower[below], self.upper[above]
        self.free &= ~(below | above)
        residual = self.market.residual
        span = np.flatnonzero(self.slope >= 0)
        atom = self.slope[span]
        start = residual.base[span] + residual.before()[atom]
        end = start + residual.quantity[atom]
        left: BoolArray = (self.volume[span] < start - 1e-12) | (self.volume[span] > end + 1e-12)
        self.volume[span] = np.clip(self.volume[span], start, end)
        self.slope[span[left]] = -1
        self.where = intervals_of(residual, self.volume)
        return bool(below.any() or above.any() or left.any())


def _system(columns: sp.csc_matrix, spans: sp.csc_matrix, falls: FloatArray) -> sp.csr_matrix:
    """Return the symmetric system of columns and spans over tight rows, with the fall of each span on its diagonal."""
    a, b, sloped = columns.tocoo(), spans.tocoo(), np.flatnonzero(falls)
    (tight, free), count = columns.shape, spans.shape[1]
    first, duals = tight + free, free + count
    rows = np.concatenate([a.row, b.row, tight + a.col, first + sloped, first + b.col])
    places = np.concatenate([a.col, free + b.col, duals + a.row, free + sloped, duals + b.row])
    values = np.concatenate([a.data, b.data, a.data, falls[sloped], b.data])
    return sp.csr_matrix((values, (rows, places)), shape=(first + count, duals + tight))


def _smallest(system: sp.csr_matrix, right: FloatArray) -> FloatArray:
    """Return the solution of least norm, block by independent block."""
    rows, columns = system.shape
    count, label = linked(system)
    out = np.zeros(columns)
    for r, c in zip(in_groups(label[:rows], count), in_groups(label[rows:], count), strict=True):
        if not len(r) or not len(c) or np.abs(right[r]).max() == 0:
            continue
        block = system[r][:, c]
        if len(r) + len(c) > LARGE:
            out[c], _ = on_equations(np.ones(len(c)), np.zeros(len(c)), sp.csr_matrix(block), right[r])
        else:
            out[c] = np.linalg.lstsq(block.toarray(), right[r], rcond=1e-13)[0]
    return out
