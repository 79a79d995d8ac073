"""How much of a quantity there is in each local hour of a day.

Axes: h local hours.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from walras.book.cells import FloatArray
from walras.studies.pairs.pair import ProfileRow
from walras.studies.pairs.weather import HOURS, Weather

SATURDAY, SUNDAY = 5, 6
DRIVERS = ("calendar", "wind", "sun", "inflow")


def by_hour(profile: ProfileRow, day: date, weather: Weather) -> FloatArray:
    """Return a profile over the local hours of a day, not negative; shape (h,).

    Example:
        A steady quantity that swings by a fifth over the year, in the middle of January:

        >>> from walras.studies.pairs.weather import weather_of
        >>> steady = ProfileRow("steady", "calendar", 1.0, 1.0, 0.5, 0.2, 0.0, np.ones(24))
        >>> float(by_hour(steady, date(2026, 1, 15), weather_of(date(2026, 1, 15), 0))[0])
        1.2
    """
    level = profile.level * _day_factor(profile, day) * (1 + profile.winter * weather.season)
    level *= 1 + profile.cold * weather.cold
    shape = profile.hours
    if profile.driver == "wind":
        odds = np.log(profile.level / (1 - profile.level)) + 0.9 * weather.front + weather.gusts
        level, shape = 1.0, shape * (1 + profile.winter * weather.season) / (1 + np.exp(-odds))
    elif profile.driver == "sun":
        clear = 0.35 + 0.6 / (1 + np.exp(-1.5 * weather.cloud - 0.4))
        shape = weather.sunshine * clear
    elif profile.driver == "inflow":
        level *= float(np.exp(0.2 * weather.inflow))
    out: FloatArray = np.maximum(np.broadcast_to(level * shape, HOURS), 0.0)
    return out


def _day_factor(profile: ProfileRow, day: date) -> float:
    return {SATURDAY: profile.saturday, SUNDAY: profile.sunday}.get(day.weekday(), 1.0)
