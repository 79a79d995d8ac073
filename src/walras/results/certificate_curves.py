"""How much more the curves gain when a price moves: all steps of a cell at once.

The best surplus of all curve steps of one span of cells, as a function of its mean price,
has the net supply at that price as its slope (formulation, section 8)::

    surplus(p) - surplus(p0) = hours * integral from p0 to p of (accepted supply - accepted demand)

Steps of one price are summed in whole ticks, so their sums are exact; slopes in extended
precision, outwards from p0. The proof by cases asks this for thousands of leaves, each of
which moves the prices of a few cells by little.

Axes: s spans (a run of cells that steps cover, mostly one cell), k curve steps, i pairs of
span and price. Units: currency.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.results.raw import Raw, total_by


@dataclass(frozen=True)
class CurveSums:
    """Sums of the curve steps of every span, kept between calls."""

    raw: Raw

    @cached_property
    def _spans(self) -> tuple[IntArray, IntArray, IntArray]:
        curves = self.raw.curves
        key = curves.cell * (self.raw.book.cells.count + 1) + curves.cells
        unique, span = np.unique(key, return_inverse=True)
        cell, cells = np.divmod(unique, self.raw.book.cells.count + 1)
        return cell, cells, span

    @property
    def cell(self) -> IntArray:
        """First cell of each span; shape (s,)."""
        return self._spans[0]

    @property
    def cells(self) -> IntArray:
        """Number of cells of each span; shape (s,)."""
        return self._spans[1]

    @cached_property
    def hours(self) -> FloatArray:
        """Length of each span in hours; shape (s,)."""
        return self.raw.book.cells.hours[self.cell] * self.cells

    @cached_property
    def energy(self) -> FloatArray:
        """All that is offered in each span, MWh; shape (s,)."""
        return total_by(self._spans[2], self.raw.curves.quantity * self.raw.curves.hours, len(self.cell))

    @cached_property
    def _is_sloped(self) -> BoolArray:
        book = self.raw.book.curves
        out: BoolArray = book.price_start != book.price_end
        return out

    @cached_property
    def _ticks(self) -> tuple[FloatArray, FloatArray]:
        """Size of price and quantity ticks of each span; shape (s,) each."""
        return self.raw.price_tick[self.cell], self.raw.quantity_tick[self.cell]

    @cached_property
    def _flat(self) -> tuple[IntArray, IntArray, IntArray, int, int]:
        """Return keys of the flat steps by span and price, running sums of q and q p in ticks, lowest price, range."""
        book, span = self.raw.book.curves, self._spans[2]
        which = np.flatnonzero(~self._is_sloped)
        price, quantity = book.price_start[which], book.quantity[which]
        low = int(price.min(initial=0))
        width = int(price.max(initial=0)) - low + 3
        key = span[which] * width + (price - low)
        line = np.argsort(key, kind="stable")
        nothing = np.zeros(1, dtype=np.int64)
        sums = [np.concatenate([nothing, np.cumsum(v[line])]) for v in (quantity, quantity * price)]
        return key[line], sums[0], sums[1], low, width

    @cached_property
    def _first(self) -> IntArray:
        """Place of the first flat step of each span; shape (s,)."""
        key, _, _, _, width = self._flat
        return np.asarray(np.searchsorted(key, np.arange(len(self.cell)) * width), dtype=np.int64)

    @cached_property
    def _demand(self) -> FloatArray:
        """All demand of each span in quantity ticks, or MW for slopes together with the flat ones; shape (s,)."""
        curves = self.raw.curves
        return total_by(self._spans[2], np.where(curves.sign < 0, curves.quantity, 0.0), len(self.cell))

    def change(self, start: FloatArray, span: IntArray, price: FloatArray) -> FloatArray:
        """Return how much the best surplus of spans grows from one price to another, in currency; shape (i,).

        `start` is the mean price of each span to begin with, shape (s,); `span` and `price`
        are pairs, each a span and its new mean price, shape (i,).
        """
        key, power, money, low, width = self._flat
        price_tick, quantity_tick = self._ticks

        def place(at: FloatArray, of: IntArray) -> IntArray:
            ticks = np.clip(np.ceil(at / price_tick[of]) - low, 0, width - 2).astype(np.int64)
            return np.asarray(np.searchsorted(key, of * width + ticks, side="left"), dtype=np.int64)

        before = place(start, np.arange(len(self.cell)))
        below = (power[before] - power[self._first]) * quantity_tick - self._demand
        to = place(price, span)
        passed = (power[to] - power[before[span]]) * quantity_tick[span]
        worth = (money[to] - money[before[span]]) * quantity_tick[span] * price_tick[span]
        out = (price - start[span]) * below[span] + (price * passed - worth)
        out += self._slopes(start, span, price)
        return out * self.hours[span]

    def _slopes(self, start: FloatArray, span: IntArray, price: FloatArray) -> FloatArray:
        """Return the integral of the power that slopes inject; a loop over spans that have any."""
        out = np.zeros(len(span))
        which = np.flatnonzero(self._is_sloped)
        if not len(which):
            return out
        curves = self.raw.curves
        which = which[np.argsort(self._spans[2][which], kind="stable")]
        owner, line = self._spans[2][which], np.argsort(span, kind="stable")
        asked = np.unique(span)
        bounds = [np.searchsorted(owner, asked), np.searchsorted(owner, asked, side="right")]
        wanted = [np.searchsorted(span[line], asked), np.searchsorted(span[line], asked, side="right")]
        for s, a, b, c, d in zip(asked.tolist(), *(v.tolist() for v in bounds + wanted), strict=True):
            if b > a:
                steps, pairs = which[a:b], line[c:d]
                ends = curves.price_start[steps], curves.price_end[steps]
                low, high = np.minimum(*ends), np.maximum(*ends)
                out[pairs] = slope_integral(low, high, curves.quantity[steps], float(start[s]), price[pairs])
        return out

    def error_of_slopes(self, moved: FloatArray) -> FloatArray:
        """Return how far rounding may move `change` by slopes, for prices moved so far at most; shape (s,)."""
        which = np.flatnonzero(self._is_sloped)
        curves, count = self.raw.curves, len(self.cell)
        steepness = curves.quantity[which] / np.abs(curves.price_end - curves.price_start)[which]
        number = total_by(self._spans[2][which], np.ones(len(which)), count)
        total = total_by(self._spans[2][which], steepness, count)
        return 8 * (number + 8) * float(np.finfo(np.longdouble).eps) * total * moved**2 * self.hours


def slope_integral(low: FloatArray, high: FloatArray, quantity: FloatArray, start: float, to: FloatArray) -> FloatArray:
    """Return the integral from `start` to each price of the power that slopes of one span inject.

    Example:
        100 MW between 10 and 30: from 10 to 20 the power rises to 50 MW, 250 in all.

        >>> slope_integral(np.array([10.0]), np.array([30.0]), np.array([100.0]), 10.0, np.array([20.0, 40.0])).tolist()
        [250.0, 2000.0]
        >>> slope_integral(np.array([10.0]), np.array([30.0]), np.array([100.0]), 40.0, np.array([20.0])).tolist()
        [-1750.0]
    """
    steep = np.asarray(quantity / (high - low), dtype=np.longdouble)
    power = float(np.sum(quantity * np.clip((start - low) / (high - low), 0.0, 1.0)))
    rise = np.sum(steep[(low < start) & (high >= start)])
    edge = np.concatenate([low, high]) - np.longdouble(start)
    kink = np.concatenate([steep, -steep])
    move = to - np.longdouble(start)
    bend = np.zeros(len(to), dtype=np.longdouble)
    for upwards in (True, False):
        side = np.flatnonzero(edge >= 0 if upwards else edge < 0)
        side = side[np.argsort(np.abs(edge[side]), kind="stable")]
        mine = np.flatnonzero(move > 0 if upwards else move < 0)
        sums = [np.concatenate([[0], np.cumsum(kink[side] * edge[side] ** n)]) for n in range(3)]
        count = np.searchsorted(np.abs(edge[side]), np.abs(move[mine]))
        part = sums[0][count] * move[mine] ** 2 - 2 * sums[1][count] * move[mine] + sums[2][count]
        bend[mine] = part / 2 if upwards else -part / 2
    return np.asarray(power * move + rise * move**2 / 2 + bend, dtype=np.float64)
