"""Business days of a market: neither weekend nor public holiday of any of its countries.

Holidays come from the package `holidays`. Some of its dates are estimates (those that
follow the moon, and those that governments move late), and a working Saturday stays a weekend: an operator who knows
better gives the session another day.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import holidays

MOST_DAYS = 30


@lru_cache(maxsize=1)
def _supported() -> dict[str, list[str]]:
    return dict(holidays.list_supported_countries(include_aliases=False))


def is_country(text: str) -> bool:
    """Return whether holidays of a country, or of a part of it, are known.

    >>> is_country("KZ"), is_country("DE-BY"), is_country("XX"), is_country("DE-XX")
    (True, True, False, False)
    """
    country, dash, part = text.partition("-")
    return country in _supported() and (not dash or part in _supported()[country])


def is_business_day(day: date, countries: tuple[str, ...], weekend: tuple[int, ...]) -> bool:
    """Return whether a day is a business day in every one of the countries.

    >>> is_business_day(date(2025, 5, 1), ("BY",), (5, 6)), is_business_day(date(2025, 4, 30), ("BY",), (5, 6))
    (False, True)
    """
    return day.weekday() not in weekend and not any(day in _holidays(c, day.year) for c in countries)


@lru_cache(maxsize=512)
def _holidays(country: str, year: int) -> frozenset[date]:
    name, _, part = country.partition("-")
    return frozenset(holidays.country_holidays(name, subdiv=part or None, years=year))


def days_back(day: date, countries: tuple[str, ...], weekend: tuple[int, ...]) -> int:
    """Return how many days before a day the last business day is, 0 if it is one itself.

    Example:
        1 May 2025 is a Thursday and a holiday in Belarus; 4 May is a Sunday.

        >>> days_back(date(2025, 5, 1), ("BY",), (5, 6)), days_back(date(2025, 5, 4), (), (5, 6))
        (1, 2)
    """
    for back in range(MOST_DAYS):
        if is_business_day(day - timedelta(days=back), countries, weekend):
            return back
    raise AssertionError(f"no business day in the {MOST_DAYS} days before {day}")
