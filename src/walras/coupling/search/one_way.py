"""Both directions of one line at once: which one closes.

Where energy is worth less than nothing, a line with losses would send there and back only to
burn it. Nobody can schedule that, so the smaller of the two is closed for its period and the
rest decided again (rules, 2.1; formulation, eq. 3.12). A direction that was closed and would
gain while its counterpart does nothing is opened again, and the counterpart closed.

Axes: p line periods of the part.
"""

from __future__ import annotations

import numpy as np

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.coupling.market import LinePeriods, Market
from walras.coupling.model.lines import line_cost, line_entries
from walras.coupling.points import Point, Relaxed
from walras.coupling.relaxed import Relaxation
from walras.coupling.runs import summed

USED_MW = 1e-7
GAIN = 1e-6
ACCEPTED = 1e-7


def burning(lines: LinePeriods, exchange: FloatArray) -> tuple[IntArray, IntArray]:
    """Return both directions of the line periods that use both at once."""
    first, second = lines.pairs
    both = np.minimum(exchange[first], exchange[second]) > USED_MW
    return first[both], second[both]


def closed_smaller(relaxation: Relaxation, point: Point) -> bool:
    """Close the smaller of two directions that are used at once; return whether there were any."""
    lines, exchange = relaxation.market.lines, relaxation.exchange(point)
    first, second = burning(lines, exchange)
    if not len(first):
        return False
    upper = lines.upper.copy()
    upper[np.where(exchange[second] > exchange[first], first, second)] = 0.0
    relaxation.limit_lines(upper)
    return True


def opened_again(relaxation: Relaxation, point: Point, times: IntArray) -> bool:
    """Open closed directions that would gain, their counterpart idle; return whether there were any.

    `times` counts how often each was opened, shape (p,). The idle counterpart closes instead, which
    costs nothing; where that was tried before and the rules do not excuse the gain, both stand open.
    """
    market, exchange = relaxation.market, relaxation.exchange(point)
    gaining, is_excused = closed_gains(market, exchange, point.price)
    chosen = (times[gaining] == 0) | ((times[gaining] == 1) & ~is_excused)
    opened = gaining[chosen]
    if not len(opened):
        return False
    swapped = opened[times[opened] == 0]
    upper = market.lines.upper.copy()
    upper[opened] = market.lines.capacity[opened]
    upper[counterparts(market.lines)[swapped]] = 0.0
    times[opened] += 1
    relaxation.limit_lines(upper)
    return True


def is_schedulable(market: Market, at: Relaxed) -> bool:
    """Whether no line and no store is used both ways at once, and no direction is closed without need."""
    first, _ = burning(market.lines, at.exchange)
    if len(first) or len(wrongly_closed(market, at.ratio, at.price)):
        return False
    charge, discharge = (at.step[step] for step in market.steps.stores.pairs(market.steps.side))
    is_one_way = not (np.minimum(charge, discharge) > USED_MW).any()
    return is_one_way and bool(closed_gains(market, at.exchange, at.price)[1].all())


def wrongly_closed(market: Market, ratio: FloatArray, price: FloatArray) -> IntArray:
    """Return accepted storage orders with a direction closed in an MTU whose price is not negative: others moved it."""
    steps = market.steps
    closed = np.flatnonzero(steps.stores.is_closed)
    if not len(closed):
        return closed
    cell = steps.cell[steps.stores.pairs(steps.side)[0]][closed]
    column = steps.stores.column[closed[price[cell] >= 0]]
    out: IntArray = np.unique(column[ratio[column] > ACCEPTED])
    return out


def closed_gains(market: Market, exchange: FloatArray, price: FloatArray) -> tuple[IntArray, BoolArray]:
    """Return closed directions that gain at prices beside an idle counterpart, and whether the rules excuse each.

    They do where there and back gains from either end (eq. 3.12).
    """
    lines = market.lines
    closed = np.flatnonzero(lines.upper < lines.capacity)
    if not len(closed):
        return closed, np.zeros(0, dtype=bool)
    other, gain = counterparts(lines)[closed], line_gains(market, price)
    gains = (gain[closed] > GAIN) & (exchange[other] <= USED_MW)
    there = gain[closed] + lines.received[closed] * gain[other]
    back = gain[other] + lines.received[other] * gain[closed]
    return closed[gains], ((there > 0) & (back > 0))[gains]


def line_gains(market: Market, price: FloatArray) -> FloatArray:
    """Return what a MW sent over each line period gains at prices, after losses and tariff, in currency; shape (p,)."""
    period, cell, energy = line_entries(market)
    return summed(period, energy * price[cell], len(market.lines.of)) - line_cost(market)


def counterparts(lines: LinePeriods) -> IntArray:
    """Return the other direction of each line period, -1 where it has only one; shape (p,)."""
    out: IntArray = np.full(len(lines.of), -1)
    first, second = lines.pairs
    out[first], out[second] = second, first
    return out
