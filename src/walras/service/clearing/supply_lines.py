"""Statements of supply contracts: what each booked document makes its parties pay and receive.

One run a document; documents of one month or year are runs of one reference, so that a final invoice corrects what
the provisional one billed. A party that pays has lines of demand, one that is paid lines of supply, each
with what the contract's document says of it. A set-off pays an invoice and is no line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import polars as pl
from sqlalchemy import Connection

from walras.contracts import Contract, Event
from walras.formulas import unit
from walras.formulas.units import is_unit
from walras.formulas.values import amount_text
from walras.service.clearing.billing import SOURCES
from walras.service.store import bills
from walras.service.store import supply as stored
from walras.settlement.documents.lines import Fixing, Run, Statement
from walras.settlement.statement import LINES
from walras.vocabulary import CARRIERS

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MWH = unit("MWh")
Part = tuple[str, str, int, str, float | None, float | None]
"""Payer, payee, minor units, text, MWh and price of one where it is energy."""


def supply_statements(connection: Connection, market: str, first: date, last: date) -> Iterator[Statement]:
    """Yield booked documents about some days that no issue of documents has covered."""
    for row in stored.bookings_between(connection, market, first.isoformat(), last.isoformat()):
        event = stored.event(connection, row.agreement, row.record)
        if event.kind != "set-off" and not bills.is_billed(connection, market, row.reference, row.run):
            yield statement_of(connection, row, event)


def statement_of(connection: Connection, row: Any, event: Event) -> Statement:
    """Return one booked document as a statement of everybody in it."""
    found = stored.get(connection, row.agreement)
    agreement = stored.read(stored.text_of(connection, found.id, found.version))
    contract = agreement.contract(event.contract)
    assert contract is not None, "a contract with records stays in its agreement"
    at = EPOCH + timedelta(minutes=event.at)
    day = date.fromisoformat(row.day)
    run = Run(found.market, row.reference, event.kind, day, 0, at, row.run - 1, agreement.time_zone)
    fixings = tuple(
        Fixing(contract.currency, to, Fraction(rate), f"observations of {series}", at)
        for _, to, _, _, rate, series in event.body.get("conversions", [])
    )
    return Statement(run, lines_of(contract, event, is_first=row.run == 1), fixings)


def lines_of(contract: Contract, event: Event, *, is_first: bool) -> pl.DataFrame:
    """Return the lines of a document; energy stands on those of the first document of a month alone."""
    carrier = contract.commodity if contract.commodity in CARRIERS else None
    rows: list[tuple[Any, ...]] = []
    for payer, payee, minor, text, *shown in parts_of(contract, event):
        energy, price = shown if is_first else (None, None)
        for party, side, amount in ((payer, "demand", -minor), (payee, "supply", minor)):
            rows.append((party, "contract", text, None, carrier, None, None, side, energy, price, amount,
                         contract.currency))  # fmt: skip
    for account, to, minor, other, *_ in event.body.get("conversions", []):
        text = f"{contract.contract}: {contract.currency} into {to}"
        for amount, currency in ((-minor, contract.currency), (other, to)):
            rows.append((account, "conversion", text, *[None] * 7, amount, currency))
    return pl.DataFrame(rows, schema=pl.Schema(LINES), orient="row").sort("party", maintain_order=True)


def parts_of(contract: Contract, event: Event) -> Iterator[Part]:
    """Yield what a document says that each pays each; the parts of a pair sum to what it books."""
    body, left = event.body, defaultdict[tuple[str, str], int](int)
    for payer, payee, minor in body["booked"]:
        left[payer, payee] += minor
    of = body.get("month", body.get("year"))
    head = f"{contract.contract} {of}, {event.kind}"
    for line in body.get("lines", []):
        pair = line["payer"], line["payee"]
        left[pair] -= line["amount_minor"]
        yield (*pair, line["amount_minor"], f"{head}: {_words(contract, line)}", *_energy(contract, line))
    for payer, payee, minor in body.get("before", []):
        left[payer, payee] += minor
        yield payer, payee, -minor, f"{head}: invoiced before", None, None
    rest = {"final invoice": "put off, or put off before", "annual statement": "quantity that was not taken"}
    for (payer, payee), minor in sorted(left.items()):
        if minor:
            yield payer, payee, minor, f"{head}: {rest.get(event.kind, 'due')}", None, None


def _words(contract: Contract, line: dict[str, Any]) -> str:
    quantity, price = (amount_text(Fraction(line[name])) for name in ("quantity", "price"))
    return f"{line['item']}, {quantity} {line['unit']} at {price} {contract.currency}"


def _energy(contract: Contract, line: dict[str, Any]) -> tuple[float | None, float | None]:
    """Return MWh and price of one of a line whose quantity is delivered energy; else nothing."""
    delivered = {c.component for c in contract.components if c.measure == "delivered"}
    if line["item"] not in delivered or not is_unit(line["unit"]) or not unit(line["unit"]).agrees(MWH):
        return None, None
    factor = unit(line["unit"]).factor / MWH.factor
    return float(Fraction(line["quantity"]) * factor), float(Fraction(line["price"]) / factor)


SOURCES.append(supply_statements)
