"""A supply contract computed anew from equations C.1 to C.18, in fractions, without any of `walras.contracts`.

It takes terms as they are written and the acts of `tests.contracts.random_lives` one after another, and says what
each ought to lead to. Figures are added up from the start each time.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

BUYER, SELLER = "member/XB-homes", "member/XA-fields"
ZERO = Fraction(0)
REFUSED = "refused"


def share(text: str) -> Fraction:
    """A share such as 70.5 %."""
    return Fraction(text.removesuffix(" %")) / 100


def cents(money: Fraction) -> int:
    """Whole cents, halves away from zero."""
    whole = int(abs(money) * 100 + Fraction(1, 2))
    return whole if money >= 0 else -whole


class Opinion:
    """What ought to have happened."""

    def __init__(self, said: dict[str, Any], starts: str) -> None:
        self.said, self.starts = said, (int(starts[:2]), int(starts[3:]))
        self.most = Fraction(said["quantity"]["daily_maximum"])
        self.days: dict[date, tuple[Fraction, Fraction]] = {}
        self.hub: dict[str, Fraction] = {}
        self.reliefs: list[tuple[date, date, Fraction]] = []
        self.drawn: list[tuple[str, int, Fraction, Fraction]] = []  # month, year of the lot, quantity, paid for one
        self.lots: list[list[Any]] = []  # year, quantity, left, paid for one
        self.carried: list[list[Any]] = []  # year, quantity, left
        self.booked: dict[str, dict[tuple[str, str], int]] = {}
        self.issued: dict[str, list[str]] = {}

    def act(self, act: tuple[Any, ...]) -> Any:
        """What an act ought to lead to."""
        verb, *about = act
        return self.document(verb, *about) if " " in verb else getattr(self, verb)(*about)

    def deliver(self, month: str, days: list[tuple[date, Fraction, Fraction]]) -> str | None:
        """Deliveries of days, all or none."""
        before = dict(self.days)
        for day, quantity, short in days:
            self.days[day] = quantity, short
            if self.within(month) < self.drawn_of(month):
                self.days = before
                return REFUSED
        return None

    def observe(self, month: str, figure: str) -> None:
        """The price of a month, the last one counts."""
        self.hub[month] = Fraction(figure)

    def force(self, begin: date, end: date, percent: int, late: int) -> None:
        """Force majeure, noticed some days after it began; two days before the notice count."""
        self.reliefs.append((begin + timedelta(days=max(0, late - 2)), end, Fraction(percent, 100)))

    # quantities

    def days_of(self, month: str) -> list[Fraction]:
        """What was delivered each day."""
        first = date.fromisoformat(f"{month}-01")
        found = (self.days.get(first + timedelta(n)) for n in range(31) if (first + timedelta(n)).month == first.month)
        return [day[0] for day in found if day]

    def within(self, month: str) -> Fraction:
        """What was delivered within the daily maximum."""
        return sum((min(q, self.most) for q in self.days_of(month)), ZERO)

    def drawn_of(self, month: str) -> Fraction:
        """What was drawn in a month."""
        return sum((q for m, _, q, _ in self.drawn if m == month), ZERO)

    def year_of(self, day: date) -> int:
        """The contract year of a day."""
        return day.year if (day.month, day.day) >= self.starts else day.year - 1

    def of_year(self, year: int) -> list[date]:
        """The days of a contract year."""
        first, end = date(year, *self.starts), date(year + 1, *self.starts)
        return [first + timedelta(n) for n in range((end - first).days)]

    def owed(self, year: int) -> Fraction:
        """C.1 to C.3."""
        lost = ZERO
        for day in self.of_year(year):
            relieved = 100 * max((s for b, e, s in self.reliefs if b <= day < e), default=ZERO)
            took, short = self.days.get(day, (ZERO, ZERO))
            lost += relieved + min(short, max(ZERO, 100 - relieved - took))
        rest = Fraction(self.said["quantity"]["annual"]) - lost
        return share(self.said["take_or_pay"]["share"]) * max(ZERO, rest)

    def free(self, year: int) -> Fraction:
        """C.4, less what was drawn: what counts for the year itself."""
        took = sum((self.days[d][0] for d in self.of_year(year) if d in self.days), ZERO)
        return took - self.drawn_by(year)

    def drawn_by(self, year: int) -> Fraction:
        """What was drawn in a year."""
        return sum((q for m, _, q, _ in self.drawn if self.year_of(date.fromisoformat(f"{m}-01")) == year), ZERO)

    # the bank

    def is_alive(self, of: int, terms: str, year: int) -> bool:
        """Whether something of one year may be used in another."""
        most = self.said.get(terms, {}).get("years")
        return of < year and (most is None or year - of <= most)

    def draw(self, month: str, amount: Fraction) -> Any:
        """C.5 and C.6."""
        if "make_up" not in self.said:
            return REFUSED
        year = self.year_of(date.fromisoformat(f"{month}-01"))
        lots = sorted((lot for lot in self.lots if self.is_alive(lot[0], "make_up", year)), key=lambda lot: lot[0])
        limits = (
            sum(lot[2] for lot in lots),
            self.within(month) - self.drawn_of(month),
            self.free(year) - self.owed(year),
        )
        if not 0 < amount <= min(limits):
            return REFUSED
        parts = []
        for lot in lots[::-1] if self.said["make_up"]["order"] == "newest_first" else lots:
            part = min(amount, lot[2])
            if part:
                lot[2] -= part
                amount -= part
                parts.append((lot[0], part))
                self.drawn.append((month, lot[0], part, lot[3]))
        return parts

    def state(self, year: int) -> Any:
        """C.15 to C.18."""
        owed, drawn, free = self.owed(year), self.drawn_by(year), self.free(year)
        short, used = max(ZERO, owed - free), {}
        if "carry_forward" in self.said:
            left = min(short, share(self.said["carry_forward"]["cap"]) * owed)
            for carried in self.carried:
                part = min(left, carried[2]) if self.is_alive(carried[0], "carry_forward", year) else ZERO
                left, carried[2] = left - part, carried[2] - part
                used |= {carried[0]: part} if part else {}
        short -= sum(used.values(), ZERO)
        last = f"{self.of_year(year)[-1]:%Y-%m}"
        each = self.price(last) * share(self.said["take_or_pay"].get("price_share", "100 %"))
        beyond = max(ZERO, free - Fraction(self.said["quantity"]["annual"])) if "carry_forward" in self.said else ZERO
        for rows, terms in ((self.lots, "make_up"), (self.carried, "carry_forward")):
            for row in rows:
                row[2] = row[2] if self.is_alive(row[0], terms, year + 1) else ZERO
        if short and "make_up" in self.said:
            self.lots.append([year, short, short, each])
        if beyond:
            self.carried.append([year, beyond, beyond])
        figures = {"owed": owed, "taken": free + drawn, "drawn": drawn, "short": short, "carried": beyond}
        return figures, used, cents(short * each)

    # months

    def price(self, month: str, *, is_final: bool = True) -> Fraction:
        """What one unit costs."""
        agreed = self.said["prices"][0].get("provisional")
        return self.hub[month] * Fraction(9, 10) + 5 if is_final or agreed is None else Fraction(agreed.split()[0])

    def lines(self, month: str, *, is_final: bool) -> list[tuple[str, Fraction, int]]:
        """C.7, C.8, C.12 and C.13."""
        each, days = self.price(month, is_final=is_final), self.days_of(month)
        drawn, total = self.drawn_of(month), sum(days, ZERO)
        beyond, factor = ZERO, share(self.said.get("overrun", "100 %"))
        if factor != 1:
            beyond = sum((max(ZERO, q - self.most) for q in days), ZERO)
        found = [("gas", total - beyond - drawn, cents((total - beyond - drawn) * each))]
        if beyond:
            found.append(("gas, above maximum", beyond, cents(beyond * each * factor)))
        for _, year, quantity, paid in (d for d in self.drawn if d[0] == month):
            more = {"paid": ZERO, "top_up": max(ZERO, each - paid), "difference": each - paid}
            found.append((f"make-up of {year}", quantity, cents(quantity * more[self.said["make_up"]["price"]])))
        entering, hops = total, []
        for hop in self.said["hops"][::-1]:
            entering /= 1 - share(hop["loss"])
            tariff = Fraction(hop["tariff"].split("; ")[1].split()[0]) * Fraction(hop["distance"].split()[0]) / 100
            hops.append((hop["hop"], entering, cents(entering * tariff)))
        return found + hops[::-1]

    def document(self, kind: str, month: str) -> Any:
        """C.14: what a document asks is what its lines come to, less what the month was asked before."""
        issued, before = self.issued.setdefault(month, []), self.booked.setdefault(month, {})
        lines = self.lines(month, is_final=kind != "provisional invoice")
        target: dict[tuple[str, str], int] = {}
        for item, _, minor in lines:
            pair = BUYER, f"operator/S-{item[4:]}" if item.startswith("hop") else SELLER
            target[pair] = target.get(pair, 0) + minor
        asks = {pair: minor - before.get(pair, 0) for pair, minor in target.items() if minor != before.get(pair, 0)}
        if (kind == "provisional invoice" and issued) or (kind == "credit note" and not asks):
            return REFUSED
        issued.append(kind)
        self.booked[month] = target
        return lines, asks
