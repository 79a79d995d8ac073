"""How the prices of both ends of a line with a loss or a tariff compare (formulation, eq. 3.11 and 3.12).

Each direction is a line of its own. At given exchanges a direction in use may not lose, one
with room may not gain, and one that the search has closed may gain only beside its
counterpart in use, or where sending there and back would gain from either end.

Axes: p line periods, r relations between the prices of two areas.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.coupling.intervals import EDGE_MW
from walras.coupling.market import LinePeriods, Market
from walras.coupling.model.lines import line_entries
from walras.coupling.points import Relaxed
from walras.coupling.runs import summed
from walras.coupling.search.one_way import GAIN, counterparts, line_gains

SMALL = 1e-12
CROSSED = 1e-6


@dataclass(frozen=True)
class Gains:
    """What must hold of the gain of each direction; shape (p,).

    Attributes:
        period: The line periods.
        may_not_lose, may_not_gain: Whether the gain is at least zero, at most zero.
        burns: Whether both directions together, there and back, must gain instead.
    """

    period: IntArray
    may_not_lose: BoolArray
    may_not_gain: BoolArray
    burns: BoolArray


def direction_gains(market: Market, relaxed: Relaxed) -> Gains:
    """Return what exchanges say about the gain of every direction of a line with a loss or a tariff."""
    lines, exchange = market.lines, relaxed.exchange
    first, second = lines.pairs
    period = np.concatenate([first, second])
    if not len(period):
        none = np.zeros(0, dtype=bool)
        return Gains(period, none, none, none)
    other = np.concatenate([second, first])
    is_used = exchange > EDGE_MW
    has_room = exchange < lines.upper - EDGE_MW
    closed = (lines.upper < lines.capacity)[period]
    gain = line_gains(market, relaxed.price)
    stands = closed & ~is_used[other]
    burns = stands & (gain[period] > GAIN)
    return Gains(period, is_used[period], has_room[period] | (stands & ~burns), burns)


Rule = tuple[tuple[IntArray, IntArray, FloatArray], FloatArray, FloatArray]


def gain_rules(market: Market, relaxed: Relaxed) -> Rule:
    """Return rows over cells, as entries with lower and upper ends, that state `direction_gains` in currency/MWh sent.

    Of a line over several cells they compare means. Where there and back must gain, each end
    has a price at the most, `burning_price`.
    """
    lines, gains = market.lines, direction_gains(market, relaxed)
    count, (period, cell, energy) = len(lines.of), line_entries(market)
    hours = np.maximum(summed(period, np.maximum(-energy, 0.0), count), 1e-300)
    share = energy / hours[period]
    said = gains.may_not_lose | gains.may_not_gain
    first = _entries(gains.period[said], period, cell, share, count)
    lower = np.where(gains.may_not_lose, lines.tariff[gains.period], -np.inf)[said]
    upper = np.where(gains.may_not_gain, lines.tariff[gains.period], np.inf)[said]
    closed = gains.period[gains.burns]
    ends = np.concatenate([closed, counterparts(lines)[closed]])
    out = energy < 0
    second = _entries(ends, period[out], cell[out], -share[out], count)
    rows, cells, values = (np.concatenate(pair) for pair in zip(first, second, strict=True))
    rows[len(first[0]) :] += len(lower)
    return (
        (rows, cells, values),
        np.concatenate([lower, np.full(len(ends), -np.inf)]),
        np.concatenate([upper, burning_price(lines)[ends]]),
    )


def _entries(
    wanted: IntArray, period: IntArray, cell: IntArray, value: FloatArray, count: int
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return the entries of wanted periods, a row each."""
    row = np.full(count, -1)
    row[wanted] = np.arange(len(wanted))
    use = row[period] >= 0
    return row[period[use]], cell[use], value[use]


def burning_price(lines: LinePeriods) -> FloatArray:
    """Return the price at the sending end below which sending there and straight back gains; shape (p,)."""
    other = counterparts(lines)
    kept = np.where(other >= 0, lines.received * lines.received[other], 1.0)
    cost = -lines.tariff * (1.0 + lines.received)
    out: FloatArray = np.divide(cost, 1.0 - kept, out=np.full(len(kept), -np.inf), where=kept < 1.0)
    return out


@dataclass(frozen=True)
class Relations:
    """Gains between two areas, single cells at both ends: received x price[into] - price[out] - tariff; shape (r,)."""

    out: IntArray
    into: IntArray
    received: FloatArray
    tariff: FloatArray
    may_not_lose: BoolArray
    may_not_gain: BoolArray

    @staticmethod
    def of(market: Market, relaxed: Relaxed, area: IntArray) -> Relations:
        """Return the relations of a part; `area` is the price area of each cell."""
        lines, gains = market.lines, direction_gains(market, relaxed)
        one = (lines.from_cells == 1) & (lines.to_cells == 1)
        keep = one[gains.period] & (gains.may_not_lose | gains.may_not_gain)
        period = gains.period[keep]
        return Relations(
            area[lines.from_cell[period]],
            area[lines.to_cell[period]],
            lines.received[period],
            lines.tariff[period],
            gains.may_not_lose[keep],
            gains.may_not_gain[keep],
        )

    def narrowed(self, low: FloatArray, high: FloatArray, fixed: BoolArray) -> tuple[FloatArray, FloatArray]:
        """Return intervals of areas narrowed by what the other ends allow, as far as that goes in a few sweeps."""
        if not len(self.out):
            return low, high
        bottom, top = low.copy(), high.copy()
        need, free = np.flatnonzero(self.may_not_lose), np.flatnonzero(self.may_not_gain)
        for _ in range(len(low) + 1):
            before = bottom.copy(), top.copy()
            np.maximum.at(bottom, self.into[need], self._there(bottom, need))
            np.minimum.at(top, self.out[need], self._back(top, need))
            np.minimum.at(top, self.into[free], self._there(top, free))
            np.maximum.at(bottom, self.out[free], self._back(bottom, free))
            bottom[fixed], top[fixed] = low[fixed], high[fixed]
            if max(np.abs(bottom - before[0]).max(), np.abs(top - before[1]).max()) <= SMALL:
                break
        middle = np.clip((bottom + top) / 2, low, high)
        crossed = bottom > top
        apart = bottom > top + CROSSED
        bottom, top = np.where(crossed, middle, bottom), np.where(crossed, middle, top)
        return np.where(apart, low, bottom), np.where(apart, high, top)

    def _there(self, price: FloatArray, which: IntArray) -> FloatArray:
        """Return the price at the receiving end at which nothing is gained."""
        out: FloatArray = (price[self.out[which]] + self.tariff[which]) / self.received[which]
        return out

    def _back(self, price: FloatArray, which: IntArray) -> FloatArray:
        """Return the price at the sending end at which nothing is gained."""
        out: FloatArray = self.received[which] * price[self.into[which]] - self.tariff[which]
        return out
