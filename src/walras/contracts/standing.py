"""Where an agreement stands: all that its records have led to so far. Written by `journal` alone, read by everything.

A `Course` is how one contract has run, a `Bank` what one subject has in make-up and carry-forward;
quantities are in the unit of the contract, money in minor units of its currency.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from walras.contracts.agreement import Agreement, Contract
from walras.formulas import Table

Pair = tuple[str, str]
"""Who pays, and who is paid."""


@dataclass(frozen=True)
class Allocation:
    """What was delivered on a day, what the seller failed to deliver, and the assays of fuel where they differ."""

    quantity: Fraction
    undelivered: Fraction = Fraction(0)
    product_assay: Fraction | None = None
    tails_assay: Fraction | None = None


@dataclass(frozen=True)
class Relief:
    """Force majeure: the share of the quantity that falls away from `begin` to before `end`."""

    begin: date
    end: date
    share: Fraction


@dataclass(frozen=True)
class Drawn:
    """A part of a make-up draw: from the lot of which year, at what it was paid for."""

    year: int
    quantity: Fraction
    paid_price: Fraction


@dataclass
class Lot:
    """What was paid for and not taken in one year, and what is left of it."""

    year: int
    quantity: Fraction
    paid_price: Fraction
    left: Fraction


@dataclass
class Carried:
    """What was taken beyond the annual quantity of one year, and what is left of it."""

    year: int
    quantity: Fraction
    left: Fraction


@dataclass
class Bank:
    """Make-up and carry-forward of one subject, oldest first."""

    lots: list[Lot] = field(default_factory=list)
    carried: list[Carried] = field(default_factory=list)


@dataclass
class Invoiced:
    """What a month was invoiced: which documents, and the sum of what they booked by payer and payee."""

    documents: list[str] = field(default_factory=list)
    booked: dict[Pair, int] = field(default_factory=lambda: defaultdict(int))
    deferred: int = 0
    set_off: int = 0

    @property
    def is_final(self) -> bool:
        """Whether the month has a final invoice."""
        return "final invoice" in self.documents


@dataclass
class Course:
    """How a contract has run."""

    nominated: dict[date, Fraction] = field(default_factory=dict)
    allocated: dict[date, Allocation] = field(default_factory=dict)
    draws: dict[str, list[Drawn]] = field(default_factory=dict)
    changes: dict[int, Fraction] = field(default_factory=dict)
    postponed: list[tuple[int, int, Fraction]] = field(default_factory=list)
    reliefs: list[Relief] = field(default_factory=list)
    months: dict[str, Invoiced] = field(default_factory=dict)
    statements: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    instalments: dict[str, int] = field(default_factory=dict)
    set_off: dict[date, int] = field(default_factory=lambda: defaultdict(int))


@dataclass
class Standing:
    """All of it.

    Attributes:
        agreement: What was agreed.
        observations: What was observed so far.
        courses: By contract.
        banks: By subject.
    """

    agreement: Agreement
    observations: Table = field(default_factory=Table)
    courses: dict[str, Course] = field(default_factory=lambda: defaultdict(Course))
    banks: dict[str, Bank] = field(default_factory=lambda: defaultdict(Bank))

    def course(self, contract: Contract) -> Course:
        """Return how a contract has run."""
        return self.courses[contract.contract]

    def bank(self, contract: Contract) -> Bank:
        """Return what the subject of a contract has in its bank."""
        return self.banks[contract.subject]

    def draws(self, subject: str) -> Iterator[Drawn]:
        """Yield every draw of a subject."""
        for contract in self.agreement.contracts:
            if contract.subject == subject:
                for drawn in self.course(contract).draws.values():
                    yield from drawn
