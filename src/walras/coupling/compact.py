"""Steps of scalable complex orders, as few as the price needs.

An accepted order's steps far in the money run in full and those far out of it not at all,
and what its minimum acceptance power forces runs in any case, the cheapest steps first
(formulation, eq. 4.14). So only steps near the price need a column and a row of their own;
the rest becomes part of the order's column. A price that moves past such a step brings it
back (`Relaxation`), so nothing is approximated.

Steps of orders with a load gradient keep their columns, since rents may shift their price,
and so do stop steps, which a rejected order still offers, and those of storage orders. Axes: y steps, e entries of
order columns, as in `market`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.coupling.market import Market
from walras.coupling.runs import summed

NEAR, INSIDE, OUTSIDE = 0, 1, 2
WIDTH = 1.0
PASSED = 1e-7


@dataclass
class Compaction:
    """What became of each step.

    Attributes:
        market: The market as it is.
        state: `NEAR` (own column), `INSIDE` (part of the order's column), `OUTSIDE` (left out); shape (y,).
        must: MW that an accepted order takes of the step in any case; shape (y,).
        key, value: Entries of order columns with what was put into them: column x cells + cell,
            sorted, and MWh; shape (e,).
        cost: Of each order column with what was put into it; shape (j,).
    """

    market: Market
    state: IntArray
    must: FloatArray
    key: IntArray
    value: FloatArray
    cost: FloatArray

    @property
    def free(self) -> FloatArray:
        """Return MW of each step beyond what must run; shape (y,)."""
        return self.market.steps.power - self.must

    def compacted(self) -> tuple[Market, IntArray]:
        """Return the market with the steps that are near, and which they are."""
        market, steps = self.market, self.market.steps
        near = np.flatnonzero(self.state == NEAR)
        none = np.zeros(0, dtype=np.int64)
        input_step, input_cell, input_share = steps.chosen(near)
        orders = replace(
            market.orders,
            cost=self.cost.copy(),
            entry_column=self.key // market.cells,
            entry_cell=self.key % market.cells,
            entry_energy=self.value.copy(),
        )
        kept = replace(
            steps,
            step=steps.step[near],
            column=steps.column[near],
            cell=steps.cell[near],
            side=steps.side[near],
            power=self.free[near],
            price=steps.price[near],
            is_stop=steps.is_stop[near],
            min_column=none,
            min_cell=none,
            min_power=np.zeros(0),
            ramp_up=steps.ramp_up - self._must_climbs(),
            ramp_down=steps.ramp_down + self._must_climbs(),
            input_step=input_step,
            input_cell=input_cell,
            input_share=input_share,
            stores=steps.stores.chosen(near, len(self.state)),
        )
        return replace(market, orders=orders, steps=kept), near

    def _must_climbs(self) -> FloatArray:
        """Return how far what must run climbs from each cell to the next: gradients see only the rest; MW."""
        steps, cells = self.market.steps, self.market.cells
        key, place = np.unique(steps.column * cells + steps.cell, return_inverse=True)
        runs = summed(place, self.must, len(key))
        now = steps.ramp_column * cells + steps.ramp_cell
        at = [np.minimum(np.searchsorted(key, wanted), max(len(key) - 1, 0)) for wanted in (now, now + 1)]
        here, next_ = (
            np.where(key[a] == wanted, runs[a], 0.0) if len(key) else np.zeros(len(now))
            for a, wanted in zip(at, (now, now + 1), strict=True)
        )
        out: FloatArray = next_ - here
        return out

    def passed(self, price: FloatArray) -> IntArray:
        """Return the steps that are not near though the price of their cell says otherwise."""
        gain = _gain(self.market, price)
        wrong = ((self.state == INSIDE) & (gain < -PASSED)) | ((self.state == OUTSIDE) & (gain > PASSED))
        return np.flatnonzero(wrong)

    def bring_back(self, step: IntArray) -> tuple[IntArray, IntArray]:
        """Give steps a column of their own; return the entries and order columns that changed."""
        steps, hours = self.market.steps, self.market.hours
        inside = step[self.state[step] == INSIDE]
        energy = steps.side[inside] * self.free[inside] * hours[steps.cell[inside]]
        which, cell, share = steps.chosen(inside)
        column = np.concatenate([steps.column[inside], steps.column[inside[which]]])
        at = np.searchsorted(self.key, column * self.market.cells + np.concatenate([steps.cell[inside], cell]))
        np.subtract.at(self.value, at, np.concatenate([energy, -share * energy[which]]))
        np.subtract.at(self.cost, steps.column[inside], energy * steps.price[inside])
        self.state[step] = NEAR
        return np.unique(at), np.unique(steps.column[inside])

    def power(self, ratio: FloatArray, near_power: FloatArray, near: IntArray) -> FloatArray:
        """Return the MW of every step, from ratios and the powers of the steps that are near; shape (y,)."""
        u = ratio[self.market.steps.column]
        out: FloatArray = np.where(self.state == INSIDE, self.market.steps.power, self.must) * u
        out[near] += near_power
        return out


def _gain(market: Market, price: FloatArray) -> FloatArray:
    steps = market.steps
    out: FloatArray = steps.side * (steps.seen(price) - steps.price)
    return out


def compaction(market: Market, price: FloatArray) -> Compaction:
    """Return what becomes of each step at a first guess of prices; shape of `price` (n,)."""
    steps, orders = market.steps, market.orders
    gain = _gain(market, price)
    state = np.where(gain > WIDTH, INSIDE, np.where(gain < -WIDTH, OUTSIDE, NEAR))
    state[steps.is_stop | has_gradient(market)[steps.column]] = NEAR
    state[steps.stores.entry_step] = NEAR
    must = must_run(market)
    power = np.where(state == INSIDE, steps.power, must)
    step, cell, energy = steps.entries(market.hours)
    some = power[step] != 0
    step, cell, energy = step[some], cell[some], power[step[some]] * energy[some]
    key = np.concatenate(
        [orders.entry_column * market.cells + orders.entry_cell, steps.column[step] * market.cells + cell]
    )
    unique, place = np.unique(key, return_inverse=True)
    value = summed(place, np.concatenate([orders.entry_energy, energy]), len(unique))
    merged = power * steps.side * market.hours[steps.cell]
    cost = orders.cost + summed(steps.column, merged * steps.price, orders.count)
    return Compaction(market, state, must, unique, value, cost)


def has_gradient(market: Market) -> BoolArray:
    """Return which order columns have a load gradient; shape (j,)."""
    out = np.zeros(market.orders.count, dtype=bool)
    out[market.steps.ramp_column] = True
    return out


def must_run(market: Market) -> FloatArray:
    """Return how much of each step the minimum acceptance power takes, the cheapest first; MW, shape (y,).

    "Cheapest" for the system: least price for supply, greatest for demand.
    """
    steps = market.steps
    if not len(steps.min_cell):
        return np.zeros(len(steps.step))
    key = steps.column * market.cells + steps.cell
    order = np.lexsort((steps.side * steps.price, key))
    sorted_key, power = key[order], steps.power[order]
    first = np.searchsorted(sorted_key, sorted_key)
    total = np.concatenate([[0.0], np.cumsum(power)])
    before = total[:-1] - total[first]
    wanted = steps.min_column * market.cells + steps.min_cell
    by_key = np.argsort(wanted, kind="stable")
    at = np.minimum(np.searchsorted(wanted[by_key], sorted_key), len(wanted) - 1)
    found = wanted[by_key][at] == sorted_key
    least = np.where(found, steps.min_power[by_key][at], 0.0)
    out = np.empty(len(power))
    out[order] = np.clip(least - before, 0.0, power)
    return out
