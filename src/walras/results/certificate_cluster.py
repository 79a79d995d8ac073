"""What one cluster of grids can gain at the most, at the prices and rents of many leaves at once.

Every gain moves linearly with prices and rents, so each family has its gains at what the
certificate posts for the whole market, and a matrix that turns what a leaf posts instead
into differences. Then the decisions of the leaf say what the best is: a rejected order
gains nothing (a scalable one its scheduled stop), an accepted one what it must
(formulation, eq. 8.11).

Axes: v leaves, c cells of the cluster, and of the cluster's orders: o blocks, s starts of
flexible orders, u scalable orders, k their steps, r storage orders; p line periods, x exchanges with domains.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.results.certificate_curves import CurveSums
from walras.results.certificate_domains import branch_rents, exchange_rent, exchange_worth, most_exchanges
from walras.results.certificate_orders import (
    best_direction,
    block_gain,
    border_rent_at,
    flexible_gain,
    gradient_allowance,
    gradient_value,
    least_power,
    step_gain,
)
from walras.results.certificate_storage import storage_gain
from walras.results.raw import Raw, mean_over, spread, total_by
from walras.results.results import Certificate
from walras.results.tree import BRANCH, GRADIENT_DOWN, GRADIENT_UP, GROUP, LINK, STORE

FREE, REJECTED, ACCEPTED = -1, 0, 1


@dataclass(frozen=True)
class Leaves:
    """Leaves of one cluster: what they post and what they decide.

    Attributes:
        price: Of every cell of the book; shape (v, all cells), or only what differs, see `moved`.
        moved: Posted price less the price for the whole market; shape (v, c).
        rent: Posted rents less those for the whole market, by family of rows; shape (v, rows).
        block, start, scalable, storage: `FREE`, `REJECTED` or `ACCEPTED`; shape (v, o), (v, s), (v, u), (v, r).
    """

    price: FloatArray
    moved: FloatArray
    rent: dict[int, sp.csr_matrix]
    block: IntArray
    start: IntArray
    scalable: IntArray
    storage: IntArray


class ClusterGains:
    """The most that one cluster can gain; `worth` gives it for leaves."""

    def __init__(self, raw: Raw, certificate: Certificate, curves: CurveSums, cluster: IntArray, number: int) -> None:
        self.raw, self.certificate, self.curves = raw, certificate, curves
        book = raw.book
        self.is_inside: BoolArray = (cluster == number)[book.cells.grid]
        self.cells = np.flatnonzero(self.is_inside)
        self._local = np.cumsum(self.is_inside) - 1
        self.blocks = np.flatnonzero((cluster == number)[book.blocks.grid])
        order, self._start, gain = flexible_gain(raw, certificate.price)
        self.starts = np.flatnonzero((cluster == number)[book.flexibles.grid[order]])
        self._start_order, self._start_gain = order[self.starts], gain[self.starts]
        self._start = self._start[self.starts]
        self.scalables = np.flatnonzero((cluster == number)[book.scalables.grid])
        self.storages = np.flatnonzero((cluster == number)[book.storages.grid])
        self.store = np.flatnonzero(np.isin(raw.stores.mtus.order, self.storages))
        self.span = np.flatnonzero(self.is_inside[curves.cell])
        self._set_blocks()
        self._set_starts()
        self._set_steps()
        self._set_lines()
        self._set_domains()

    def worth(self, leaves: Leaves) -> FloatArray:
        """Return the most that the cluster gains at each leaf, but for what its curves gain at the whole's prices.

        Shape (v,); group rents count where they differ from the whole's.
        """
        return (
            self._curve(leaves)
            + self._block(leaves)
            + self._flexible(leaves)
            + self._scalable(leaves)
            + self._storage(leaves)
            + self._line(leaves)
            + self._border(leaves)
            + self._domain(leaves)
            + np.asarray(leaves.rent[GROUP].sum(axis=1)).ravel()
        )

    def _matrix(self, cell: IntArray, column: IntArray, value: FloatArray, count: int) -> sp.csr_matrix:
        return sp.csr_matrix((value, (self._local[cell], column)), shape=(len(self.cells), count))

    # curves

    def _curve(self, leaves: Leaves) -> FloatArray:
        curves, start = self.curves, mean_over(self.certificate.price, self.curves.cell, self.curves.cells)
        single = curves.cells[self.span] == 1
        mean = np.empty((len(leaves.price), len(self.span)))
        mean[:, single] = leaves.price[:, self._local[curves.cell[self.span[single]]]]
        for i in np.flatnonzero(~single).tolist():
            first = self._local[curves.cell[self.span[i]]]
            mean[:, i] = leaves.price[:, first : first + curves.cells[self.span[i]]].mean(axis=1)
        leaf, span = np.nonzero(mean != start[self.span][None, :])
        gain = curves.change(start, self.span[span], mean[leaf, span])
        return total_by(leaf, gain, len(mean))

    # blocks

    def _set_blocks(self) -> None:
        raw, blocks, legs = self.raw, self.raw.book.blocks, self.raw.blocks
        place = np.full(blocks.count, -1)
        place[self.blocks] = np.arange(len(self.blocks))
        mine = np.flatnonzero(place[legs.order] >= 0)
        energy = (legs.sign * legs.quantity * legs.hours)[mine]
        self._block_energy = self._matrix(legs.cell[mine], place[legs.order[mine]], energy, len(self.blocks))
        self._block_gain = block_gain(raw, self.certificate)[self.blocks]
        self._least_ratio = blocks.min_acceptance_ratio[self.blocks]
        child, parent = place[blocks.link_child], place[blocks.link_parent]
        link = np.arange(len(child))
        rows = [(link[c >= 0], c[c >= 0], np.full(int((c >= 0).sum()), s)) for c, s in ((child, -1.0), (parent, 1.0))]
        row, column, value = (np.concatenate(part) for part in zip(*rows, strict=True))
        self._link = sp.csr_matrix((value, (row, column)), shape=(len(child), len(self.blocks)))
        member = np.flatnonzero(blocks.group[self.blocks] >= 0)
        group = blocks.group[self.blocks[member]]
        shape = (len(blocks.group_name), len(self.blocks))
        self._group = sp.csr_matrix((np.ones(len(member)), (group, member)), shape=shape)

    def _block(self, leaves: Leaves) -> FloatArray:
        gain = self._block_gain + leaves.moved @ self._block_energy
        gain = gain + (leaves.rent[LINK] @ self._link - leaves.rent[GROUP] @ self._group).toarray()
        taken = np.maximum(gain, self._least_ratio * gain)
        best = np.where(leaves.block == ACCEPTED, taken, np.maximum(gain, 0.0))
        return _across(np.where(leaves.block == REJECTED, 0.0, best))

    # flexible orders

    def _set_starts(self) -> None:
        flexibles, cells = self.raw.book.flexibles, self.raw.book.cells
        order = self._start_order
        which, cell = spread(self._start, flexibles.cells[order])
        power = flexibles.side * cells.quantities(flexibles.quantity, flexibles.grid)
        energy = power[order][which] * cells.hours[cell]
        self._start_energy = self._matrix(cell, which, np.asarray(energy, dtype=np.float64), len(order))
        self._first_start = np.flatnonzero(np.diff(order, prepend=-1))

    def _flexible(self, leaves: Leaves) -> FloatArray:
        if not len(self.starts):
            return np.zeros(len(leaves.price))
        gain = self._start_gain + leaves.moved @ self._start_energy
        is_taken = leaves.start == ACCEPTED
        taken = np.maximum.reduceat(np.where(is_taken, gain, -np.inf), self._first_start, axis=1)
        open_ = np.maximum.reduceat(np.where(leaves.start == FREE, gain, 0.0), self._first_start, axis=1)
        best = np.where(np.isfinite(taken), taken, np.maximum(open_, 0.0))
        count = np.add.reduceat(is_taken.astype(np.int64), self._first_start, axis=1)
        return _across(np.where(count > 1, -np.inf, best))  # nothing starts twice

    # scalable orders

    def _set_steps(self) -> None:
        raw, book = self.raw, self.raw.book.scalables
        place = np.full(book.count, -1)
        place[self.scalables] = np.arange(len(self.scalables))
        mine = np.flatnonzero(place[raw.scalables.order] >= 0)
        steps, count = raw.scalables, len(mine)
        change = (steps.sign * steps.hours)[mine]
        at = np.full(len(steps.order), -1)
        at[mine] = np.arange(count)
        own = at[raw.inputs.step] >= 0
        input_at, input_cell = at[raw.inputs.step[own]], raw.inputs.cell[own]
        taken = -raw.inputs.share[own] * change[input_at]
        self._step_change = self._matrix(
            np.concatenate([steps.cell[mine], input_cell]),
            np.concatenate([np.arange(count), input_at]),
            np.concatenate([change, taken]),
            count,
        )
        self._step_own = step_gain(raw, self.certificate.price)[mine]
        self._step_rents = gradient_value(raw, self.certificate)[mine]
        self._quantity, self._least = steps.quantity[mine], least_power(raw)[mine]
        self._stop = np.where(raw.is_stop_step[mine], steps.quantity[mine], 0.0)
        shape = (count, len(self.scalables))
        self._step_order = sp.csr_matrix((np.ones(count), (np.arange(count), place[steps.order[mine]])), shape=shape)
        allowance = gradient_allowance(raw, self.certificate)
        self._constant = (allowance.sum(axis=1) - book.fixed_term)[self.scalables]
        self._gradients = _gradient_matrix(raw, mine)
        rows = allowance.shape[1]
        order = np.repeat(self.scalables, rows)
        flat = order * rows + np.tile(np.arange(rows), len(self.scalables))
        self._allowances = {}
        for kind, ticks in ((GRADIENT_UP, book.gradient_up), (GRADIENT_DOWN, book.gradient_down)):
            limit = raw.book.cells.quantities(np.maximum(ticks, 0), book.grid)
            shape = (book.count * rows, len(self.scalables))
            self._allowances[kind] = sp.csr_matrix((limit[order], (flat, place[order])), shape=shape)

    def _scalable(self, leaves: Leaves) -> FloatArray:
        if not len(self.scalables):
            return np.zeros(len(leaves.price))
        own = self._step_own + leaves.moved @ self._step_change
        net = leaves.rent[GRADIENT_UP] - leaves.rent[GRADIENT_DOWN]
        value = own + self._step_rents
        if net.nnz:
            value += (net @ self._gradients).toarray()
        value *= np.where(value > 0, self._quantity, self._least)
        filled = value @ self._step_order + self._constant
        for kind, matrix in self._allowances.items():
            filled = filled + (leaves.rent[kind] @ matrix).toarray()
        stopped = np.zeros(filled.shape)
        if self._stop.any():
            stopped += (np.maximum(own, 0.0) * self._stop) @ self._step_order
        best = np.where(leaves.scalable == ACCEPTED, filled, np.maximum(filled, stopped))
        return _across(np.where(leaves.scalable == REJECTED, stopped, best))

    # storage orders

    def _storage(self, leaves: Leaves) -> FloatArray:
        if not len(self.storages):
            return np.zeros(len(leaves.price))
        raw, mtus = self.raw, self.raw.stores.mtus
        shape = (len(leaves.price), mtus.count)
        price = np.broadcast_to(self.certificate.price[mtus.cell], shape).copy()
        price[:, self.store] = leaves.price[:, self._local[mtus.cell[self.store]]]
        value = self.certificate.store_value + leaves.rent[STORE].toarray()
        starts = np.searchsorted(mtus.order[self.store], self.storages)
        gain = np.add.reduceat(storage_gain(raw, price, value)[:, self.store], starts, axis=1)
        own = gain - raw.book.storages.fixed_term[self.storages]
        best = np.where(leaves.storage == ACCEPTED, own, np.maximum(own, 0.0))
        return _across(np.where(leaves.storage == REJECTED, 0.0, best))

    # network

    def _set_lines(self) -> None:
        """A line between clusters counts half, its end here at twice its distance from the whole's price."""
        raw, lines, hours = self.raw, self.raw.book.lines, self.raw.book.cells.hours
        ends = [
            self.is_inside[cell] if len(cell) else np.zeros(0, dtype=bool) for cell in (lines.from_cell, lines.to_cell)
        ]
        mine = np.flatnonzero(ends[0] | ends[1])
        crossing = (ends[0] != ends[1])[mine]
        self._lines, self._line_share = mine, np.where(crossing, 0.5, 1.0)
        money = self.certificate.price * hours
        values, changes = [], []
        for is_in, first, count in (
            (ends[0], lines.from_cell, lines.from_cells),
            (ends[1], lines.to_cell, lines.to_cells),
        ):
            values.append(mean_over(money, first[mine], count[mine]) * count[mine])
            which, cell = spread(first[mine], count[mine])
            own = is_in[mine][which]
            weight = hours[cell] / self._line_share[which]
            changes.append((cell[own], which[own], weight[own]))
        forward, backward, tariff = (term[mine] for term in raw.line_terms)
        cost = tariff * raw.line_hours[mine]
        start, end = values
        self._line_gain = end * forward - start - cost, start * backward - end - cost
        one = np.ones(len(mine))
        self._line_change = tuple(self._line_matrix(changes, *shares) for shares in ((-one, forward), (backward, -one)))
        borders = raw.book.borders
        self._borders = np.flatnonzero(self.is_inside[borders.period_cell])

    def _line_matrix(
        self, changes: list[tuple[IntArray, IntArray, FloatArray]], out: FloatArray, into: FloatArray
    ) -> sp.csr_matrix:
        """Return how the gain of each line period moves with prices; `out`, `into` count a MW at either end."""
        parts = [
            (cell, which, weight * share[which])
            for (cell, which, weight), share in zip(changes, (out, into), strict=True)
        ]
        cell, which, weight = (np.concatenate(part) for part in zip(*parts, strict=True))
        return self._matrix(cell, which, weight, len(self._lines))

    def _line(self, leaves: Leaves) -> FloatArray:
        forward, backward = (
            gain + leaves.moved @ change for gain, change in zip(self._line_gain, self._line_change, strict=True)
        )
        return _across(self._line_share * best_direction(self.raw, self._lines, (forward, backward)))

    def _border(self, leaves: Leaves) -> FloatArray:
        price = leaves.price[:, self._local[self.raw.book.borders.period_cell[self._borders]]]
        return _across(border_rent_at(self.raw, self._borders, price))

    def _set_domains(self) -> None:
        raw, domains = self.raw, self.raw.book.domains
        self._exchanges = np.flatnonzero(self.is_inside[domains.exchange_cell])
        if not len(self._exchanges):
            return
        rent = branch_rents(raw.book, self.certificate)
        place = np.full(len(domains.exchange_cell), -1)
        place[self._exchanges] = np.arange(len(self._exchanges))
        mine = np.flatnonzero(place[domains.entry_exchange] >= 0)
        count = len(self._exchanges)
        shape = (len(domains.ram), count)
        entries = (domains.entry_row[mine], place[domains.entry_exchange[mine]])
        self._ptdf = sp.csr_matrix((domains.ptdf[mine], entries), shape=shape)
        self._worth = exchange_worth(raw, self.certificate.price, rent)[self._exchanges]
        hours = domains.exchange_hours[self._exchanges]
        self._exchange_hours = self._matrix(domains.exchange_cell[self._exchanges], np.arange(count), hours, count)
        self._export, self._import = (most[self._exchanges] for most in most_exchanges(raw))
        periods, self._period = np.unique(domains.exchange_period[self._exchanges], return_inverse=True)
        self._margins = float(np.sum((rent * domains.ram)[np.isin(domains.row_period, periods)]))

    def _domain(self, leaves: Leaves) -> FloatArray:
        if not len(self._exchanges):
            return np.zeros(len(leaves.price))
        rents = leaves.rent[BRANCH]
        worth = self._worth + leaves.moved @ self._exchange_hours + (rents @ self._ptdf).toarray()
        left = exchange_rent(worth, self._period, self._export, self._import, int(self._period.max()) + 1)
        return self._margins + rents @ self.raw.book.domains.ram + _across(left)


def _across(value: FloatArray) -> FloatArray:
    """Return the sum over the last axis, which numpy takes in pairs of blocks since it lies contiguous."""
    out: FloatArray = np.ascontiguousarray(value).sum(axis=1)
    return out


def _gradient_matrix(raw: Raw, mine: IntArray) -> sp.csr_matrix:
    """Return what a net rent of each gradient row adds to a MW of each step (eq. 8.5); shape (rows, k)."""
    steps, book = raw.scalables, raw.book.scalables
    rows = max((grid.cell_count for grid in raw.book.cells.grids), default=1) - 1
    order = steps.order[mine]
    offset = steps.cell[mine] - raw.book.cells.first[book.grid[order]]
    step = np.arange(len(mine))
    later, earlier = offset < rows, offset >= 1
    row = np.concatenate([(order * rows + offset)[later], (order * rows + offset - 1)[earlier]])
    column = np.concatenate([step[later], step[earlier]])
    value = np.concatenate([np.ones(int(later.sum())), -np.ones(int(earlier.sum()))])
    return sp.csr_matrix((value, (row, column)), shape=(book.count * max(rows, 0), len(mine)))
