"""What the rows of an explanation are made of: their columns, their types, their words.

Written by `explain_whole` and `explain_scalable`, an order or a step a row; `explain` says what each column means.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from walras.book.book import Book
from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.results.outcomes import WORDS, Outcomes
from walras.results.tables import TIME
from walras.vocabulary import Side

SCHEMA: dict[str, Any] = {
    "order": pl.String,
    "kind": pl.String,
    "zone": pl.String,
    "side": pl.String,
    "mtu_start": TIME,
    "step": pl.Int64,
    "offered_mwh": pl.Float64,
    "accepted_mwh": pl.Float64,
    "limit_price": pl.Float64,
    "limit_price_end": pl.Float64,
    "price": pl.Float64,
    "surplus": pl.Float64,
    "missed": pl.Float64,
    "if_accepted": pl.Float64,
    "accepted_at": pl.Float64,
    "outcome": pl.String,
    "remark": pl.String,
}

AT_THE_MONEY = 1e-9
PARADOX = "rejected all the same; --what-if tells what accepting it would do"
LEFT_OUT = "rejected all the same: the selection of greatest welfare that was found leaves it out"
"""Where losses are compensated: no price rule kept it out."""


def why_rejected(book: Book) -> str:
    """Return why an order that would have gained is rejected."""
    return LEFT_OUT if book.profile.compensates else PARADOX


def at_a_loss(loss: float, compensation: float, currency: str) -> str:
    """Return what a losing order is told.

    >>> at_a_loss(600.004, 600.0, "EUR")
    'accepted at a loss of 600.00 EUR, compensated by 600.00 EUR'
    """
    return f"accepted at a loss of {loss:.2f} {currency}, compensated by {compensation:.2f} {currency}"


def heads(book: Book, kind: str, names: tuple[str, ...], grid: IntArray, side: IntArray) -> dict[str, Any]:
    """Return the columns that say which order a row is of; empty for what a whole order has not."""
    zones, grids = book.cells.zones, book.cells.grids
    return {
        "order": list(names),
        "kind": [kind] * len(names),
        "zone": [zones[grids[g].zone].name for g in grid.tolist()],
        "side": [Side(s).word for s in side.tolist()],
        "mtu_start": [None] * len(names),
        "step": [0] * len(names),
    }


def figures(
    *,
    offered: FloatArray,
    accepted: FloatArray,
    own: FloatArray,
    price: FloatArray,
    surplus: FloatArray,
    missed: FloatArray,
    if_accepted: FloatArray,
    helps: BoolArray,
) -> dict[str, Any]:
    """Return the columns of energy and money; `accepted_at` is the price where a limit price `helps`."""
    return {
        "offered_mwh": offered,
        "accepted_mwh": accepted,
        "limit_price": own,
        "limit_price_end": own,
        "price": price,
        "surplus": surplus,
        "missed": missed,
        "if_accepted": if_accepted,
        "accepted_at": np.where(helps, price, np.nan),
    }


def frame_of(columns: dict[str, Any]) -> pl.DataFrame:
    """Return rows from columns as lists, arrays and microseconds."""
    times = pl.Series("mtu_start", columns["mtu_start"], dtype=pl.Int64).cast(TIME)
    rest = {name: pl.Series(name, columns[name], dtype=kind) for name, kind in SCHEMA.items() if name != "mtu_start"}
    return pl.DataFrame({name: times if name == "mtu_start" else rest[name] for name in SCHEMA}).with_columns(
        pl.col("limit_price", "limit_price_end", "price", "accepted_at").fill_nan(None)
    )


def words_of(outcomes: Outcomes) -> list[str]:
    """Return the outcome of each order as people read it."""
    return [WORDS[code] for code in outcomes.outcome.tolist()]


def in_or_out(gain: float) -> str:
    """Return where a limit price stands.

    >>> in_or_out(-30.0)
    'out of the money by 30 per MWh'
    """
    if abs(gain) < AT_THE_MONEY:
        return "at the money"
    return f"{'in' if gain > 0 else 'out of'} the money by {abs(gain):.10g} per MWh"
