"""What everybody owes by a published result, computed again: plain decimals and whole numbers.

Written from docs/settlement.md, (S.1) to (S.13), and (5.12) to (5.14) of docs/formulation.md; nothing is shared with
`walras.settlement`. In go the tables of a market and of its result (`published.Published`), terms as the door shows
them (plain JSON, figures as texts, with the operator of each zone beside them) and fixings; out come statement
lines and the balance of every account. Inexact arithmetic raises.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Context, Decimal, Inexact, localcontext
from fractions import Fraction
from typing import Any

from tests.second_opinion.difference_amount import Part, differences
from tests.second_opinion.minor import equal, minor, nearest, shared
from tests.second_opinion.published import Cell, Published, Taken

Terms = Mapping[str, Any]
Rates = Mapping[tuple[str, str], str]
EXACT = Context(prec=80, traps=[Inexact])
PARTIES = ("member/", "operator/", "neighbour/")


@dataclass(frozen=True)
class Line:
    """A statement line; `about` is what its text must name: a line, a border, a fee. Zone to price are of energy."""

    party: str
    kind: str
    about: str
    amount_minor: int
    currency: str
    zone: str | None = None
    carrier: str | None = None
    mtu_start: datetime | None = None
    minutes: int | None = None
    side: str | None = None
    energy: Fraction | None = None
    price: Decimal | None = None


@dataclass
class Settled:
    """Lines of all parties, and balances by account and currency."""

    lines: list[Line]
    balances: dict[tuple[str, str], int]


def settle(published: Published, terms: Terms, rates: Rates) -> Settled:
    """Return what a session is settled for."""
    with localcontext(EXACT):
        return _Settlement(published, terms, rates).settled()


class _Settlement:
    def __init__(self, published: Published, terms: Terms, rates: Rates):
        self.published, self.terms, self.rates, self.currency = published, terms, rates, published.currency
        self.minor = minor(self.currency)
        self.lines: list[Line] = []
        self.balances: dict[tuple[str, str], int] = defaultdict(int)
        self.keys = {k["element"]: k for k in terms.get("keys", ())}

    def settled(self) -> Settled:
        self._energy_and_network()
        self._neighbours()
        self._tariffs_and_losses()
        self._income()
        for part in differences(self.published, self.minor):
            self._difference(part)
        self._fees()
        self._conversions()
        return Settled(self.lines, {key: amount for key, amount in self.balances.items() if amount})

    def _move(self, kind: str, about: str, amounts: Iterable[tuple[str, int]], **more: Any) -> None:
        """Book amounts to accounts; those of parties are lines."""
        for account, amount in amounts:
            self.balances[account, self.currency] += amount
            if account.startswith(PARTIES) and (amount or more):
                self.lines.append(Line(account, kind, about, amount, self.currency, **more))

    def _money(self, price: Decimal, energy: Decimal) -> int:
        return nearest(Fraction(price * energy) * self.minor / 60)

    def _energy_and_network(self) -> None:
        """(S.1), (S.2), (S.3): each posting rounded once, what is left of a cell on rounding."""
        of_cell: dict[Cell, int] = defaultdict(int)
        for (member, cell, side), energy in self.published.traded().items():
            price, minutes = self.published.price[cell], self.published.minutes[cell]
            amount = self._money(price, energy if side == "supply" else -energy)
            said = dict(zip(("zone", "carrier", "mtu_start"), cell, strict=True))
            more = {"minutes": minutes, "side": side, "energy": Fraction(energy) / 60, "price": price}
            self._move("energy", side, [(f"member/{member}", amount)], **said, **more)
            of_cell[cell] += amount
        self.income: dict[tuple[str, datetime], int] = defaultdict(int)
        for taken in self.published.taken():
            amount = self._money(self.published.price[taken.cell], taken.energy)
            self._move("", "", [(taken.element, amount)])
            of_cell[taken.cell] += amount
            self.income[taken.element, taken.period] += amount
        self._move("", "", [("rounding/market", -amount) for amount in of_cell.values()])

    def _neighbours(self) -> None:
        """(S.4): what a neighbour trades at its own price, an amount a period and a line in all."""
        paid: dict[str, int] = defaultdict(int)
        for p in self.published.outside():
            paid[p.border] += self._money(p.price, p.exchange * p.minutes)
        for border, amount in paid.items():
            self._move("trade", border, [(f"neighbour/{border}", -amount), (f"border/{border}", amount)])

    def _tariffs_and_losses(self) -> None:
        """(S.5), (S.6) and who gets them."""
        tariff: dict[str, int] = defaultdict(int)
        loss: dict[str, int] = defaultdict(int)
        for p in self.published.sent():
            line = self.published.lines[p.line]
            rate = Decimal(repr(line.get("tariff_cur_per_mwh") or 0.0))
            tariff[p.line] += self._money(rate, abs(p.sent) * p.minutes)
            lost = abs(p.sent) - abs(p.received)
            for cell, minutes in self.published.cells_in(
                self.published.ends(p)[0], line["carrier"], p.start, p.minutes
            ):
                loss[p.line] += self._money(self.published.price[cell], lost * minutes)
        for line, amount in tariff.items():
            self._move("tariff", line, [(f"line/{line}", -amount), (f"tariff/{line}", amount)])
            if self.terms.get("tariffs_shared", True):
                self._share("tariff", f"tariff/{line}", f"line/{line}")
        for line, amount in loss.items() if self.terms.get("losses_apart") else ():
            self._move("loss", line, [(f"line/{line}", amount), (f"loss/{line}", -amount)])
            self._share("loss", f"loss/{line}", f"line/{line}")

    def _income(self) -> None:
        """(S.7): what is left on every element is shared by its key."""
        for role, names in (("line", self.published.lines), ("border", self.published.borders),
                            ("domain", self.published.domains)):  # fmt: skip
            for name in names:
                element = f"{role}/{name}"
                if self.keys.get(element, {}).get("rule") == "flow_based":
                    self._share_by_flow(element)
                else:
                    self._share("congestion", element, element)

    def _share(self, kind: str, account: str, element: str) -> None:
        """Share a balance by the key of an element."""
        amount = self.balances[account, self.currency]
        key = self.keys.get(element, {"rule": "half"})
        if key["rule"] == "ownership":
            names = [s["operator"] for s in key["shares"]]
            parts = shared(amount, [Fraction(s["share"]) for s in key["shares"]])
        else:
            names = self._sides(element)
            parts = equal(amount, len(names))
        paid = [(f"operator/{name}", part) for name, part in zip(names, parts, strict=True)]
        self._move(kind, element.partition("/")[2], [(account, -amount), *paid])

    def _sides(self, element: str) -> list[str]:
        role, _, name = element.partition("/")
        if role == "line":
            return [self._operator(self.published.lines[name][end]) for end in ("from_zone", "to_zone")]
        if role == "border":
            border = self.published.borders[name]
            return [self._operator(border["zone"]), border["neighbour"]]
        return [self._operator(zone) for zone in self.published.domains[name]]

    def _operator(self, zone: str) -> str:
        return str(self.terms.get("operators", {}).get(zone, zone))

    def _share_by_flow(self, element: str) -> None:
        """(S.10), period by period."""
        borders = self.keys[element]["borders"]
        of: dict[str, int] = defaultdict(int)
        taken = [t for t in self.published.taken() if t.element == element]
        for period in sorted({t.period for t in taken}):
            weights = self._weights(borders, [t for t in taken if t.period == period])
            shares = [w / sum(weights) if sum(weights) else Fraction(1, len(borders)) for w in weights]
            for border, amount in zip(borders, shared(self.income[element, period], shares), strict=True):
                for zone, part in zip(border["zones"], equal(amount, 2), strict=True):
                    of[self._operator(zone)] += part
        paid = [(f"operator/{name}", amount) for name, amount in of.items()]
        self._move("congestion", element.partition("/")[2], [(element, -sum(of.values())), *paid])

    def _weights(self, borders: Sequence[Mapping[str, Any]], taken: Sequence[Taken]) -> list[Fraction]:
        """Return what each border weighs in one period; its length counts the same for all."""
        exported = {t.cell[0]: -Fraction(t.energy) for t in taken}
        price = {t.cell[0]: Fraction(self.published.price[t.cell]) for t in taken}
        found = []
        for b in borders:
            flow = sum((Fraction(factor) * exported[zone] for zone, factor in b["factors"].items()), Fraction(0))
            from_zone, to_zone = b["zones"]
            found.append(abs(flow) * abs(price[to_zone] - price[from_zone]))
        return found

    def _difference(self, part: Part) -> None:
        """Post one part of the difference amount: who lost is paid, the side that pays is charged."""
        paid = [(f"member/{member}", amount) for _, member, amount in part.paid]
        charged = [(f"member/{member}", -amount) for member, _, amount in part.charged]
        self._move("compensation", part.name, paid)
        self._move("difference", part.name, charged)
        left = sum(amount for _, amount in paid + charged)
        self._move("", "", [("rounding/market", -left)])

    def _fees(self) -> None:
        """(S.11)."""
        traded: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for (member, _, side), energy in self.published.traded().items():
            traded[member][side] += energy
        for fee in self.terms.get("fees", ()):
            for member, sides in traded.items():
                energy = sum((sides[s] for s in fee.get("sides", ("supply", "demand"))), Decimal(0))
                if energy:
                    owed = Fraction(fee.get("per_mwh", "0")) * Fraction(energy) / 60 + Fraction(
                        fee.get("per_session", "0")
                    )
                    amount = nearest(owed * self.minor)
                    name = fee["name"]
                    self._move("fee", name, [(f"member/{member}", -amount), (f"fee/{name}", amount)])

    def _conversions(self) -> None:
        """(S.12)."""
        for wish in self.terms.get("payment_currencies", ()):
            account, other = wish["party"], wish["currency"]
            amount = self.balances[account, self.currency]
            if not amount or other == self.currency:
                continue
            rate = (
                Fraction(self.rates[self.currency, other])
                if (self.currency, other) in self.rates
                else 1 / Fraction(self.rates[other, self.currency])
            )
            becomes = nearest(amount * rate * minor(other) / self.minor)
            for currency, moved in ((self.currency, -amount), (other, becomes)):
                self.balances[account, currency] += moved
                self.balances["exchange/market", currency] -= moved
                if moved:
                    self.lines.append(Line(account, "conversion", other, moved, currency))
