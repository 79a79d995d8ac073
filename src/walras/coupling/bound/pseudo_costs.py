"""Pseudo-costs: what a unit of each order has paid so far when a case was split on it.

A split on an order accepted at ratio `a` pays its rejected side about `a` times what
rejecting a unit of it paid before, and its accepted side what is missing of its minimum
ratio times what accepting did. Orders not tried yet are guessed from their size and what
others paid for a MWh.

Axes: j order columns; first axis 0 rejected, 1 accepted.
"""

from __future__ import annotations

import numpy as np

from walras.book.cells import FloatArray, IntArray
from walras.coupling.market import Market
from walras.coupling.runs import summed

RELIABLE = 2
"""Trials after which an order's own figures are trusted."""

LEAST, MOST = 1e-6, 1e9


class PseudoCosts:
    """Sums and counts of what splits paid."""

    def __init__(self, market: Market) -> None:
        orders, steps = market.orders, market.steps
        fixed = summed(orders.entry_column, np.abs(orders.entry_energy), orders.count)
        scaled = summed(steps.column, steps.power * market.hours[steps.cell], orders.count)
        self._size: FloatArray = np.asarray(1.0 + fixed + scaled)
        self._gain = np.zeros((2, orders.count))
        self._tried = np.zeros((2, orders.count))
        self._splits = np.zeros(orders.count, dtype=np.int64)

    def is_reliable(self, column: int) -> bool:
        """Whether an order has been tried often enough."""
        return bool(self._splits[column] >= RELIABLE)

    def was_reliable(self, column: int) -> bool:
        """Whether it had been before its last trial."""
        return bool(self._splits[column] > RELIABLE)

    def learn(self, column: int, rises: list[float], away: FloatArray) -> None:
        """Remember what both sides of a split paid; a side without anything in it teaches nothing."""
        self._splits[column] += 1
        for side in (0, 1):
            if np.isfinite(rises[side]) and away[side] > LEAST:
                self._gain[side, column] += rises[side] / away[side]
                self._tried[side, column] += 1

    def score(self, column: IntArray, away: FloatArray) -> FloatArray:
        """Return how good a split on each order promises to be; `away` is how far its sides are, shape (2, columns)."""
        rate = self._rates(column)
        return product(rate[0] * away[0], rate[1] * away[1])

    def _rates(self, column: IntArray) -> FloatArray:
        tried = self._tried > 0
        each = np.divide(self._gain, self._tried, out=np.zeros(tried.shape), where=tried)
        mean = (each / self._size).sum(axis=1) / np.maximum(1, tried.sum(axis=1))
        guess = np.where(mean > 0, mean, 1.0)[:, None] * self._size[column]
        return np.where(tried[:, column], each[:, column], guess)


def product(rejected: FloatArray, accepted: FloatArray) -> FloatArray:
    """Return the worth of a split whose sides pay so much: their product, so that the lesser side counts most.

    >>> float(product(np.array(2.0), np.array(3.0)))
    6.0
    """
    out: FloatArray = np.clip(rejected, LEAST, MOST) * np.clip(accepted, LEAST, MOST)
    return out
