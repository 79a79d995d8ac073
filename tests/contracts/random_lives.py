"""Random contracts, and what happens under them in order: acts that a journal and a second opinion both take.

An act is a tuple: its verb, and what it is about. Months are delivered, priced, perhaps drawn in, invoiced,
perhaps corrected; years are stated. Some acts are refused, as some draws beyond the bank are.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from random import Random
from typing import Any

from tests.contracts.builders import Story, after, later, price, quantity, terms

from walras.errors import BadInput

Act = tuple[Any, ...]
FINAL = 'index "hub": USD/1000m3 monthly; index("hub") * 0.9 + 5 USD/1000m3 -> USD/1000m3'


def random_terms(dice: Random, years: int) -> tuple[dict[str, Any], str]:
    """A contract of some years, and when its years start."""
    starts = dice.choice(["01-01", "10-01", "04-01"])
    month = int(starts[:2])
    paid = {"share": f"{dice.randint(60, 100)} %", "price_share": dice.choice(["100 %", "70.5 %"])}
    more: dict[str, Any] = {"take_or_pay": paid}
    if dice.random() < 0.9:
        order, what = dice.choice(["oldest_first", "newest_first"]), dice.choice(["paid", "top_up", "difference"])
        more["make_up"] = {"order": order, "price": what} | some(dice, "years", [1, 2, 3])
    if dice.random() < 0.7:
        more["carry_forward"] = {"cap": dice.choice(["2.5 %", "10 %", "100 %"])} | some(dice, "years", [1, 2])
    more |= some(dice, "overrun", ["110 %", "150 %", "90 %"])
    hops = [random_hop(dice, n) for n in range(dice.randint(0, 3))]
    provisional = some(dice, "provisional", ["101.5 USD/1000m3 -> USD/1000m3"])
    return terms(
        begin=date(2027, month, 1), end=date(2027 + years, month, 1), prices=[price(FINAL, **provisional)], hops=hops,
        quantity=quantity(annual=dice.choice([36500, "30000.25"])), **more,
    ), starts  # fmt: skip


def random_hop(dice: Random, number: int) -> dict[str, Any]:
    """A hop with a loss and a tariff for a hundred kilometres."""
    tariff = f"param distance: km; {dice.randint(1, 300) / 100} USD/1000m3 * (distance / 100 km) -> USD/1000m3"
    return {"hop": f"hop {number}", "operator": f"S-{number}", "loss": f"{dice.randint(0, 50) / 10} %",
            "distance": f"{dice.randint(1, 900)} km", "tariff": tariff}  # fmt: skip


def some(dice: Random, name: str, values: list[Any]) -> dict[str, Any]:
    """A field, or none."""
    return {name: dice.choice(values)} if dice.random() < 0.6 else {}


def random_acts(dice: Random, said: dict[str, Any]) -> Iterator[Act]:
    """What happens, year by year."""
    first, end = said["begin"], said["end"]
    for year in range(first.year, end.year):
        level, months = dice.choice([40, 70, 80, 95, 115]), [month_after(year, first.month + n) for n in range(12)]
        if dice.random() < 0.4:
            begin = date.fromisoformat(f"{dice.choice(months)}-11")
            yield "force", begin, begin + timedelta(days=dice.randint(1, 15)), dice.randint(1, 100), dice.randint(-3, 6)
        for month in months:
            yield from month_acts(dice, month, level + dice.randint(-10, 25))
        yield "state", year


def month_acts(dice: Random, month: str, level: int) -> Iterator[Act]:
    """What happens in a month."""
    yield "deliver", month, rows(dice, month, level)
    yield "observe", month, f"{dice.randint(5000, 25000) / 100:.2f}"
    if dice.random() < 0.5:
        yield "draw", month, Fraction(dice.randint(0, 400_000), 100 * dice.randint(1, 12))
    if dice.random() < 0.5:
        yield "provisional invoice", month
    if dice.random() < 0.3:
        yield "draw", month, Fraction(dice.randint(1, 3000), 7)
    yield "final invoice", month
    if dice.random() < 0.2:
        yield "deliver", month, rows(dice, month, level)[: dice.randint(1, 5)]
    if dice.random() < 0.2:
        yield "observe", month, f"{dice.randint(5000, 25000) / 100:.2f}"
    if dice.random() < 0.3:
        yield "credit note", month


def rows(dice: Random, month: str, level: int) -> list[tuple[date, Fraction, Fraction]]:
    """Days of a month, what was delivered and what was not."""
    first = date.fromisoformat(f"{month}-01")
    count = ((first + timedelta(days=32)).replace(day=1) - first).days
    found = []
    for n in range(count):
        delivered = Fraction(max(0, level * 100 + dice.randint(-3000, 3000)), 100)
        short = Fraction(dice.randint(0, 20)) if dice.random() < 0.05 and delivered <= 110 else Fraction(0)
        found.append((first + timedelta(days=n), delivered, short))
    return found


def month_after(year: int, month: int) -> str:
    """A month, counted from January of a year."""
    return f"{year + (month - 1) // 12}-{(month - 1) % 12 + 1:02}"


class Played:
    """A story that takes acts, and says how each came out: lines and bookings, parts of a draw, or `refused`."""

    def __init__(self, told: Story, contract: str = "") -> None:
        self.told, self.contract = told, contract
        self.versions: dict[str, int] = {}

    def act(self, act: Act) -> Any:
        """Take an act."""
        verb, *about = act
        try:
            return self._document(verb, *about) if " " in verb else getattr(self, f"_{verb}")(*about)
        except BadInput:
            return "refused"

    def _deliver(self, month: str, days: list[tuple[date, Fraction, Fraction]]) -> None:
        self.told.now = later(self.told.now, after(month))
        self.told.all_say(
            [
                self.told.row("allocation", "", self.contract, day=d.isoformat(), quantity=q, undelivered=u)
                for d, q, u in days
            ]
        )

    def _observe(self, month: str, figure: str) -> None:
        self.versions[month] = self.versions.get(month, 0) + 1
        self.told.observes("hub", month, figure, "USD/1000m3", self.told.now, self.versions[month])

    def _force(self, begin: date, end: date, share: int, late: int) -> None:
        said = {"begin": begin, "end": end, "share": f"{share} %", "cause": "a storm"}
        self.told.says("force majeure notice", f"{begin + timedelta(days=late)}T00:00Z", self.contract, **said)

    def _draw(self, month: str, amount: Fraction) -> Any:
        before = len(self.told.course(self.contract).draws.get(month, ()))
        self.told.says("make-up draw", contract=self.contract, month=month, quantity=amount)
        return [(d.year, d.quantity) for d in self.told.course(self.contract).draws[month][before:]]

    def _state(self, year: int) -> Any:
        body = self.told.issues("annual statement", year, contract=self.contract).body
        figures = {n: Fraction(body[n]) for n in ("owed", "taken", "drawn", "short", "carried")}
        return figures, {y: Fraction(q) for y, q in body["carried_used"]}, body["amount_minor"]

    def _document(self, verb: str, month: str) -> Any:
        body = self.told.issues(verb, month, self.told.now, self.contract).body
        found = [(line["item"], Fraction(line["quantity"]), line["amount_minor"]) for line in body["lines"]]
        return found, {(payer, payee): minor for payer, payee, minor in body["booked"]}
