"""What is thought of a carrier's prices: a level from what was cleared, the season's shape, and how prices wander.

Made on the first day of each month from the prices that were cleared before it, and from the pair's
reference price before there are any. For past day `d` with price `p[d]` and `s[d]` the season (1 in the middle of
January, -1 in the middle of July)::

    shape[d]   = 1 + swing x s[d]
    level      = (PRIOR x reference + sum of p[d] / shape[d]) / (PRIOR + number of days)      over the last WINDOW days
    forward[t] = level x shape[t]

`swing` is a share of that of the carrier's demand. Persistence and volatility are those of an AR(1) of
log(p / forward) (`contracts.price_levels`, O1), supposed before there are `ENOUGH` days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from walras.book.cells import FloatArray
from walras.studies.pairs.pair import Pair
from walras.studies.pairs.weather import season_of

PRIOR, WINDOW, ENOUGH = 10, 60, 20
PASSED_ON = 0.4
"""Share of demand's swing over the year that prices are thought to have."""
SUPPOSED = (0.9, 0.04)
"""Persistence and daily volatility before there is enough to estimate them from."""
LEAST = 0.01
"""Of the reference price: what a price counts as at the least, since levels are multiples of a forward."""


@dataclass(frozen=True)
class Forward:
    """What is thought of prices, in the trade currency for a MWh.

    Attributes:
        level: Mean of a year.
        swing: Over the year, positive = dearer in January.
        persistence, volatility: Of the distance from the forward (`contracts.flexibility.Outlook`).
        last_day: Last contract day whose price went into it, None = none did.
    """

    level: float
    swing: float
    persistence: float
    volatility: float
    last_day: date | None = None

    def prices(self, days: Sequence[date]) -> FloatArray:
        """Return the price at which each day is expected to clear; shape (t,)."""
        found: FloatArray = self.level * _shape(self.swing, days)
        return found


def forward_of(pair: Pair, past: Sequence[tuple[date, float]], zone: str, carrier: str) -> Forward:
    """Return what is thought of prices after some days were cleared.

    Args:
        pair: With demand and reference prices.
        past: Contract days with their mean prices, in order; no others are known.
        zone: Where its prices form.
        carrier: Of what.

    Example:
        >>> from walras.studies.pairs.read import bundled_pair
        >>> forward_of(bundled_pair("coast-and-hills"), [], "XB-hills", "hydrogen").level
        110.0
    """
    reference, swing = pair.carriers[carrier].reference_price, _swing(pair, zone, carrier)
    known = list(past)[-WINDOW:]
    days = [d for d, _ in known]
    prices = np.maximum(np.array([p for _, p in known]), LEAST * reference)
    shape = _shape(swing, days)
    level = (PRIOR * reference + float((prices / shape).sum())) / (PRIOR + len(known))
    persistence, volatility = SUPPOSED
    if len(known) >= ENOUGH:
        x = np.log(prices / shape / level)
        persistence = float(np.clip(x[1:] @ x[:-1] / max(float(x[:-1] @ x[:-1]), 1e-12), 0.0, 0.98))
        volatility = float(np.clip(np.std(x[1:] - persistence * x[:-1]), 0.005, 0.5))
    return Forward(level, swing, persistence, volatility, days[-1] if days else None)


def _swing(pair: Pair, zone: str, carrier: str) -> float:
    rows = [(d.mean_mw, pair.profiles[d.profile]) for d in pair.demand if (d.zone, d.carrier) == (zone, carrier)]
    total = sum(mean * p.level for mean, p in rows)
    swing = sum(mean * p.level * p.winter for mean, p in rows) / total if total else 0.0
    return float(np.clip(PASSED_ON * swing, -0.5, 0.5))


def _shape(swing: float, days: Sequence[date]) -> FloatArray:
    return 1 + swing * np.array([season_of(d) for d in days], dtype=float)
