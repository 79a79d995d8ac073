"""The time of observations: periods of a series, and the window that an average goes over.

A period is one whole number, so that going back is subtraction: months are 12 times the year
plus the month less one, days are proleptic ordinals, MTUs the minute UTC in which they begin.
Days and months are those of a time zone, so a day has 23, 24 or 25 hours of MTUs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WEEKEND = 5


@dataclass(frozen=True)
class Grid:
    """How often a series is observed: `monthly`, `daily`, `workdays` (Monday to Friday) or `mtu` with its minutes."""

    kind: str
    minutes: int = 0

    @property
    def step(self) -> int:
        """Distance from one period to the next."""
        return self.minutes or 1

    @property
    def length(self) -> str:
        """What one period is: a month, day or MTU."""
        return {"monthly": "month", "mtu": "MTU"}.get(self.kind, "day")

    def __str__(self) -> str:
        return f"mtu {self.minutes} min" if self.kind == "mtu" else self.kind


@dataclass(frozen=True)
class Moment:
    """The moment that a formula is evaluated for, with the time zone of its days."""

    minute_utc: int
    time_zone: ZoneInfo

    @property
    def day(self) -> int:
        """Ordinal of its local day."""
        return (EPOCH + timedelta(minutes=self.minute_utc)).astimezone(self.time_zone).toordinal()

    @property
    def month(self) -> int:
        """Number of its local month."""
        return month_of(date.fromordinal(self.day))

    def period(self, grid: Grid) -> int:
        """Return the period of a grid that it lies in.

        >>> at = Moment(midnight(date(2024, 3, 31).toordinal(), ZoneInfo("Europe/Rome")) + 65, ZoneInfo("Europe/Rome"))
        >>> [period_text(Grid(k, m), at.period(Grid(k, m))) for k, m in (("monthly", 0), ("daily", 0), ("mtu", 30))]
        ['2024-03', '2024-03-31', '2024-03-31T00:00Z']
        """
        if grid.kind == "monthly":
            return self.month
        if grid.kind != "mtu":
            return self.day
        begin = midnight(self.day, self.time_zone)
        return begin + (self.minute_utc - begin) // grid.minutes * grid.minutes


@dataclass(frozen=True)
class Window:
    """Periods that an average goes over.

    Attributes:
        length: Of one step of it: month, day or MTU.
        count: How many of them.
        lag: How many lie between its end and what it is for.
        every: Months for which one average holds.
        begin: A month of the year, 1 to 12, in which such a span begins.
    """

    length: str
    count: int
    lag: int = 0
    every: int = 1
    begin: int = 1

    def periods(self, grid: Grid, at: Moment) -> range | list[int]:
        """Return the periods of a grid in the window for a moment, in order.

        Example:
            6-1-3 for May: the quarter began in April, March is left out, so September to February.

            >>> at = Moment(midnight(date(2011, 5, 17).toordinal(), ZoneInfo("UTC")), ZoneInfo("UTC"))
            >>> months = Window("month", 6, lag=1, every=3).periods(Grid("monthly"), at)
            >>> period_text(Grid("monthly"), months[0]), period_text(Grid("monthly"), months[-1])
            ('2010-09', '2011-02')

        Half years from April and October on: in May it still goes over what lay before April.

            >>> months = Window("month", 6, every=6, begin=4).periods(Grid("monthly"), at)
            >>> period_text(Grid("monthly"), months[0]), period_text(Grid("monthly"), months[-1])
            ('2010-10', '2011-03')
        """
        if self.length == "MTU":
            end = at.period(grid) - self.lag * grid.minutes
            return range(end - self.count * grid.minutes, end, grid.minutes)
        if self.length == "day":
            end = at.day - self.lag
            return _days(grid, end - self.count, end, at.time_zone)
        into = (at.month - (self.begin - 1)) % self.every
        end = at.month - into - self.lag
        if grid.kind == "monthly":
            return range(end - self.count, end)
        first, last = (first_of(m).toordinal() for m in (end - self.count, end))
        return _days(grid, first, last, at.time_zone)

    def most(self, grid: Grid) -> int:
        """Return how many observations it may hold at the most."""
        if self.length == "MTU" or grid.kind == "monthly":
            return self.count
        days = self.count * (31 if self.length == "month" else 1)
        return days * (25 * 60 // grid.minutes if grid.kind == "mtu" else 1)


def _days(grid: Grid, first: int, end: int, time_zone: ZoneInfo) -> range | list[int]:
    if grid.kind == "mtu":
        return range(midnight(first, time_zone), midnight(end, time_zone), grid.minutes)
    if grid.kind == "workdays":
        return [d for d in range(first, end) if date.fromordinal(d).weekday() < WEEKEND]
    return range(first, end)


def midnight(day: int, time_zone: ZoneInfo) -> int:
    """Return the minute UTC in which a local day begins."""
    local = datetime.combine(date.fromordinal(day), datetime.min.time(), tzinfo=time_zone)
    return (local.astimezone(UTC) - EPOCH) // timedelta(minutes=1)


def month_of(day: date) -> int:
    """Return the number of the month of a day."""
    return day.year * 12 + day.month - 1


def first_of(month: int) -> date:
    """Return the first day of a month by its number.

    >>> first_of(month_of(date(2024, 2, 29))).isoformat()
    '2024-02-01'
    """
    return date(month // 12, month % 12 + 1, 1)


def end_of(grid: Grid, period: int, time_zone: ZoneInfo) -> int:
    """Return the minute UTC in which a period ends."""
    if grid.kind == "mtu":
        return period + grid.minutes
    return midnight(first_of(period + 1).toordinal() if grid.kind == "monthly" else period + 1, time_zone)


def period_text(grid: Grid, period: int) -> str:
    """Return a period as people write it: 2024-03, 2024-03-31, 2024-03-31T00:15Z."""
    if grid.kind == "monthly":
        return first_of(period).isoformat()[:7]
    if grid.kind == "mtu":
        return minute_text(period)
    return date.fromordinal(period).isoformat()


def minute_text(minute_utc: int) -> str:
    """Return a minute UTC as text.

    >>> minute_text(0)
    '1970-01-01T00:00Z'
    """
    return f"{EPOCH + timedelta(minutes=minute_utc):%Y-%m-%dT%H:%MZ}"
