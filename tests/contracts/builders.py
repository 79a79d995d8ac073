"""A contract and its life in words: `Story(agreement(terms(take_or_pay={"share": "80 %"}))).takes(2027, 70)`.

`terms` are one contract as the fields of its document, `document` the TOML of several, `agreement` what is read
from it. A `Story` is a journal with a clock: facts and documents come after the time that they are about, unless
they are told when.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from walras.contracts import Agreement, Contract, Event, Journal, agreement_of, event_lines, events_of
from walras.contracts.calendar import days_of, month_text, months_between, number_of, year_days
from walras.contracts.events import minute_of
from walras.contracts.standing import Bank, Course

Figure = int | str | Fraction
PRICE = "180 USD/1000m3 -> USD/1000m3"


def terms(name: str = "gas", **more: Any) -> dict[str, Any]:
    """Three years of gas, 100 a day at 180 USD; what is named is written instead, None leaves it out."""
    said = {
        "contract": name, "subject": "gas at the border", "commodity": "gas", "seller": "XA-fields",
        "buyer": "XB-homes", "begin": date(2027, 1, 1), "end": date(2030, 1, 1), "unit": "1000m3", "currency": "USD",
        "quantity": quantity(), "prices": [price()], **more,
    }  # fmt: skip
    return {k: v for k, v in said.items() if v is not None}


def quantity(**more: Any) -> dict[str, Any]:
    """Terms of quantity: 36,500 a year, 100 a day, 40 to 130."""
    return {"annual": 36500, "daily": 100, "daily_minimum": 40, "daily_maximum": 130, **more}


def price(final: str = PRICE, component: str = "gas", **more: Any) -> dict[str, Any]:
    """One component of the price."""
    return {"component": component, "final": final, **more}


def document(*contracts: dict[str, Any], **top: Any) -> str:
    """An agreement as TOML."""
    head = {"format": "walras-agreement", "version": 1, "name": "An agreement of a test", "time_zone": "UTC", **top}
    return "".join(f"{key} = {toml(value)}\n" for key, value in {**head, "contract": list(contracts)}.items())


def agreement(*contracts: dict[str, Any], **top: Any) -> Agreement:
    """An agreement of some contracts, `terms()` without any."""
    return agreement_of(document(*(contracts or (terms(),)), **top))


def toml(value: Any) -> str:
    """A value as TOML writes it in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(k))} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml, value))}]"
    return value.isoformat() if isinstance(value, date) else json.dumps(value)


class Story:
    """A journal of one agreement; what is said without a contract is about the first."""

    def __init__(self, found: Agreement | None = None, at: str = "2026-01-01T00:00Z") -> None:
        self.journal = Journal(found or agreement())
        self.now = at

    def contract(self, name: str = "") -> Contract:
        """A contract of the agreement."""
        contracts = self.journal.agreement.contracts
        return next(c for c in contracts if name in ("", c.contract))

    def course(self, name: str = "") -> Course:
        """How a contract has run."""
        return self.journal.standing.course(self.contract(name))

    @property
    def bank(self) -> Bank:
        """The bank of the first contract's subject."""
        return self.journal.standing.bank(self.contract())

    def says(self, kind: str, at: str = "", contract: str = "", **fields: Any) -> Story:
        """Record one fact."""
        return self.all_say([self.row(kind, at, contract, **fields)])

    def all_say(self, rows: Iterable[dict[str, Any]]) -> Story:
        """Record facts at once."""
        self.journal.record(list(rows))
        return self

    def row(self, kind: str, at: str = "", contract: str = "", **fields: Any) -> dict[str, Any]:
        """A row of a fact."""
        self.now = later(self.now, at) if at else self.now
        about = {} if kind == "observation" else {"contract": self.contract(contract).contract}
        return {"kind": kind, "at": at or self.now, **about, **fields}

    def observes(self, series: str, period: str, value: Figure, unit: str, published: str, version: int = 1) -> Story:
        """Record an observation when it is published."""
        return self.says("observation", published, series=series, period=period, value=value, unit=unit,
                         published_at=published, version=version, source="a test")  # fmt: skip

    def delivers(self, month: str, each: Figure | Callable[[date], Figure] = 100, contract: str = "") -> Story:
        """Record allocations of every day of a month, on the fifth of the next one."""
        return self.takes_days(days_of(self.contract(contract), month), each, contract)

    def takes_days(
        self, days: Iterable[date], each: Figure | Callable[[date], Figure] = 100, contract: str = ""
    ) -> Story:
        """Record allocations of days."""
        rows = []
        for day in days:
            figure = each(day) if callable(each) else each
            self.now = later(self.now, after(day.isoformat()[:7]))
            rows.append(self.row("allocation", contract=contract, day=day.isoformat(), quantity=figure))
        return self.all_say(rows)

    def takes(self, year: int, each: Figure | Callable[[date], Figure] = 100, contract: str = "") -> Story:
        """A contract year: allocations, final invoices of its months, and its statement."""
        for month in self.months(year, contract):
            self.delivers(month, each, contract).issues("final invoice", month, contract=contract)
        self.issues("annual statement", year, contract=contract)
        return self

    def months(self, year: int, contract: str = "") -> list[str]:
        """The months of a contract year."""
        return months_between(*year_days(self.journal.agreement, self.contract(contract), year))

    def issues(self, kind: str, of: str | int, at: str = "", contract: str = "") -> Event:
        """Issue a document."""
        if isinstance(of, str) and not at:
            self.now = later(self.now, after(of))
        self.now = later(self.now, at) if at else self.now
        return self.journal.issue(kind, self.contract(contract).contract, of, minute_of(at or self.now))

    def again(self) -> Journal:
        """The journal that is read back from its text."""
        return Journal(self.journal.agreement, events_of(event_lines(self.journal.events)))


def later(one: str, other: str) -> str:
    """The later of two times."""
    return max(one, other, key=minute_of)


def after(month: str) -> str:
    """The fifth of the next month, nine o'clock UTC."""
    return f"{month_text(number_of(month) + 1)}-05T09:00Z"


def days(first: str, count: int) -> list[date]:
    """Days from one on."""
    return [date.fromisoformat(first) + timedelta(days=n) for n in range(count)]


def booked(event: Event) -> dict[tuple[str, str], int]:
    """What a document books between payers and payees."""
    return {(payer, payee): minor for payer, payee, minor in event.body["booked"]}


def due(event: Event) -> int:
    """All that a document books, in minor units."""
    return sum(booked(event).values())


def rules(error: Any) -> set[str]:
    """The rules of a refusal."""
    return {m.rule for m in error.value.mistakes}
