"""Weather, calendar and fuel of three invented states, day by day (see `studies.three_states`).

Axes: d days, h hours of a day, z zones in the order of `ZONES`. One stream of chance, read a
day at a time: the first days are the same however many follow. Nothing here is observed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from walras.book.cells import FloatArray

ZONES = ("XA-north", "XA-south", "XB", "XC")
HOURS = 24
_DRAWS = HOURS + 12
WINDY = np.array([0.42, 0.34, 0.27, 0.24])
"""Share of its wind power that each zone produces on an average day."""
SHAPE = np.array(
    [72, 69, 67, 66, 67, 72, 84, 97, 104, 105, 104, 103, 103, 101, 99, 99, 103, 111, 118, 120, 115, 104, 91, 80]
)  # fmt: skip
"""Load of each hour of a working day, in per cent of its mean."""


@dataclass(frozen=True)
class Weather:
    """What every day brings.

    Attributes:
        days: Delivery days; shape (d,).
        wind: Produced share of installed wind power; shape (d, z, h).
        sun: Produced share of installed solar power; shape (d, h).
        load: Load in per cent of a zone's mean; shape (d, h).
        inflow: Run-of-river water against its mean; shape (d,).
        water: What a stored MWh is worth, EUR; shape (d,).
        fuel: Price of gas and coal against its mean; shape (d,).
    """

    days: tuple[date, ...]
    wind: FloatArray
    sun: FloatArray
    load: FloatArray
    inflow: FloatArray
    water: FloatArray
    fuel: FloatArray


def draw_weather(first: date, days: int, seed: int) -> Weather:
    """Return the weather of consecutive days.

    Example:
        >>> short, long = draw_weather(date(2026, 4, 1), 2, 1), draw_weather(date(2026, 4, 1), 9, 1)
        >>> short.wind.shape, bool((short.load == long.load[:2]).all())
        ((2, 4, 24), True)
    """
    dates = tuple(first + timedelta(days=d) for d in range(days))
    noise = np.random.default_rng(seed).normal(size=(days, _DRAWS))
    slow = {name: _walk(noise[:, HOURS + k], keep) for k, (name, keep) in enumerate(_SLOW.items())}
    return Weather(
        dates,
        _wind(noise, slow["front"]),
        _sun(dates, slow["cloud"]),
        _load(dates, slow["cold"], noise),
        np.exp(0.18 * slow["inflow"]),
        38.0 * np.exp(0.10 * slow["water"]),
        np.exp(0.07 * slow["fuel"]),
    )


_SLOW = {"front": 0.62, "cloud": 0.35, "cold": 0.75, "inflow": 0.9, "water": 0.93, "fuel": 0.92}
"""How much of each day's state the next one keeps."""


def _walk(noise: FloatArray, keep: float) -> FloatArray:
    """Return a series of unit variance in which every day keeps a share of the one before; shape (d,)."""
    out = np.empty_like(noise)
    now = 0.0
    for d, step in enumerate(noise.tolist()):
        now = keep * now + (1 - keep**2) ** 0.5 * step
        out[d] = now
    return out


def _wind(noise: FloatArray, front: FloatArray) -> FloatArray:
    """Return wind by zone and hour: one front for all, gusts of its own in each zone."""
    days = len(front)
    gusts = np.cumsum(noise[:, :HOURS], axis=1) * 0.12
    gusts -= gusts.mean(axis=1, keepdims=True)
    place = noise[:, HOURS + len(_SLOW) : HOURS + len(_SLOW) + len(ZONES)]
    level = np.log(WINDY / (1 - WINDY)) + 0.95 * front[:, None] + 0.45 * place
    shift = np.stack([np.roll(gusts, 3 * z, axis=1) for z in range(len(ZONES))], axis=1)
    out: FloatArray = 1 / (1 + np.exp(-(level[:, :, None] + shift)))
    assert out.shape == (days, len(ZONES), HOURS)
    return out


def _sun(days: tuple[date, ...], cloud: FloatArray) -> FloatArray:
    """Return the sun by hour: a day's length by its season, less what clouds take."""
    season = np.array([np.cos(2 * np.pi * (d.timetuple().tm_yday - 172) / 365) for d in days])
    half = 6.0 + 1.9 * season  # hours from noon to sunset
    from_noon = np.abs(np.arange(HOURS) + 0.5 - 12.5)
    height = np.clip(np.cos(0.5 * np.pi * from_noon / half[:, None]), 0, None) * (from_noon < half[:, None])
    clear = 0.42 + 0.5 / (1 + np.exp(-1.5 * cloud - 0.6))
    out: FloatArray = height**1.15 * (0.86 + 0.14 * season[:, None]) * clear[:, None]
    return out


def _load(days: tuple[date, ...], cold: FloatArray, noise: FloatArray) -> FloatArray:
    """Return the load by hour: less and flatter at weekends, more when it is cold."""
    weekday = np.array([d.weekday() for d in days])
    level = np.where(weekday == 6, 0.85, np.where(weekday == 5, 0.90, 1.0))
    flat = np.where(weekday >= 5, 0.75, 1.0)
    season = np.array([np.cos(2 * np.pi * (d.timetuple().tm_yday - 20) / 365) for d in days])
    level = level * (1 + 0.035 * cold + 0.10 * season + 0.01 * noise[:, -1])
    shape = SHAPE * HOURS / SHAPE.sum() - 1
    out: FloatArray = level[:, None] * (1 + flat[:, None] * shape)
    return out
