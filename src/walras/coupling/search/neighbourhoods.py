"""Better selections of many orders: set some rejected orders free, dive again, keep what is better.

A result rejects a few dozen orders that would have earned (paradoxically rejected); all
others stand where prices put them. So a neighbourhood is a set of those: each is set free
alone, the most profitable first, protected from the next rejections; then groups that lie
near each other in zone and time, and random ones, with noise in what the dive rejects.
A trial ends as soon as it cannot be better. Trials are drawn from a seeded stream and
counted in LP iterations, so the same market gives the same selections on any machine.
"""

from __future__ import annotations

import numpy as np

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.coupling.market import Market
from walras.coupling.points import Point
from walras.coupling.relaxed import Relaxation
from walras.coupling.runs import summed
from walras.coupling.search.dive import dive
from walras.coupling.search.selection import Selection

BETTER = 1e-3
PROTECTED = 1e6
NOISE = 0.7
PROFIT = 1e-7
FEWEST, MOST = 3, 20
SHARES = (0, 4, 8)


class Neighbourhoods:
    """The walk from one selection to better ones inside one relaxation."""

    def __init__(self, relaxation: Relaxation, best: Selection, profit: FloatArray, seed: int = 0) -> None:
        self.relaxation = relaxation
        self.best = best
        self.profit = profit
        self.trials = 0
        self.failures = 0
        self._random = np.random.default_rng(seed)
        self._tried: set[int] = set()
        self._energy = 1.0 + order_energy(relaxation.market)
        self._places = order_places(relaxation.market)

    def trial(self) -> bool:
        """Try one neighbourhood; return whether it was better. `failures` counts those in a row that were not."""
        rejected = np.flatnonzero(self.best.killed & (self.profit > PROFIT))
        self.trials += 1
        self.failures += 1
        if not len(rejected):
            return False
        ranked = rejected[np.argsort(-self.profit[rejected], kind="stable")]
        fresh = [c for c in ranked.tolist() if c not in self._tried]
        if fresh and self._random.random() < 0.5:
            self._tried.add(fresh[0])
            weight = np.ones(len(self.profit))
            weight[fresh[0]] = PROTECTED
            return self._dive_from(np.array(fresh[:1]), weight, 0)
        free = self._near(rejected)
        weight = np.exp(self._random.normal(0.0, NOISE, len(self.profit)))
        if self._random.random() < 0.5:
            weight *= self._energy
        return self._dive_from(free, weight, int(self._random.choice(SHARES)))

    def _near(self, rejected: IntArray) -> IntArray:
        """Return some rejected orders, mostly near one of them in zone and time."""
        count = int(self._random.integers(FEWEST, max(FEWEST + 1, min(len(rejected), MOST))))
        if self._random.random() < 0.3:
            return self._random.choice(rejected, min(count, len(rejected)), replace=False)
        return nearest(rejected, count, self._places, self._random)

    def _dive_from(self, free: IntArray, weight: FloatArray, share: int) -> bool:
        killed = self.best.killed.copy()
        killed[free] = False
        self.relaxation.start_from(self.best.market, killed)
        point = dive(self.relaxation, self.best.cost - BETTER, share, weight)
        if point is None or self.relaxation.market.has_slack != self.best.market.has_slack:
            return False
        self.keep(point)
        return True

    def keep(self, point: Point) -> None:
        """Take the relaxation's last point as the best; only orders that would have earned stay rejected."""
        self.best, self.profit = kept(self.relaxation, point)
        self._tried = set()
        self.failures = 0


def has_candidates(best: Selection, profit: FloatArray) -> bool:
    """Whether any rejected order would have earned."""
    return bool((best.killed & (profit > PROFIT)).any())


def kept(relaxation: Relaxation, point: Point) -> tuple[Selection, FloatArray]:
    """Return the relaxation's last point as a selection, and the profit that each order would have."""
    stops = np.zeros(len(point.profit), dtype=bool)
    steps = relaxation.market.steps
    stops[steps.column[steps.is_stop]] = True
    killed: BoolArray = relaxation.killed & ((point.profit > PROFIT) | stops)
    return Selection(relaxation.expanded(point), relaxation.market, killed), point.profit


def nearest(orders: IntArray, count: int, places: tuple[IntArray, FloatArray], random: np.random.Generator) -> IntArray:
    """Return so many of these order columns that lie near one of them in zone and time."""
    zone, middle = places
    one = random.choice(orders)
    away = np.abs(middle[orders] - middle[one])
    away += 0.5 * (zone[orders] != zone[one]) * random.random(len(orders))
    return orders[np.argsort(away, kind="stable")[:count]]


def order_energy(market: Market) -> FloatArray:
    """Return the energy of each order column, steps of scalable orders included; MWh, shape (j,)."""
    orders, steps = market.orders, market.steps
    out = summed(orders.entry_column, np.abs(orders.entry_energy), orders.count)
    out += summed(steps.column, np.abs(steps.side) * steps.power * market.hours[steps.cell], orders.count)
    return out


def order_places(market: Market) -> tuple[IntArray, FloatArray]:
    """Return the grid of each order column and the middle of its time, 0 to 1 of the horizon; shape (j,)."""
    orders, steps = market.orders, market.steps
    column = np.concatenate([orders.entry_column, steps.column])
    cell = np.concatenate([orders.entry_cell, steps.cell])
    count = np.maximum(summed(column, np.ones(len(column)), orders.count), 1.0)
    position = market.position[cell]
    middle = summed(column, position, orders.count) / count
    zone = np.zeros(orders.count, dtype=np.int64)
    zone[column] = market.zone[cell]
    return zone, middle
