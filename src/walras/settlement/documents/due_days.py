"""Due days: so many days after the day of issue, counted by the calendar or by business days.

What a business day is comes from outside (`is_business_day`), because holidays are the market's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from walras.errors import BadInput, Mistake

MOST_DAYS = 365
LONGEST_CLOSURE = 30


@dataclass(frozen=True)
class DueTerms:
    """When a document has to be paid.

    Attributes:
        days: Days after the day of issue.
        only_business_days: Count business days alone. A due day that is none moves to the next one either way.
    """

    days: int
    only_business_days: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.days <= MOST_DAYS:
            raise BadInput(
                [
                    Mistake(
                        f"{self.days} days cannot be the term of a payment",
                        "due terms",
                        "due_terms_days",
                        f"Give from 0 to {MOST_DAYS} days.",
                    )
                ]
            )


def due_day(issued: date, terms: DueTerms, is_business_day: Callable[[date], bool]) -> date:
    """Return the day by which a document of a day is due.

    Raises:
        BadInput: The calendar has no business day for a month, so no day can be due.

    Example:
        Two days after Friday 6 March 2026 is a Sunday: due on Monday, or on Tuesday by business days.

        >>> def weekday(day): return day.weekday() < 5
        >>> due_day(date(2026, 3, 6), DueTerms(2), weekday)
        datetime.date(2026, 3, 9)
        >>> due_day(date(2026, 3, 6), DueTerms(2, only_business_days=True), weekday)
        datetime.date(2026, 3, 10)
    """
    if not terms.only_business_days:
        return _next(issued + timedelta(days=terms.days), is_business_day)
    day = _next(issued, is_business_day) if not terms.days else issued
    for _ in range(terms.days):
        day = _next(day + timedelta(days=1), is_business_day)
    return day


def _next(day: date, is_business_day: Callable[[date], bool]) -> date:
    for more in range(LONGEST_CLOSURE):
        if is_business_day(day + timedelta(days=more)):
            return day + timedelta(days=more)
    raise BadInput(
        [
            Mistake(
                f"there is no business day in the {LONGEST_CLOSURE} days from {day}",
                "due terms",
                "due_terms_calendar",
                "Leave a working day in the week, and name countries whose holidays do.",
            )
        ]
    )
