"""Force majeure: days on which a share of the quantity falls away, from some hours before its notice on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction

from walras.contracts.agreement import Contract
from walras.contracts.calendar import begin_of
from walras.contracts.events import Draft
from walras.contracts.nominations import day_mistakes
from walras.contracts.standing import Relief, Standing
from walras.errors import Mistake


def check_force_majeure(_standing: Standing, contract: Contract, draft: Draft) -> Iterator[Mistake]:
    """Yield why a notice of force majeure is refused."""
    begin, end = (date.fromisoformat(draft.body[n]) for n in ("begin", "end"))
    where = f"force majeure {contract.contract} {begin}"
    yield from day_mistakes(contract, begin, where)
    if not begin < end <= contract.end:
        yield Mistake(
            f"it lasts from {begin} to before {end}", where, "relief_days", "End it later, within the contract."
        )
    if not 0 < Fraction(draft.body["share"]) <= 1:
        yield Mistake(
            "it relieves of no share of the quantity", where, "share_range", "Write more than 0 %, up to 100 %."
        )


def apply_force_majeure(standing: Standing, contract: Contract, draft: Draft) -> None:
    """Let force majeure relieve of its share, of days from some hours before its notice on."""
    course, agreement = standing.course(contract), standing.agreement
    begin, end = (date.fromisoformat(draft.body[n]) for n in ("begin", "end"))
    earliest = draft.at - contract.relief_hours * 60
    while begin < end and begin_of(agreement, begin) < earliest:
        begin += timedelta(days=1)
    if begin < end:
        course.reliefs.append(Relief(begin, end, Fraction(draft.body["share"])))
