"""Price years in which strategies are tried: the model's own, and others that it knows nothing of.

Read by the backtest. Each world turns one seed into one year of daily prices; all of them share the seed's AR(1) path
(O1 of `walras.contracts.price_levels`, continuous, not its chain), so that worlds differ by what they change and by
nothing else. No strategy but perfect foresight sees more of a year than its days so far. Axis t: days.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from walras.book.cells import FloatArray
from walras.contracts.flexibility import Outlook

World = Callable[[np.random.Generator, Outlook, FloatArray], FloatArray]

JUMPS_A_YEAR, JUMP, JUMP_LASTS = 8, 0.5, 0.7
"""Dear days: how many a year begin, by how much the logarithm jumps, and what of it is left a day later."""
REGIME, REGIME_DAYS = 0.25, 90
"""Long dear and cheap spells: distance of the logarithm from the forward, and their mean length in days."""
WRONG = 0.2
"""How far a wrong forward is off, up or down, for the whole year."""


def prices_of(world: str, seed: int, view: Outlook) -> FloatArray:
    """Return one year of prices; (t,).

    Example:
        >>> from walras.contracts.flexibility import outlook
        >>> sure = outlook(2, forward=[20, 30], contract_price=25)
        >>> [prices_of(world, 7, sure).tolist() for world in ("as the model", "forward too high")]
        [[20.0, 30.0], [16.0, 24.0]]
    """
    rng = np.random.default_rng(seed)
    return WORLDS[world](rng, view, _around(rng, view))


def _around(rng: np.random.Generator, view: Outlook) -> FloatArray:
    """Return price over forward by O1, from its long run on, with a mean of one; (t,)."""
    noise = rng.standard_normal(len(view.forward))
    spread = view.volatility / np.sqrt(1 - view.persistence**2)
    x = np.empty(len(noise))
    last = spread * noise[0]
    for day, e in enumerate(noise):
        last = last if day == 0 else view.persistence * last + view.volatility * e
        x[day] = last
    multiple: FloatArray = np.exp(x - spread**2 / 2)
    return multiple


def _as_the_model(_: np.random.Generator, view: Outlook, around: FloatArray) -> FloatArray:
    return view.forward * around


def _with_jumps(rng: np.random.Generator, view: Outlook, around: FloatArray) -> FloatArray:
    jumps = rng.poisson(JUMPS_A_YEAR / 365, len(around)) * rng.lognormal(np.log(JUMP), 0.3, len(around))
    lasting, left = np.empty(len(jumps)), 0.0
    for day, jump in enumerate(jumps):
        left = JUMP_LASTS * left + jump
        lasting[day] = left
    return view.forward * around * np.exp(lasting)


def _in_regimes(rng: np.random.Generator, view: Outlook, around: FloatArray) -> FloatArray:
    turns = rng.random(len(around)) < 1 / REGIME_DAYS
    side = np.where(np.cumsum(turns) % 2 == 0, 1.0, -1.0) * (1 if rng.random() < 0.5 else -1)
    prices: FloatArray = view.forward * around * np.exp(REGIME * side) / np.cosh(REGIME)
    return prices


def _too_high(_: np.random.Generator, view: Outlook, around: FloatArray) -> FloatArray:
    return (1 - WRONG) * view.forward * around


def _too_low(_: np.random.Generator, view: Outlook, around: FloatArray) -> FloatArray:
    return (1 + WRONG) * view.forward * around


WORLDS: Mapping[str, World] = {
    "as the model": _as_the_model,
    "with jumps": _with_jumps,
    "in regimes": _in_regimes,
    "forward too high": _too_high,
    "forward too low": _too_low,
}
"""What prices do, by name; in the last two the forward is off by `WRONG`."""
