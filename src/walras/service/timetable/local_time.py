"""Local wall times as times in UTC, where clocks change too.

A wall time that the clocks skip counts as the moment of the change: the gate closes when
the skipped hour would have begun. A wall time that comes twice counts the first time.
Both rules keep two wall times of a day in their order (two inside one skipped hour fall on
the same moment).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones


def is_zone(name: str) -> bool:
    """Return whether a name is a time zone of the IANA database with a place: `Europe/Rome`, `UTC`.

    >>> is_zone("Asia/Kathmandu"), is_zone("UTC+5:45"), is_zone("../etc/passwd"), is_zone("")
    (True, False, False, False)
    """
    return name in _zones()


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - {"localtime", "Factory", "posixrules"})


def to_utc(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the moment of a wall time.

    Example:
        Rome skips 02:00 to 03:00 on 30 March 2025, and has it twice on 26 October.

        >>> rome = ZoneInfo("Europe/Rome")
        >>> to_utc(date(2025, 3, 30), time(2, 30), rome).isoformat()
        '2025-03-30T01:00:00+00:00'
        >>> to_utc(date(2025, 10, 26), time(2, 30), rome).isoformat()
        '2025-10-26T00:30:00+00:00'
    """
    wall = datetime.combine(day, at)
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= second:
        return first
    # In a gap, fold 0 reads the offset before the change and lands after it, fold 1 the other way round.
    return _change_between(second, first, zone)


def _change_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the first whole second with the new offset."""
    old = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


def local_text(moment: datetime, zone: ZoneInfo) -> str:
    """Return a moment as people of a zone read it, never ambiguous.

    >>> local_text(datetime(2025, 4, 1, 10, tzinfo=UTC), ZoneInfo("Asia/Kathmandu"))
    '2025-04-01 15:45 UTC+05:45 (Asia/Kathmandu)'
    """
    there = moment.astimezone(zone)
    offset = there.strftime("%z")
    return f"{there:%Y-%m-%d %H:%M} UTC{offset[:3]}:{offset[3:5]} ({zone.key})"


@lru_cache(maxsize=256)
def clock_changes(zone: ZoneInfo, first: date, last: date) -> tuple[date, ...]:
    """Return the days on which the clocks change, by their offset at the two ends of the day.

    >>> clock_changes(ZoneInfo("Europe/Rome"), date(2025, 1, 1), date(2025, 12, 31))
    (datetime.date(2025, 3, 30), datetime.date(2025, 10, 26))
    """
    days, day = [], first
    offset = _offset(day, zone)
    while day <= last:
        following = _offset(day + timedelta(days=1), zone)
        if following != offset:
            days.append(day)
        offset, day = following, day + timedelta(days=1)
    return tuple(days)


def _offset(day: date, zone: ZoneInfo) -> timedelta | None:
    return datetime(day.year, day.month, day.day, tzinfo=zone).utcoffset()
