"""What is left of a supply contract's year, and what prices may do until its end: the input of opportunity costs.

Written by whoever sells a contract's flexibility; read by `walras.contracts.opportunity`. Quantities are in the
contract's own unit, prices in one currency per that unit: nothing is converted here. Axis t: delivery days left.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from walras.book.cells import FloatArray

Daily = float | npt.ArrayLike


@dataclass(frozen=True, eq=False)
class Remaining:
    """Quantities that a buyer may and must still take in a contract year.

    Attributes:
        taken: Quantity of the year taken so far.
        take_or_pay: Quantity of the whole year that is paid for even where it is not taken.
        most: Largest quantity of the whole year.
        daily_minimum: Quantity that has to be taken each day; (t,).
        daily_maximum: Quantity that may be taken each day; (t,).
        make_up_share: What a unit that is paid for and not taken is still worth as make-up, as a share of its price,
            0 to 1. It answers for the chance that make-up expires, for its price and for the wait.
        missing_price: Price of a unit below take-or-pay; without it the contract price of the last day.
    """

    taken: float
    take_or_pay: float
    most: float
    daily_minimum: FloatArray
    daily_maximum: FloatArray
    make_up_share: float
    missing_price: float | None = None

    @property
    def days(self) -> int:
        """Return the number of days left."""
        return len(self.daily_maximum)

    @property
    def allowance(self) -> float:
        """Return what may be taken above the daily minima: equation O3 at the first day."""
        return self.most - self.taken - float(self.daily_minimum.sum())

    @property
    def certain_shortfall(self) -> float:
        """Return what will be missing at take-or-pay whatever is taken from now on.

        Example:
            Two days of at most 10 cannot fill 25.

            >>> remaining(2, taken=0, take_or_pay=25, most=30, daily_minimum=0, daily_maximum=10,
            ...           make_up_share=0).certain_shortfall
            5.0
        """
        can = min(float(self.daily_maximum.sum()), self.most - self.taken)
        return max(0.0, self.take_or_pay - self.taken - can)

    def after(self, day: int, taken: float) -> Remaining:
        """Return what is left from a day on, once so much of the year is taken."""
        return replace(
            self, taken=taken, daily_minimum=self.daily_minimum[day:], daily_maximum=self.daily_maximum[day:]
        )


@dataclass(frozen=True, eq=False)
class Outlook:
    """What is thought about prices of the days left.

    Attributes:
        forward: Price at which each day is expected to clear, above zero; (t,).
        contract_price: What a unit taken that day costs; (t,).
        persistence: Share of a price's distance from its forward (of its logarithm) that is left a day later.
        volatility: Standard deviation of a day's change of that distance; 0 for prices that are certain.
    """

    forward: FloatArray
    contract_price: FloatArray
    persistence: float = 0.0
    volatility: float = 0.0

    def after(self, day: int) -> Outlook:
        """Return the outlook from a day on."""
        return replace(self, forward=self.forward[day:], contract_price=self.contract_price[day:])


def remaining(
    days: int,
    *,
    taken: float,
    take_or_pay: float,
    most: float,
    daily_minimum: Daily,
    daily_maximum: Daily,
    make_up_share: float,
    missing_price: float | None = None,
) -> Remaining:
    """Return what is left of a contract; a single figure stands for every day. Checked when it is used."""
    return Remaining(
        float(taken),
        float(take_or_pay),
        float(most),
        _daily(daily_minimum, days),
        _daily(daily_maximum, days),
        float(make_up_share),
        missing_price,
    )


def outlook(
    days: int, *, forward: Daily, contract_price: Daily, persistence: float = 0.0, volatility: float = 0.0
) -> Outlook:
    """Return an outlook; a single figure stands for every day. Checked when it is used."""
    return Outlook(_daily(forward, days), _daily(contract_price, days), float(persistence), float(volatility))


def _daily(figure: Daily, days: int) -> FloatArray:
    given = np.asarray(figure, dtype=float)
    return np.full(days, float(given)) if given.ndim == 0 else given.copy()
