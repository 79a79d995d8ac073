"""What scalable complex orders, conversions and storage orders may owe.

An accepted order must earn its fixed term, all its cells together. So what it pays less what it receives is at
most what its steps may owe at their limits, less the fixed term::

    accepted   sum over steps of max(0, owed) x quantity  -  fixed term
    rejected   sum over scheduled-stop cells of max(0, owed) x quantity of the first step

and without minimum and gradients no step loses alone, so that the worst point of each MTU bounds it too, as in
`curves`. A conversion's limit is a spread: what it buys is paid out of what it sells, or it is not accepted; a
storage order likewise. With netting `none` what these two buy counts whole, at the upper price limit of its cell,
and so it does at a reference price: power times price, every MTU at full power.

Axes: o orders, k steps, w store MTUs. Units as in `money`.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from walras.book.book import Book
from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.book.inputs import Inputs, conversion_inputs
from walras.book.stores import stores_of
from walras.settlement.collateral.blocks import reach_of
from walras.settlement.collateral.curves import worst_point
from walras.settlement.collateral.exact import Exact, sums, times, whole_up
from walras.settlement.collateral.formula import LIMIT_PRICE, NONE, Prices
from walras.settlement.collateral.money import Money
from walras.vocabulary import Side


def scalable_minor(book: Book, prices: Prices, money: Money) -> Exact:
    """Return what each scalable complex order or conversion may owe, in minor units; shape (o,)."""
    orders, count = book.scalables, book.scalables.count
    if not count:
        return np.zeros(0, dtype=np.int64)
    order, cell = orders.step_order, orders.step_cell
    inputs = conversion_inputs(book.cells, orders)
    owed = prices.owed(orders.side[order], orders.price, orders.grid[order])
    energy = times(orders.quantity, money.cell[cell], rows=len(cell))
    each = times(np.maximum(owed, 0), energy, rows=len(cell))
    is_stop = (orders.step_number == 1) & (orders.side[order] > 0)
    is_stop &= cell - book.cells.first[orders.grid[order]] < orders.stop_cells[order]
    rejected = sums(order, each * is_stop, count)
    accepted = sums(order, each, count).astype(object)
    if prices.formula.kind == LIMIT_PRICE:
        accepted = accepted - _fixed(orders.fixed_term, money) + sums(order, energy, count)
        accepted = accepted + _rounding(book, inputs, energy, prices, money)
        is_free = _steps_are_free(book)
        key = order * max(book.cells.count, 1) + cell
        if is_free.any():
            worst = worst_point(key, owed, orders.quantity, cell, money).astype(object)
            of_run = order[np.append(True, np.diff(key) != 0)]
            accepted = np.where(is_free, np.minimum(accepted, sums(of_run, worst, count)), accepted)
    if inputs.count and (prices.formula.kind != LIMIT_PRICE or prices.formula.netting == NONE):
        accepted = np.maximum(accepted, 0) + _bought(book, inputs, prices, money)
    return money.minor_of(np.maximum(accepted, rejected), _postings(book, inputs, money))


def storage_minor(book: Book, prices: Prices, money: Money) -> Exact:
    """Return what each storage order may owe, in minor units; shape (o,)."""
    orders, count = book.storages, book.storages.count
    if not count:
        return np.zeros(0, dtype=np.int64)
    stores = stores_of(book.cells, orders)
    order, cell = stores.order, stores.cell
    limits, formula = np.zeros(count, dtype=object), prices.formula
    charged = times(orders.charge[order], money.cell[cell])
    if formula.kind == LIMIT_PRICE:
        power = np.maximum(orders.charge, orders.discharge)[order]
        limits = limits + sums(order, times(power, money.cell[cell]).astype(object), count)
        limits = limits - _fixed(orders.fixed_term, money)
        extra = prices.allowance[orders.grid[order]]
        limits = limits + sums(order, times(extra, power, money.cell[cell]).astype(object), count)
        if formula.counts_ticks:
            reach = _extreme(book)[cell] + 2 * orders.spread[order]
            limits = limits + sums(order, times(reach, money.cell[cell]).astype(object), count)
    if formula.kind != LIMIT_PRICE or formula.netting == NONE:
        side = np.full(count, int(Side.DEMAND))
        price = prices.owed(side, _most(book)[orders.grid], orders.grid)
        bought = times(charged, np.maximum(price, 0)[order]).astype(object)
        limits = np.maximum(limits, 0) + sums(order, bought, count)
        if formula.kind != LIMIT_PRICE:
            sold = np.maximum(prices.owed(-side, orders.spread, orders.grid), 0)
            given = times(orders.discharge[order], money.cell[cell], sold[order]).astype(object)
            limits = limits + sums(order, given, count)
    unrounded = sums(order, (~money.is_whole(cell)).astype(np.int64), count)
    return money.minor_of(limits, unrounded)


def _fixed(term: FloatArray, money: Money) -> Exact:
    """Return fixed terms in units, rounded down; exactly what their decimals say."""
    return np.array([int(Fraction(repr(t)) * money.unit) for t in term.tolist()], dtype=object)


def _steps_are_free(book: Book) -> BoolArray:
    """Return which orders bind their steps by nothing: no minimum, no gradient, no input; shape (o,)."""
    orders = book.scalables
    out = (orders.gradient_up < 0) & (orders.gradient_down < 0)
    out[orders.minimum_order] = False
    out[orders.conversions.order] = False
    return np.asarray(out, dtype=np.bool_)


def _rounding(book: Book, inputs: Inputs, energy: Exact, prices: Prices, money: Money) -> Exact:
    """Return what rounding of prices beside their own, and with `counts_ticks` of volumes, may add; shape (o,)."""
    orders, count = book.scalables, book.scalables.count
    order, cell = orders.step_order, orders.step_cell
    hours, unit = book.cells.hours, money.unit
    tick = np.array([g.quantity_tick.size for g in book.cells.grids])[book.cells.grid]
    price_tick = np.array([g.price_tick.size for g in book.cells.grids])[book.cells.grid]
    out = np.zeros(count, dtype=object)
    step = inputs.step
    if len(step):
        sold = orders.quantity[step] * tick[cell[step]] * hours[cell[step]]
        out = out + sums(order[step], whole_up(inputs.share * sold * price_tick[inputs.cell] / 2 * unit), count)
    if not prices.formula.counts_ticks:
        return out
    bound = ~_steps_are_free(book)[order]
    reach = reach_of(book, orders.price, orders.grid[order])
    out = out + sums(order, times(reach * bound, money.cell[cell]).astype(object), count)
    if len(step):
        worst = _extreme(book) * price_tick / 2
        turned = inputs.share * tick[cell[step]] * hours[cell[step]] * worst[inputs.cell] * unit
        out = out + sums(order[step], whole_up(turned), count)
        bought = tick[inputs.bought_cell] * hours[inputs.bought_cell] * worst[inputs.bought_cell] * unit
        out = out + sums(inputs.bought_order, whole_up(bought), count)
    return out


def _bought(book: Book, inputs: Inputs, prices: Prices, money: Money) -> Exact:
    """Return what conversions pay for their whole input, at a reference price or the upper limit; units, (o,)."""
    orders, cells = book.scalables, book.cells
    step, grid = inputs.step, cells.grid[inputs.cell]
    tick = np.array([g.quantity_tick.size for g in cells.grids])[cells.grid]
    side = np.full(len(grid), int(Side.DEMAND))
    owed = np.maximum(prices.owed(side, _most(book)[grid], grid), 0)
    price = owed * np.array([g.price_tick.size for g in cells.grids])[grid] / 2
    at = orders.step_cell[step]
    energy = inputs.share * orders.quantity[step] * tick[at] * cells.hours[at]
    return sums(orders.step_order[step], whole_up(energy * price * money.unit), orders.count)


def _postings(book: Book, inputs: Inputs, money: Money) -> IntArray:
    """Return the cells in which an order trades an amount that may round up; shape (o,)."""
    orders, count = book.scalables, book.scalables.count
    key = np.unique(orders.step_order * max(book.cells.count, 1) + orders.step_cell)
    order, cell = key // max(book.cells.count, 1), key % max(book.cells.count, 1)
    out: IntArray = np.bincount(order, weights=~money.is_whole(cell), minlength=count).astype(np.int64)
    more = np.bincount(inputs.bought_order, weights=~money.is_whole(inputs.bought_cell), minlength=count)
    return out + more.astype(np.int64)


def _most(book: Book) -> IntArray:
    """Return the upper price limit of each grid in ticks; shape (g,)."""
    return np.array([g.price_max for g in book.cells.grids], dtype=np.int64)


def _extreme(book: Book) -> IntArray:
    """Return the price limit of each cell that lies farthest from zero, in half ticks; shape (c,)."""
    of_grid = np.array([2 * max(abs(g.price_min), abs(g.price_max)) for g in book.cells.grids], dtype=np.int64)
    return of_grid[book.cells.grid]
