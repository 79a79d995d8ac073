"""The annual statement: take-or-pay, make-up and carry-forward of a contract year (docs/contracts.md, C.15 to C.18).

::

    short[y]   = max(0, owed[y] - (taken[y] - drawn[y]))
    used[y]    = min(carried and alive, cap x owed[y], short[y])                                        (C.15)
    paid[y]    = (short[y] - used[y]) x price on the last day x price share                             (C.16)
    lot[y]     = short[y] - used[y], at what was paid for each unit                                     (C.17)
    carried[y] = max(0, taken[y] - drawn[y] - annual[y])                                                (C.18)

A draw is within what was taken above take-or-pay (C.6), unless an allocation was corrected downwards after
it: then what was drawn is missing, and paid for like what was not taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from fractions import Fraction
from typing import Any

from walras.contracts.agreement import Contract
from walras.contracts.calendar import months_between, year_days, year_of
from walras.contracts.documents import Body, conversions
from walras.contracts.make_up import ZERO, drawn_in, is_alive
from walras.contracts.pricing import unit_price
from walras.contracts.quantities import annual_quantity, owed, taken
from walras.contracts.standing import Carried, Lot, Standing
from walras.errors import BadInput, Mistake
from walras.results.minor_units import decimals_of, half_away


def annual_statement(standing: Standing, contract: Contract, year: int, at: int) -> Body:
    """Return the body of an annual statement.

    Raises:
        BadInput: The contract has no such year, months of it are not invoiced in the end, an earlier year or this
            one is stated already, or the price is not known.
    """
    _check_year(standing, contract, year)
    agreement, course = standing.agreement, standing.course(contract)
    due, took = owed(agreement, contract, course, year), taken(agreement, contract, course, year)
    drawn = drawn_in(standing, contract, year)
    missing = max(ZERO, due - (took - drawn))
    used = _carried_used(standing, contract, year, due, missing)
    short = missing - sum((q for _, q in used), ZERO)
    price, share = ZERO, contract.take_or_pay.price_share if contract.take_or_pay else ZERO
    if short:
        last = year_days(agreement, contract, year)[1] - timedelta(days=1)
        price = unit_price(standing, contract, last, at) * share
    minor = half_away(short * price * 10 ** decimals_of(contract.currency))
    booked = [[contract.buyer, contract.seller, minor]] if minor else []
    annual = annual_quantity(contract, course, year)
    beyond = max(ZERO, took - drawn - annual) if contract.carry_forward and annual is not None else ZERO
    return {
        "year": year, "currency": contract.currency, "annual": None if annual is None else str(annual),
        "owed": str(due), "taken": str(took), "drawn": str(drawn), "carried_used": [[y, str(q)] for y, q in used],
        "short": str(short), "price": str(price), "amount_minor": minor, "carried": str(beyond), "booked": booked,
        "expired": _expired(standing, contract, year, dict(used)),
        "conversions": conversions(standing, contract, booked, at),
    }  # fmt: skip


def _check_year(standing: Standing, contract: Contract, year: int) -> None:
    agreement, course = standing.agreement, standing.course(contract)
    where = f"{contract.contract} {year}"
    first, end = year_days(agreement, contract, year)
    mistakes = []
    if first >= end:
        mistakes.append(Mistake("it is no year of the contract", where, "contract_year", "Name a contract year of it."))
    if year in course.statements:
        mistakes.append(Mistake("the year is stated already", where, "statement_once", "State another year."))
    missing = [m for m in months_between(first, end) if m not in course.months or not course.months[m].is_final]
    if missing:
        fix = "Issue the final invoice of every month first."
        mistakes.append(Mistake(f"{', '.join(missing)} have no final invoice", where, "statement_invoices", fix))
    mistakes += _unstated(standing, contract, year, where)
    if mistakes:
        raise BadInput(mistakes)


def _unstated(standing: Standing, contract: Contract, year: int, where: str) -> Iterator[Mistake]:
    """Yield which earlier year of the subject has to be stated first, so that its bank fills in order."""
    agreement = standing.agreement
    before = year_days(agreement, contract, year - 1)
    if before[0] < before[1] and year - 1 not in standing.course(contract).statements:
        yield Mistake(f"{year - 1} is not stated", where, "statement_order", f"State {year - 1} first.")
    for earlier in agreement.contracts:
        last = year_of(agreement, earlier.end - timedelta(days=1))
        is_before = earlier.subject == contract.subject and earlier.end <= contract.begin
        if is_before and earlier.take_or_pay and last not in standing.course(earlier).statements:
            what, fix = f"{last} of {earlier.contract} is not stated", f"State it first, in {earlier.contract}."
            yield Mistake(what, where, "statement_order", fix)


def _carried_used(
    standing: Standing, contract: Contract, year: int, due: Fraction, short: Fraction
) -> list[tuple[int, Fraction]]:
    """Return from which years how much of what was carried forward is used (C.15), oldest first."""
    terms, found = contract.carry_forward, []
    left = min(short, terms.cap * due) if terms else ZERO
    for carried in standing.bank(contract).carried:
        part = min(left, carried.left) if terms and is_alive(carried.year, terms.years, year) else ZERO
        if part:
            found.append((carried.year, part))
            left -= part
    return found


def _expired(standing: Standing, contract: Contract, year: int, used: Mapping[int, Fraction]) -> list[list[Any]]:
    """Return what of make-up and carry-forward cannot be used any more after a year: which, of when, how much."""
    bank = standing.bank(contract)
    lots = [("make-up", lot.year, lot.left, contract.make_up) for lot in bank.lots]
    carried = [("carry-forward", c.year, c.left - used.get(c.year, ZERO), contract.carry_forward) for c in bank.carried]
    return [
        [what, of, str(left)]
        for what, of, left, terms in (*lots, *carried)
        if left and terms is not None and not is_alive(of, terms.years, year + 1)
    ]


def apply_statement(standing: Standing, contract: Contract, body: Mapping[str, Any]) -> None:
    """Let an annual statement count: use, fill and empty the bank."""
    year, bank = body["year"], standing.bank(contract)
    standing.course(contract).statements[year] = body
    for of, amount in body["carried_used"]:
        next(c for c in bank.carried if c.year == of).left -= Fraction(amount)
    for what, of, _ in body["expired"]:
        for part in bank.lots if what == "make-up" else bank.carried:
            if part.year == of:
                part.left = ZERO
    short, beyond = Fraction(body["short"]), Fraction(body["carried"])
    if short and contract.make_up:
        bank.lots.append(Lot(year, short, Fraction(body["price"]), short))
    if beyond:
        bank.carried.append(Carried(year, beyond, beyond))
