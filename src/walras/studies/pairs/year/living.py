"""A pair as it lives: what is observed, agreed, cleared and booked so far, and the clock of its days.

Written by the other modules of this folder, each its part; minutes are UTC, clocks are local to the pair.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from time import perf_counter
from typing import Any

from walras.book.cells import FloatArray
from walras.contracts import Contract, Journal
from walras.errors import BadInput, Mistake
from walras.formulas.periods import EPOCH
from walras.settlement.ledger import Ledger
from walras.studies.pairs.day import FIRST
from walras.studies.pairs.handed import Handed, Key
from walras.studies.pairs.pair import Pair
from walras.studies.pairs.supplies import Supplies
from walras.studies.pairs.year.outlook import Forward

MORNING, GATE, PUBLISHED = time(8, 30), time(12, 0), time(12, 30)
"""Local times of a calendar day: what was published is observed; the gate closes; the result is published."""


@dataclass(frozen=True)
class Hourly:
    """The MTUs of a contract day: price at the hub, MWh beyond the nomination that could flow, and that did; (t,)."""

    day: date
    price: FloatArray
    room: FloatArray
    flexible: FloatArray


@dataclass
class Living:
    """All that there is on a day.

    Attributes:
        pair, supplies, seed: What the year is made from.
        since: First day of any contract that began before the year: until `first` it is delivered as nominated.
        first, last: Delivery days.
        journals: By agreement.
        ledger: Of everything.
        handed: What the last auction handed over.
        waiting: Observations that are not published yet, in the order of publication.
        fixings: The last one that was published, by base and quote.
        past: Mean price of each contract day that was cleared, by zone and carrier.
        forwards: By contract, the month and what is thought of prices since its first day.
        usual: What a buyer asks for on a day in usual weather, by contract and day.
        plans: What a buyer wants, by contract and day, as long as it is not nominated.
        rows: Of tables, as they grow.
        hourly: Days of contracts that met the auction, by MTU.
        events: How many sessions and documents were booked.
        is_flexible: Whether flexibility is offered at all.
        seconds: By phase.
    """

    pair: Pair
    supplies: Supplies
    seed: int
    since: date
    first: date
    last: date
    journals: dict[str, Journal]
    ledger: Ledger = field(default_factory=Ledger)
    handed: Handed = FIRST
    waiting: list[dict[str, str]] = field(default_factory=list)
    fixings: dict[tuple[str, str], Fraction] = field(default_factory=dict)
    past: dict[Key, list[tuple[date, float]]] = field(default_factory=lambda: defaultdict(list))
    forwards: dict[str, tuple[str, Forward]] = field(default_factory=dict)
    usual: dict[tuple[str, date], Fraction] = field(default_factory=dict)
    plans: dict[tuple[str, date], Fraction] = field(default_factory=dict)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    hourly: dict[str, list[Hourly]] = field(default_factory=lambda: defaultdict(list))
    events: int = 0
    is_flexible: bool = True
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def minute(self, day: date, clock: time) -> int:
        """Return the minute UTC of a local time."""
        local = datetime.combine(day, clock, self.pair.time_zone)
        return int((local - EPOCH) / timedelta(minutes=1))

    def is_live(self, at: int) -> bool:
        """Return whether a minute UTC is of the year, and not of the time before it."""
        return at >= self.minute(self.first, time())

    def contracts(self) -> Iterator[tuple[str, Journal, Contract]]:
        """Yield every contract with its agreement's name and journal."""
        for name, journal in self.journals.items():
            for contract in journal.agreement.contracts:
                yield name, journal, contract

    def rate(self, currency: str) -> Fraction:
        """Return what one unit of a currency is worth in the trade currency, by the last fixing, else pair.toml's.

        Raises:
            BadInput: There is neither (rule `pair_fixing`).
        """
        trade = self.pair.currency
        if currency == trade:
            return Fraction(1)
        if (currency, trade) in self.fixings:
            return self.fixings[currency, trade]
        if (trade, currency) in self.fixings:
            return 1 / self.fixings[trade, currency]
        if currency in self.pair.fixings:
            return Fraction(self.pair.fixings[currency])
        fix = f"Add {currency} to [fixings], or a series {currency}/{trade}."
        raise BadInput([Mistake(f"{currency} has no fixing", "pair.toml fixings", "pair_fixing", fix)])

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count the seconds of what is done within."""
        begin = perf_counter()
        yield
        self.seconds[name] += perf_counter() - begin


def days_from(first: date, end: date) -> list[date]:
    """Return the days from one to before another."""
    return [first + timedelta(days=n) for n in range((end - first).days)]
