"""Bilateral contracts billed on what was scheduled, not on what was metered, at the price that both sides agreed.

Equation S.14 of docs/settlement.md, an amount an MTU, rounded once::

    amount[t] = [ kW[t] / 1000 x minutes / 60 x price[t] ]           in the currency of the price

The buyer pays the seller over `contract/ID`, which ends at zero; either side may pay and be paid in
another currency, at the fixing of the day that the bill is of. A price below zero turns the payment round.
A bill is an event of kind `schedule bill`, whose body holds every row and every amount.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

from walras.errors import BadInput, Mistake
from walras.formulas import Checked, Context, unit
from walras.results.minor_units import decimals_of, half_away, unit_mistakes
from walras.settlement.books import Body, Loader, entries_for, moved
from walras.settlement.currencies import Rates, conversion_postings, converted
from walras.settlement.ledger import Entry

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Bilateral:
    """A contract as far as its bills need it.

    Attributes:
        contract: Account `contract/ID` is named by it.
        seller, buyer: Accounts, such as `member/M-0001`.
        currency: Of the price.
        price: Per MWh; a formula is evaluated for each MTU.
    """

    contract: str
    seller: str
    buyer: str
    currency: str
    price: Fraction | Checked


@dataclass(frozen=True)
class Scheduled:
    """What both sides were bound to deliver in one MTU: its start (UTC minutes), length, and power from the seller."""

    start: int
    minutes: int
    kw: int


def bill(
    contract: Bilateral,
    schedule: Iterable[Scheduled],
    payment: Mapping[str, str] | None = None,
    rates: Rates | None = None,
    context: Context | None = None,
) -> dict[str, Any]:
    """Return the body of the bill of a contract.

    Args:
        contract: Who, and at what price.
        schedule: As matched; MTUs of any length, each once.
        payment: Currency in which an account pays and is paid, where it is another.
        rates: Fixings, needed for that.
        context: What a price that is a formula is evaluated for; its time is that of each MTU.

    Raises:
        BadInput: One party on both sides (`bill_parties`), power below zero, a time that is
            billed twice or no MTUs (`bill_schedule`), a price of another unit (`bill_price_unit`), a currency
            without minor unit; what a formula raises; a fixing that is missing.

    Example:
        50 MW for an hour at USD 70.13, which the buyer pays in ZAR at 18.2345:

        >>> contract = Bilateral("C-0001", "member/M-0001", "member/M-0002", "USD", Fraction("70.13"))
        >>> rates = {("USD", "ZAR"): Fraction("18.2345")}
        >>> body = bill(contract, [Scheduled(0, 60, 50000)], {"member/M-0002": "ZAR"}, rates)
        >>> body["amount_minor"], body["conversions"]
        (350650, [['member/M-0002', 'ZAR', -350650, -6393927]])
    """
    mtus = sorted(schedule, key=lambda s: s.start)
    _check(contract, mtus)
    prices = _prices(contract, mtus, context)
    amounts = [_amount(s, p, contract.currency) for s, p in zip(mtus, prices, strict=True)]
    rows = [[s.start, s.minutes, s.kw, str(p), a] for s, p, a in zip(mtus, prices, amounts, strict=True)]
    amount = sum(amounts)
    sides = {contract.buyer: -amount, contract.seller: amount}
    conversions = [
        [account, to, minor, converted(minor, contract.currency, to, rates or {})]
        for account, minor in sides.items()
        if (to := (payment or {}).get(account, contract.currency)) != contract.currency and minor
    ]
    return {
        "contract": contract.contract, "seller": contract.seller, "buyer": contract.buyer,
        "currency": contract.currency, "rows": rows, "amount_minor": amount, "conversions": conversions,
    }  # fmt: skip


@entries_for("schedule bill")
def _bill(body: Body, _load: Loader | None) -> Iterator[Entry]:
    """Move the amount from buyer to seller over the contract, then either balance into the currency of payment."""
    currency, amount, transit = body["currency"], body["amount_minor"], f"contract/{body['contract']}"
    if amount:
        yield moved(f"{transit}: {body['buyer']} bought", body["buyer"], transit, currency, amount)
        yield moved(f"{transit}: {body['seller']} sold", transit, body["seller"], currency, amount)
    for account, to, minor, other in body["conversions"]:
        yield Entry(
            f"{transit}: {account}: {currency} into {to}", conversion_postings(account, currency, to, minor, other)
        )


def _amount(mtu: Scheduled, price: Fraction, currency: str) -> int:
    return half_away(Fraction(mtu.kw * mtu.minutes, 60000) * price * 10 ** decimals_of(currency))


def _prices(contract: Bilateral, mtus: list[Scheduled], context: Context | None) -> list[Fraction]:
    price = contract.price
    if isinstance(price, Fraction):
        return [price] * len(mtus)
    size = unit(f"{contract.currency}/MWh").factor
    base = context or Context(EPOCH)
    times = [EPOCH + timedelta(minutes=s.start) for s in mtus]
    return [price.evaluate(replace(base, at=at)).base / size for at in times]


def _check(contract: Bilateral, mtus: list[Scheduled]) -> None:
    where = f"contract {contract.contract}"
    mistakes = list(unit_mistakes(contract.currency, where))
    if contract.seller == contract.buyer:
        what = f"{contract.seller} is on both sides"
        mistakes.append(Mistake(what, where, "bill_parties", "Name a seller and another buyer."))
    expected = unit(f"{contract.currency}/MWh")
    if isinstance(contract.price, Checked) and not contract.price.unit.agrees(expected):
        what = f"its price is in {contract.price.unit}"
        mistakes.append(Mistake(what, where, "bill_price_unit", f"Declare the formula in {expected}."))
    if not mtus:
        mistakes.append(Mistake("nothing is scheduled", where, "bill_schedule", "Bill one MTU or more."))
    for mtu in mtus:
        if mtu.kw < 0 or mtu.minutes <= 0:
            what = f"{mtu.kw} kW for {mtu.minutes} minutes from {_text(mtu)}"
            mistakes.append(Mistake(what, where, "bill_schedule", "Bill 0 kW or more, of an MTU that lasts."))
    for mtu, after in pairwise(mtus):
        if after.start < mtu.start + mtu.minutes:
            what = f"{_text(after)} begins before the MTU of {_text(mtu)} ends"
            mistakes.append(Mistake(what, where, "bill_schedule", "Bill each time once."))
    if mistakes:
        raise BadInput(mistakes)


def _text(mtu: Scheduled) -> str:
    return f"{EPOCH + timedelta(minutes=mtu.start):%Y-%m-%dT%H:%MZ}"
