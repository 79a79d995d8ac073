"""What falls due in a morning: allocations where no auction makes them, draws, invoices, statements, instalments.

A month is invoiced provisionally on the first morning after it, where the contract has a provisional price, and in the
end on the first morning on which everything that its final price reads is published. A year is stated once its
months are. What the bank allows of a month's deliveries is drawn as make-up before the month is invoiced.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from walras.contracts import Contract, Event, Journal
from walras.contracts.calendar import days_of, month_text, months_between, number_of, year_days, year_of
from walras.contracts.make_up import drawable, drawn_in, eligible
from walras.contracts.quantities import owed, taken
from walras.errors import BadInput
from walras.formulas.periods import minute_text
from walras.results.minor_units import decimals_of
from walras.studies.pairs.year.booking import book_document
from walras.studies.pairs.year.flexing import NOT_YET
from walras.studies.pairs.year.living import Living
from walras.studies.pairs.year.measuring import contract_row

ZERO = Fraction(0)
LATE = 5
"""Months after which a final price is known at the latest."""


def fall_due(living: Living, today: date, at: int) -> None:
    """Allocate, draw, invoice and state what is due this morning.

    Args:
        living: The pair.
        today: Calendar day.
        at: Minute UTC of its morning.
    """
    for _, journal, contract in living.contracts():
        _allocated(living, journal, contract, today - timedelta(days=1), at)
        for month in _months(living, contract, today):
            _month(living, journal, contract, month, at)
        _year(living, journal, contract, today, at)
        _instalment(living, journal, contract, today.isoformat()[:7], at)


def is_settled(living: Living, today: date) -> bool:
    """Return whether every whole month is invoiced in the end, and every whole year stated."""
    return not any(
        [m for m in _months(living, c, today) if _is_whole(journal, c, m) and not _is_final(journal, c, m)]
        or _unstated(journal, c, today)
        for _, journal, c in living.contracts()
    )


def _is_final(journal: Journal, contract: Contract, month: str) -> bool:
    known = journal.standing.course(contract).months.get(month)
    return known is not None and known.is_final


def _allocated(living: Living, journal: Journal, contract: Contract, day: date, at: int) -> None:
    """Allocate yesterday as it was nominated, where no auction did."""
    course = journal.standing.course(contract)
    if day not in course.nominated or day in course.allocated:
        return
    quantity, by = course.nominated[day], living.supplies.rows[contract.contract].allocated_by
    journal.record([{"kind": "allocation", "at": minute_text(at), "contract": contract.contract,
                     "day": day.isoformat(), "quantity": quantity, "by": by}])  # fmt: skip
    if day >= living.first:
        row = contract_row(living, journal, contract, day, quantity)
        living.rows["contracts"].append(row | {"offered": 0.0, "delivered": float(quantity)})


def _months(living: Living, contract: Contract, today: date) -> list[str]:
    """Return the last months that are over; older ones are invoiced."""
    end = min(contract.end, today, living.last + timedelta(days=1))
    return [m for m in months_between(contract.begin, end)[-LATE:] if days_of(contract, m)[-1] < today]


def _is_whole(journal: Journal, contract: Contract, month: str) -> bool:
    allocated = journal.standing.course(contract).allocated
    return all(d in allocated for d in days_of(contract, month))


def _month(living: Living, journal: Journal, contract: Contract, month: str, at: int) -> None:
    if _is_final(journal, contract, month) or not _is_whole(journal, contract, month):
        return
    _draw(living, journal, contract, month, at)
    is_new = month not in journal.standing.course(contract).months
    if is_new and any(c.provisional is not None for c in contract.components):
        _issue(living, journal, "provisional invoice", contract, month, at)
    try:
        _issue(living, journal, "final invoice", contract, month, at)
    except BadInput as error:
        if not {m.rule for m in error.mistakes} <= NOT_YET:
            raise


def _draw(living: Living, journal: Journal, contract: Contract, month: str, at: int) -> None:
    """Draw what the bank allows of a month, once."""
    standing, course = journal.standing, journal.standing.course(contract)
    if contract.make_up is None or month in course.draws:
        return
    year = year_of(journal.agreement, days_of(contract, month)[0])
    bank = sum((lot.left for lot in drawable(standing, contract, year)), ZERO)
    above = taken(journal.agreement, contract, course, year) - drawn_in(standing, contract, year)
    above -= owed(journal.agreement, contract, course, year)
    amount = min(bank, eligible(contract, course, month), above)
    if amount > 0:
        journal.record([{"kind": "make-up draw", "at": minute_text(at), "contract": contract.contract, "month": month,
                         "quantity": amount, "by": contract.buyer}])  # fmt: skip
    if amount > 0 and living.is_live(at):
        living.rows["draws"].append(
            {"contract": contract.contract, "month": month, "unit": str(contract.unit), "quantity": float(amount)}
        )


def _unstated(journal: Journal, contract: Contract, today: date) -> list[int]:
    """Return contract years that are over, invoiced to the end, and not stated, in order."""
    if contract.take_or_pay is None and contract.carry_forward is None:
        return []
    course, found = journal.standing.course(contract), []
    first = year_of(journal.agreement, contract.begin)
    for year in range(first, year_of(journal.agreement, min(today, contract.end - timedelta(days=1))) + 1):
        begin, end = year_days(journal.agreement, contract, year)
        months = [course.months.get(m) for m in months_between(begin, end)]
        if end <= today and year not in course.statements and all(m is not None and m.is_final for m in months):
            found.append(year)
    return found


def _year(living: Living, journal: Journal, contract: Contract, today: date, at: int) -> None:
    for year in _unstated(journal, contract, today):
        _issue(living, journal, "annual statement", contract, str(year), at)


def _instalment(living: Living, journal: Journal, contract: Contract, month: str, at: int) -> None:
    """Issue the month's part of what was put off."""
    terms, course = contract.deferral, journal.standing.course(contract)
    if terms is None or len(course.instalments) >= terms.instalments:
        return
    expected = month_text(number_of(terms.first) + len(course.instalments))
    deferred = sum(m.deferred for m in course.months.values()) - sum(course.instalments.values())
    if deferred and number_of(month) >= number_of(expected):
        _issue(living, journal, "deferral instalment", contract, expected, at)


def _issue(living: Living, journal: Journal, kind: str, contract: Contract, of: str, at: int) -> None:
    event = journal.issue(kind, contract.contract, of, at)
    if not living.is_live(at):  # booked elsewhere
        return
    book_document(living, journal, event)
    body = event.body
    if kind == "annual statement":
        living.rows["statements"].append(_statement(contract, event))
        return
    booked = {"seller": 0, "path": 0}
    for payer, payee, minor in body["booked"]:
        to_seller, to_buyer = payee == contract.seller, payer == contract.seller
        booked["seller" if to_seller or to_buyer else "path"] += -minor if to_buyer else minor
    living.rows["invoices"].append({
        "issued": minute_text(at)[:10], "contract": contract.contract, "document": kind, "of": of,
        "currency": body["currency"], "unit": str(contract.unit), "quantity": _quantity(journal, contract, of, kind),
        "seller_minor": booked["seller"], "path_minor": booked["path"],
        "deferred_minor": body["deferred_minor"] if kind == "final invoice" else 0,
        "price": _price(living, body, contract, journal, of) if kind == "final invoice" else None,
    })  # fmt: skip


def _quantity(journal: Journal, contract: Contract, month: str, kind: str) -> float | None:
    if kind == "deferral instalment":
        return None
    allocated = journal.standing.course(contract).allocated
    return float(sum((allocated[d].quantity for d in days_of(contract, month)), ZERO))


def _price(
    living: Living,
    body: Mapping[str, Any],
    contract: Contract,
    journal: Journal,
    month: str,
) -> float | None:
    """Return what a MWh of a month cost its buyer in the end, path included, in the trade currency; None of others."""
    quantity = _quantity(journal, contract, month, "final invoice")
    if contract.meeting is None or not quantity:
        return None
    scale = Fraction(10) ** decimals_of(contract.currency)
    total = sum(line["amount_minor"] for line in body["lines"]) / scale * living.rate(contract.currency)
    return float(total / (contract.meeting.energy.base * contract.unit.factor)) / quantity


def _statement(contract: Contract, event: Event) -> dict[str, object]:
    body = event.body
    names = ("annual", "owed", "taken", "drawn", "short", "price", "carried")
    figures = {n: None if body[n] is None else float(Fraction(body[n])) for n in names}
    used = float(sum((Fraction(q) for _, q in body["carried_used"]), ZERO))
    return {"issued": minute_text(event.at)[:10], "contract": contract.contract, "year": body["year"],
            "unit": str(contract.unit), **figures, "carried_used": used, "currency": body["currency"],
            "amount_minor": body["amount_minor"]}  # fmt: skip
