"""Make-up: what was paid for and not taken is drawn later, from lots in their order, until they expire.

A draw names the month whose deliveries it pays for. It is refused beyond the bank, beyond what the
month delivered within its daily maximum, and before the year's own take-or-pay is met::

    drawn of all months <= paid for and not taken of all years                                         (C.5)
    taken[y] - drawn[y] >= owed[y]                                                                     (C.6)
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from walras.contracts.agreement import Contract
from walras.contracts.calendar import days_of, year_of
from walras.contracts.events import Draft
from walras.contracts.quantities import owed, quantity_text, taken
from walras.contracts.standing import Course, Drawn, Lot, Standing
from walras.errors import Mistake
from walras.formulas.values import amount_text

ZERO = Fraction(0)


def drawable(standing: Standing, contract: Contract, year: int) -> list[Lot]:
    """Return the lots that may be drawn in a contract year, in the order of the contract."""
    terms = contract.make_up
    if terms is None:
        return []
    lots = [lot for lot in standing.bank(contract).lots if lot.left and is_alive(lot.year, terms.years, year)]
    return lots[::-1] if terms.newest_first else lots


def is_alive(of: int, years: int | None, year: int) -> bool:
    """Return whether what a contract year left may be used in a later one.

    >>> is_alive(2027, 2, 2029), is_alive(2027, 2, 2030), is_alive(2027, None, 2040), is_alive(2027, 2, 2027)
    (True, False, True, False)
    """
    return of < year and (years is None or year <= of + years)


def drawn_in(standing: Standing, contract: Contract, year: int) -> Fraction:
    """Return what a contract drew in a contract year."""
    agreement, course = standing.agreement, standing.course(contract)
    months = [m for m in course.draws if year_of(agreement, days_of(contract, m)[0]) == year]
    return sum((d.quantity for m in months for d in course.draws[m]), ZERO)


def eligible(contract: Contract, course: Course, month: str) -> Fraction:
    """Return what of a month's deliveries may be make-up: what lies within the daily maximum, less what is drawn."""
    most = contract.quantity.daily_maximum
    days = (course.allocated.get(d) for d in days_of(contract, month))
    within = sum((min(a.quantity, most) for a in days if a), ZERO)
    return within - sum((d.quantity for d in course.draws.get(month, ())), ZERO)


def check_draw(standing: Standing, contract: Contract, draft: Draft) -> Iterator[Mistake]:
    """Yield why a make-up draw is refused."""
    month, amount = draft.body["month"], Fraction(draft.body["quantity"])
    where, course, unit = f"make-up {contract.contract} {month}", standing.course(contract), contract.unit
    days = days_of(contract, month)
    if contract.make_up is None or not days:
        what, fix = "the contract has no make-up then", "Name a month of a contract with [contract.make_up]."
        yield Mistake(what, where, "make_up_agreed", fix)
        return
    year = year_of(standing.agreement, days[0])
    if amount <= 0:
        yield Mistake("nothing would be drawn", where, "make_up_amount", "Draw more than 0.")
    if month in course.months and course.months[month].is_final:
        yield Mistake("the month has its final invoice", where, "month_invoiced", "Draw in a month without one.")
    bank = sum((lot.left for lot in drawable(standing, contract, year)), ZERO)
    if amount > bank:
        fix = f"Draw at most {quantity_text(bank, unit)}."
        yield Mistake(f"{amount_text(amount)} is more than the bank of {amount_text(bank)}", where, "make_up_bank", fix)
    room = eligible(contract, course, month)
    if amount > room:
        fix = f"Draw at most {quantity_text(room, unit)}, or after the month's allocations."
        what = f"{amount_text(amount)} is more than was taken within the daily maximum"
        yield Mistake(what, where, "make_up_taken", fix)
    free = taken(standing.agreement, contract, course, year) - drawn_in(standing, contract, year)
    above = free - owed(standing.agreement, contract, course, year)
    if amount > above:
        what = f"only {amount_text(max(above, ZERO))} of the year lies above its take-or-pay"
        fix = "Draw once the year's take-or-pay is met."
        yield Mistake(what, where, "make_up_after_take_or_pay", fix)


def apply_draw(standing: Standing, contract: Contract, draft: Draft) -> None:
    """Take a draw from the lots."""
    month, rest = draft.body["month"], Fraction(draft.body["quantity"])
    year = year_of(standing.agreement, days_of(contract, month)[0])
    drawn = standing.course(contract).draws.setdefault(month, [])
    for lot in drawable(standing, contract, year):
        part = min(rest, lot.left)
        if part:
            lot.left -= part
            rest -= part
            drawn.append(Drawn(lot.year, part, lot.paid_price))
