"""What is still open of documents: set off against each other, and matched with payments.

Sign of the ledger: `open_minor` is positive where the party is still to receive, negative where it still has to pay; a
payment that the party made is positive, one that it got is negative. So a payment closes items of the other sign.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from walras.errors import BadInput, Mistake
from walras.settlement.documents.document import unknown_document


@dataclass(frozen=True)
class OpenItem:
    """What a document still leaves to pay."""

    number: str
    party: str
    currency: str
    due: date
    open_minor: int


@dataclass(frozen=True)
class Part:
    """An amount, in the item's sign, that is settled of a document."""

    number: str
    minor: int


@dataclass(frozen=True)
class SetOff:
    """Items of one party, currency and due day as one amount: what is left of them, and what each gives up."""

    party: str
    currency: str
    due: date
    net_minor: int
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Matched:
    """What a payment settles, and what of it stays as credit (in the payment's sign)."""

    parts: tuple[Part, ...]
    credit_minor: int


def set_off(items: Iterable[OpenItem]) -> list[SetOff]:
    """Return items netted by party, currency and due day; within one of them in the order of numbers.

    Example:
        An invoice of 100.00 and a self-billing document of 30.00 due on one day leave 70.00 to pay.

        >>> day = date(2026, 3, 9)
        >>> invoice = OpenItem("M-INV-2026-000001", "A", "EUR", day, -10000)
        >>> [found] = set_off([invoice, OpenItem("M-SB-2026-000001", "A", "EUR", day, 3000)])
        >>> found.net_minor, [p.minor for p in found.parts]
        (-7000, [-3000, 3000])
    """
    groups: dict[tuple[str, str, date], list[OpenItem]] = {}
    for i in sorted(items, key=lambda i: (i.party, i.currency, i.due, i.number)):
        groups.setdefault((i.party, i.currency, i.due), []).append(i)
    out = []
    for (party, currency, due), found in groups.items():
        receives = sum(max(i.open_minor, 0) for i in found)
        pays = sum(max(-i.open_minor, 0) for i in found)
        left = {1: min(receives, pays), -1: min(receives, pays)}
        parts = []
        for i in found:
            sign = 1 if i.open_minor > 0 else -1
            taken = min(abs(i.open_minor), left[sign])
            left[sign] -= taken
            if taken:
                parts.append(Part(i.number, sign * taken))
        out.append(SetOff(party, currency, due, receives - pays, tuple(parts)))
    return out


def usable(left: Sequence[int], items: Sequence[int]) -> list[int]:
    """Return how much of what payments have left may settle open items, the first payments first.

    What came and went again without a document, such as an overpayment that was sent back, settles nothing.

    Args:
        left: What each payment has left, positive if the party paid; all in one currency.
        items: What documents of the party leave open in it.

    Example:
        100.00 too much went back before the next invoice; advances both ways wait for a document each.

        >>> usable([10000, -10000], [-10000]), usable([4000, -10000], [-4000, 10000])
        ([0, 0], [4000, -10000])
    """
    has, wanted = (
        {sign: sum(abs(a) for a in amounts if a * sign > 0) for sign in (1, -1)} for amounts in (left, items)
    )
    most = {sign: min(has[sign], wanted[-sign]) for sign in (1, -1)}
    room = {sign: max(0, min(most[sign], has[sign] - (has[-sign] - most[-sign]))) for sign in (1, -1)}
    out = []
    for amount in left:
        sign = 1 if amount > 0 else -1
        taken = min(abs(amount), room[sign])
        room[sign] -= taken
        out.append(sign * taken)
    return out


def match_payment(minor: int, currency: str, items: Sequence[OpenItem], named: Sequence[str] = ()) -> Matched:
    """Return which items a payment settles: documents that it names, then the oldest due, then by number.

    Args:
        minor: Positive if the party paid, negative if it was paid.
        currency: Of the payment; it settles items in it alone.
        items: Open items of the party.
        named: Numbers of documents in the payment's text, in its order.

    Raises:
        BadInput: The amount is zero, a named document is not there, or is in another currency.

    Example:
        110.00 paid on two invoices of 60.00, the younger one named: it is settled, the older one keeps 10.00 open.

        >>> old = OpenItem("M-INV-2026-000001", "A", "EUR", date(2026, 3, 9), -6000)
        >>> new = OpenItem("M-INV-2026-000002", "A", "EUR", date(2026, 4, 9), -6000)
        >>> [(p.number[-1], p.minor) for p in match_payment(11000, "EUR", [old, new], [new.number]).parts]
        [('2', -6000), ('1', -5000)]
    """
    mistakes = list(_mistakes(minor, currency, items, named))
    if mistakes:
        raise BadInput(mistakes)
    sign = 1 if minor > 0 else -1
    there = [i for i in items if i.currency == currency and i.open_minor * sign < 0]
    place = {n: k for k, n in enumerate(named)}
    left, parts = abs(minor), []
    for i in sorted(there, key=lambda i: (place.get(i.number, len(place)), i.due, i.number)):
        taken = min(left, abs(i.open_minor))
        left -= taken
        if taken:
            parts.append(Part(i.number, -sign * taken))
    return Matched(tuple(parts), sign * left)


def _mistakes(minor: int, currency: str, items: Sequence[OpenItem], named: Sequence[str]) -> Iterable[Mistake]:
    if not minor:
        yield Mistake("a payment of nothing", "payment", "payment_amount", "Give an amount other than zero.")
    there = {i.number: i for i in items}
    for number in named:
        if number not in there:
            yield from unknown_document(number, "payment").mistakes
        elif there[number].currency != currency:
            what = f"{number} is in {there[number].currency}, the payment in {currency}"
            yield Mistake(what, "payment", "payment_currency", "Pay a document in its currency, or convert before.")
