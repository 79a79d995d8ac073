"""What buyers offer of their contracts' flexibility before the gate: steps at opportunity cost, as all year.

The contract year is taken to have been delivered as nominated; prices are thought of from the pair's reference
price alone, since nothing was cleared before.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from walras.contracts import Contract, Journal
from walras.contracts.calendar import year_days, year_of
from walras.contracts.offers import FlexibleStep
from walras.formulas.periods import minute_text
from walras.studies.pairs.script.written import Written, short
from walras.studies.pairs.supplies import Supplies, nominated
from walras.studies.pairs.year.flexing import cost_of, steps_of
from walras.studies.pairs.year.living import GATE, MORNING, Living, days_from

ASKED_DAYS = 34
"""Days before delivery on which the month is nominated (`contracting`)."""


def offered(w: Written, supplies: Supplies, seed: int) -> None:
    """Add a step for each contract whose flexibility is offered on the day."""
    for name, contract in supplies.contracts(w.day):
        steps = list(_steps(w, supplies, name, contract, seed))
        if steps:
            said = [{"quantity": str(s.quantity), "price_per_mwh": f"{float(s.price):.2f}"} for s in steps]
            asked = {"agreement": f"{{{name}}}", "contract": contract.contract, "day": w.day.isoformat(), "steps": said}
            w.do(short(contract.buyer), "offer-supply-flexibility", asked)


def _steps(w: Written, supplies: Supplies, name: str, contract: Contract, seed: int) -> Iterator[FlexibleStep]:
    if contract.meeting is None or not contract.meeting.flexible_steps:
        return
    journal = Journal(supplies.agreements[name])
    living = Living(w.pair, supplies, seed, w.day, w.day, w.day, {name: journal})
    agreement = journal.agreement
    first = year_days(agreement, contract, year_of(agreement, w.day))[0]
    asked = minute_text(living.minute(w.day - timedelta(days=ASKED_DAYS), MORNING))
    rows = [_row("nomination", contract, w.day, asked, supplies, w, seed)]
    rows += [_row("allocation", contract, d, asked, supplies, w, seed) for d in days_from(first, w.day)]
    journal.record(rows)
    at = living.minute(w.day - timedelta(days=1), GATE)
    yield from steps_of(living, journal, contract, w.day, cost_of(living, journal, contract, w.day, at))


def _row(
    kind: str, contract: Contract, day: date, at: str, supplies: Supplies, w: Written, seed: int
) -> dict[str, str]:
    quantity = nominated(w.pair, supplies, contract, day, seed)
    return {"kind": kind, "at": at, "contract": contract.contract, "day": day.isoformat(), "quantity": str(quantity)}
