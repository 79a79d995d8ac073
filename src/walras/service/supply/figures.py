"""The standing of a supply agreement as plain figures: quantities with a point, money in minor units."""

from __future__ import annotations

from typing import Any

from walras.contracts import Agreement, Contract, Journal, Standing
from walras.contracts.calendar import year_days, year_of
from walras.contracts.quantities import annual_quantity, owed, taken
from walras.contracts.standing import Bank, Course
from walras.formulas.values import amount_text


def standing_of(journal: Journal) -> dict[str, Any]:
    """Return where every contract and every bank stands."""
    standing = journal.standing
    subjects = sorted({c.subject for c in journal.agreement.contracts})
    return {
        "records": len(journal.events),
        "contracts": [_contract(standing, c) for c in journal.agreement.contracts],
        "banks": {subject: _bank(standing.banks[subject]) for subject in subjects if subject in standing.banks},
    }


def _contract(standing: Standing, c: Contract) -> dict[str, Any]:
    course = standing.courses.get(c.contract, Course())
    agreement = standing.agreement
    to_come = {d: q for d, q in sorted(course.nominated.items()) if d not in course.allocated}
    return {
        "contract": c.contract, "subject": c.subject, "commodity": c.commodity, "seller": c.seller, "buyer": c.buyer,
        "begin": c.begin.isoformat(), "end": c.end.isoformat(), "unit": str(c.unit), "currency": c.currency,
        "years": [_year(agreement, c, course, y) for y in _years(agreement, c)],
        "nominated": {d.isoformat(): amount_text(q) for d, q in to_come.items()},
        "months": {m: _month(x) for m, x in sorted(course.months.items())},
        "statements": {str(y): dict(body) for y, body in sorted(course.statements.items())},
        "instalments": dict(sorted(course.instalments.items())),
        "set_off": {d.isoformat(): minor for d, minor in sorted(course.set_off.items())},
    }  # fmt: skip


def _years(agreement: Agreement, c: Contract) -> list[int]:
    """Return the contract years on which a contract holds."""
    first = year_of(agreement, c.begin)
    years = range(first, c.end.year + 1)
    return [y for y in years if year_days(agreement, c, y)[0] < year_days(agreement, c, y)[1]]


def _year(agreement: Agreement, c: Contract, course: Course, year: int) -> dict[str, Any]:
    annual = annual_quantity(c, course, year)
    return {
        "year": year, "annual": None if annual is None else amount_text(annual),
        "owed": amount_text(owed(agreement, c, course, year)), "taken": amount_text(taken(agreement, c, course, year)),
    }  # fmt: skip


def _month(month: Any) -> dict[str, Any]:
    booked = [[*pair, minor] for pair, minor in sorted(month.booked.items()) if minor]
    return {"documents": list(month.documents), "booked": booked, "deferred_minor": month.deferred,
            "set_off_minor": month.set_off}  # fmt: skip


def _bank(bank: Bank) -> dict[str, Any]:
    lots = [
        {"year": x.year, "quantity": amount_text(x.quantity), "left": amount_text(x.left),
         "paid_price": amount_text(x.paid_price)}
        for x in bank.lots
    ]  # fmt: skip
    carried = [{"year": x.year, "quantity": amount_text(x.quantity), "left": amount_text(x.left)} for x in bank.carried]
    return {"make_up": lots, "carry_forward": carried}
