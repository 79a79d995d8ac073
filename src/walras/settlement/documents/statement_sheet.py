"""The sheet of a statement: what one settlement run makes one party pay and receive, MTU by MTU.

A party that pays in another currency than it traded in has tables in both, and the fixing between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import polars as pl

from walras.settlement.documents.document import money
from walras.settlement.documents.lines import KINDS, Fixing, Run, Statement
from walras.settlement.documents.sheet import Column, Grid, Sheet, party, where
from walras.settlement.documents.vat import Taxpayer

SIDES = {"demand": "bought", "supply": "sold"}
RECEIVED = "Amounts are positive where the party receives, negative where it pays."
DIFFERENCES = (
    "Energy and amounts are differences from what was settled for this session before; prices are the new ones."
)


def statement_sheet(statement: Statement, account: str, taxpayer: Taxpayer) -> Sheet:
    """Return the sheet of one party, whose account is `account`."""
    run = statement.run
    lines = statement.lines.filter(pl.col("party") == account)
    totals = {c: int(lines.filter(pl.col("currency") == c)["amount_minor"].sum()) for c in _currencies(lines)}
    owed = {c: minor for c, minor in totals.items() if minor}
    grids = [g for c in totals for g in _grids(lines.filter(pl.col("currency") == c), run, c, totals[c])]
    nothing = Grid("Sums by kind", (), (), empty="This run settles nothing for this party.")
    fixed = _converted(lines, statement.fixings)
    return Sheet(
        "Statement",
        f"{run.session}, {run.name}",
        run.settled_at.date(),
        _headline(taxpayer.code, owed),
        (("Party", party(taxpayer)),),
        (
            ("Market", run.market),
            ("Session", run.session),
            ("Settlement run", run.name),
            ("Delivery day", f"{run.delivery_day}"),
            ("Result", f"version {run.result_version}"),
            ("Settled", f"{run.settled_at:%Y-%m-%d %H:%M} UTC"),
            ("Currency", ", ".join(totals) or "none"),
        ),
        (*(grids or [nothing]), *fixed),
        (RECEIVED, DIFFERENCES) if run.sequence else (RECEIVED,),
    )


def _currencies(lines: pl.DataFrame) -> list[str]:
    """Return currencies, those of trade before those of conversion alone."""
    traded = set(lines.filter(pl.col("kind") != "conversion")["currency"])
    return sorted(lines["currency"].unique(), key=lambda c: (c not in traded, c))


def _headline(code: str, owed: dict[str, int]) -> tuple[str, str]:
    if not owed:
        return "Nothing to pay", "0"
    if len(owed) > 1:
        parts = (f"{money(minor, currency)} {currency}" for currency, minor in owed.items())
        return f"{code} receives (positive) and pays", ", ".join(parts)
    [(currency, minor)] = owed.items()
    return f"{code} {'receives' if minor > 0 else 'pays'}", f"{money(abs(minor), currency)} {currency}"


def _grids(lines: pl.DataFrame, run: Run, currency: str, total: int) -> tuple[Grid, ...]:
    if (lines["kind"] == "conversion").all():
        return (_kinds(lines, currency, total),)
    return _kinds(lines, currency, total), _mtus(lines, run.time_zone, currency, total)


def _kinds(lines: pl.DataFrame, currency: str, total: int) -> Grid:
    summed = lines.group_by("kind", pl.col("side").fill_null(""), maintain_order=True).agg(
        pl.col("energy_mwh").sum(), pl.col("energy_mwh").count().alias("known"), pl.col("amount_minor").sum()
    )
    order = list(KINDS)
    rows = sorted(summed.iter_rows(), key=lambda r: (order.index(r[0]), r[1]))
    return Grid(
        f"Sums by kind, {currency}",
        (
            Column("Kind"),
            Column("Side"),
            Column("Energy", "MWh", is_number=True),
            Column("Amount", currency, is_number=True),
        ),
        tuple(
            (KINDS[k], SIDES.get(s, ""), _number(e, 3) if known else "", money(a, currency))
            for k, s, e, known, a in rows
        ),
        ("Total", "", "", money(total, currency)),
    )


def _mtus(lines: pl.DataFrame, time_zone: str, currency: str, total: int) -> Grid:
    zone = None if time_zone == "UTC" else ZoneInfo(time_zone)
    heads = [
        Column("MTU begins", "UTC"),
        *([Column("Local", time_zone)] if zone else []),
        Column("Min", is_number=True),
    ]
    rows = []
    for r in lines.sort("mtu_start", "kind", "zone", "carrier", "side", nulls_last=True).iter_rows(named=True):
        at = r["mtu_start"]
        local = [f"{at.astimezone(zone):%d %H:%M}" if at else ""] if zone else []
        rows.append(
            (
                f"{at:%Y-%m-%d %H:%M}" if at else "",
                *local,
                _number(r["minutes"], 0),
                _what(r["kind"], r["text"]),
                where(r["zone"], r["carrier"]),
                SIDES.get(r["side"], ""),
                _number(r["energy_mwh"], 3),
                _number(r["price_per_mwh"], 2),
                money(r["amount_minor"], currency),
            )
        )
    return Grid(
        f"Lines, {currency}",
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


def _what(kind: str, text: str | None) -> str:
    """Return what a line is: its text without the account, after its kind unless the text says that itself."""
    said = "" if text in SIDES else (text or "").split(": ", 1)[-1] if kind == "conversion" else text or ""
    return said[:1].upper() + said[1:] if said.startswith(kind) else f"{KINDS[kind]}: {said}" if said else KINDS[kind]


def _converted(lines: pl.DataFrame, fixings: Sequence[Fixing]) -> tuple[Grid, ...]:
    found = lines.filter(pl.col("kind") == "conversion").group_by("currency").agg(pl.col("amount_minor").sum())
    minor: dict[str, int] = dict(found.iter_rows())
    rows = [
        (
            f"{f.base}/{f.quote}",
            _rate(f.rate),
            f.source,
            f"{f.fixed_at:%Y-%m-%d %H:%M}",
            *(f"{money(abs(minor[c]), c)} {c}" for c in (f.base, f.quote)),
        )
        for f in fixings
        if f.base in minor and f.quote in minor
    ]
    heads = (
        Column("Pair"),
        Column("Rate", "quote for one base", is_number=True),
        Column("Source"),
        Column("Fixed", "UTC"),
        Column("Base", is_number=True),
        Column("Quote", is_number=True),
    )
    return (
        (Grid("Currency of payment: one amount, rounded once, halves away from zero", heads, tuple(rows)),)
        if rows
        else ()
    )


def _rate(rate: Fraction) -> str:
    exact = Decimal(rate.numerator) / Decimal(rate.denominator)
    return f"{exact:,f}" if Fraction(exact) == rate else f"{rate.numerator}/{rate.denominator}"


def _number(value: float | None, decimals: int) -> str:
    return "" if value is None else f"{value:,.{decimals}f}".replace("-", "−")
