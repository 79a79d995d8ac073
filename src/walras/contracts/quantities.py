"""Quantities of days and years: what may be nominated, what was taken, what has to be paid for.

Equations of docs/contracts.md, for contract year `y` with days `d`::

    relief[d] = max over reliefs of share                                                              (C.1)
    annual[y] = agreed[y] + change[y] - postponed from y + postponed to y                              (C.2)
    short[d]  = min(undelivered[d], max(0, max(nominated[d], daily) - relief[d] x daily - allocated[d]))
    owed[y]   = share x max(0, annual[y] - sum of relief[d] x daily - sum of short[d])                 (C.3)
    taken[y]  = sum of allocated[d]                                                                    (C.4)
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from walras.contracts.agreement import Agreement, Contract
from walras.contracts.calendar import year_days, year_of
from walras.contracts.standing import Course
from walras.formulas.values import amount_text

ZERO = Fraction(0)


def relief_on(course: Course, day: date) -> Fraction:
    """Return the share of a day's quantity that force majeure takes away (C.1)."""
    return max((r.share for r in course.reliefs if r.begin <= day < r.end), default=ZERO)


def daily_range(contract: Contract, course: Course, day: date) -> tuple[Fraction, Fraction]:
    """Return the least and the most that may be nominated for a day."""
    left = 1 - relief_on(course, day)
    q = contract.quantity
    return (q.daily_minimum * left if q.firm else ZERO), q.daily_maximum * left


def annual_quantity(contract: Contract, course: Course, year: int) -> Fraction | None:
    """Return the annual quantity of a contract year (C.2), None where none is agreed."""
    agreed = contract.quantity.annual_of(year)
    if agreed is None:
        return None
    moved = sum(((to == year) - (of == year)) * amount for of, to, amount in course.postponed)
    return agreed + course.changes.get(year, ZERO) + moved


def days_in(agreement: Agreement, contract: Contract, year: int) -> list[date]:
    """Return the days of a contract year on which a contract holds."""
    first, end = year_days(agreement, contract, year)
    return [first + timedelta(days=n) for n in range((end - first).days)]


def taken(agreement: Agreement, contract: Contract, course: Course, year: int) -> Fraction:
    """Return what was taken in a contract year so far (C.4)."""
    first, end = year_days(agreement, contract, year)
    return sum((a.quantity for day, a in course.allocated.items() if first <= day < end), ZERO)


def owed(agreement: Agreement, contract: Contract, course: Course, year: int) -> Fraction:
    """Return what has to be taken or paid for in a contract year (C.3), before carry-forward."""
    annual = annual_quantity(contract, course, year)
    if contract.take_or_pay is None or annual is None:
        return ZERO
    days = days_in(agreement, contract, year)
    relief = sum((relief_on(course, d) for d in days), ZERO) * contract.quantity.daily if course.reliefs else ZERO
    first, end = year_days(agreement, contract, year)
    short = sum((_short(contract, course, d) for d in course.allocated if first <= d < end), ZERO)
    return contract.take_or_pay.share * max(ZERO, annual - relief - short)


def _short(contract: Contract, course: Course, day: date) -> Fraction:
    """Return what the seller failed to deliver on a day, beyond what force majeure takes away."""
    allocation, daily = course.allocated[day], contract.quantity.daily
    if not allocation.undelivered:
        return ZERO
    asked = max(course.nominated.get(day, ZERO), daily) - relief_on(course, day) * daily
    return min(allocation.undelivered, max(ZERO, asked - allocation.quantity))


def quantity_text(amount: Fraction, unit: object) -> str:
    """Return a quantity for people.

    >>> quantity_text(Fraction(12500), "1000m3"), quantity_text(Fraction(1, 2), "t")
    ('12,500 x 1000m3', '0.5 t')
    """
    whole, dot, places = amount_text(amount).partition(".")
    sign = "-" if whole.startswith("-") else ""
    return f"{sign}{int(whole.lstrip('-')):,}{dot}{places}{' x' if str(unit)[:1].isdigit() else ''} {unit}"


def planned(agreement: Agreement, contract: Contract, course: Course, day: date) -> Fraction:
    """Return what a contract year comes to without a day: what was allocated, else nominated."""
    first, end = year_days(agreement, contract, year_of(agreement, day))
    known = {d: n for d, n in course.nominated.items() if first <= d < end}
    known |= {d: a.quantity for d, a in course.allocated.items() if first <= d < end}
    known.pop(day, None)
    return sum(known.values(), ZERO)
