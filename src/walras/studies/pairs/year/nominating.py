"""Nominations: each day is nominated on the last morning that leaves the notice which its band asks for.

No later than the morning before, so that it is in front of the gate. What the buyer wants follows
its profile and weather (`supplies.nominated`), within the annual maximum.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from walras.contracts import Contract, Journal
from walras.contracts.calendar import begin_of, year_of
from walras.contracts.quantities import annual_quantity, planned
from walras.formulas.periods import minute_text
from walras.studies.pairs.supplies import nominated
from walras.studies.pairs.year.living import MORNING, Living


def nominate(living: Living, today: date, at: int) -> None:
    """Nominate every day that is due this morning.

    Args:
        living: The pair.
        today: Calendar day.
        at: Minute UTC of its morning.
    """
    for _, journal, contract in living.contracts():
        due = [day for day in _days(living, contract, today) if _is_due(living, journal, contract, day, today)]
        rows: list[dict[str, object]] = []
        for day in due:
            amount = _within_year(journal, contract, day, living.plans.pop((contract.contract, day)), rows)
            rows.append({"kind": "nomination", "at": minute_text(at), "contract": contract.contract,
                         "day": day.isoformat(), "quantity": amount})  # fmt: skip
        if rows:
            journal.record(rows)


def first_morning(living: Living) -> date:
    """Return the first calendar day on which something may have to be nominated."""
    most = max((_most_hours(c) for _, _, c in living.contracts()), default=0)
    return living.since - timedelta(days=2 + most // 24)


def _most_hours(contract: Contract) -> int:
    return max((s.notice_hours for s in contract.quantity.swing), default=contract.quantity.notice_hours)


def _days(living: Living, contract: Contract, today: date) -> list[date]:
    """Return days ahead that may be due: those of the contract, until the last one of the year."""
    ahead = [today + timedelta(days=n) for n in range(1, 3 + _most_hours(contract) // 24)]
    return [d for d in ahead if contract.begin <= d < contract.end and d <= living.last]


def _is_due(living: Living, journal: Journal, contract: Contract, day: date, today: date) -> bool:
    """Whether a day is not nominated, and tomorrow morning would be too late."""
    if day in journal.standing.course(contract).nominated:
        return False
    key, tomorrow = (contract.contract, day), today + timedelta(days=1)
    if key not in living.plans:
        living.plans[key] = nominated(living.pair, living.supplies, contract, day, living.seed)
    left = begin_of(journal.agreement, day) - living.minute(tomorrow, MORNING)
    return tomorrow >= day or left < notice_of(contract, living.plans[key]) * 60


def notice_of(contract: Contract, amount: Fraction) -> int:
    """Return how many hours before its day an amount has to be nominated."""
    bands = [s.notice_hours for s in contract.quantity.swing if s.minimum <= amount <= s.maximum]
    return min(bands, default=contract.quantity.notice_hours)


def _within_year(
    journal: Journal, contract: Contract, day: date, wanted: Fraction, before: list[dict[str, object]]
) -> Fraction:
    """Return what of a wish the annual maximum leaves, with what this morning nominates already."""
    course = journal.standing.course(contract)
    year = year_of(journal.agreement, day)
    annual = annual_quantity(contract, course, year)
    if annual is None:
        return wanted
    now = (r for r in before if year_of(journal.agreement, date.fromisoformat(str(r["day"]))) == year)
    known = planned(journal.agreement, contract, course, day) + sum(
        (Fraction(str(r["quantity"])) for r in now), Fraction(0)
    )
    return max(Fraction(0), min(wanted, annual * contract.quantity.annual_maximum - known))
