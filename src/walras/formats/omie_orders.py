"""Iberian offers to the orders of a book: simple orders, blocks, scalable complex orders.

A row with a block number is a leg of the block (order, number); blocks of one order that
share a group exclude each other. Of the other rows, those of an order with a fixed term or
with a minimum acceptance power (MAV) anywhere are steps of a scalable complex order, the rest
are steps of a simple curve. MAV stands on step 1 and is the minimum of the order in that
period. The variable term of the minimum income is the offer's own price, so a scalable
complex order must earn its steps and its fixed term.

Axes: h headers, n rows, o orders, k steps, l legs, m minimums. Steps are numbered in order
of price: supply from the cheapest, demand from the dearest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.book.cells import BoolArray, IntArray
from walras.formats.omie_day import QUANTITY_TICK, Day
from walras.formats.omie_offers import Headers, Rows
from walras.orders.block_rules import LEAST_RATIO
from walras.orders.blocks import BlockOrders
from walras.orders.curves import CurveOrders
from walras.orders.scalable import ScalableOrders

MOST = 100
"""More than the two digits of a block, step or group can say."""


def orders_of(headers: Headers, rows: Rows, day: Day) -> tuple[CurveOrders, BlockOrders, ScalableOrders]:
    """Return the three families; rows that contradict each other are reported."""
    is_leg = rows.block > 0
    is_complex = headers.fixed_term > 0
    is_complex[rows.order[~is_leg & (rows.minimum > 0)]] = True
    scalable = ~is_leg & is_complex[rows.order]
    _check_rows(rows, is_leg, day)
    _check_terms(headers, rows, scalable, day)
    cells = day.cells.first
    return (
        _curves(headers, rows.subset(~is_leg & ~scalable), cells),
        _blocks(headers, rows.subset(is_leg), cells, day),
        _scalables(headers, rows.subset(scalable), cells, day),
    )


def _check_rows(rows: Rows, is_leg: BoolArray, day: Day) -> None:
    """Report repeated rows, and fields that belong to rows of another kind."""
    key = ((rows.order * MOST + rows.period) * MOST + rows.block) * MOST + rows.step
    by = np.argsort(key, kind="stable")
    again = by[1:][np.diff(key[by]) == 0]
    found = (
        (again, "step_once", "an earlier row has the same order, period, block and step", "Keep one of them."),
        ((rows.group > 0) & ~is_leg, "group_of_blocks", "NumGrupoExcl without NumBloq", "Number the block."),
        ((rows.minimum > 0) & is_leg, "minimum_of_steps", "MAV on a leg of a block", "Send MAR for blocks."),
        ((rows.ratio > 0) & ~is_leg, "ratio_of_blocks", "MAR on a step of no block", "Send MAV for steps."),
        ((rows.minimum > 0) & (rows.step != 1), "minimum_on_first_step", "MAV not on step 1", "Send it on step 1."),
    )
    for at, rule, what, fix in found:
        day.findings.rows(rows.table, at, rule, what=lambda i, what=what: what, fix=fix)  # type: ignore[misc]


def _check_terms(headers: Headers, rows: Rows, scalable: BoolArray, day: Day) -> None:
    """Report fixed terms that no step could earn."""
    has_steps, has_rows = (np.bincount(rows.order[r], minlength=len(headers.code)) > 0 for r in (scalable, ...))
    alone = np.flatnonzero((headers.fixed_term > 0) & has_rows & ~has_steps)
    for h in alone.tolist():
        what = f"order {headers.code[h]} has a fixed term and only blocks, which cannot carry it"
        day.findings.add(what, "CAB", "fixed_term_of_steps", "Offer steps, or put the term into the blocks' price.")
    empty = int((~has_rows).sum())
    if empty:
        day.notes.append(f"orders of CAB without rows in DET, left out: {empty}")


@dataclass(frozen=True)
class _Kept:
    """Headers that have rows of one family, sorted by name, and the place of each row's order among them."""

    name: tuple[str, ...]
    member: tuple[str, ...]
    at: IntArray
    order: IntArray

    @staticmethod
    def of(headers: Headers, rows: Rows) -> _Kept:
        used = np.unique(rows.order)
        names = headers.code[used].astype(str)
        by = np.argsort(names, kind="stable")
        place = np.zeros(len(headers.code), dtype=np.int64)
        place[used[by]] = np.arange(len(used))
        return _Kept(tuple(names[by].tolist()), _members(headers, used[by]), used[by], place[rows.order])


def _members(headers: Headers, at: IntArray) -> tuple[str, ...]:
    return tuple(headers.unit.gather(at).to_list())


def _in_price_order(headers: Headers, rows: Rows, order: IntArray, cell: IntArray) -> tuple[IntArray, IntArray]:
    """Return rows in order of order, cell and price, and the number of each step, from 1; shapes (k,)."""
    by = np.lexsort((rows.step, rows.price * headers.side[rows.order], cell, order))
    order, cell = order[by], cell[by]
    begins = np.ones(len(by), dtype=np.bool_)
    begins[1:] = (order[1:] != order[:-1]) | (cell[1:] != cell[:-1])
    first = np.flatnonzero(begins)
    number: IntArray = np.arange(len(by)) - first[np.cumsum(begins) - 1] + 1
    return by, number


def _curves(headers: Headers, rows: Rows, cells: IntArray) -> CurveOrders:
    kept = _Kept.of(headers, rows)
    cell = cells[headers.zone[rows.order]] + rows.period - 1
    by, number = _in_price_order(headers, rows, kept.order, cell)
    price = rows.price[by]
    return CurveOrders(
        kept.name, kept.member, headers.zone[kept.at], headers.side[kept.at],
        kept.order[by], cell[by], np.ones(len(by), dtype=np.int64), number, price, price, rows.quantity[by],
    )  # fmt: skip


def _blocks(headers: Headers, rows: Rows, cells: IntArray, day: Day) -> BlockOrders:
    """Return the blocks, named ORDER-NUMBER, and their groups, named ORDER-GROUP."""
    key = rows.order * MOST + rows.block
    _, head, block = np.unique(key, return_index=True, return_inverse=True)
    _check_blocks(rows, head, block, day)
    owner, group = rows.order[head], rows.group[head]
    names = [f"{headers.code[o]}-{b:02d}" for o, b in zip(owner, rows.block[head], strict=True)]
    by = np.array(sorted(range(len(names)), key=names.__getitem__), dtype=np.int64)
    place = np.argsort(by)
    owner, group, head = owner[by], group[by], head[by]
    titles = [f"{headers.code[o]}-group-{g:02d}" if g else "" for o, g in zip(owner, group, strict=True)]
    groups = sorted(set(titles) - {""})
    index = {title: i for i, title in enumerate(groups)} | {"": -1}
    none = np.zeros(0, dtype=np.int64)
    cell = cells[headers.zone[rows.order]] + rows.period - 1
    legs = np.lexsort((cell, place[block]))
    return BlockOrders(
        tuple(names[i] for i in by), _members(headers, owner), headers.zone[owner], headers.side[owner],
        rows.price[head], rows.ratio[head], np.array([index[t] for t in titles], dtype=np.int64), tuple(groups),
        place[block][legs], cell[legs], rows.quantity[legs], none, none,
    )  # fmt: skip


def _check_blocks(rows: Rows, head: IntArray, block: IntArray, day: Day) -> None:
    """Report legs that differ from the first leg of their block, ratios out of range, and two legs in a period."""
    for title, column in (("PrecEuro", rows.price), ("MAR", rows.ratio), ("NumGrupoExcl", rows.group)):
        varies = column != column[head][block]
        what = f"{title} differs from that of the block's first row"
        fix = "Send one value a block."
        day.findings.rows(rows.table, varies, "block_one_value", what=lambda i, w=what: w, fix=fix)  # type: ignore[misc]
    day.findings.rows(
        rows.table,
        head[(rows.ratio[head] < LEAST_RATIO) | (rows.ratio[head] > 1)],
        "min_acceptance_ratio",
        what=lambda i: f"MAR {rows.ratio[i]:.3f} is outside [{LEAST_RATIO}, 1]",
        fix=f"Send a ratio from {LEAST_RATIO} to 1; 1 means all or nothing.",
    )
    day.findings.rows(
        rows.table,
        rows.step != 1,
        "block_one_step",
        what=lambda i: f"a block has one quantity a period, this is step {rows.step[i]}",
        fix="Send steps as blocks of their own.",
    )


def _scalables(headers: Headers, rows: Rows, cells: IntArray, day: Day) -> ScalableOrders:
    kept = _Kept.of(headers, rows)
    cell = cells[headers.zone[rows.order]] + rows.period - 1
    by, number = _in_price_order(headers, rows, kept.order, cell)
    asks = np.flatnonzero((rows.minimum > 0) & (rows.step == 1))
    _check_minimums(rows, kept.order * int(cells[-1]) + cell, asks, day)
    asks = asks[np.lexsort((cell[asks], kept.order[asks]))]
    free = np.full(len(kept.name), -1)
    return ScalableOrders(
        kept.name, kept.member, headers.zone[kept.at], headers.side[kept.at], headers.fixed_term[kept.at],
        free, free.copy(), np.zeros(len(free), dtype=np.int64),
        kept.order[by], cell[by], number, rows.price[by], rows.quantity[by],
        kept.order[asks], cell[asks], rows.minimum[asks],
    )  # fmt: skip


def _check_minimums(rows: Rows, place: IntArray, asks: IntArray, day: Day) -> None:
    """Report minimums above the offer of their order and period; `place` is one number for both."""
    _, where = np.unique(place, return_inverse=True)
    offer = np.bincount(where, weights=rows.quantity)[where] if len(where) else np.zeros(0)
    day.findings.rows(
        rows.table,
        asks[rows.minimum[asks] > offer[asks]],
        "minimum_within_offer",
        what=lambda i: (
            f"MAV {rows.minimum[i] * QUANTITY_TICK.size:.1f} is above the offer of "
            f"{offer[i] * QUANTITY_TICK.size:.1f} MW in period {rows.period[i]}"
        ),
        fix="Send a minimum of at most the offer.",
    )
