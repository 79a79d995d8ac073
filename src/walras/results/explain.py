"""Why each order got what it got: surplus, tie, and the limit at which it would have been accepted.

One row a curve step, a whole block or flexible order, a whole scalable order and each of
its steps. Everything holds prices fixed: `accepted_at` says at what limit price the order
would have been accepted at these prices, not what a different auction would have decided. It
is empty where something else than its price kept the order out: a parent, a group, or that
accepting it would have made others lose; the remark says what.
Read by `cli explain`, by reports and by members' questions.

Units: energy in MWh, tied volumes in MW, prices per MWh, surplus in the trade currency.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from walras.book.book import Book
from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.book.spans import MICROSECONDS
from walras.errors import BadInput, Mistake
from walras.results.audit.case import FLOAT, Case, published_case
from walras.results.explain_scalable import scalable_rows
from walras.results.explain_storage import storage_rows
from walras.results.explain_whole import block_rows, flexible_rows
from walras.results.outcomes import WORDS, curve_words, outcomes_of
from walras.results.raw import Raw
from walras.results.results import Results
from walras.results.tables import TIME
from walras.results.welfare import curve_welfare


def explain(book: Book, results: Results, order: str | None = None) -> pl.DataFrame:
    """Return why every order, or one of them, got what it got.

    Columns: `order`, `kind`, `zone`, `side`, `mtu_start` and `step` (empty and 0 for a whole
    order), `offered_mwh`, `accepted_mwh`, `limit_price` (and `limit_price_end` where it is
    interpolated), `price` that applies (mean over its MTUs, weighted by its profile),
    `surplus` of what was accepted, `missed` surplus of the rest, `if_accepted` (the distance of a
    rejected order: the surplus that it would have had, negative by as much as it would have lost;
    at the best start of a flexible order, at the best schedule of a scalable one and after its
    fixed term; an accepted order's own), `tied_mw` and `tied_accepted_mw` of all steps with its
    price and side in its cell where that price cleared, `tie_share` of that volume which was
    accepted, `accepted_at` (empty where no limit price alone would have helped), `outcome` and a
    `remark` in words.

    Raises:
        BadInput: No order has that name.

    Example:
        `explain(book, results, "b-dear")` for a block at 90 where the mean price is 60 has
        `accepted_at` 60 and the remark "out of the money by 30 per MWh".
    """
    families = (book.curves, book.blocks, book.flexibles, book.scalables, book.storages)
    if order is not None and not any(order in family.name for family in families):
        fix = "Name an order of the market; names are exact."
        raise BadInput([Mistake(f"no order is called '{order}'", "order", "order_known", fix)])
    case = published_case(Raw(book), results)
    outcomes = outcomes_of(book, results, case.raw)
    frames = [_curve_rows(case, _steps_of(book, order))]
    for rows, whole in (
        (block_rows, outcomes.block),
        (flexible_rows, outcomes.flexible),
        (scalable_rows, outcomes.scalable),
        (storage_rows, outcomes.storage),
    ):
        frame = rows(case, whole)
        frames.append(frame if order is None else frame.filter(pl.col("order") == order))
    return pl.concat(frames, how="diagonal").select(frames[0].columns)


def _steps_of(book: Book, order: str | None) -> IntArray:
    if order is None:
        return np.arange(book.curves.step_count)
    if order not in book.curves.name:
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(book.curves.step_order == book.curves.name.index(order))


def _curve_rows(case: Case, k: IntArray) -> pl.DataFrame:
    """Return rows of the curve steps `k`."""
    raw, book, curves = case.raw, case.raw.book, case.raw.curves
    price = case.price_at(curves.cell, curves.cells)
    accepted = case.volumes.curve
    surplus = curves.sign * price * accepted * curves.hours + curve_welfare(raw, accepted)
    best = curves.sign * price * curves.quantity * curves.hours + curve_welfare(raw, curves.quantity)
    tied, tied_accepted = tied_volumes(case, price)
    zone = book.cells.zone[curves.cell]
    frame = pl.DataFrame(
        {
            "order": pl.Series(list(book.curves.name), dtype=pl.String).gather(pl.Series(book.curves.step_order[k])),
            "kind": pl.repeat("curve", len(k), dtype=pl.String, eager=True),
            "zone": pl.Series([z.name for z in book.cells.zones], dtype=pl.String).gather(pl.Series(zone[k])),
            "side": pl.Series(["demand", "supply"]).gather(pl.Series((curves.sign[k] > 0).astype(np.int64))),
            "mtu_start": pl.Series(book.cells.start[curves.cell[k]] * MICROSECONDS).cast(TIME),
            "step": book.curves.step_number[k],
            "offered_mwh": (curves.quantity * curves.hours)[k],
            "accepted_mwh": (accepted * curves.hours)[k],
            "limit_price": curves.price_start[k],
            "limit_price_end": curves.price_end[k],
            "price": price[k],
            "surplus": surplus[k],
            "missed": np.maximum(best - surplus, 0)[k],
            "if_accepted": best[k],
            "tied_mw": tied[k],
            "tied_accepted_mw": tied_accepted[k],
            "tie_share": np.divide(tied_accepted, tied, out=np.zeros(len(tied)), where=tied > 0)[k],
            "outcome": pl.Series(list(WORDS)).gather(pl.Series(curve_words(case)[k].astype(np.int64))),
        }
    )
    out_of_reach = pl.col("outcome") == "paradoxically_rejected"
    at = pl.when(out_of_reach).then(None).otherwise(pl.col("price")).alias("accepted_at")
    return frame.with_columns(at, _curve_remark()).select(*frame.columns[:-1], "accepted_at", "outcome", "remark")


def _curve_remark() -> pl.Expr:
    """Return the remark of a curve step from its other columns."""
    sign = pl.when(pl.col("side") == "supply").then(1.0).otherwise(-1.0)
    apart = sign * (pl.col("price") - pl.col("limit_price"))
    text = apart.abs().round(2).cast(pl.String)
    shared = pl.format(
        "at the money: {} of {} MW tied at this price were accepted, shared pro rata",
        pl.col("tied_accepted_mw").round(3),
        pl.col("tied_mw").round(3),
    )
    is_sloped = pl.col("limit_price") != pl.col("limit_price_end")
    left_out = pl.format("in the money by {} per MWh, left out: a price would pass its limit", text)
    return (
        pl.when(pl.col("outcome") == "paradoxically_rejected")
        .then(left_out)
        .when(is_sloped & (pl.col("outcome") == "curtailed"))
        .then(pl.lit("accepted up to where its line meets the price"))
        .when(pl.col("tied_mw") > 0)
        .then(shared)
        .when(apart > 0)
        .then(pl.format("in the money by {} per MWh", text))
        .otherwise(pl.format("out of the money by {} per MWh", text))
        .alias("remark")
    )


def tied_volumes(case: Case, price: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return offered and accepted MW of the tie of each step, 0 where its price did not clear; each of shape (k,).

    A tie is all steps of one side, first cell, length and price, where that price is the
    clearing price. Interpolated steps tie with nothing.
    """
    curves = case.raw.curves
    at_price: BoolArray = (np.abs(price - curves.price_start) <= FLOAT) & (curves.price_start == curves.price_end)
    offered, taken = np.zeros(len(price)), np.zeros(len(price))
    k = np.flatnonzero(at_price)
    # A cell and length has one clearing price, so cell, length and side name the tie.
    key = (curves.cell[k] * (int(curves.cells.max(initial=1)) + 1) + curves.cells[k]) * 2 + (curves.sign[k] > 0)
    _, tie = np.unique(key, return_inverse=True)
    offered[k] = np.bincount(tie, weights=curves.quantity[k])[tie]
    taken[k] = np.bincount(tie, weights=case.volumes.curve[k])[tie]
    return offered, taken
