"""Observations of a pair's series, drawn: a level with a trend, and a sway that forgets slowly. Nothing is observed.

Each observation depends on its own date and a seed alone, so that any day can be asked for by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from walras.formulas.periods import first_of, month_of
from walras.studies.pairs.pair import Pair

FIRST_MONTHS = 4
"""Months before a first day for which observations are written: averages reach back."""
MEMORY, LEAST = 60, 1e-3
"""Periods that an observation remembers, and the least weight that counts."""
BASE_YEAR = 2026
PUBLISHED = time(8, 0)


@dataclass(frozen=True)
class SeriesRow:
    """One series.

    Attributes:
        series: As formulas name it; `USD/EUR` is a fixing.
        unit, length: Of its observations, `month` or `day`.
        level, trend: At the beginning of 2026, and what a year adds, as a share of it.
        sway, keeps: Standard deviation as a share of the level, and how much of it one period keeps of the last.
        delay_days: After the end of its period until it is published.
        decimals: With which it is published.
        source: Where its figures come from.
    """

    series: str
    unit: str
    length: str
    level: float
    trend: float
    sway: float
    keeps: float
    delay_days: float
    decimals: float
    source: str


def value_of(row: SeriesRow, day: date, seed: int) -> str:
    """Return an observation as it is published, of the month or day that a day lies in.

    Example:
        >>> row = SeriesRow("gas", "EUR/MWh", "month", 30.0, 0.1, 0.0, 0.9, 5, 2, "illustrative")
        >>> value_of(row, date(2026, 7, 1), 0), value_of(row, date(2027, 1, 1), 0)
        ('31.49', '33.00')
    """
    number = month_of(day) if row.length == "month" else day.toordinal()
    years = (day - date(BASE_YEAR, 1, 1)).days / 365.25
    weights = row.keeps ** np.arange(MEMORY)
    sway = sum(w * _draw(row.series, number - n, seed) for n, w in enumerate(weights) if row.sway and w > LEAST)
    level = row.level * (1 + row.trend * years) * np.exp(row.sway * sway * np.sqrt(1 - row.keeps**2))
    return f"{level:.{int(row.decimals)}f}"


@lru_cache(maxsize=65_536)
def _draw(series: str, number: int, seed: int) -> float:
    return float(np.random.default_rng([seed, *series.encode(), number]).normal())


def observations(pair: Pair, rows: tuple[SeriesRow, ...], first: date, last: date, seed: int) -> list[dict[str, str]]:
    """Return rows of observations that are published from some months before a day on, until another, in that order.

    Args:
        pair: Whose time zone counts.
        rows: The series.
        first: First day of deliveries.
        last: Last day of publication.
        seed: Of the draws.
    """
    begin = first_of(month_of(first) - FIRST_MONTHS)
    found = [o for row in rows for o in _of_series(pair.time_zone, row, begin, last, seed)]
    return sorted(found, key=lambda o: (o["published_at"], o["series"], o["period"]))


def _of_series(zone: ZoneInfo, row: SeriesRow, begin: date, last: date, seed: int) -> Iterator[dict[str, str]]:
    day = begin
    while day <= last:
        end = first_of(month_of(day) + 1) if row.length == "month" else day + timedelta(days=1)
        at = datetime.combine(end + timedelta(days=int(row.delay_days) - 1), PUBLISHED, zone).astimezone(UTC)
        if at.date() <= last:
            period = day.isoformat()[:7] if row.length == "month" else day.isoformat()
            yield {
                "series": row.series, "period": period, "value": value_of(row, day, seed), "unit": row.unit,
                "published_at": at.strftime("%Y-%m-%dT%H:%MZ"), "version": "1", "source": row.source,
            }  # fmt: skip
        day = end
