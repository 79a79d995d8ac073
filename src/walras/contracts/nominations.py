"""Nominations: what the buyer asks for on a contract day, and why it may not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from walras.contracts.agreement import Contract
from walras.contracts.calendar import begin_of, year_of
from walras.contracts.events import Draft
from walras.contracts.path import entering_hops
from walras.contracts.quantities import annual_quantity, daily_range, planned, quantity_text
from walras.contracts.standing import Standing
from walras.errors import Mistake
from walras.formulas.values import amount_text


def day_mistakes(contract: Contract, day: date, where: str) -> Iterator[Mistake]:
    """Yield that a contract does not hold on a day, if so."""
    if not contract.begin <= day < contract.end:
        what = f"{contract.contract} holds from {contract.begin} to before {contract.end}"
        yield Mistake(what, where, "contract_valid", "Name a day on which it holds, or another contract.")


def check_nomination(standing: Standing, contract: Contract, draft: Draft) -> Iterator[Mistake]:
    """Yield why a nomination is refused."""
    day, amount = date.fromisoformat(draft.body["day"]), Fraction(draft.body["quantity"])
    where, course = f"nomination {contract.contract} {day}", standing.course(contract)
    outside = list(day_mistakes(contract, day, where))
    if outside:
        yield from outside
        return
    least, most = daily_range(contract, course, day)
    if amount > most:
        fix = f"Nominate at most {quantity_text(most, contract.unit)}."
        what = f"{amount_text(amount)} is above the daily maximum of {amount_text(most)}"
        yield Mistake(what, where, "nomination_daily_maximum", fix)
    if amount < least:
        fix = f"Nominate at least {quantity_text(least, contract.unit)}."
        what = f"{amount_text(amount)} is below the daily minimum of {amount_text(least)}"
        yield Mistake(what, where, "nomination_daily_minimum", fix)
    yield from _notice(standing, contract, draft, day, amount, where)
    if day in course.allocated:
        yield Mistake("the day is allocated already", where, "nomination_closed", "Nominate before the allocation.")
    yield from _annual(standing, contract, day, amount, where)
    yield from _permits(contract, day, amount, where)
    to = draft.body.get("destination", "")
    if to and contract.destinations and to not in contract.destinations:
        fix = f"Name one of {', '.join(contract.destinations)}."
        yield Mistake(f"{to[:40]!r} is no destination of the contract", where, "destination", fix)


def _notice(
    standing: Standing, contract: Contract, draft: Draft, day: date, amount: Fraction, where: str
) -> Iterator[Mistake]:
    bands = [s.notice_hours for s in contract.quantity.swing if s.minimum <= amount <= s.maximum]
    hours = min(bands, default=contract.quantity.notice_hours)
    left = begin_of(standing.agreement, day) - draft.at
    if left < hours * 60:
        what = f"it comes {left / 60:.4g} hours before the day begins, and {amount_text(amount)} needs {hours}"
        yield Mistake(what, where, "nomination_notice", "Nominate earlier, or a quantity that needs less notice.")


def _annual(standing: Standing, contract: Contract, day: date, amount: Fraction, where: str) -> Iterator[Mistake]:
    agreement, course = standing.agreement, standing.course(contract)
    annual = annual_quantity(contract, course, year_of(agreement, day))
    if annual is None:
        return
    most = annual * contract.quantity.annual_maximum
    left = most - planned(agreement, contract, course, day)
    if amount > left:
        fix = f"Nominate at most {quantity_text(max(left, Fraction(0)), contract.unit)}."
        what = f"the year would come to more than its maximum of {amount_text(most)}"
        yield Mistake(what, where, "nomination_annual_maximum", fix)


def _permits(contract: Contract, day: date, amount: Fraction, where: str) -> Iterator[Mistake]:
    for hop, entering in entering_hops(contract, amount):
        if not hop.permits:
            continue
        permit = contract.permit_on(hop, day)
        if permit is None:
            last = max(hop.permits, key=lambda p: p.end)
            what = f"no permit of hop {hop.hop} is valid; {last.permit} holds from {last.begin} to before {last.end}"
            yield Mistake(what, where, "permit_valid", "Ask for a permit that covers the day.")
        elif permit.most is not None and entering > permit.most:
            covered = amount_text(permit.most)
            what = f"{amount_text(entering)} would enter hop {hop.hop}, permit {permit.permit} covers {covered}"
            yield Mistake(what, where, "permit_covers", "Nominate less, or ask for a larger permit.")


def apply_nomination(standing: Standing, contract: Contract, draft: Draft) -> None:
    """Let a nomination count."""
    day = date.fromisoformat(draft.body["day"])
    standing.course(contract).nominated[day] = Fraction(draft.body["quantity"])
