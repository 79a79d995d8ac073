"""Lines of a statement: what one settlement run makes one party pay or receive, MTU by MTU.

Axes: one row a line. `amount_minor` is positive where the party receives; lines of a rerun are
differences from what was settled before. Written by the settlement of a session; read by
statements, invoices and people.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

import polars as pl

from walras.errors import BadInput, Mistake
from walras.results.minor_units import unit_mistakes
from walras.settlement.statement import LINES

KINDS = {
    "energy": "Energy",
    "trade": "Trade with a neighbour",
    "contract": "Supply contract",
    "deviation": "Deviation",
    "compensation": "Compensation of a loss",
    "difference": "Share of the difference amount",
    "congestion": "Congestion income",
    "loss": "Network losses",
    "tariff": "Transmission tariff",
    "fee": "Market fee",
    "conversion": "Currency conversion",
    "interest": "Late interest",
}
SIDES = ("demand", "supply")


@dataclass(frozen=True)
class Run:
    """One settlement run of one session.

    Attributes:
        name: What people call it, such as `initial` or `rerun 4 months`.
        sequence: 0 for the first settlement of the session, then 1, 2, ...
        result_version: Version of the published result that it settles.
        settled_at: When, in UTC.
        time_zone: Time zone of the market's delivery day.
    """

    market: str
    session: str
    name: str
    delivery_day: date
    result_version: int
    settled_at: datetime
    sequence: int = 0
    time_zone: str = "UTC"


@dataclass(frozen=True)
class Fixing:
    """A rate that a run converted by: units of `quote` for one of `base`, with its source and time (UTC)."""

    base: str
    quote: str
    rate: Fraction
    source: str
    fixed_at: datetime


@dataclass(frozen=True)
class Statement:
    """A run, its lines (see `settlement.statement.LINES`; a party is an account) and the fixings that it used."""

    run: Run
    lines: pl.DataFrame
    fixings: tuple[Fixing, ...] = ()


def checked(statement: Statement, parties: Collection[str]) -> Statement:
    """Return a statement whose lines follow the rules; columns in the order of `LINES`.

    Raises:
        BadInput: A column is missing or of another type, or a kind, side, party or currency is not known.
    """
    where = f"statement lines of {statement.run.session}, {statement.run.name}"
    lines = statement.lines
    wrong = [n for n, t in LINES.items() if lines.schema.get(n) != t]
    if wrong:
        raise BadInput(
            Mistake(f"column {n!r} is missing or not {LINES[n]}", where, "statement_columns", "Send it as stated.")
            for n in wrong
        )
    mistakes = list(_mistakes(lines, parties, where))
    if mistakes:
        raise BadInput(mistakes)
    return Statement(statement.run, lines.select(*LINES))


def _mistakes(lines: pl.DataFrame, parties: Collection[str], where: str) -> Iterator[Mistake]:
    for name in ("party", "kind", "amount_minor", "currency"):
        if lines[name].null_count():
            yield Mistake(f"{name} is empty", where, "statement_complete", f"Give every line its {name}.")
    for kind in _others(lines, "kind", KINDS):
        yield Mistake(f"kind {kind!r} is not known", where, "statement_kind", f"Use one of {', '.join(KINDS)}.")
    for side in _others(lines, "side", SIDES):
        yield Mistake(f"side {side!r} is not known", where, "statement_side", "Use demand, supply or nothing.")
    for party in _others(lines, "party", parties):
        yield Mistake(f"party {party!r} is not known", where, "party_known", "Record its name, country and tax facts.")
    for currency in sorted(lines["currency"].unique().drop_nulls()):
        yield from unit_mistakes(currency, where)


def _others(lines: pl.DataFrame, column: str, known: Collection[str]) -> list[str]:
    return sorted(v for v in lines[column].unique().drop_nulls() if v not in known)
