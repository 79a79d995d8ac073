"""Documents of a month: provisional invoice, final invoice, credit note; each computed from the facts before it.

A body holds `lines` (what for, how much, at which price, who pays whom) and `booked`, what this document
adds between each payer and payee: the sum of its lines less what earlier documents of the month booked.
Amounts are rounded once a line, halves away from zero (docs/contracts.md, C.12 to C.14).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from walras.contracts.agreement import Component, Contract, Hop
from walras.contracts.calendar import days_of, is_month, number_of
from walras.contracts.make_up import ZERO
from walras.contracts.path import entering_hops
from walras.contracts.pricing import component_price, fixing, measured, per_unit, price, ready, unit_price
from walras.contracts.standing import Allocation, Invoiced, Pair, Standing
from walras.errors import BadInput, Mistake
from walras.results.minor_units import MOST_MINOR, decimals_of, half_away

Body = dict[str, Any]


@dataclass(frozen=True)
class Month:
    """What a document of a month is written from; `at` is the minute UTC at which it is."""

    standing: Standing
    contract: Contract
    month: str
    at: int

    @property
    def where(self) -> str:
        """Where mistakes are said to be."""
        return f"{self.contract.contract} {self.month}"

    @property
    def days(self) -> list[date]:
        """Days of the month on which the contract holds."""
        return days_of(self.contract, self.month)

    @property
    def invoiced(self) -> Invoiced:
        """What the month was invoiced before."""
        return self.standing.course(self.contract).months.get(self.month, Invoiced())

    def allocations(self, *, is_final: bool) -> dict[date, Allocation]:
        """Return what was delivered each day; a provisional document takes nominations where nothing is allocated.

        Raises:
            BadInput: Days of a final document have no allocation (rule `days_allocated`).
        """
        course = self.standing.course(self.contract)
        found = {d: course.allocated[d] for d in self.days if d in course.allocated}
        missing = [d for d in self.days if d not in found]
        if not is_final:
            return found | {d: Allocation(course.nominated.get(d, ZERO)) for d in missing}
        if missing:
            what = f"{len(missing)} days have no allocation, the first is {missing[0]}"
            fix = "Record the allocation of every day, 0 where nothing flowed."
            raise BadInput([Mistake(what, self.where, "days_allocated", fix)])
        return found


def provisional_invoice(m: Month) -> Body:
    """Return the body of a provisional invoice.

    Raises:
        BadInput: The month has an invoice already, is none of the contract, or its price is not known.
    """
    _check_month(m)
    if m.invoiced.documents:
        fix = "Issue the final invoice."
        raise BadInput([Mistake("the month is invoiced already", m.where, "invoice_once", fix)])
    return _document(m, list(lines_of(m, is_final=False)))


def final_invoice(m: Month) -> Body:
    """Return the body of a final invoice: the month at its final price, less what was invoiced before.

    Where the contract defers, what it asks beyond the provisional invoice is not booked but put off.

    Raises:
        BadInput: The month has a final invoice, days without allocation, or a price that is not known.
    """
    _check_month(m)
    if m.invoiced.is_final:
        fix = "Issue a credit note where something was corrected."
        raise BadInput([Mistake("the month has its final invoice", m.where, "invoice_once", fix)])
    return _document(m, list(lines_of(m, is_final=True)), defers=True)


def credit_note(m: Month) -> Body:
    """Return the body of a credit note: what the month's final invoice would be now, less what is booked or put off.

    Raises:
        BadInput: There is no final invoice (rule `credit_of_invoice`), or nothing differs (rule `credit_nothing`).
    """
    _check_month(m)
    if not m.invoiced.is_final:
        fix = "Issue the final invoice first."
        raise BadInput([Mistake("the month has no final invoice", m.where, "credit_of_invoice", fix)])
    body = _document(m, list(lines_of(m, is_final=True)))
    if not body["booked"]:
        fix = "Record the corrected allocation or observation first."
        raise BadInput([Mistake("nothing differs from what was invoiced", m.where, "credit_nothing", fix)])
    return body


def _check_month(m: Month) -> None:
    if not is_month(m.month) or not m.days:
        fix = f"Name a month from {m.contract.begin} to before {m.contract.end}."
        raise BadInput([Mistake("it is no month of the contract", m.where[:80], "month_known", fix)])


def lines_of(m: Month, *, is_final: bool) -> Iterator[Body]:
    """Yield the lines of a month: components, what lies above the daily maximum, make-up, and hops.

    Raises:
        BadInput: Days of a final document have no allocation, a price is not known, or a tariff is below zero.
    """
    allocated = m.allocations(is_final=is_final)
    drawn = m.standing.course(m.contract).draws.get(m.month, ())
    total = sum((a.quantity for a in allocated.values()), ZERO)
    most = m.contract.quantity.daily_maximum
    over = {d: max(ZERO, a.quantity - most) if m.contract.overrun != 1 else ZERO for d, a in allocated.items()}
    within = total - sum(over.values(), ZERO)
    share = 1 - sum((d.quantity for d in drawn), ZERO) / within if within else Fraction(1)
    sides = (m.contract.buyer, m.contract.seller)
    for c in m.contract.components:
        prices = _prices(m, c, allocated, is_final=is_final)
        plain = _measured(m.contract, c, {d: (a.quantity - over[d]) * share for d, a in allocated.items()}, allocated)
        yield _component(m, c.component, per_unit(m.contract, c.measure), plain, prices, sides)
        if any(over.values()):
            dear = {d: p * m.contract.overrun for d, p in prices.items()}
            beyond = _measured(m.contract, c, over, allocated)
            text = f"{c.component}, above maximum"
            yield _component(m, text, per_unit(m.contract, c.measure), beyond, dear, sides)
    if drawn:
        plain = {d: a.quantity - over[d] for d, a in allocated.items() if a.quantity - over[d]}
        yield from _make_up(m, sides, plain, is_final=is_final)
    for hop, entering in entering_hops(m.contract, total):
        if hop.tariff is not None:
            yield _line(m, hop.hop, str(m.contract.unit), entering, _tariff(m, hop), (m.contract.buyer, hop.operator))


def _tariff(m: Month, hop: Hop) -> Fraction:
    """Return the tariff of a hop: its operator is no party, and agreed to pay nothing.

    Raises:
        BadInput: It has no value, or one below zero (rule `tariff_not_negative`).
    """
    assert hop.tariff is not None, "whoever asks found one"
    known = ready(hop.tariff, m.standing, m.contract, m.days[0], m.at, hop)
    tariff = price(hop.tariff, known, f"{m.contract.currency}/{m.contract.unit}")
    if tariff < 0:
        what, fix = f"the tariff of hop {hop.hop} is below zero", "Agree on another tariff; an operator pays no buyer."
        raise BadInput([Mistake(what, m.where, "tariff_not_negative", fix)])
    return tariff


def _measured(
    contract: Contract, component: Component, quantities: Mapping[date, Fraction], of: Mapping[date, Allocation]
) -> dict[date, Fraction]:
    """Return what a component is charged on, day by day."""
    fuel = contract.fuel
    product, tails = (fuel.product_assay, fuel.tails_assay) if fuel else (ZERO, ZERO)
    return {
        d: measured(contract, component.measure, q, of[d].product_assay or product, of[d].tails_assay or tails)
        for d, q in quantities.items()
    }


def _prices(m: Month, c: Component, allocated: Mapping[date, Allocation], *, is_final: bool) -> dict[date, Fraction]:
    """Return the price of each day: one for the month, or one a day where the component says so."""
    if c.daily:
        days = [d for d, a in allocated.items() if a.quantity]
        return {d: component_price(m.standing, m.contract, c, d, m.at, provisional=not is_final) for d in days}
    one = component_price(m.standing, m.contract, c, m.days[0], m.at, provisional=not is_final)
    return dict.fromkeys(allocated, one)


def _component(
    m: Month, item: str, unit: str, quantities: Mapping[date, Fraction], prices: Mapping[date, Fraction], sides: Pair
) -> Body:
    """Return the line of a component; where its price changes by day it shows the mean."""
    quantity = sum(quantities.values(), ZERO)
    money = sum((q * prices[d] for d, q in quantities.items() if q), ZERO)
    known = next(iter(prices.values()), ZERO)
    return _line(m, item, unit, quantity, money / quantity if quantity else known, sides)


def _make_up(m: Month, sides: Pair, within: Mapping[date, Fraction], *, is_final: bool) -> Iterator[Body]:
    """Yield a line for each lot that was drawn from."""
    terms = m.contract.make_up
    assert terms is not None, "a draw was recorded under terms of make-up"
    each = ZERO if terms.price == "paid" else _month_price(m, within, is_final=is_final)
    for d in m.standing.course(m.contract).draws[m.month]:
        due = ZERO if terms.price == "paid" else each - d.paid_price
        due = max(due, ZERO) if terms.price == "top_up" else due
        yield _line(m, f"make-up of {d.year}", str(m.contract.unit), d.quantity, due, sides)


def _month_price(m: Month, within: Mapping[date, Fraction], *, is_final: bool) -> Fraction:
    """Return the price of a month: where it changes by day, the mean over what was taken within the daily maximum.

    A draw takes of every such day alike (C.12), and so does its price.
    """
    if not any(c.daily for c in m.contract.components):
        return unit_price(m.standing, m.contract, m.days[0], m.at, provisional=not is_final)
    each = {d: unit_price(m.standing, m.contract, d, m.at, provisional=not is_final) for d in within}
    return sum((q * each[d] for d, q in within.items()), ZERO) / sum(within.values(), ZERO)


def _line(m: Month, item: str, unit: str, quantity: Fraction, each: Fraction, sides: Pair) -> Body:
    minor = half_away(quantity * each * 10 ** decimals_of(m.contract.currency))
    return {"item": item, "quantity": str(quantity), "unit": unit, "price": str(each), "amount_minor": minor,
            "payer": sides[0], "payee": sides[1]}  # fmt: skip


def _document(m: Month, lines: list[Body], *, defers: bool = False) -> Body:
    target: dict[Pair, int] = defaultdict(int)
    for line in lines:
        target[line["payer"], line["payee"]] += line["amount_minor"]
    before = m.invoiced
    left = {pair: target.get(pair, 0) - before.booked.get(pair, 0) for pair in sorted({*target, *before.booked})}
    main = (m.contract.buyer, m.contract.seller)
    left[main] = left.get(main, 0) - before.deferred
    deferred = left[main] if defers and left[main] > 0 and _is_deferred(m) else 0
    left[main] -= deferred
    booked = [[*pair, minor] for pair, minor in sorted(left.items()) if minor]
    return {
        "month": m.month, "currency": m.contract.currency, "lines": lines,
        "before": [[*pair, minor] for pair, minor in sorted(before.booked.items()) if minor],
        "deferred_minor": deferred, "booked": booked, "conversions": conversions(m.standing, m.contract, booked, m.at),
    }  # fmt: skip


def _is_deferred(m: Month) -> bool:
    """Return whether a month's difference is put off: the contract says so, and instalments are left."""
    terms = m.contract.deferral
    if terms is None or not m.invoiced.documents:
        return False
    done = len(m.standing.course(m.contract).instalments)
    return number_of(terms.delivered_from) <= number_of(m.month) <= number_of(terms.delivered_to) and (
        done < terms.instalments
    )


def conversions(standing: Standing, contract: Contract, booked: list[list[Any]], at: int) -> list[list[Any]]:
    """Return what parties that pay in another currency pay and are paid there: account, currency, both amounts, rate.

    Raises:
        BadInput: There is no fixing (rule `fixing_missing`), or an amount is too large (rule `amount_size`).
    """
    nets: dict[str, int] = defaultdict(int)
    for payer, payee, minor in booked:
        nets[payer] -= minor
        nets[payee] += minor
    found: list[list[Any]] = []
    for account, minor in sorted(nets.items()):
        to = contract.payment.get(account, contract.currency)
        if to != contract.currency and minor:
            rate, series = fixing(standing, contract.currency, to, at)
            scale = Fraction(10) ** (decimals_of(to) - decimals_of(contract.currency))
            found.append([account, to, minor, half_away(minor * rate * scale), str(rate), series])
    amounts = [int(row[2]) for row in booked] + [int(row[3]) for row in found]
    largest = max(map(abs, amounts), default=0)
    if largest > MOST_MINOR:
        what, fix = f"an amount has {len(str(largest))} digits", f"Book at most {MOST_MINOR} minor units at once."
        raise BadInput([Mistake(what, f"contract {contract.contract}", "amount_size", fix)])
    return found


def apply_document(standing: Standing, contract: Contract, kind: str, body: Mapping[str, Any]) -> None:
    """Let a document of a month count."""
    month = standing.course(contract).months.setdefault(body["month"], Invoiced())
    month.documents.append(kind)
    month.deferred += body["deferred_minor"]
    for payer, payee, minor in body["booked"]:
        month.booked[payer, payee] += minor
