"""Statement lines of one run summed to what documents list, in the currency in which each party pays.

Which document a row belongs to (`direction`: -1 an invoice, 1 a self-billing document): its side, if it has one
(demand: invoice); else its kind (`CHARGED`, `PAID`); else the sign of its amount.

A run converts the balance of a party as one amount. Its rows are converted one by one at the same fixing;
what rounding leaves between them and the run's own conversion goes to the largest row, so that
documents and ledger agree to the minor unit. More than rounding (another fixing in a rerun) is a row of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import polars as pl

from walras.results.minor_units import decimals_of, half_away
from walras.settlement.documents.lines import Fixing, Run, Statement

CHARGED = ("fee", "tariff", "loss", "difference")
PAID = ("compensation", "congestion")
NANO = 10**9
GROUP = ("party", "currency", "kind", "zone", "carrier", "side")


@dataclass(frozen=True)
class BillingRow:
    """One sum: `minor` positive where the party receives; energy in nano-MWh, so that it adds up exactly."""

    run: Run
    is_correction: bool
    party: str
    currency: str
    kind: str
    zone: str
    carrier: str
    side: str
    minor: int
    nano_mwh: int
    has_energy: bool

    @property
    def is_by_sign(self) -> bool:
        """Return whether neither side nor kind, but the sign alone says which document it belongs to."""
        return not self.side and self.kind not in CHARGED and self.kind not in PAID

    @property
    def direction(self) -> int:
        """1 if it belongs to what the party is paid for, -1 to what it pays for."""
        if self.side:
            return 1 if self.side == "supply" else -1
        if self.is_by_sign:
            return 1 if self.minor > 0 else -1
        return 1 if self.kind in PAID else -1


def billing_rows(statement: Statement, *, is_correction: bool) -> list[BillingRow]:
    """Return the rows of a statement in the order of parties, each in its currency of payment."""
    summed = (
        statement.lines.with_columns(
            pl.col("zone", "carrier", "side").fill_null(""),
            (pl.col("energy_mwh").fill_null(0.0) * NANO).round().cast(pl.Int64).alias("nano"),
            pl.col("energy_mwh").is_not_null().alias("known"),
        )
        .group_by(*GROUP)
        .agg(pl.col("amount_minor").sum(), pl.col("nano").sum(), pl.col("known").any())
        .sort(*GROUP)
    )
    by_party: dict[str, list[BillingRow]] = {}
    for party, *rest in summed.iter_rows():
        by_party.setdefault(party, []).append(BillingRow(statement.run, is_correction, party, *rest))
    return [row for rows in by_party.values() for row in _paid_in_one(rows, statement.fixings)]


def _paid_in_one(rows: list[BillingRow], fixings: tuple[Fixing, ...]) -> Iterator[BillingRow]:
    """Yield rows of one party, those of the trade currency in the currency of payment."""
    conversions = {r.currency: r.minor for r in rows if r.kind == "conversion"}
    traded = {r.currency for r in rows if r.kind != "conversion"}
    if len(conversions) != 2 or len(traded) != 1 or not traded < set(conversions):
        yield from rows
        return
    [base], [quote] = traded, set(conversions) - traded
    mine = [r for r in rows if r.kind != "conversion"]
    if conversions[base] + sum(r.minor for r in mine):
        yield from rows  # not a conversion of these rows: the party pays in another currency than before
        return
    scale = Fraction(10) ** (decimals_of(quote) - decimals_of(base))
    rate = _rate(base, quote, fixings) or Fraction(conversions[quote], -conversions[base]) / scale
    minor = [half_away(r.minor * rate * scale) for r in mine]
    left = conversions[quote] - sum(minor)
    if abs(left) <= len(mine):
        largest = max(range(len(mine)), key=lambda i: abs(minor[i]))
        minor[largest], left = minor[largest] + left, 0
    yield from (replace(r, currency=quote, minor=m) for r, m in zip(mine, minor, strict=True))
    if left:
        other = next(r for r in rows if r.kind == "conversion" and r.currency == quote)
        yield replace(other, minor=left)


def _rate(base: str, quote: str, fixings: tuple[Fixing, ...]) -> Fraction | None:
    for f in fixings:
        if (f.base, f.quote) == (base, quote):
            return f.rate
        if (f.quote, f.base) == (base, quote):
            return 1 / f.rate
    return None
