"""The MTUs of a delivery day in local time: 23, 24 or 25 hours, 92, 96 or 100 quarter hours.

All markets that couple share the grid of UTC, so a local day must begin on it: Kathmandu
(+05:45) has quarter hours, and no hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from walras.book.read_terms import delivery_day_minutes
from walras.errors import BadInput, Mistake

LENGTHS = (5, 10, 15, 30, 60)


@dataclass(frozen=True)
class Mtu:
    """One MTU: number from 1, start in UTC, minutes, and the wall time with its offset."""

    number: int
    utc: datetime
    minutes: int
    local: str


def mtus(day: date, zone: ZoneInfo, mtu_minutes: int) -> tuple[Mtu, ...]:
    """Return the MTUs of a delivery day, in time order.

    Raises:
        BadInput: No MTU has this length (`mtu_length`), or the day does not begin and end
            on the grid of UTC (`mtu_aligned`).

    Example:
        >>> day = mtus(date(2025, 10, 26), ZoneInfo("Europe/Rome"), 60)
        >>> len(day), [m.local for m in day[2:4]]
        (25, ['02:00+02:00', '02:00+01:00'])
        >>> len(mtus(date(2025, 4, 1), ZoneInfo("Asia/Kathmandu"), 15))
        96
    """
    start, count = first_and_count(day, zone, mtu_minutes)
    first = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=start)
    starts = [first + timedelta(minutes=k * mtu_minutes) for k in range(count)]
    return tuple(Mtu(k, at, mtu_minutes, _wall(at, zone)) for k, at in enumerate(starts, 1))


def first_and_count(day: date, zone: ZoneInfo, mtu_minutes: int) -> tuple[int, int]:
    """Return the start of a delivery day, in minutes since 1970 UTC, and how many MTUs it has; raises as `mtus`."""
    if mtu_minutes not in LENGTHS:
        fix = f"Choose {', '.join(map(str, LENGTHS))} minutes."
        raise BadInput([Mistake(f"{mtu_minutes} minutes is no length of an MTU", "timetable", "mtu_length", fix)])
    start, end = delivery_day_minutes(day, zone)
    if start % mtu_minutes or end % mtu_minutes:
        what = f"{day} in {zone.key} begins or ends {start % mtu_minutes or end % mtu_minutes} minutes off the UTC grid"
        fix = f"Choose {_fitting(start, end)} minutes."
        raise BadInput([Mistake(f"{what} of {mtu_minutes} minutes", "timetable", "mtu_aligned", fix)])
    return start, (end - start) // mtu_minutes


def _fitting(start: int, end: int) -> str:
    return " or ".join(str(n) for n in LENGTHS if not start % n and not end % n) or "another zone: no length of"


def _wall(at: datetime, zone: ZoneInfo) -> str:
    there = at.astimezone(zone)
    offset = there.strftime("%z")
    return f"{there:%H:%M}{offset[:3]}:{offset[3:5]}"
