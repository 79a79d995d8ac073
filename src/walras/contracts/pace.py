"""How a contract year runs: day by day beside an even pace to its quantities, and its bank over time.

Read by whoever draws a contract; nothing is decided by it. For day `d`, the `n`-th of the `N` days of year `y`
on which the contract holds, an even pace comes to `n / N` of `annual[y]` and of `owed[y]` (C.2 and C.3).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from walras.contracts.agreement import Agreement, Contract
from walras.contracts.events import Event
from walras.contracts.journal import Journal
from walras.contracts.quantities import annual_quantity, daily_range, days_in, owed
from walras.contracts.standing import Bank, Course

ZERO = Fraction(0)
BANK_KINDS = frozenset({"annual statement", "make-up draw"})
"""Kinds of records that change a bank."""


@dataclass(frozen=True)
class PaceDay:
    """One contract day, quantities in the unit of the contract.

    Attributes:
        day: Contract day.
        nominated: What was nominated, None where nothing was.
        allocated: What was delivered, None where that is not known yet.
        least, most: What may be nominated.
        taken: Sum of what was allocated of the year until this day; None after the last day with an allocation.
        annual: Where an even pace to the annual quantity would be, None where none is agreed.
        owed: Where an even pace to what is owed would be.
    """

    day: date
    nominated: Fraction | None
    allocated: Fraction | None
    least: Fraction
    most: Fraction
    taken: Fraction | None
    annual: Fraction | None
    owed: Fraction


@dataclass(frozen=True)
class Banked:
    """What a subject has in its bank after a record, in the unit of its contracts."""

    event: Event
    make_up: Fraction
    carry_forward: Fraction


def pace(agreement: Agreement, contract: Contract, course: Course, year: int) -> list[PaceDay]:
    """Return the days of a contract year in order; empty for a year in which the contract does not hold.

    Example:
        >>> from walras.contracts.examples import gas_journal
        >>> journal = gas_journal()
        >>> contract = journal.agreement.contracts[0]
        >>> days = pace(journal.agreement, contract, journal.standing.course(contract), 2027)
        >>> len(days), days[-1].annual == annual_quantity(contract, Course(), 2027), days[0].taken
        (365, True, None)
    """
    days = days_in(agreement, contract, year)
    annual, due = annual_quantity(contract, course, year), owed(agreement, contract, course, year)
    last = max((d for d in days if d in course.allocated), default=None)
    found, so_far = list[PaceDay](), ZERO
    for n, day in enumerate(days, 1):
        allocation = course.allocated.get(day)
        so_far += allocation.quantity if allocation else ZERO
        least, most = daily_range(contract, course, day)
        share = Fraction(n, len(days))
        found.append(
            PaceDay(
                day, course.nominated.get(day), allocation.quantity if allocation else None, least, most,
                so_far if last is not None and day <= last else None,
                None if annual is None else annual * share, due * share,
            )
        )  # fmt: skip
    return found


def bank_course(agreement: Agreement, events: Iterable[Event], subject: str) -> list[Banked]:
    """Return what a subject had in its bank after each record that changed it.

    Args:
        agreement: That the records are of.
        events: All of them, in order, that were found right before.
        subject: Of contracts of the agreement.
    """
    journal = Journal(agreement)
    mine = {c.contract for c in agreement.contracts if c.subject == subject}
    found = []
    for event in events:
        journal.follow([event])
        if event.kind in BANK_KINDS and event.contract in mine:
            bank = journal.standing.banks.get(subject, Bank())
            made_up, carried = (sum((x.left for x in part), ZERO) for part in (bank.lots, bank.carried))
            found.append(Banked(event, made_up, carried))
    return found
