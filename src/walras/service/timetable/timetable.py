"""The nouns of a timetable: when each event is, relative to the delivery day, in the market's local time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from zoneinfo import ZoneInfo

EVENT_NAMES = ("open", "gate", "results_due", "objection_until", "final")
MOST_DAYS_AHEAD = 400
_MOMENT = re.compile(r"D(?:([+-])(\d{1,3}))? (\d\d):(\d\d)")


@dataclass(frozen=True, order=True)
class Moment:
    """A wall time some days from the delivery day D: `D-1 12:00` has `days` -1."""

    days: int
    at: time

    def __str__(self) -> str:
        return f"D{self.days:+d} {self.at:%H:%M}" if self.days else f"D {self.at:%H:%M}"

    def later(self, minutes: int) -> Moment:
        """Return the moment so many minutes of the clock on the wall later.

        >>> str(Moment(-1, time(23, 50)).later(20))
        'D 00:10'
        """
        days, left = divmod(self.at.hour * 60 + self.at.minute + minutes, 1440)
        return Moment(self.days + days, time(left // 60, left % 60))


def read_moment(text: object) -> Moment | None:
    """Return what `D-1 12:00` means, or None if it means nothing.

    >>> read_moment("D-1 12:00"), read_moment("D 24:00"), read_moment("yesterday")
    (Moment(days=-1, at=datetime.time(12, 0)), None, None)
    """
    found = _MOMENT.fullmatch(text) if isinstance(text, str) and text.isascii() else None
    if found is None:
        return None
    sign, days, hour, minute = found.groups()
    if int(hour) > 23 or int(minute) > 59:
        return None
    return Moment(int(days or 0) * (-1 if sign == "-" else 1), time(int(hour), int(minute)))


@dataclass(frozen=True)
class Timetable:
    """When the sessions of one market happen.

    Attributes:
        market: Name for people.
        zone: Time zone of the market: delivery days and events are in its wall time.
        also_shown: Zones whose wall time stands beside it.
        mtu_minutes: Length of an MTU of the delivery day.
        moments: One for each of `EVENT_NAMES`, in that order.
        business_days_only: Whether a gate on a holiday or at a weekend moves the whole
            session back by days, to the business day before.
        holidays_of: Countries (ISO 3166, two letters, perhaps with a part: `DE-BY`).
        weekend: Days of the week that are no business days, Monday = 0.
    """

    market: str
    zone: ZoneInfo
    moments: tuple[Moment, ...]
    mtu_minutes: int = 60
    also_shown: tuple[ZoneInfo, ...] = ()
    business_days_only: bool = False
    holidays_of: tuple[str, ...] = ()
    weekend: tuple[int, ...] = (5, 6)

    def moment(self, name: str) -> Moment:
        """Return when the event of a name is."""
        return self.moments[EVENT_NAMES.index(name)]
