"""Statements of deviations: what a settled day of a cross-section makes its two sides pay and receive.

Written from `deviation` events alone, a line an MTU, category and side that caused it; `clearing.billing` takes
them in with what sessions lead to. The statement's reference is `deviation ELEMENT DAY`, its runs those of the day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import polars as pl
from sqlalchemy import Connection

from walras.service.clearing.billing import SOURCES
from walras.service.clock import moment
from walras.service.store import bills, ledger, markets
from walras.service.store import deviations as stored
from walras.settlement.books import Event
from walras.settlement.deviations.booking import WORDS
from walras.settlement.documents.lines import Run, Statement
from walras.settlement.statement import LINES

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def deviation_statements(connection: Connection, market: str, first: date, last: date) -> Iterator[Statement]:
    """Yield runs of deviations of some days that no issue of documents has covered."""
    for run in stored.runs_between(connection, market, first, last):
        reference = f"deviation {run.element} {run.day}"
        if not bills.is_billed(connection, market, reference, run.run):
            yield statement_of(connection, market, run, reference)


def statement_of(connection: Connection, market: str, run: Any, reference: str) -> Statement:
    """Return one run of a day's deviations as a statement of both sides."""
    event = ledger.event(connection, market, run.event)
    day = date.fromisoformat(run.day)
    zone = markets.version_for(connection, market, day).definition.time_zone
    facts = Run(market, reference, run.name, day, 0, moment(run.at), run.run - 1, zone)
    return Statement(facts, lines_of(event))


def lines_of(event: Event) -> pl.DataFrame:
    """Return the lines of an event: what the side `to` owes, the side `from` receives."""
    body = event.body
    known = {(start, category, side): (kwh, price) for start, category, side, kwh, price, _ in body["rows"]}
    accrued = {(start, category, side) for start, category, side, _ in body["accrued"]}
    rows = []
    for start, category, side, amount in body["booked"]:
        kwh, price = known.get((start, category, side), (None, None))
        caused = f", caused by side {side}" if side else ""
        text = f"{body['element']}: {WORDS[category]}{caused}"
        is_new = body["run"] == "initial" and (start, category, side) not in accrued
        energy = abs(kwh) / 1000 if kwh is not None and is_new else None
        at = EPOCH + timedelta(minutes=start)
        rows += _both(body, text, at, energy, None if price is None else float(Fraction(price)), amount)
    for _, tariff, kwh, price, amount in body["expired"]:
        text = f"{body['element']}: {WORDS['expired']}, {tariff}"
        rows += _both(body, text, None, abs(kwh) / 1000, float(Fraction(price)), amount)
    frame = pl.DataFrame(rows, schema=pl.Schema(LINES), orient="row")
    return frame.sort("party", maintain_order=True)


def _both(
    body: Mapping[str, Any], text: str, at: datetime | None, energy: float | None, price: float | None, amount: int
) -> list[tuple[Any, ...]]:
    """Return the line of either side."""
    return [
        (party, "deviation", text, None, None, at, None, None, energy, price, minor, body["currency"])
        for party, minor in ((body["from"], amount), (body["to"], -amount))
    ]


SOURCES.append(deviation_statements)
