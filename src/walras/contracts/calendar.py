"""Contract days, months and years: a contract day may begin at ten, a contract year in October.

A month is written `2027-03` and holds the contract days that bear its dates; a contract year has
the number of the calendar year in which it begins. Contracts hold, and things happen, from 1950 to 2099.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from walras.contracts.agreement import Agreement, Contract
from walras.formulas.limits import FIRST_YEAR
from walras.formulas.periods import EPOCH, first_of, month_of

END_YEAR = 2100
"""Nothing is computed for this year or later."""


def begin_of(agreement: Agreement, day: date) -> int:
    """Return the minute UTC in which a contract day begins: at its time of day, also after clocks changed.

    A gas day at Minsk that begins at 10:00 begins at 7:00 UTC:

    >>> from walras.contracts.calendar import begin_of
    >>> begin_of(Agreement("", "Europe/Minsk", 600, (1, 1), ()), date(1970, 1, 2)) / 60
    31.0
    """
    hour, minute = divmod(agreement.day_starts, 60)
    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(agreement.time_zone))
    return (local.astimezone(UTC) - EPOCH) // timedelta(minutes=1)


def is_month(text: object) -> bool:
    """Return whether something is a month such as 2027-03.

    >>> is_month("2027-03"), is_month("2027-13"), is_month("2027-3")
    (True, False, False)
    """
    return isinstance(text, str) and re.fullmatch("(19[5-9][0-9]|20[0-9]{2})-(0[1-9]|1[0-2])", text) is not None


def number_of(month: str) -> int:
    """Return the number of a month, by which months are counted."""
    return month_of(date.fromisoformat(f"{month}-01"))


def month_text(number: int) -> str:
    """Return a month by its number.

    >>> month_text(number_of("2027-12") + 1)
    '2028-01'
    """
    return first_of(number).isoformat()[:7]


def days_of(contract: Contract, month: str) -> list[date]:
    """Return the days of a month on which a contract holds, none where the text is no month.

    Args:
        contract: With its validity.
        month: Such as 2027-03.
    """
    if not is_month(month):
        return []
    number = number_of(month)
    first, end = max(first_of(number), contract.begin), min(first_of(number + 1), contract.end)
    return [first + timedelta(days=n) for n in range((end - first).days)]


def year_of(agreement: Agreement, day: date) -> int:
    """Return the contract year of a day.

    >>> year_of(Agreement("", "UTC", 0, (10, 1), ()), date(2027, 9, 30))
    2026
    """
    return day.year if (day.month, day.day) >= agreement.year_starts else day.year - 1


def year_days(agreement: Agreement, contract: Contract, year: int) -> tuple[date, date]:
    """Return the first day of a contract year on which a contract holds, and the day after the last.

    There is no such day where the second is not after the first.
    """
    if not FIRST_YEAR - 1 <= year < END_YEAR:
        return contract.end, contract.end
    first, end = (date(y, *agreement.year_starts) for y in (year, year + 1))
    return max(first, contract.begin), min(end, contract.end)


def months_between(first: date, end: date) -> list[str]:
    """Return the months of days from one to before another.

    >>> months_between(date(2027, 11, 15), date(2028, 1, 1))
    ['2027-11', '2027-12']
    """
    if first >= end:
        return []
    return [month_text(n) for n in range(month_of(first), month_of(end - timedelta(days=1)) + 1)]
