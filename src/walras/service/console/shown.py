"""How numbers, money and times look on the pages, in the language and time zone of the person.

Numbers carry their unit in the head of their column, stand right-aligned in tabular figures, and
keep as many decimals as the table was told. Times come twice where they matter: in the zone of
the market and in UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal

MINUS = "\N{MINUS SIGN}"
MOST_DIGITS = 15
"""Of a whole number in an address."""


def number(value: float | str | None, decimals: int = 2, language: str = "en") -> str:
    """Return a number with its thousands apart, empty for none.

    >>> number(-1234.5, 2), number(-1234.5, 2, "de"), number(None), number(-0.001)
    ('−1,234.50', '−1.234,50', '', '0.00')
    """
    if value is None or value == "":
        return ""
    places = "0" * decimals
    return _signed(format_decimal(float(value), f"#,##0.{places}" if places else "#,##0", locale=language))


def plain(value: float, language: str = "en") -> str:
    """Return a number with as many decimals as it needs, three at most.

    >>> plain(1234.5), plain(50.0), plain(-0.1234)
    ('1,234.5', '50', '−0.123')
    """
    return _signed(format_decimal(value, "#,##0.###", locale=language))


def _signed(written: str) -> str:
    """Return a written number with a minus sign in place of its hyphen, zero without any."""
    return written.replace("-", MINUS if any(c in "123456789" for c in written) else "")


def span(values: Sequence[float], language: str = "en") -> str:
    """Return the least and the most of some numbers, one of them where they are the same, empty for none.

    >>> span([50.0, 12.5, 40.0]), span([50.0, 50.0])
    ('12.5 – 50', '50')
    """
    if not values:
        return ""
    low, high = plain(min(values), language), plain(max(values), language)
    return low if low == high else f"{low} \N{EN DASH} {high}"


def money(minor: int | None, decimals: int = 2, language: str = "en") -> str:
    """Return an amount of whole minor units as its currency writes it.

    >>> money(-123456)
    '−1,234.56'
    """
    if minor is None:
        return ""
    whole, rest = divmod(abs(minor), 10**decimals)
    shown: str = format_decimal(whole, "#,##0", locale=language)
    if decimals:
        point = format_decimal(0.1, "0.0", locale=language)[1]
        shown += f"{point}{rest:0{decimals}d}"
    return f"{MINUS}{shown}" if minor < 0 else shown


def whole_of(text: str | None) -> int | None:
    """Return a whole number that stands in an address, None for anything else.

    >>> whole_of("12"), whole_of("²"), whole_of("-1")
    (12, None, None)
    """
    return int(text) if text and text.isdecimal() and len(text) <= MOST_DIGITS else None


def moment_of(text: str | None) -> datetime | None:
    """Return a time as the door writes it, None for none.

    >>> moment_of("2026-03-01T12:00:00.000000Z").hour
    12
    """
    return None if not text else datetime.fromisoformat(text).astimezone(UTC)


def time(text: str | None, zone: ZoneInfo, language: str = "en", *, has_utc: bool = True) -> str:
    """Return a time in a zone and in UTC, as the door's text of it.

    >>> time("2026-03-01T12:00:00.000000Z", ZoneInfo("Europe/Moscow"))
    '1 Mar 2026 15:00 (12:00 UTC)'
    """
    at = moment_of(text)
    if at is None:
        return ""
    local = at.astimezone(zone)
    shown: str = format_datetime(local, "d MMM y HH:mm", locale=language)
    if not has_utc or local.utcoffset() == timedelta(0):
        return f"{shown} UTC" if has_utc else shown
    is_same_day = local.date() == at.date()
    other: str = format_datetime(at, "HH:mm" if is_same_day else "d MMM HH:mm", locale=language)
    return f"{shown} ({other} UTC)"


def wall(text: str, zone: ZoneInfo) -> str:
    """Return what clocks in a zone show at a time, for the axis of a plot.

    Where clocks show an hour twice, each of the two gets half of its width, so that both are seen.

    >>> wall("2026-03-01T12:00:00Z", ZoneInfo("Europe/Moscow"))
    '2026-03-01T15:00:00'
    >>> [wall(f"2026-10-25T0{hour}:00:00Z", ZoneInfo("Europe/Berlin"))[11:16] for hour in (0, 1, 2)]
    ['02:00', '02:30', '03:00']
    """
    at = datetime.fromisoformat(text).astimezone(zone)
    first, second = (at.replace(fold=fold).utcoffset() or timedelta() for fold in (0, 1))
    if first > second:
        hour = at.replace(minute=0, second=0, microsecond=0)
        at = hour + (at.replace(fold=0) - hour.replace(fold=0)) / 2 + at.fold * timedelta(minutes=30)
    return at.replace(tzinfo=None).isoformat(timespec="seconds")


def steps(values: Sequence[tuple[str, float, float | None]], zone: ZoneInfo) -> list[tuple[str, float | None]]:
    """Return values of spans (start, minutes, value) as points of a line of steps, broken where no span is.

    >>> steps([("2026-03-01T12:00:00Z", 60, 5.0)], ZoneInfo("UTC"))
    [('2026-03-01T12:00:00', 5.0), ('2026-03-01T13:00:00', 5.0)]
    >>> [value for _, value in steps([("2026-03-01T06:00Z", 60, 5.0), ("2026-03-01T18:00Z", 60, 7.0)], ZoneInfo("UTC"))]
    [5.0, 5.0, None, 7.0, 7.0]
    """
    points: list[tuple[str, float | None]] = []
    starts = [datetime.fromisoformat(start) for start, _, _ in values]
    for begin, following, (start, minutes, value) in zip(starts, [*starts[1:], None], values, strict=True):
        points.append((wall(start, zone), value))
        end = begin + timedelta(minutes=minutes)
        if following is None or following > end:
            last = wall(end.isoformat(), zone)
            points += [(last, value)] if following is None else [(last, value), (last, None)]
    return points


def day(text: str | None, language: str = "en") -> str:
    """Return a delivery day with its weekday.

    >>> day("2027-01-31")
    'Sun 31 Jan 2027'
    """
    if not text:
        return ""
    shown: str = format_date(date.fromisoformat(text), "EEE d MMM y", locale=language)
    return shown


def about(seconds: float, language: str = "en") -> str:
    """Return a length of time in its largest unit.

    >>> about(279.4 * 86_400), about(90)
    ('9 months', '2 minutes')
    """
    shown: str = format_timedelta(timedelta(seconds=seconds), locale=language)
    return shown


def left(seconds: float) -> str:
    """Return how long something still takes, for a countdown.

    >>> left(59.9), left(3725), left(-3)
    ('0:59', '1:02:05', '0:00')
    """
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, seconds_left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{seconds_left:02d}" if hours else f"{minutes}:{seconds_left:02d}"
