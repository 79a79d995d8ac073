"""What a paper shows, without its looks: facts, parties, tables and a sum; pages and files are written from it.

Every cell is a text that is ready to print; numbers stand to the right, their unit in the head of the column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import polars as pl

from walras.settlement.documents.document import TITLES, Document, money
from walras.settlement.documents.lines import KINDS, Statement
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


@dataclass(frozen=True)
class Conversion:
    """A sum in the currency in which it is paid, and the fixing behind it.

    Attributes:
        rate: Units of `currency` for one unit of the trade currency, as it was fixed.
        fixed_at: When, UTC.
        source: Who fixed it.
        rounding: How the sum was rounded.
    """

    currency: str
    amount_minor: int
    rate: Decimal
    source: str
    fixed_at: datetime
    rounding: str = "halves away from zero"


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
            (i.text, _where(i.zone, i.carrier), _energy(i.energy), _rate_of(d, i.tax), money(i.net_minor, cur))
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
        f"Pay with the reference {d.number}." if pays else "",
    )
    return Sheet(
        TITLES[d.kind],
        d.number,
        d.issued,
        (words, f"{money(abs(d.total_minor), cur)} {cur}"),
        (("Supplier", _party(d.supplier)), ("Customer", _party(d.customer))),
        facts,
        (items, taxes, *((runs,) if d.runs else ())),
        tuple(n for n in notes if n),
    )


def statement_sheet(
    statement: Statement, party: Taxpayer, currency: str, conversion: Conversion | None = None
) -> Sheet:
    """Return the sheet of what one run makes one party pay and receive in one currency."""
    run = statement.run
    lines = statement.lines.filter(pl.col("party") == party.code, pl.col("currency") == currency)
    total = int(lines["amount_minor"].sum())
    facts = (
        ("Market", run.market),
        ("Session", run.session),
        ("Settlement run", run.name),
        ("Delivery day", f"{run.delivery_day}"),
        ("Result", f"version {run.result_version}"),
        ("Settled", f"{run.settled_at:%Y-%m-%d %H:%M} UTC"),
        ("Currency", currency),
    )
    differ = "Amounts are differences from what was settled for this session before." if run.sequence else ""
    received = "Amounts are positive where the party receives, negative where it pays."
    return Sheet(
        "Statement",
        f"{run.session}, {run.name}",
        run.settled_at.date(),
        (
            f"{party.code} {'receives' if total > 0 else 'pays'}" if total else "Nothing to pay",
            f"{money(abs(total), currency)} {currency}",
        ),
        (("Party", _party(party)),),
        facts,
        (
            _kinds(lines, currency, total),
            *_mtus(lines, run.time_zone, currency, total),
            *_converted(conversion, currency, total),
        ),
        tuple(n for n in (received, differ) if n),
    )


def _kinds(lines: pl.DataFrame, currency: str, total: int) -> Grid:
    summed = lines.group_by("kind", pl.col("side").fill_null(""), maintain_order=True).agg(
        pl.col("energy_mwh").sum(), pl.col("energy_mwh").count().alias("known"), pl.col("amount_minor").sum()
    )
    order = list(KINDS)
    rows = sorted(summed.iter_rows(), key=lambda r: (order.index(r[0]), r[1]))
    return Grid(
        "Sums by kind",
        (
            Column("Kind"),
            Column("Side"),
            Column("Energy", "MWh", is_number=True),
            Column("Amount", currency, is_number=True),
        ),
        tuple((KINDS[k], _side(s), f"{e:,.3f}" if known else "", money(a, currency)) for k, s, e, known, a in rows),
        ("Total", "", "", money(total, currency)),
        "This run settles nothing for this party.",
    )


def _mtus(lines: pl.DataFrame, time_zone: str, currency: str, total: int) -> tuple[Grid, ...]:
    if not lines.height:
        return ()
    zone = ZoneInfo(time_zone)
    local = time_zone != "UTC"
    heads = [
        Column("MTU begins", "UTC"),
        *([Column("Local", time_zone)] if local else []),
        Column("Min", is_number=True),
    ]
    rows = []
    for r in lines.sort("mtu_start", "kind", "zone", "carrier", "side").iter_rows(named=True):
        at = r["mtu_start"]
        times = [
            f"{at:%Y-%m-%d %H:%M}" if at else "",
            *([f"{at.astimezone(zone):%d %H:%M}" if at else ""] if local else []),
        ]
        what = r["text"] or KINDS[r["kind"]]
        place = _where(r["zone"], r["carrier"])
        price = "" if r["price_per_mwh"] is None else f"{r['price_per_mwh']:,.2f}".replace("-", "−")
        energy = "" if r["energy_mwh"] is None else f"{r['energy_mwh']:,.3f}".replace("-", "−")
        minutes = "" if r["minutes"] is None else str(r["minutes"])
        rows.append((*times, minutes, what, place, _side(r["side"]), energy, price, money(r["amount_minor"], currency)))
    grid = Grid(
        "Lines",
        (
            *heads,
            Column("What"),
            Column("Where"),
            Column("Side"),
            Column("Energy", "MWh", is_number=True),
            Column("Price", f"{currency}/MWh", is_number=True),
            Column("Amount", currency, is_number=True),
        ),
        tuple(rows),
        ("Total", *[""] * (len(heads) + 4), money(total, currency)),
    )
    return (grid,)


def _converted(conversion: Conversion | None, currency: str, total: int) -> tuple[Grid, ...]:
    if conversion is None:
        return ()
    c = conversion
    row = (
        f"{currency}/{c.currency}",
        f"{c.rate}",
        c.source,
        f"{c.fixed_at:%Y-%m-%d %H:%M}",
        money(total, currency),
        money(c.amount_minor, c.currency),
    )
    heads = (
        Column("Pair"),
        Column("Rate", f"{c.currency} per {currency}", is_number=True),
        Column("Source"),
        Column("Fixed", "UTC"),
        Column("Total", currency, is_number=True),
        Column("Paid", c.currency, is_number=True),
    )
    return (Grid(f"In the currency of payment (rounded once, {c.rounding})", heads, (row,)),)


def _party(p: Taxpayer) -> tuple[str, ...]:
    lines = (
        p.name,
        p.address,
        f"Code {p.code}",
        f"Country {p.country}",
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


def _side(side: str | None) -> str:
    return {"demand": "bought", "supply": "sold"}.get(side or "", "")


def _where(zone: str | None, carrier: str | None) -> str:
    return f"{zone or ''} {_words(carrier)}".strip()


def _words(text: str | None) -> str:
    return (text or "").replace("_", " ")
