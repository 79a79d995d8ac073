"""What a settled day adds to the ledger: entries of an event, and what a rerun has left to book.

An event of kind `deviation` has a body of plain JSON. `rows` are the target: all that the day comes
to as it is known now; `booked` is what this event adds, target less what earlier events added, by
MTU, category and side (eq. D13); `accrued` the same of energy that is returned in kind. Entries are made of
the body alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from walras.capacity.taking import utc_text
from walras.settlement.books import Body, Loader, entries_for
from walras.settlement.deviations.day import Row
from walras.settlement.deviations.pricing import CATEGORIES
from walras.settlement.ledger import Entry, Posting

Key = tuple[int, str, str]
KIND = "deviation"
"""Of its events."""
WORDS = {
    "inside": "inside the band", "outside": "outside the band", "emergency": "emergency assistance",
    "expired": "energy not returned in time",
}  # fmt: skip


def difference(rows: Iterable[Row], bodies: Iterable[Mapping[str, Any]]) -> dict[Key, int]:
    """Return what is left to book of each key (eq. D13): target less what earlier events booked, without zeros.

    Args:
        rows: The target.
        bodies: Of all earlier events of this day and cross-section.
    """
    left: dict[Key, int] = defaultdict(int)
    for row in rows:
        left[row.key] += row.amount_minor
    for body in bodies:
        for start, category, side, amount in body["booked"]:
            left[start, category, side] -= amount
    return {key: amount for key, amount in sorted(left.items()) if amount}


def energy_difference(
    rows: Iterable[Row], in_kind: frozenset[str], bodies: Iterable[Mapping[str, Any]]
) -> dict[Key, int]:
    """Return the energy that is left to accrue of each key, kWh, for what is returned in kind; as `difference`."""
    left: dict[Key, int] = defaultdict(int)
    for row in rows:
        if row.part.category in in_kind:
            left[row.key] += row.part.kwh
    for body in bodies:
        for start, category, side, kwh in body["accrued"]:
            left[start, category, side] -= kwh
    return {key: kwh for key, kwh in sorted(left.items()) if kwh}


def body_rows(rows: Iterable[Row]) -> list[list[Any]]:
    """Return rows as they stand in a body: start, category, side, kWh, price as a fraction, amount."""
    return [
        [r.part.start, r.part.category, r.part.side, r.part.kwh, f"{r.price.numerator}/{r.price.denominator}",
         r.amount_minor]
        for r in rows
    ]  # fmt: skip


def entries(body: Mapping[str, Any]) -> Iterator[Entry]:
    """Yield the entries of an event, two for each category and side: the side `to` pays, the side `from` receives.

    Args:
        body: `element`, `delivery_day`, `run`, `currency`, the accounts `from` and `to`, and `booked`, rows of
            start, category, side and amount; `expired`, rows of day, class, kWh, price and amount.

    Example:
        >>> body = {"element": "A-B", "delivery_day": "2026-12-01", "run": "initial", "currency": "EUR",
        ...         "from": "operator/A", "to": "operator/B", "expired": [], "booked": [[0, "outside", "from", -20420]]}
        >>> [(p.account, p.amount_minor) for entry in entries(body) for p in entry.postings]
        [('operator/B', 20420), ('deviation/A-B', -20420), ('deviation/A-B', 20420), ('operator/A', -20420)]
    """
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for _, category, side, amount in body["booked"]:
        sums[category, side] += amount
    for *_, amount in body["expired"]:
        sums["expired", ""] += amount
    transit, currency = f"deviation/{body['element']}", body["currency"]
    for category, side in sorted(sums, key=lambda k: (CATEGORIES.index(k[0]), k[1])):
        amount = sums[category, side]
        if not amount:
            continue
        caused = f", caused by side {side}" if side else ""
        text = f"{body['element']} {body['delivery_day']}, {body['run']}: {WORDS[category]}{caused}"
        paying = Posting(body["to"], currency, -amount), Posting(transit, currency, amount)
        receiving = Posting(transit, currency, -amount), Posting(body["from"], currency, amount)
        yield Entry(text, paying)
        yield Entry(text, receiving)


@entries_for(KIND)
def _of_event(body: Body, _load: Loader | None) -> Iterator[Entry]:
    """Give the entries of an event of this kind."""
    yield from entries(body)


def row_text(row: list[Any]) -> str:
    """Return a row of a body for people.

    >>> row_text([0, "outside", "from", -3094, "66/1", -20420])
    '1970-01-01T00:00Z outside from -3094 kWh at 66: -20420'
    """
    start, category, side, kwh, price, amount = row
    return f"{utc_text(start)} {category} {side or '-'} {kwh} kWh at {Fraction(price)}: {amount}"
