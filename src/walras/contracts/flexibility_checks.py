"""What is wrong with quantities, outlook or grid of an opportunity cost: every mistake at once.

Read by `walras.contracts.opportunity` before anything is computed. A take-or-pay quantity that can no longer be
reached is no mistake: the shortfall is certain, `Remaining.certain_shortfall` says how large, and offers follow it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from walras.book.cells import FloatArray
from walras.contracts.flexibility import Outlook, Remaining
from walras.errors import Mistake

MOST_DAYS = 1_100
MOST_LEVELS = 31
MOST_FIGURES = 60_000_000
"""Days by quantity steps by price levels: about half a gigabyte."""
SLACK = 1e-9
"""Relative; sums of floats may miss each other by that much."""


def mistakes_of(left: Remaining, view: Outlook, step: float, levels: int) -> list[Mistake]:
    """Return everything that is wrong; later groups are looked at only where earlier ones are in order."""
    for group in (_shapes, _finite, _ranges):
        if found := list(group(left, view)):
            return found
    return [*_totals(left), *_grid(left, step, levels)]


def _columns(left: Remaining, view: Outlook) -> dict[str, FloatArray]:
    return {
        "daily_minimum": left.daily_minimum,
        "daily_maximum": left.daily_maximum,
        "forward": view.forward,
        "contract_price": view.contract_price,
    }


def _figures(left: Remaining, view: Outlook) -> dict[str, float]:
    single = {
        "taken": left.taken, "take_or_pay": left.take_or_pay, "most": left.most, "make_up_share": left.make_up_share,
        "persistence": view.persistence, "volatility": view.volatility,
    }  # fmt: skip
    return single if left.missing_price is None else {**single, "missing_price": left.missing_price}


def _shapes(left: Remaining, view: Outlook) -> Iterator[Mistake]:
    days = left.days
    if not 1 <= days <= MOST_DAYS:
        fix = f"Give one figure a day for 1 to {MOST_DAYS:,} days."
        yield Mistake(f"{days:,} days are left", "daily_maximum", "days_left", fix)
    for name, column in _columns(left, view).items():
        if column.shape != (days,):
            fix = "Give one figure for each day left, as many as daily_maximum has."
            yield Mistake(f"shape {column.shape} is not ({days},)", name, "lengths_agree", fix)


def _finite(left: Remaining, view: Outlook) -> Iterator[Mistake]:
    fix = "Give a number; a missing price or quantity has to be decided, not left out."
    for name, column in _columns(left, view).items():
        for day in np.flatnonzero(~np.isfinite(column)):
            yield Mistake(f"{column[day]} is no number", f"{name} day {day}", "figure_finite", fix)
    for name, figure in _figures(left, view).items():
        if not np.isfinite(figure):
            yield Mistake(f"{figure} is no number", name, "figure_finite", fix)


def _ranges(left: Remaining, view: Outlook) -> Iterator[Mistake]:
    for name, column in list(_columns(left, view).items())[:2]:
        for day in np.flatnonzero(column < 0):
            yield _negative(f"{name} day {day}", column[day])
    for name in ("taken", "take_or_pay", "most"):
        if (figure := _figures(left, view)[name]) < 0:
            yield _negative(name, figure)
    for day in np.flatnonzero(left.daily_minimum > left.daily_maximum):
        what = f"minimum {left.daily_minimum[day]:g} is above maximum {left.daily_maximum[day]:g}"
        yield Mistake(what, f"daily_minimum day {day}", "daily_range", "Give a minimum of at most that day's maximum.")
    for day in np.flatnonzero(view.forward <= 0):
        fix = "Give forwards above zero: price levels are multiples of them."
        yield Mistake(f"{view.forward[day]:g} is not above zero", f"forward day {day}", "forward_positive", fix)
    if not 0 <= left.make_up_share <= 1:
        fix = "Give the worth of make-up as a share of its price, 0 to 1."
        yield Mistake(f"{left.make_up_share:g} is outside 0 to 1", "make_up_share", "share_range", fix)
    if left.missing_price is not None and left.missing_price < 0:
        fix = "Give what a missing unit costs, zero or more."
        yield Mistake(f"{left.missing_price:g} is below zero", "missing_price", "missing_price_range", fix)
    if left.missing_price is None and view.contract_price[-1] < 0:
        fix = "State missing_price: the last day's contract price cannot stand for it."
        what = f"contract price {view.contract_price[-1]:g} of the last day is below zero"
        yield Mistake(what, "missing_price", "missing_price_range", fix)
    if not 0 <= view.persistence < 1:
        fix = "Give the share of a distance from the forward that is left a day later, 0 to below 1."
        yield Mistake(f"{view.persistence:g} is outside 0 to below 1", "persistence", "persistence_range", fix)
    if not 0 <= view.volatility <= 1:
        fix = "Give a daily standard deviation of the logarithm, 0 to 1: 0.03 for 3 % a day."
        yield Mistake(f"{view.volatility:g} is outside 0 to 1", "volatility", "volatility_range", fix)


def _totals(left: Remaining) -> Iterator[Mistake]:
    slack = SLACK * max(1.0, left.most)
    if left.allowance < -slack:
        least = left.taken + float(left.daily_minimum.sum())
        fix = "Raise the annual maximum or lower the daily minima of the days left."
        what = f"annual maximum {left.most:g} is below {least:g}, what is taken and the daily minima left"
        yield Mistake(what, "most", "most_covers", fix)
    if left.take_or_pay > left.most + slack:
        fix = "Give a take-or-pay quantity of at most the annual maximum."
        what = f"take-or-pay {left.take_or_pay:g} is above the annual maximum {left.most:g}"
        yield Mistake(what, "take_or_pay", "take_or_pay_within", fix)


def _grid(left: Remaining, step: float, levels: int) -> Iterator[Mistake]:
    if not 2 <= levels <= MOST_LEVELS:
        yield Mistake(f"{levels} price levels", "levels", "levels_range", f"Ask for 2 to {MOST_LEVELS} price levels.")
    if not (np.isfinite(step) and step > 0):
        fix = "Give the quantity of one step, above zero: best one that divides daily and annual quantities."
        yield Mistake(f"{step} is no step of quantity", "step", "step_positive", fix)
    elif (figures := left.days * left.allowance / step * levels) > MOST_FIGURES:
        fix = "Take a larger step or fewer price levels."
        yield Mistake(f"{figures:,.0f} figures are more than {MOST_FIGURES:,}", "step", "grid_size", fix)


def _negative(where: str, figure: float) -> Mistake:
    return Mistake(f"{figure:g} is below zero", where, "quantity_not_negative", "Give a quantity of zero or more.")
