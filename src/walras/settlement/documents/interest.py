"""Late interest: simple, by the day, on what is open after the due day, rounded once a note.

Interest runs from the day after the due day up to and including the day on which the money arrives. Formula, over
days d that are overdue::

    interest = sum over d of open_minor[d] * rate[d] / days_of_year[d]
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from walras.errors import BadInput, Mistake
from walras.formulas import Checked, Context
from walras.results.minor_units import half_away

DAY_COUNTS = ("actual/360", "actual/365", "actual/actual")
Rate = Callable[[date], Fraction]


@dataclass(frozen=True)
class Span:
    """Days, both inclusive, on which so much of a document was open and overdue (positive)."""

    number: str
    first: date
    last: date
    open_minor: int


@dataclass(frozen=True)
class Interest:
    """Late interest of one party: exact, in minor units, and rounded."""

    exact: Fraction
    minor: int
    spans: tuple[Span, ...]


def overdue(
    number: str, total_minor: int, due: date, settled: Sequence[tuple[date, int]], first: date, last: date
) -> list[Span]:
    """Return when how much of a document was overdue between two days.

    Args:
        number: Of the document.
        total_minor: What was to be paid, positive.
        due: Its due day; the day after it is the first overdue one.
        settled: Days on which parts of it were settled, and how much (positive).
        first: First day that no note has charged yet.
        last: Last day to charge.

    Example:
        100.00 due on 9 March, 40.00 of it paid on the 12th: three days of 100.00, then 60.00.

        >>> first, paid, last = date(2026, 3, 1), date(2026, 3, 12), date(2026, 3, 15)
        >>> spans = overdue("N", 10000, date(2026, 3, 9), [(paid, 4000)], first, last)
        >>> [(s.first.day, s.last.day, s.open_minor) for s in spans]
        [(10, 12, 10000), (13, 15, 6000)]
    """
    begin = max(first, due + timedelta(days=1))
    changes = sorted({begin, *(d + timedelta(days=1) for d, _ in settled if begin <= d < last)})
    out = []
    for i, day in enumerate(changes):
        until = changes[i + 1] - timedelta(days=1) if i + 1 < len(changes) else last
        left = total_minor - sum(minor for d, minor in settled if d < day)
        if day <= until and left > 0:
            out.append(Span(number, day, until, left))
    return out


def late_interest(spans: Iterable[Span], rate: Rate, day_count: str) -> Interest:
    """Return the interest of spans at a rate a year.

    Raises:
        BadInput: The day count is not known.

    Example:
        10,000.00 for 30 days at 8 % by actual/365: 800 x 30 / 365 = 65.753..., so 65.75.

        >>> span = Span("N", date(2026, 3, 1), date(2026, 3, 30), 1000000)
        >>> late_interest([span], lambda day: Fraction(8, 100), "actual/365").minor
        6575
    """
    if day_count not in DAY_COUNTS:
        fix = f"State one of {', '.join(DAY_COUNTS)}."
        raise BadInput([Mistake(f"day count {day_count!r} is not known", "interest terms", "day_count", fix)])
    found, total = tuple(spans), Fraction(0)
    for s in found:
        days = (s.first + timedelta(days=k) for k in range((s.last - s.first).days + 1))
        total += s.open_minor * sum((rate(d) / _year(d, day_count) for d in days), Fraction(0))
    return Interest(total, half_away(total), found)


def formula_rate(checked: Checked, context: Callable[[date], Context]) -> Rate:
    """Return a rate by a checked formula whose result is a share or a percentage of a year.

    Raises:
        BadInput: Its result has a unit, such as a price.
    """
    if checked.unit.dimension:
        fix = "Write a formula whose result is a percentage, such as `refi + 8 %`."
        raise BadInput([Mistake(f"a rate in {checked.unit}", "interest terms", "interest_rate_unit", fix)])

    return lambda day: checked.evaluate(context(day)).base


def _year(day: date, day_count: str) -> int:
    if day_count == "actual/actual":
        return 366 if isleap(day.year) else 365
    return int(day_count.removeprefix("actual/"))
