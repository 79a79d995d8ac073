"""A document: what one party and the market operator owe each other for one period, with its tax.

Amounts are positive in the direction of the kind: an invoice is paid by the party, a self-billing
document (written for the party that sells) and a credit note on an invoice are paid to it. `direction` turns
them into the ledger's sign: positive where the party receives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

from walras.errors import BadInput, Mistake
from walras.results.minor_units import decimals_of
from walras.settlement.documents.vat import Taxpayer, Treatment

TITLES = {
    "invoice": "Invoice",
    "self_billing": "Self-billing invoice",
    "credit_note": "Credit note",
    "interest_note": "Interest note",
}


@dataclass(frozen=True)
class Item:
    """One row: lines of one kind, place and tax, summed; `energy` is in MWh, written with its decimals, or empty."""

    text: str
    zone: str
    carrier: str
    energy: str
    net_minor: int
    tax: int


@dataclass(frozen=True)
class VatLine:
    """Tax of one treatment, rate and country on all rows that have it, rounded once; `texts` are its rules' texts."""

    treatment: Treatment
    rate: Fraction
    country: str
    texts: tuple[str, ...]
    net_minor: int
    vat_minor: int


@dataclass(frozen=True)
class Document:
    """An invoice, self-billing document, credit note or interest note.

    Attributes:
        number: Empty until it is numbered.
        account: The party's account in the ledger.
        direction: 1 if the party receives the total, -1 if it pays it.
        corrects: Number of the document that it corrects, or empty.
        runs: Settlement runs in it, `session, run`.
        details: Sentences that say how an amount came about.
    """

    kind: str
    number: str
    market: str
    account: str
    currency: str
    issued: date
    due: date
    first_day: date
    last_day: date
    supplier: Taxpayer
    customer: Taxpayer
    direction: int
    items: tuple[Item, ...]
    vat: tuple[VatLine, ...]
    corrects: str = ""
    runs: tuple[tuple[str, str], ...] = ()
    details: tuple[str, ...] = ()

    @property
    def party(self) -> Taxpayer:
        """Who deals with the market operator by it."""
        return self.customer if self.is_from_market else self.supplier

    @property
    def is_from_market(self) -> bool:
        """Whether the market operator is the supplier."""
        paid_by_party = self.direction < 0
        return paid_by_party != (self.kind == "credit_note")

    @property
    def net_minor(self) -> int:
        """Sum of its rows, without tax."""
        return sum(i.net_minor for i in self.items)

    @property
    def vat_minor(self) -> int:
        """Tax of all rates."""
        return sum(v.vat_minor for v in self.vat)

    @property
    def total_minor(self) -> int:
        """What is to be paid."""
        return self.net_minor + self.vat_minor

    @property
    def receives_minor(self) -> int:
        """The total in the ledger's sign: positive where the party receives."""
        return self.direction * self.total_minor

    def with_number(self, number: str) -> Document:
        """Return it with its number."""
        return replace(self, number=number)


def body_of(document: Document) -> dict[str, Any]:
    """Return a document as plain values for JSON: days as text, rates as fractions in text."""
    body = asdict(document)
    for name in ("issued", "due", "first_day", "last_day"):
        body[name] = body[name].isoformat()
    body["vat"] = [
        {**v, "treatment": str(v["treatment"]), "rate": str(v["rate"]), "texts": list(v["texts"])} for v in body["vat"]
    ]
    body["items"], body["runs"] = list(body["items"]), [list(r) for r in document.runs]
    body["details"] = list(document.details)
    return body


def document_of(body: Mapping[str, Any]) -> Document:
    """Return the document that `body_of` wrote."""
    vat = [
        {**v, "treatment": Treatment(v["treatment"]), "rate": Fraction(v["rate"]), "texts": tuple(v["texts"])}
        for v in body["vat"]
    ]
    days = {n: date.fromisoformat(body[n]) for n in ("issued", "due", "first_day", "last_day")}
    parts: dict[str, Any] = {
        "supplier": Taxpayer(**body["supplier"]),
        "customer": Taxpayer(**body["customer"]),
        "items": tuple(Item(**i) for i in body["items"]),
        "vat": tuple(VatLine(**v) for v in vat),
        "details": tuple(body["details"]),
        "runs": tuple((session, run) for session, run in body["runs"]),
    }
    return Document(**{**body, **days, **parts})


def money(minor: int, currency: str) -> str:
    """Return an amount for people, with its decimals, thousands apart.

    >>> money(-1234567, "EUR"), money(1234567, "JPY"), money(0, "EUR")
    ('−12,345.67', '1,234,567', '0.00')
    """
    decimals = decimals_of(currency)
    whole, part = divmod(abs(minor), 10**decimals)
    text = f"{whole:,}.{part:0{decimals}d}" if decimals else f"{whole:,}"
    return f"−{text}" if minor < 0 else text


def unknown_document(number: str, where: str) -> BadInput:
    """Return the error of a document that does not exist."""
    fix = "Name the number of a document that was issued in this market."
    return BadInput([Mistake(f"there is no document {number!r}", where, "document_known", fix)])
