"""Lines of statements: what every party of a session sold, bought, earned and was charged.

One row a party, cell and side for energy, one a posting for all else. The amounts of a party's
lines in a currency sum to what the session posts to its account.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from walras.results.compensation import ROUNDING
from walras.settlement.accounts import PARTIES, role_of
from walras.settlement.differences import PART_TEXT
from walras.settlement.items import Item

LINES: dict[str, pl.DataType | type[pl.DataType]] = {
    "party": pl.String,
    "kind": pl.String,
    "text": pl.String,
    "zone": pl.String,
    "carrier": pl.String,
    "mtu_start": pl.Datetime("us", "UTC"),
    "minutes": pl.Int64,
    "side": pl.String,
    "energy_mwh": pl.Float64,
    "price_per_mwh": pl.Float64,
    "amount_minor": pl.Int64,
    "currency": pl.String,
}
"""Columns of statement lines; zone to price are empty on lines that are not energy."""


def statement_lines(positions: pl.DataFrame, items: Sequence[Item]) -> pl.DataFrame:
    """Return the lines of all parties, sorted by party, energy first.

    Args:
        positions: Energy and money of members (see `positions.positions`).
        items: All that the session is settled for; those of cells are in `positions`.

    Returns:
        Columns `LINES`; `amount_minor` is positive where the party receives.
    """
    energy = positions.select(
        ("member/" + pl.col("member")).alias("party"),
        pl.lit("energy").alias("kind"),
        pl.col("side").alias("text"),
        *(c for c in LINES if c not in {"party", "kind", "text"}),
    )
    rows = [
        (p.account, _kind(item, p.amount_minor), item.entry.text, p.amount_minor, p.currency)
        for item in items
        if item.kind != "energy"
        for p in item.entry.postings
        if role_of(p.account) in PARTIES
    ]
    schema = {name: LINES[name] for name in ("party", "kind", "text", "amount_minor", "currency")}
    other = pl.DataFrame(rows, schema=schema, orient="row")
    missing = [pl.lit(None, dtype=kind).alias(name) for name, kind in LINES.items() if name not in schema]
    both = pl.concat([energy.cast(pl.Schema(LINES)), other.with_columns(missing).select(*LINES).cast(pl.Schema(LINES))])
    return both.sort("party", maintain_order=True)


def _kind(item: Item, amount: int) -> str:
    """Return the kind of a line; shares of a difference amount are no compensation, nor those of rounding received."""
    is_share = item.kind == "compensation" and (amount < 0 or item.entry.text == PART_TEXT.format(ROUNDING))
    return "difference" if is_share else item.kind


def party_sums(lines: pl.DataFrame) -> dict[tuple[str, str], int]:
    """Return what each party receives in each currency by its lines."""
    sums = lines.group_by("party", "currency").agg(pl.col("amount_minor").sum()).sort("party", "currency")
    return {(party, currency): amount for party, currency, amount in sums.iter_rows()}
