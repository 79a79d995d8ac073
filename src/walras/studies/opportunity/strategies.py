"""How a buyer may take a contract's quantity: strategies that the backtest compares.

Each turns prices into quantities; all but `foresight` decide a day on that day's clearing price and earlier ones. Axes:
s paths, t days.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from walras.book.cells import FloatArray
from walras.contracts.flexibility import Outlook, Remaining
from walras.contracts.opportunity import Policy, policy

BELIEF_DAYS = 60
"""Days of prices that weigh as much as the first forward, where it is scaled by what was seen."""
SOLVED_EVERY = 30
"""Days between two solutions of `resolved`."""


@dataclass(frozen=True, eq=False)
class Case:
    """A contract year to try strategies on.

    Attributes:
        left: Its quantities.
        view: What is thought about its prices at the beginning.
        daily_contract_quantity: What a buyer without any view takes each day.
        step: Quantity of a step of offers.
        levels: Price levels of the solution.
    """

    left: Remaining
    view: Outlook
    daily_contract_quantity: float
    step: float
    levels: int = 15

    @property
    def missing_price(self) -> float:
        """Return the price of a unit below take-or-pay."""
        return float(self.view.contract_price[-1]) if self.left.missing_price is None else self.left.missing_price

    def missing(self, taken: FloatArray) -> FloatArray:
        """Return the quantity below take-or-pay of each path; (s,), from quantities (s, t)."""
        short: FloatArray = np.maximum(0.0, self.left.take_or_pay - self.left.taken - taken.sum(axis=1))
        return short

    def profit(self, prices: FloatArray, taken: FloatArray) -> FloatArray:
        """Return the profit of each path; (s,), from prices and quantities (s, t).

        What is missing is paid for, and worth its make-up::

            profit = sum over t of (price - contract_price) * taken - (1 - make_up_share) * missing_price * missing
        """
        earned: FloatArray = ((prices - self.view.contract_price) * taken).sum(axis=1)
        return earned - (1 - self.left.make_up_share) * self.missing_price * self.missing(taken)


def flat(case: Case, prices: FloatArray) -> FloatArray:
    """Return the daily contract quantity on every day, as far as bounds allow; (s, t)."""
    left, out = case.left, np.empty(case.left.days)
    free = left.allowance
    for day, (low, high) in enumerate(zip(left.daily_minimum, left.daily_maximum, strict=True)):
        out[day] = np.clip(case.daily_contract_quantity, low, min(high, low + free))
        free -= out[day] - low
    return np.tile(out, (len(prices), 1))


def planned(case: Case, prices: FloatArray) -> FloatArray:
    """Return the best plan for the forward, carried out whatever prices do; (s, t)."""
    return np.tile(foresight(case, case.view.forward[None, :])[0], (len(prices), 1))


def intrinsic(case: Case, prices: FloatArray) -> FloatArray:
    """Return what sells at offers that take the forward for certain; (s, t)."""
    sure = replace(case.view, volatility=0.0)
    return followed(policy(case.left, sure, step=case.step, levels=case.levels), prices)


def solved(case: Case, prices: FloatArray) -> FloatArray:
    """Return what sells at offers of one solution of the whole year; (s, t)."""
    return followed(policy(case.left, case.view, step=case.step, levels=case.levels), prices)


def resolved(case: Case, prices: FloatArray) -> FloatArray:
    """Return what sells at offers that are solved anew every thirty days, with the forward scaled by what was seen.

    The forward left is multiplied by (BELIEF_DAYS + sum of price / forward so far) / (BELIEF_DAYS + days so far).
    """
    first = policy(case.left, case.view, step=case.step, levels=case.levels)
    return np.array([_resolved(case, first, path) for path in prices])


def foresight(case: Case, prices: FloatArray) -> FloatArray:
    """Return the best quantities had all prices been known; (s, t).

    Exact: days are filled from the dearest down (price less contract price), up to take-or-pay while a day loses no
    more than a missing unit, and up to the annual maximum while it earns.
    """
    left = case.left
    room = left.daily_maximum - left.daily_minimum
    gain = prices - case.view.contract_price
    order = np.argsort(-gain, axis=1, kind="stable")
    filled = np.cumsum(room[order], axis=1)
    least = left.take_or_pay - left.taken - left.daily_minimum.sum()
    least = float(np.clip(least, 0, left.allowance))
    sorted_gain = np.take_along_axis(gain, order, axis=1)
    forced = np.where(sorted_gain >= -(1 - left.make_up_share) * case.missing_price, least, 0.0)
    until = np.where(sorted_gain >= 0, left.allowance, forced)
    above = np.clip(np.minimum(filled, until) - (filled - room[order]), 0, room[order])
    out = np.tile(left.daily_minimum, (len(prices), 1))
    np.put_along_axis(out, order, np.take_along_axis(out, order, axis=1) + above, axis=1)
    return out


def followed(policy: Policy, prices: FloatArray, taken: float | None = None) -> FloatArray:
    """Return what a policy's offers sell on each path, from its first day on; (s, t)."""
    out = np.empty_like(prices)
    total = np.full(len(prices), policy.left.taken if taken is None else taken)
    for day in range(prices.shape[1]):
        out[:, day] = policy.taken_at(day, total, prices[:, day])
        total = total + out[:, day]
    return out


def _resolved(case: Case, first: Policy, path: FloatArray) -> FloatArray:
    left, days, out, taken = case.left, case.left.days, np.empty(case.left.days), case.left.taken
    for day in range(0, days, SOLVED_EVERY):
        until = min(days, day + SOLVED_EVERY)
        now = first
        if day:
            seen = float((path[:day] / case.view.forward[:day]).sum())
            scale = max(0.05, (BELIEF_DAYS + seen) / (BELIEF_DAYS + day))
            rest = case.view.after(day)
            rest = replace(rest, forward=scale * rest.forward)
            ending = replace(left.after(day, taken), missing_price=case.missing_price)
            now = policy(ending, rest, step=case.step, levels=case.levels)
        out[day:until] = followed(now, path[None, day:until], taken)[0]
        taken += float(out[day:until].sum())
    return out


STRATEGIES: Mapping[str, Callable[[Case, FloatArray], FloatArray]] = {
    "flat": flat,
    "plan": planned,
    "intrinsic offers": intrinsic,
    "opportunity cost": solved,
    "opportunity cost, solved monthly": resolved,
    "perfect foresight": foresight,
}
"""Strategies by the name that tables give them; the first and the last are what others are measured by."""
