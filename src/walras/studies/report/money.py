"""Who owes whom and the congestion income, for the page; or why the result cannot be settled."""

from __future__ import annotations

from typing import Any

import polars as pl

from walras.book.book import Book
from walras.errors import BadInput
from walras.results.results import Results
from walras.settlement.settle import settle

MOST_PARTIES = 300


def money_tables(book: Book, results: Results) -> dict[str, Any]:
    """Return parties (largest first), sums a role, and congestion income a line and border.

    A result whose published volumes do not balance is not settled: `refused` says why.
    """
    try:
        settlement = settle(book, results)
    except BadInput as error:
        first = error.mistakes[0]
        return {"refused": f"{first.where}: {first.what}", "mistakes": len(error.mistakes)}
    owed = settlement.who_owes_whom
    shown = owed.sort(pl.col("net_minor").abs(), descending=True).head(MOST_PARTIES)
    sums = [c for c in ("income_minor", "tariff_minor") if c in settlement.congestion.columns]
    income = settlement.congestion.group_by("kind", "name", maintain_order=True).agg(
        pl.col(*sums).sum(), (pl.col("exchange_mw") * pl.col("minutes") / 60).abs().sum().alias("energy_mwh")
    )
    return {
        "decimals": settlement.decimals,
        "parties": shown.select("party", "role", "pays_minor", "receives_minor", "net_minor").to_dicts(),
        "all": owed.height,
        "roles": {role: settlement.net_minor(role) for role in owed["role"].unique(maintain_order=True)},
        "congestion": income.to_dicts(),
        "head": settlement.ledger.head,
        "entries": len(settlement.ledger),
    }
