"""Rules of lines: capacity, and prices that fit the exchange (eq. A.8 to A.10; rules, 2.1; formulation, eq. 3.3).

With room left towards an end, that end may not be dearer; a line with room both ways
joins equal prices. A line over several cells compares means. Prices at the ends of a line with a
loss or a tariff are the matter of `line_gains`.
"""

from __future__ import annotations

import numpy as np

from walras.book.cells import BoolArray, FloatArray
from walras.results.audit.case import DECIDED, FLOAT, Case
from walras.results.audit.names import line_name
from walras.results.audit.violation import Report
from walras.results.raw import mean_over


def check_lines(case: Case, report: Report) -> None:
    """line_capacity, line_prices."""
    raw, lines, exchange = case.raw, case.raw.book.lines, case.volumes.exchange
    if lines.count == 0:
        return
    tick = case.line_tick
    forward, backward = lines.capacity_forward, lines.capacity_backward
    over = np.maximum(exchange - reach(forward, tick), -exchange - reach(backward, tick))
    report.add(
        "line_capacity",
        over - case.dust(exchange),
        lambda p: line_name(raw.book, p),
        lambda p: f"exchange {exchange[p]:.9g} MW is outside [{-backward[p]:.9g}, {forward[p]:.9g}] MW",
    )
    start = case.price_at(lines.from_cell, lines.from_cells)
    end = case.price_at(lines.to_cell, lines.to_cells)
    apart, allowed = end - start, price_allowance(case)
    room_forward = exchange < floored(forward, tick) - case.dust(exchange)
    room_backward = -exchange < floored(backward, tick) - case.dust(exchange)
    wrong = np.maximum(np.where(room_forward, apart, -np.inf), np.where(room_backward, -apart, -np.inf))
    wrong[stands_at_limit(case) | raw.is_two_way] = -np.inf
    report.add(
        "line_prices",
        wrong - allowed,
        lambda p: line_name(raw.book, p),
        lambda p: f"room is left at {exchange[p]:.9g} MW, but prices are {start[p]:.9g} and {end[p]:.9g}",
    )


def stands_at_limit(case: Case) -> BoolArray:
    """Return the line periods with an end of several cells of which one stands at a price limit; shape (p,).

    A price that its limit holds back breaks the mean over the line's period. What then
    appears as congestion income, or is missing from it, is accepted: no price inside the
    limits would fit (rules, 4).
    """
    lines, cells = case.raw.book.lines, case.raw.book.cells
    close = DECIDED * np.maximum(1.0, np.abs(case.price))
    at_limit = (case.price <= cells.price_min + close) | (case.price >= cells.price_max - close)
    share = at_limit.astype(np.float64)
    out: BoolArray = np.zeros(len(lines.period_line), dtype=bool)
    for first, count in ((lines.from_cell, lines.from_cells), (lines.to_cell, lines.to_cells)):
        out |= (count > 1) & (mean_over(share, first, count) > 0)
    return out


def price_allowance(case: Case) -> FloatArray:
    """Return how far apart rounding may leave equal prices at the two ends; shape (p,).

    Equal prices of equal ticks round equally, so nothing is excused on lines of one cell
    at each end; means over several cells may each move by half a price tick.
    """
    lines, raw = case.raw.book.lines, case.raw
    size = np.maximum(1.0, np.abs(case.price[lines.from_cell]))
    alike = (lines.from_cells == 1) & (lines.to_cells == 1)
    alike &= raw.price_tick[lines.from_cell] == raw.price_tick[lines.to_cell]
    half = case.half_price_tick
    return np.where(alike, 0.0, half[lines.from_cell] + half[lines.to_cell]) + case.relative * size


def reach(capacity: FloatArray, tick: FloatArray) -> FloatArray:
    """Return capacity, or the tick above it where it is not on the tick (rounding may go there)."""
    step = np.where(tick > 0, tick, 1.0)
    return np.where(tick > 0, np.ceil(capacity / step - FLOAT) * step, capacity)


def floored(capacity: FloatArray, tick: FloatArray) -> FloatArray:
    """Return the greatest exchange on the tick that fits into a capacity."""
    step = np.where(tick > 0, tick, 1.0)
    return np.where(tick > 0, np.floor(capacity / step + FLOAT) * step, capacity)
