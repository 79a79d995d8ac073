"""Rows that tie prices together: lines, domains, coarse orders, accepted orders.

A row reads lower <= sum a price + sum b extra <= upper. Extras are non-negative: surplus
that a child passes to its parents, rents of scalable orders' minimums and gradients, and
what a MW costs on a binding branch.
Scaled so that a row's value is a price or a surplus a MWh.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.coupling.domain_prices import DomainPrices, relation_entries
from walras.coupling.intervals import Intervals
from walras.coupling.line_prices import gain_rules
from walras.coupling.market import SCALABLE, Market
from walras.coupling.model.lines import line_entries
from walras.coupling.points import Relaxed
from walras.coupling.runs import in_groups, linked, spread, summed
from walras.coupling.search.dive import INTEGRAL
from walras.coupling.step_prices import scalable_rows


@dataclass(frozen=True)
class Rows:
    """Rows over price columns (cells, then areas) and extra columns.

    `areas` names the price columns that are free in this part.
    """

    matrix: sp.csr_matrix
    lower: FloatArray
    upper: FloatArray
    area_count: int
    areas: IntArray
    ordered: IntArray

    @property
    def extra_count(self) -> int:
        """Return the number of extra columns."""
        return int(self.matrix.shape[1]) - self.area_count

    def stacked(self, other: Rows) -> Rows:
        """Return both sets of rows, the extras side by side."""
        if not (len(other.lower) or other.extra_count):
            return self
        if not (len(self.lower) or self.extra_count):
            return other
        n, rows = self.area_count, (len(self.lower), len(other.lower))
        matrix = sp.vstack(
            [
                sp.hstack([self.matrix, sp.csr_matrix((rows[0], other.extra_count))]),
                sp.hstack([other.matrix[:, :n], sp.csr_matrix((rows[1], self.extra_count)), other.matrix[:, n:]]),
            ],
            format="csr",
        )
        return Rows(
            sp.csr_matrix(matrix),
            np.concatenate([self.lower, other.lower]),
            np.concatenate([self.upper, other.upper]),
            n,
            self.areas,
            np.concatenate([self.ordered, other.ordered]),
        )

    def over_areas(self, area: IntArray, count: int) -> Rows:
        """Return the rows with cells replaced by their areas."""
        n = self.area_count
        fold = sp.csr_matrix((np.ones(n), (np.arange(n), area)), shape=(n, count))
        matrix = sp.hstack([self.matrix[:, :n] @ fold, self.matrix[:, n:]], format="csr")
        matrix.eliminate_zeros()
        return replace(self, matrix=matrix, area_count=count, areas=np.arange(count))

    def ordered_pairs(self) -> tuple[IntArray, IntArray]:
        """Return (cheaper, dearer) areas of the rows that only order two prices."""
        matrix = self.matrix
        rows = np.flatnonzero(self.ordered & (np.diff(matrix.indptr) == 2))
        begin = matrix.indptr[rows]
        first, second = (matrix.indices[begin + k].astype(np.int64) for k in (0, 1))
        rising = (matrix.data[begin + 1] > 0) == (self.lower[rows] == 0)
        return np.where(rising, first, second), np.where(rising, second, first)

    def broken(self, price: FloatArray, tolerance: float) -> BoolArray:
        """Return the rows that prices break, or that hang on extras yet to be chosen; shape (rows,)."""
        value = self.matrix[:, : self.area_count] @ price
        out: BoolArray = (value < self.lower - tolerance) | (value > self.upper + tolerance)
        return out

    def touching(self, broken: BoolArray, fixed: BoolArray) -> Iterator[Rows]:
        """Yield the connected parts of rows and free areas that hold a broken row."""
        free = np.concatenate([~fixed, np.ones(self.extra_count, dtype=bool)])
        pattern = self.matrix[:, np.flatnonzero(free)]
        number, label = linked(pattern)
        count = len(self.lower)
        rows_of = in_groups(label[:count], number)
        columns_of = in_groups(label[count:], number)
        columns = np.flatnonzero(free)
        prices, extras = self.matrix[:, : self.area_count], self.matrix.tocsc()[:, self.area_count :].tocsr()
        for part in np.unique(label[:count][broken]).tolist():
            rows, inside = rows_of[part], columns[columns_of[part]]
            if len(inside) and inside[0] < self.area_count:
                extra = inside[inside >= self.area_count] - self.area_count
                matrix = sp.hstack([prices[rows], extras[rows][:, extra]], format="csr")
                yield Rows(
                    matrix,
                    self.lower[rows],
                    self.upper[rows],
                    self.area_count,
                    inside[inside < self.area_count],
                    self.ordered[rows],
                )


def _rows(
    entries: tuple[IntArray, IntArray, FloatArray],
    lower: FloatArray,
    upper: FloatArray,
    cells: int,
    extras: int = 0,
    *,
    ordered: bool = False,
) -> Rows:
    matrix = sp.csr_matrix((entries[2], (entries[0], entries[1])), shape=(len(lower), cells + extras))
    return Rows(matrix, lower, upper, cells, np.arange(cells), np.full(len(lower), ordered))


def span_rows(market: Market, relaxed: Relaxed, where: Intervals) -> Rows:
    """Return a row a coarse span: its mean price lies in its interval."""
    residual = market.residual
    coarse = np.flatnonzero(residual.cells > 1)
    which, cell = spread(residual.cell[coarse], residual.cells[coarse])
    hours = summed(which, market.hours[cell], len(coarse))
    share = market.hours[cell] / hours[which]
    mean = summed(which, share * relaxed.price[cell], len(coarse))
    sloped = where.is_sloped[coarse]
    lower = np.where(sloped, mean, where.low[coarse])
    upper = np.where(sloped, mean, where.high[coarse])
    return _rows((which, cell, share), lower, upper, market.cells)


def line_rows(market: Market, relaxed: Relaxed, free: BoolArray) -> Rows:
    """Return a row a line period that is full, or free and coarse: how its end prices compare.

    A closed line (no capacity either way) ties nothing; those with a loss or a tariff are in `gain_rows`.
    """
    lines = market.lines
    period, cell, energy = line_entries(market)
    hours = summed(period, np.maximum(energy, 0.0), len(lines.lower))
    coarse = (lines.from_cells > 1) | (lines.to_cells > 1)
    full_forward = ~free & (relaxed.exchange > (lines.upper + lines.lower) / 2) & (lines.upper > lines.lower)
    full_backward = ~free & ~full_forward & (lines.upper > lines.lower)
    keep = np.flatnonzero((full_forward | full_backward | (free & coarse)) & ~lines.one_way)
    number = np.full(len(lines.lower), -1)
    number[keep] = np.arange(len(keep))
    use = number[period] >= 0
    lower = np.where(full_backward[keep], -np.inf, 0.0)
    upper = np.where(full_forward[keep], np.inf, 0.0)
    entries = (number[period[use]], cell[use], energy[use] / hours[period[use]])
    return _rows(entries, lower, upper, market.cells, ordered=True)


def gain_rows(market: Market, relaxed: Relaxed) -> Rows:
    """Return a row a direction of a line with a loss or a tariff: what it may gain or lose."""
    entries, lower, upper = gain_rules(market, relaxed)
    return _rows(entries, lower, upper, market.cells)


def domain_rows(market: Market, domains: DomainPrices) -> Rows:
    """Return a row a zone of a congested period: binding branches explain how far it is from the first zone."""
    entries, count, mu = relation_entries(domains.periods, market.cells)
    zero = np.zeros(count)
    return _rows(entries, zero, zero, market.cells, mu)


def order_volumes(market: Market, relaxed: Relaxed) -> FloatArray:
    """Return the MWh that the row of each accepted order is divided by in `order_rows`, in a market without steps."""
    orders = market.orders
    accepted = (relaxed.ratio > INTEGRAL) & (orders.kind != SCALABLE)
    volume = summed(orders.entry_column, np.abs(orders.entry_energy), orders.count)
    out: FloatArray = volume[accepted]
    return out


def order_rows(market: Market, relaxed: Relaxed) -> Rows:
    """Return a row an accepted order: with what its children pass to it, it does not lose."""
    orders = market.orders
    accepted = relaxed.ratio > INTEGRAL
    rows = np.flatnonzero(accepted & (orders.kind != SCALABLE))
    number = np.full(orders.count, -1)
    number[rows] = np.arange(len(rows))
    use = number[orders.entry_column] >= 0
    column = orders.entry_column[use]
    volume = summed(orders.entry_column, np.abs(orders.entry_energy), orders.count)
    scale = np.where(volume > 0, relaxed.ratio / np.maximum(volume, 1e-300), 0.0)
    link = np.flatnonzero((number[orders.link_child] >= 0) & (number[orders.link_parent] >= 0))
    child, parent = orders.link_child[link], orders.link_parent[link]
    passed = market.cells + np.arange(len(link))
    biggest = np.maximum(volume[child], 1e-300)
    entries = (
        np.concatenate([number[column], number[child], number[parent]]),
        np.concatenate([orders.entry_cell[use], passed, passed]),
        np.concatenate(
            [
                orders.entry_energy[use] * scale[column],
                -biggest / np.maximum(volume[child], 1e-300),
                biggest / np.maximum(volume[parent], 1e-300),
            ]
        ),
    )
    lower = orders.cost[rows] * scale[rows]
    blocks = _rows(entries, lower, np.full(len(rows), np.inf), market.cells, len(link))
    entries, lower, upper, extras = scalable_rows(market, relaxed)
    return blocks.stacked(_rows(entries, lower, upper, market.cells, extras))
