"""Raw orders in MW, hours and currency: the book's ticks as floats, order by order.

Read by the audit, the bound and the welfare, which must not share any aggregation with
an engine; so nothing is summed here over orders. Axes as in `book` and `orders`:
c cells, g grids, k steps, l legs, o orders, m minimums. `sign` is +1 supply, -1 demand.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from walras.book.book import Book
from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.book.inputs import Inputs, conversion_inputs
from walras.book.stores import Stores, stores_of
from walras.results.results import Volumes


def spread(first: IntArray, count: IntArray) -> tuple[IntArray, IntArray]:
    """Return item and cell of every cell that items of consecutive cells cover.

    >>> [a.tolist() for a in spread(np.array([5, 0]), np.array([2, 1]))]
    [[0, 0, 1], [5, 6, 0]]
    """
    item = np.repeat(np.arange(len(first)), count)
    begin = np.cumsum(count) - count
    return item, first[item] + np.arange(len(item)) - begin[item]


def mean_over(value: FloatArray, first: IntArray, count: IntArray) -> FloatArray:
    """Return the mean of a cell column over the consecutive cells of each item.

    Items of one cell keep its value to the last bit.

    >>> mean_over(np.array([10.0, 20.0, 40.0]), np.array([1, 0]), np.array([1, 2])).tolist()
    [20.0, 15.0]
    """
    if len(first) == 0:
        return np.zeros(0)
    out = value[first]
    many = np.flatnonzero(count > 1)
    if len(many):
        item, cell = spread(first[many], count[many])
        out[many] = total_by(item, value[cell], len(many)) / count[many]
    return out


def total_by(index: IntArray, weights: FloatArray | BoolArray, count: int) -> FloatArray:
    """Return the sum of weights of each of `count` indices; shape (count,).

    >>> total_by(np.array([0, 2, 2]), np.array([1.0, 2.0, 3.0]), 3).tolist()
    [1.0, 0.0, 5.0]
    """
    out: FloatArray = np.bincount(index, weights=weights, minlength=count).astype(np.float64)
    return out


@dataclass(frozen=True)
class Curves:
    """Curve steps (axis k): `hours` is of all cells that the step covers."""

    grid: IntArray
    cell: IntArray
    cells: IntArray
    sign: FloatArray
    price_start: FloatArray
    price_end: FloatArray
    quantity: FloatArray
    hours: FloatArray


@dataclass(frozen=True)
class Legs:
    """Power of single orders in single cells: block legs, steps of scalable orders."""

    order: IntArray
    cell: IntArray
    sign: FloatArray
    price: FloatArray
    quantity: FloatArray
    hours: FloatArray


@dataclass(frozen=True)
class StoreMtus:
    """What storage orders may do in each of their MTUs (axis w), in MW, MWh and currency per MWh.

    Attributes:
        mtus: Order, cell, length and loss of each.
        charge, discharge, spread, room: Limits, spread and capacity of its order.
        into, out: MWh stored for each MWh bought, and taken out for each MWh sold.
        end: Level that must be left after it: the order's end after its last MTU, else 0.
    """

    mtus: Stores
    charge: FloatArray
    discharge: FloatArray
    spread: FloatArray
    room: FloatArray
    into: FloatArray
    out: FloatArray
    end: FloatArray


@dataclass(frozen=True)
class Raw:
    """One book as floats; every property is computed once and then kept."""

    book: Book

    @cached_property
    def price_tick(self) -> FloatArray:
        """Size of the price tick of each cell; shape (c,)."""
        return np.array([g.price_tick.size for g in self.book.cells.grids])[self.book.cells.grid]

    @cached_property
    def quantity_tick(self) -> FloatArray:
        """Size of the quantity tick of each cell in MW; shape (c,)."""
        return np.array([g.quantity_tick.size for g in self.book.cells.grids])[self.book.cells.grid]

    @cached_property
    def curves(self) -> Curves:
        """All curve steps."""
        book, cells = self.book.curves, self.book.cells
        grid = book.grid[book.step_order]
        start = cells.prices(book.price_start, grid)
        flat = np.array_equal(book.price_start, book.price_end)
        return Curves(
            grid=grid,
            cell=book.step_cell,
            cells=book.step_cells,
            sign=book.side[book.step_order].astype(np.float64),
            price_start=start,
            price_end=start if flat else cells.prices(book.price_end, grid),
            quantity=cells.quantities(book.quantity, grid),
            hours=cells.hours[book.step_cell] * book.step_cells,
        )

    @cached_property
    def blocks(self) -> Legs:
        """All legs of blocks."""
        book, cells = self.book.blocks, self.book.cells
        grid = book.grid[book.leg_order]
        return Legs(
            order=book.leg_order,
            cell=book.leg_cell,
            sign=book.side[book.leg_order].astype(np.float64),
            price=cells.prices(book.price, book.grid)[book.leg_order],
            quantity=cells.quantities(book.leg_quantity, grid),
            hours=cells.hours[book.leg_cell],
        )

    @cached_property
    def scalables(self) -> Legs:
        """All steps of scalable complex orders."""
        book, cells = self.book.scalables, self.book.cells
        grid = book.grid[book.step_order]
        return Legs(
            order=book.step_order,
            cell=book.step_cell,
            sign=book.side[book.step_order].astype(np.float64),
            price=cells.prices(book.price, grid),
            quantity=cells.quantities(book.quantity, grid),
            hours=cells.hours[book.step_cell],
        )

    @cached_property
    def inputs(self) -> Inputs:
        """Where steps of conversions take their input."""
        return conversion_inputs(self.book.cells, self.book.scalables)

    def step_price(self, price: FloatArray) -> FloatArray:
        """Return the price that each scalable step sees: of its cell, less its input's (eq. 4.16); shape (k,)."""
        out = price[self.scalables.cell]
        if len(self.inputs.step):
            cost = self.inputs.share * price[self.inputs.cell]
            out = out - total_by(self.inputs.step, cost, len(out))
        return out

    def step_size(self, value: FloatArray) -> FloatArray:
        """Return a magnitude of each cell as each scalable step meets it, inputs added; shape (k,)."""
        out = value[self.scalables.cell]
        if len(self.inputs.step):
            out = out + total_by(self.inputs.step, self.inputs.share * value[self.inputs.cell], len(out))
        return out

    @cached_property
    def stores(self) -> StoreMtus:
        """All MTUs of storage orders."""
        book, cells = self.book.storages, self.book.cells
        mtus = stores_of(cells, book)
        order, grid = mtus.order, book.grid[mtus.order]
        return StoreMtus(
            mtus=mtus,
            charge=cells.quantities(book.charge[order], grid),
            discharge=cells.quantities(book.discharge[order], grid),
            spread=cells.prices(book.spread[order], grid),
            room=book.capacity[order],
            into=book.charge_efficiency[order],
            out=1 / book.discharge_efficiency[order],
            end=np.where(mtus.is_last, book.end[order], 0.0),
        )

    @cached_property
    def line_hours(self) -> FloatArray:
        """Length of each line period; shape (p,)."""
        lines = self.book.lines
        return lines.minutes[lines.period_line] / 60.0

    @cached_property
    def line_terms(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Share of each exchange that arrives forward, and backward, and its tariff per MWh; shape (p,) each."""
        forward, backward, tariff = self.book.lines.period_terms()
        return 1.0 - forward, 1.0 - backward, tariff

    @cached_property
    def is_two_way(self) -> BoolArray:
        """Line periods with a loss or a tariff, whose directions differ in more than their sign; shape (p,)."""
        forward, backward, tariff = self.line_terms
        out: BoolArray = (forward < 1) | (backward < 1) | (tariff > 0)
        return out

    def flexible_legs(self, start: IntArray) -> Legs:
        """Return one leg a cell for the flexible orders that start somewhere (-1 = nowhere)."""
        book, cells = self.book.flexibles, self.book.cells
        chosen = np.flatnonzero(start >= 0)
        item, cell = spread(start[chosen], book.cells[chosen])
        order = chosen[item]
        return Legs(
            order=order,
            cell=cell,
            sign=book.side[order].astype(np.float64),
            price=cells.prices(book.price, book.grid)[order],
            quantity=cells.quantities(book.quantity, book.grid)[order],
            hours=cells.hours[cell],
        )

    @cached_property
    def minimum(self) -> FloatArray:
        """Minimum acceptance power in MW; shape (m,)."""
        book = self.book.scalables
        return self.book.cells.quantities(book.minimum_quantity, book.grid[book.minimum_order])

    @cached_property
    def exchange_share(self) -> FloatArray:
        """Part of its cell that the period of each exchange with a flow-based domain covers; shape (x,)."""
        domains = self.book.domains
        return domains.exchange_hours / self.book.cells.hours[domains.exchange_cell] if domains.count else np.zeros(0)

    @cached_property
    def is_stop_step(self) -> BoolArray:
        """Steps that a rejected order still offers: the first, in scheduled-stop cells; shape (k,)."""
        book = self.book.scalables
        offset = book.step_cell - self.book.cells.first[book.grid[book.step_order]]
        out: BoolArray = (
            (offset < book.stop_cells[book.step_order]) & (book.step_number == 1) & (book.side[book.step_order] > 0)
        )
        return out


def injection(raw: Raw, volumes: Volumes) -> FloatArray:
    """Return accepted supply minus accepted demand of each cell in MW, from raw orders; shape (c,)."""
    count = raw.book.cells.count
    curves = raw.curves
    power = curves.sign * volumes.curve
    single = curves.cells == 1
    if single.all():
        out = total_by(curves.cell, power, count)
    else:
        out = total_by(curves.cell[single], power[single], count)
        many = np.flatnonzero(~single)
        item, cell = spread(curves.cell[many], curves.cells[many])
        out += total_by(cell, power[many][item], count)
    for legs, accepted in ((raw.blocks, volumes.block_leg), (raw.scalables, volumes.scalable)):
        out += total_by(legs.cell, legs.sign * accepted, count)
    flexible = raw.flexible_legs(volumes.flexible_start)
    out += total_by(flexible.cell, flexible.sign * flexible.quantity, count)
    if raw.inputs.count:
        out -= total_by(raw.inputs.bought_cell, volumes.bought, count)
    if raw.book.storages.count:
        out += total_by(raw.stores.mtus.cell, volumes.discharge - volumes.charge, count)
    return out


def purchases(raw: Raw, power: FloatArray) -> FloatArray:
    """Return what conversions must buy in each cell for a power of each scalable step; MW, shape (b,)."""
    inputs, hours = raw.inputs, raw.book.cells.hours
    energy = inputs.share * power[inputs.step] * raw.scalables.hours[inputs.step]
    return total_by(inputs.purchase, energy, inputs.count) / hours[inputs.bought_cell]


def line_ends(volumes: Volumes) -> tuple[FloatArray, FloatArray]:
    """Return what leaves the first end of each line period and what enters the other, along the line; shape (p,) each.

    Where the exchange runs backward the first end receives, so less enters it than was sent.
    """
    sent, received = volumes.exchange, volumes.arriving
    forward = np.where(sent != 0, sent, received) >= 0
    return np.where(forward, sent, received), np.where(forward, received, sent)


def net_exports(raw: Raw, volumes: Volumes) -> FloatArray:
    """Return what each cell sends over lines, borders and domains in MW, positive = export; shape (c,).

    Of a domain with shorter periods than the cell, it is their mean (rules, 2.1).
    """
    lines, borders, count = raw.book.lines, raw.book.borders, raw.book.cells.count
    domains = raw.book.domains
    leaving, arriving = line_ends(volumes)
    item, cell = spread(lines.from_cell, lines.from_cells)
    out = total_by(cell, leaving[item], count)
    item, cell = spread(lines.to_cell, lines.to_cells)
    out -= total_by(cell, arriving[item], count)
    out += total_by(borders.period_cell, volumes.border, count)
    if domains.count:
        out += total_by(domains.exchange_cell, volumes.domain * raw.exchange_share, count)
    return out
