"""What a paper shows, without its looks: facts, parties, tables and a sum; pages and files are written from it.

Every cell is a text that is ready to print; numbers stand to the right, their unit in the head of the column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from walras.settlement.documents.document import TITLES, Document, money
from walras.settlement.documents.vat import Taxpayer, Treatment

NO_RATE = {
    Treatment.REVERSE_CHARGE: "reverse charge",
    Treatment.EXEMPT: "exempt",
    Treatment.OUTSIDE_SCOPE: "outside scope",
}


@dataclass(frozen=True)
class Column:
    """Head and unit of a column; numbers stand to the right."""

    head: str
    unit: str = ""
    is_number: bool = False


@dataclass(frozen=True)
class Grid:
    """A table with a title, its rows, and a last row with sums (or none)."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...] = ()
    empty: str = "There is nothing to list."


@dataclass(frozen=True)
class Sheet:
    """One paper.

    Attributes:
        day: When it was made: the date of the file.
        headline: What everybody looks for first: its words, and the amount with its currency.
        parties: Role and lines of each party.
        facts: Words and what stands for them.
        notes: Sentences below the tables.
    """

    title: str
    number: str
    day: date
    headline: tuple[str, str]
    parties: tuple[tuple[str, tuple[str, ...]], ...]
    facts: tuple[tuple[str, str], ...]
    grids: tuple[Grid, ...]
    notes: tuple[str, ...] = ()


def document_sheet(document: Document) -> Sheet:
    """Return the sheet of an invoice, self-billing document, credit note or interest note."""
    d, cur = document, document.currency
    items = Grid(
        "What it is for",
        (
            Column("Item"),
            Column("Where"),
            Column("Energy", "MWh", is_number=True),
            Column("VAT"),
            Column("Net", cur, is_number=True),
        ),
        tuple(
            (i.text, where(i.zone, i.carrier), _energy(i.energy), _rate_of(d, i.tax), money(i.net_minor, cur))
            for i in d.items
        ),
        ("Net", "", "", "", money(d.net_minor, cur)),
    )
    taxes = Grid(
        "Value added tax",
        (
            Column("Treatment"),
            Column("Country"),
            *(Column(n, cur, is_number=True) for n in ("Net", "VAT", "Gross")),
        ),
        tuple((_rate(v.treatment, float(v.rate)), v.country, *_sums(v.net_minor, v.vat_minor, cur)) for v in d.vat),
        ("Total", "", *_sums(d.net_minor, d.vat_minor, cur)),
    )
    pays = d.receives_minor < 0
    words = f"To be paid {'by' if pays else 'to'} {d.party.code}" if d.total_minor else "Nothing to pay"
    corrected = (("Corrects", d.corrects),) if d.corrects else ()
    facts = (
        ("Number", d.number),
        ("Issued", f"{d.issued}"),
        ("Due", f"{d.due}"),
        ("Period", f"{d.first_day} to {d.last_day}"),
        ("Market", d.market),
        ("Currency", cur),
        *corrected,
    )
    runs = Grid(
        "Settlement runs in it", (Column("Session"), Column("Run")), d.runs, empty="It stands on no settlement run."
    )
    notes = (
        *d.details,
        *dict.fromkeys(t for v in d.vat for t in v.texts),
        *_self_billed(d),
        "Energy and amounts are what is credited." if d.kind == "credit_note" else "",
        f"Pay with the reference {d.number}." if pays else "",
    )
    return Sheet(
        TITLES[d.kind],
        d.number,
        d.issued,
        (words, f"{money(abs(d.total_minor), cur)} {cur}"),
        (("Supplier", party(d.supplier)), ("Customer", party(d.customer))),
        facts,
        (items, taxes, *((runs,) if d.runs else ())),
        tuple(n for n in notes if n),
    )


def party(p: Taxpayer) -> tuple[str, ...]:
    """Return the lines of a party: name, address, code, country, VAT number."""
    lines = (
        p.name,
        p.address,
        f"Code {p.code}",
        f"Country {p.country}" if p.country else "",
        f"VAT number {p.vat_number}" if p.vat_number else "",
    )
    return tuple(x for x in lines if x)


def _self_billed(d: Document) -> Sequence[str]:
    if d.is_from_market or d.kind == "interest_note":
        return ()
    return ("Self-billing: the customer writes this document in the name and for the account of the supplier.",)


def _sums(net: int, vat: int, currency: str) -> tuple[str, str, str]:
    return money(net, currency), money(vat, currency), money(net + vat, currency)


def _rate_of(d: Document, tax: int) -> str:
    return _rate(d.vat[tax].treatment, float(d.vat[tax].rate)) if d.vat else ""


def _rate(treatment: Treatment, rate: float) -> str:
    return NO_RATE.get(treatment) or f"{100 * rate:g} %"


def _energy(text: str) -> str:
    return f"{Decimal(text):,}".replace("-", "−") if text else ""


def where(zone: str | None, carrier: str | None) -> str:
    """Return a place in words."""
    return f"{zone or ''} {_words(carrier)}".strip()


def _words(text: str | None) -> str:
    return (text or "").replace("_", " ")
