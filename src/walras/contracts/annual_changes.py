"""Flexibility: annual quantities that are changed, or put off to a later year, by notice before the year."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from datetime import date
from fractions import Fraction

from walras.contracts.agreement import Contract
from walras.contracts.calendar import begin_of
from walras.contracts.events import Draft
from walras.contracts.standing import Standing
from walras.errors import Mistake
from walras.formulas.values import amount_text


def check_flexibility(standing: Standing, contract: Contract, draft: Draft) -> Iterator[Mistake]:
    """Yield why a change of an annual quantity is refused."""
    year, change = draft.body["year"], Fraction(draft.body["change"])
    where = f"flexibility {contract.contract} {year}"
    agreed = yield from _year_open(standing, contract, draft, year, where)
    if agreed is None or contract.flexibility is None:
        return
    before = standing.course(contract).changes.get(year, Fraction(0))
    most = agreed * contract.flexibility.share
    if abs(before + change) > most:
        fix = f"Change it by at most {amount_text(most)} in all."
        yield Mistake(f"the year would change by {amount_text(before + change)}", where, "flexibility_share", fix)


def _year_open(
    standing: Standing, contract: Contract, draft: Draft, year: int, where: str
) -> Generator[Mistake, None, Fraction | None]:
    """Yield why a year's quantity cannot be changed; return what was agreed for it."""
    terms, agreed = contract.flexibility, contract.quantity.annual_of(year)
    if terms is None:
        yield Mistake(
            "the contract has no flexibility", where, "flexibility_agreed", "Agree on [contract.flexibility]."
        )
        return None
    begin = date(year, *standing.agreement.year_starts)
    if agreed is None or not contract.begin <= begin < contract.end:
        fix = "Name a contract year with an annual quantity."
        yield Mistake(f"{contract.contract} has no annual quantity for {year}", where, "contract_year", fix)
        return None
    if begin_of(standing.agreement, begin) - draft.at < terms.notice_days * 24 * 60:
        what = f"notice is {terms.notice_days} days before {begin}"
        yield Mistake(what, where, "flexibility_notice", "Give notice earlier, of a later year.")
    return agreed


def apply_flexibility(standing: Standing, contract: Contract, draft: Draft) -> None:
    """Let a changed annual quantity count."""
    changes, year = standing.course(contract).changes, draft.body["year"]
    changes[year] = changes.get(year, Fraction(0)) + Fraction(draft.body["change"])


def check_postponement(standing: Standing, contract: Contract, draft: Draft) -> Iterator[Mistake]:
    """Yield why a postponement is refused."""
    year, to, amount = draft.body["year"], draft.body["to_year"], Fraction(draft.body["quantity"])
    where = f"postponement {contract.contract} {year}"
    agreed = yield from _year_open(standing, contract, draft, year, where)
    if agreed is None or contract.flexibility is None:
        return
    if (
        to <= year
        or contract.quantity.annual_of(to) is None
        or date(to, *standing.agreement.year_starts) >= contract.end
    ):
        yield Mistake(f"{to} is no later year of the contract", where, "contract_year", "Name a later contract year.")
    before = sum((q for of, _, q in standing.course(contract).postponed if of == year), Fraction(0))
    most = agreed * contract.flexibility.postponable
    if amount <= 0 or before + amount > most:
        fix = f"Put off more than 0, and at most {amount_text(most)} in all."
        yield Mistake(f"{amount_text(before + amount)} would be put off", where, "postponable_share", fix)


def apply_postponement(standing: Standing, contract: Contract, draft: Draft) -> None:
    """Let a quantity move to a later year."""
    moved = draft.body["year"], draft.body["to_year"], Fraction(draft.body["quantity"])
    standing.course(contract).postponed.append(moved)
