"""Allocations: what was delivered on a contract day; a later one corrects it until the year is stated."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from walras.contracts.agreement import Contract
from walras.contracts.calendar import year_of
from walras.contracts.events import Draft
from walras.contracts.nominations import day_mistakes
from walras.contracts.standing import Allocation, Standing
from walras.errors import Mistake
from walras.formulas.values import amount_text


def check_allocation(standing: Standing, contract: Contract, draft: Draft) -> Iterator[Mistake]:
    """Yield why an allocation is refused."""
    body, day = draft.body, date.fromisoformat(draft.body["day"])
    where, course = f"allocation {contract.contract} {day}", standing.course(contract)
    outside = list(day_mistakes(contract, day, where))
    if outside:
        yield from outside
        return
    for name in ("quantity", "undelivered"):
        if Fraction(body.get(name, 0)) < 0:
            yield Mistake(f"{name} is negative", where, "quantity_not_negative", "Write 0 or more.")
    most = max(Fraction(0), contract.quantity.daily_maximum - Fraction(body["quantity"]))
    if Fraction(body.get("undelivered", 0)) > most:
        what = f"{amount_text(Fraction(body['undelivered']))} cannot have been asked for beside what was delivered"
        fix = f"Write at most {amount_text(most)}: the daily maximum less what was delivered."
        yield Mistake(what, where, "undelivered_most", fix)
    if year_of(standing.agreement, day) in course.statements:
        what = "the annual statement of its contract year is issued"
        yield Mistake(what, where, "year_closed", "Settle the correction outside the year's statement.")
    yield from _assays(contract, draft, where)
    month = day.isoformat()[:7]
    drawn = sum((d.quantity for d in course.draws.get(month, ())), Fraction(0))
    if drawn:
        most = contract.quantity.daily_maximum
        others = [a.quantity for d, a in course.allocated.items() if d != day and d.isoformat()[:7] == month]
        if sum((min(q, most) for q in (*others, Fraction(body["quantity"]))), Fraction(0)) < drawn:
            what = f"{amount_text(drawn)} of {month} are drawn as make-up, more than would be taken within the maximum"
            yield Mistake(what, where, "make_up_taken", "Allocate at least what was drawn.")


def _assays(contract: Contract, draft: Draft, where: str) -> Iterator[Mistake]:
    given = {n: Fraction(draft.body[n]) for n in ("product_assay", "tails_assay") if n in draft.body}
    if given and contract.fuel is None:
        yield Mistake("the contract has no assays", where, "assays_ordered", "Leave assays out.")
    elif contract.fuel is not None:
        product = given.get("product_assay", contract.fuel.product_assay)
        tails = given.get("tails_assay", contract.fuel.tails_assay)
        if not 0 < tails < contract.fuel.feed_assay < product < 1:
            what = "tails, feed and product do not follow each other between 0 % and 100 %"
            yield Mistake(what, where, "assays_ordered", "Write tails < feed < product.")


def apply_allocation(standing: Standing, contract: Contract, draft: Draft) -> None:
    """Let an allocation count, instead of an earlier one of that day."""
    body = draft.body
    product, tails = (Fraction(body[n]) if n in body else None for n in ("product_assay", "tails_assay"))
    allocation = Allocation(Fraction(body["quantity"]), Fraction(body.get("undelivered", 0)), product, tails)
    standing.course(contract).allocated[date.fromisoformat(body["day"])] = allocation
