"""Times that people write in local time to UTC, without a guess where clocks change."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_TEXT = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(:00)?\s*(Z|[+-]\d{2}:\d{2})?")


def local_text(minutes: int, zone: ZoneInfo) -> str:
    """Return a time in UTC minutes as the template writes it: local, with the offset.

    >>> local_text(29057760, ZoneInfo("Europe/Rome"))
    '2025-04-01 02:00+02:00'
    """
    text = datetime.fromtimestamp(minutes * 60, tz=UTC).astimezone(zone).isoformat(sep=" ", timespec="minutes")
    return text


def utc_of(value: object, zone: ZoneInfo) -> datetime:
    """Return the time that a cell means, in UTC.

    Args:
        value: A text such as `2025-10-26 02:30+02:00` (or with Z, or without offset), or a date and time.
        zone: Of the market, for values without an offset.

    Raises:
        ValueError: It is no time; or clocks show it twice on that day, or never. The message says what to write.

    Example:
        >>> str(utc_of("2025-10-26 03:00", ZoneInfo("Europe/Rome")))
        '2025-10-26 02:00:00+00:00'
        >>> utc_of("2025-10-26 02:30", ZoneInfo("Europe/Rome"))
        Traceback (most recent call last):
        ...
        ValueError: clocks show it twice; write 2025-10-26 02:30+02:00 or 2025-10-26 02:30+01:00
    """
    try:
        return _in_zone(_moment(value), zone)
    except OverflowError:
        raise ValueError("it is too far away") from None


def _moment(value: object) -> datetime:
    if isinstance(value, datetime):
        return (value + timedelta(microseconds=500_000)).replace(microsecond=0, tzinfo=None)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    found = _TEXT.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError("write a local time such as 2025-04-01 06:00+02:00, as sheet MTUs does")
    return datetime.fromisoformat(f"{found[1]}T{found[2]}{found[4] or ''}")


def _in_zone(moment: datetime, zone: ZoneInfo) -> datetime:
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    early, late = moment.replace(tzinfo=zone, fold=0), moment.replace(tzinfo=zone, fold=1)
    if early.utcoffset() == late.utcoffset():
        return early.astimezone(UTC)
    if early.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != moment:
        raise ValueError("clocks never show it on that day; see sheet MTUs for the times there are")
    choices = (t.isoformat(sep=" ", timespec="minutes") for t in (early, late))
    raise ValueError(f"clocks show it twice; write {' or '.join(choices)}")
