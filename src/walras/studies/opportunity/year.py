"""One year of one path as series: what was offered at what price, what it cleared at, and what was taken so far.

Written for pictures: the page of the backtest and the one in the documentation. Axis t: days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from walras.book.cells import FloatArray
from walras.contracts.opportunity import policy
from walras.studies.opportunity.strategies import STRATEGIES, Case

SHOWN = ("flat", "plan", "opportunity cost", "perfect foresight")
"""Strategies whose quantities are drawn."""


@dataclass(frozen=True, eq=False)
class Year:
    """Series of one path.

    Attributes:
        price: Clearing price; (t,).
        first_offer: Price at which the first step is offered; (t,), no number where nothing is left to offer.
        last_offer: Price of the day's last step; (t,).
        taken: Quantity taken so far at the end of each day, by strategy; (t,) each.
    """

    price: FloatArray
    first_offer: FloatArray
    last_offer: FloatArray
    taken: Mapping[str, FloatArray]


def year_of(case: Case, price: FloatArray) -> Year:
    """Return the series of one path of prices; (t,)."""
    paths = price[None, :]
    taken = {name: case.left.taken + np.cumsum(STRATEGIES[name](case, paths)[0]) for name in SHOWN}
    before = np.concatenate([[case.left.taken], taken["opportunity cost"][:-1]])
    solved = policy(case.left, case.view, step=case.step, levels=case.levels)
    ends = np.full((2, len(price)), np.nan)
    for day in range(len(price)):
        if len(offered := solved.offers(day, float(before[day])).price):
            ends[:, day] = offered[0], offered[-1]
    return Year(price, ends[0], ends[1], taken)
