"""What a timetable means for one delivery day, and which sessions need attention now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from walras.errors import BadInput, Mistake
from walras.service.timetable.business_days import days_back
from walras.service.timetable.local_time import local_text, to_utc
from walras.service.timetable.timetable import EVENT_NAMES, MOST_DAYS_AHEAD, Moment, Timetable

MOST_HORIZON = timedelta(days=MOST_DAYS_AHEAD)
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)


@dataclass(frozen=True)
class Event:
    """One event of one session: name, moment in UTC, wall time of the market, and of other zones."""

    name: str
    utc: datetime
    local: str
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True)
class DueSession:
    """A session that is under way, or opens inside the horizon; `coming` is its next event."""

    delivery_day: date
    events: tuple[Event, ...]
    coming: Event


def events(timetable: Timetable, delivery_day: date) -> tuple[Event, ...]:
    r"""Return the events of a delivery day's session, strictly increasing in time.

    With `business_days_only`, a gate that would fall on no business day moves the whole
    session back by the days to the business day before; distances between its events stay.

    Raises:
        BadInput: The day lies outside 2000 to 2099 (`delivery_day`), or a clock change puts
            two events on one moment or the gate after delivery begins (`events_clock_change`).

    Example:
        >>> from walras.service.timetable.parse import parse
        >>> rome = parse('market = "Two"\ntime_zone = "Europe/Rome"\nalso_shown = ["Europe/Minsk"]\n[events]\n'
        ...     'open = "D-14 09:00"\ngate = "D-1 12:00"\nresults_due = "D-1 12:45"\n'
        ...     'objection_until = "D-1 13:05"\nfinal = "D-1 13:30"\n')
        >>> gate = events(rome, date(2025, 4, 1))[1]
        >>> gate.utc.isoformat(), gate.local, gate.elsewhere[0]  # doctest: +NORMALIZE_WHITESPACE
        ('2025-03-31T10:00:00+00:00', '2025-03-31 12:00 UTC+02:00 (Europe/Rome)',
         '2025-03-31 13:00 UTC+03:00 (Europe/Minsk)')
    """
    if not FIRST_DAY <= delivery_day <= LAST_DAY:
        fix = "Name a delivery day of this century."
        raise BadInput([Mistake(f"delivery day {delivery_day} is far away", "timetable", "delivery_day", fix)])
    times = utc_of(timetable, delivery_day, timetable.moments)
    delivery = to_utc(delivery_day, time(0), timetable.zone)
    wrong = [f"{b} is not after {a}" for (a, s), (b, t) in pairwise(zip(EVENT_NAMES, times, strict=True)) if t <= s]
    if times[1] >= delivery:
        wrong.append("gate is not before delivery begins")
    if wrong:
        fix = f"The clocks of {timetable.zone.key} change here: give this day times outside the skipped hour."
        raise BadInput(Mistake(f"{delivery_day}: {w}", "events", "events_clock_change", fix) for w in wrong)
    return tuple(
        Event(name, at, local_text(at, timetable.zone), tuple(local_text(at, z) for z in timetable.also_shown))
        for name, at in zip(EVENT_NAMES, times, strict=True)
    )


def utc_of(timetable: Timetable, delivery_day: date, moments: Sequence[Moment]) -> list[datetime]:
    """Return when moments are on a delivery day, moved back with its gate if days are moved."""
    back = 0
    if timetable.business_days_only:
        gate_day = delivery_day + timedelta(days=timetable.moment("gate").days)
        back = days_back(gate_day, timetable.holidays_of, timetable.weekend)
    return [to_utc(delivery_day + timedelta(days=m.days - back), m.at, timetable.zone) for m in moments]


def sessions_due(timetable: Timetable, now: datetime, horizon: timedelta) -> tuple[DueSession, ...]:
    """Return the sessions that are not final at `now` and open before `now + horizon`, by delivery day.

    An event at exactly `now` has happened. What has been stored of a session is not looked
    at: this says what the timetable wants.

    Raises:
        BadInput: `now` has no zone (`now_time_zone`), or the horizon is negative or longer than
            400 days (`horizon`).
    """
    if now.tzinfo is None:
        raise BadInput([Mistake(f"{now} has no time zone", "now", "now_time_zone", "Give the time with its zone.")])
    if not timedelta(0) <= horizon <= MOST_HORIZON:
        fix = f"Choose 0 to {MOST_HORIZON.days} days."
        raise BadInput([Mistake(f"a horizon of {horizon} is not possible", "horizon", "horizon", fix)])
    now = now.astimezone(UTC)
    latest, earliest = timetable.moments[-1].days, timetable.moments[0].days
    slack = 32 if timetable.business_days_only else 2
    day = (now - timedelta(days=latest + 2)).date()
    last = (now + horizon - timedelta(days=earliest - slack)).date()
    due = []
    while day <= last:
        of_day = events(timetable, day)
        if of_day[-1].utc > now and of_day[0].utc < now + horizon:
            due.append(DueSession(day, of_day, next(e for e in of_day if e.utc > now)))
        day += timedelta(days=1)
    return tuple(due)
