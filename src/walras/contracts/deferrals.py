"""Deferral: what final invoices put off, paid in parts that sum to it exactly (docs/contracts.md, C.19).

::

    part[k] = (deferred - parts before) / (parts left, this one included), rounded to the minor unit    (C.19)
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from walras.contracts.agreement import Contract
from walras.contracts.calendar import is_month, month_text, number_of
from walras.contracts.documents import Body, conversions
from walras.contracts.standing import Standing
from walras.errors import BadInput, Mistake
from walras.results.minor_units import half_away


def deferral_instalment(standing: Standing, contract: Contract, month: str, at: int) -> Body:
    """Return the body of an instalment.

    Raises:
        BadInput: The contract defers nothing, or this month's instalment is none, not the next one, or of nothing.
    """
    terms, course = contract.deferral, standing.course(contract)
    where = f"{contract.contract} {month}"
    if terms is None or not is_month(month):
        fix = "Name a month of a contract with [contract.deferral]."
        raise BadInput([Mistake("there is no instalment then", where, "deferral_agreed", fix)])
    done = len(course.instalments)
    expected = month_text(number_of(terms.first) + done)
    if done >= terms.instalments or month != expected:
        said = "all instalments are issued" if done >= terms.instalments else f"the next instalment is of {expected}"
        raise BadInput([Mistake(said, where, "deferral_order", "Issue instalments month by month.")])
    deferred = sum(m.deferred for m in course.months.values())
    before = sum(course.instalments.values())
    minor = half_away(Fraction(deferred - before, terms.instalments - done))
    if deferred == before:
        raise BadInput([Mistake("nothing is put off", where, "deferral_nothing", "Issue final invoices first.")])
    booked = [[contract.buyer, contract.seller, minor]] if minor else []
    return {
        "month": month, "currency": contract.currency, "part": done + 1, "of": terms.instalments,
        "deferred_minor": deferred, "before_minor": before, "booked": booked,
        "conversions": conversions(standing, contract, booked, at),
    }  # fmt: skip


def apply_instalment(standing: Standing, contract: Contract, body: Mapping[str, Any]) -> None:
    """Let an instalment count."""
    standing.course(contract).instalments[body["month"]] = sum(minor for *_, minor in body["booked"])
