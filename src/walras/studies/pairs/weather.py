"""Weather and fuel of any day, from its date and a seed alone; nothing here is observed.

Every quantity is a sum of independent draws of the days before, each day counting for less than
the next, so that days in a row are alike and any day can be asked for by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np

from walras.book.cells import FloatArray

HOURS = 24
MEMORY_DAYS = 40
KEEP = {"cold": 0.75, "front": 0.60, "cloud": 0.40, "inflow": 0.92, "fuel": 0.93}
"""How much of each day's state the next one keeps."""


@dataclass(frozen=True)
class Weather:
    """What a day brings, as numbers of mean 0 and variance 1.

    Attributes:
        cold: Colder than usual.
        front, cloud, inflow, fuel: Wind, clear sky, water and the price of fuel above their means.
        gusts: Wind within the day, around 0; shape (24,).
        season: 1 in the middle of January, -1 in the middle of July.
        sunshine: Height of a clear sun over local hours, 0 to 1; shape (24,).
    """

    cold: float
    front: float
    cloud: float
    inflow: float
    fuel: float
    gusts: FloatArray
    season: float
    sunshine: FloatArray


@lru_cache(maxsize=4096)
def _draws(ordinal: int, seed: int) -> FloatArray:
    return np.random.default_rng([seed, ordinal]).normal(size=len(KEEP) + HOURS)


def weather_of(day: date, seed: int) -> Weather:
    """Return the weather of a day.

    Example:
        The same day and seed, the same weather:

        >>> weather_of(date(2026, 1, 15), 1).cold == weather_of(date(2026, 1, 15), 1).cold
        True
        >>> round(weather_of(date(2026, 1, 15), 1).season, 3)
        1.0
    """
    recent = np.stack([_draws(day.toordinal() - d, seed) for d in range(MEMORY_DAYS)])
    state = {}
    for k, (name, keep) in enumerate(KEEP.items()):
        weight = keep ** np.arange(MEMORY_DAYS)
        state[name] = float(weight @ recent[:, k] / np.sqrt(weight @ weight))
    gusts = np.cumsum(recent[0, len(KEEP) :]) * 0.12
    return Weather(gusts=gusts - gusts.mean(), season=season_of(day), sunshine=_sunshine(day), **state)


def season_of(day: date) -> float:
    """Return 1 in the middle of January, -1 in the middle of July; known from the calendar.

    >>> season_of(date(2026, 1, 15))
    1.0
    """
    return float(np.cos(2 * np.pi * (day.timetuple().tm_yday - 15) / 365.25))


def usual_weather(day: date) -> Weather:
    """Return the mean weather of a day, which anybody expects who knows the calendar alone."""
    return Weather(0.0, 0.0, 0.0, 0.0, 0.0, np.zeros(HOURS), season_of(day), _sunshine(day))


def _sunshine(day: date) -> FloatArray:
    """Return how high a clear sun stands: a longer and higher day in summer."""
    summer = np.cos(2 * np.pi * (day.timetuple().tm_yday - 172) / 365.25)
    half = 6.0 + 2.2 * summer  # hours from noon to sunset
    from_noon = np.abs(np.arange(HOURS) + 0.5 - 13.0)
    height = np.where(from_noon < half, np.cos(0.5 * np.pi * np.minimum(from_noon / half, 1.0)), 0.0)
    out: FloatArray = height * (0.72 + 0.28 * summer)
    return out
