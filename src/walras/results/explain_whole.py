"""Explanations of orders that are decided as a whole: blocks, flexible and scalable complex orders.

Rows as `explain.explain` describes them; loops run over orders, never over curve steps.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from walras.book.book import Book
from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.book.spans import MICROSECONDS
from walras.results.audit.case import DECIDED, Case
from walras.results.audit.families import block_surplus
from walras.results.certificate import best_fill, own_gain
from walras.results.outcomes import (
    CURTAILED,
    PARADOXICALLY_ACCEPTED,
    PARADOXICALLY_REJECTED,
    WORDS,
    Outcomes,
    excluded_blocks,
)
from walras.results.raw import mean_over, spread, total_by
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
    "accepted_at": pl.Float64,
    "outcome": pl.String,
    "remark": pl.String,
}


def block_rows(case: Case, outcomes: Outcomes) -> pl.DataFrame:
    """Return a row a block; the price that applies is the mean weighted by its profile."""
    book, blocks, legs = case.raw.book, case.raw.book.blocks, case.raw.blocks
    energy = total_by(legs.order, legs.quantity * legs.hours, blocks.count)
    money = total_by(legs.order, legs.quantity * legs.hours * case.price[legs.cell], blocks.count)
    price = np.divide(money, energy, out=np.zeros(blocks.count), where=energy > 0)
    own = book.cells.prices(blocks.price, blocks.grid)
    accepted = total_by(legs.order, case.volumes.block_leg * legs.hours, blocks.count)
    realised, _ = block_surplus(case)
    whole = blocks.side * energy * (price - own)
    return _frame(
        _heads(book, "block", blocks.name, blocks.grid, blocks.side)
        | _money(
            offered=energy,
            accepted=accepted,
            own=own,
            price=price,
            surplus=realised,
            missed=np.maximum(whole - realised, 0),
            helps=(case.volumes.block_ratio > DECIDED)
            | ~(excluded_blocks(case) | (blocks.side * (price - own) > AT_THE_MONEY)),
        )
        | {"outcome": _words(outcomes), "remark": block_remarks(case, outcomes, price - own)}
    )


def block_remarks(case: Case, outcomes: Outcomes, apart: FloatArray) -> list[str]:
    """Return in words why each block was accepted or not."""
    blocks, ratio = case.raw.book.blocks, case.volumes.block_ratio
    remarks, excluded = [], excluded_blocks(case)
    parents: dict[int, list[int]] = {}
    for child, parent in zip(blocks.link_child.tolist(), blocks.link_parent.tolist(), strict=True):
        parents.setdefault(child, []).append(parent)
    for o, code in enumerate(outcomes.outcome.tolist()):
        gain = float(blocks.side[o] * apart[o])
        words = [_in_or_out(gain)]
        held = [p for p in parents.get(o, []) if ratio[p] < max(ratio[o], blocks.min_acceptance_ratio[o]) - DECIDED]
        if ratio[o] > DECIDED:
            if code == CURTAILED:
                words.append(f"accepted at a ratio of {ratio[o]:.4g}")
            if gain < 0 and code != PARADOXICALLY_ACCEPTED:
                words.append("its children cover the loss, or rounding explains it")
        elif held:
            words.append(f"its parent '{blocks.name[held[0]]}' is accepted at {ratio[held[0]]:.4g} only")
        elif code == PARADOXICALLY_REJECTED:
            words.append(PARADOX)
        elif excluded[o]:
            words.append(f"the exclusive group '{blocks.group_name[int(blocks.group[o])]}' is used up")
        elif gain > AT_THE_MONEY:
            words.append("rejected all the same: rounding explains it")
        remarks.append("; ".join(words))
    return remarks


AT_THE_MONEY = 1e-9
HELD = "; held back by its order's load gradient"
PARADOX = "rejected all the same: accepting it would cost welfare or make an accepted order lose"


def flexible_rows(case: Case, outcomes: Outcomes) -> pl.DataFrame:
    """Return a row a flexible order; the price that applies is that of its start, or of its best start."""
    book, flexibles, cells = case.raw.book, case.raw.book.flexibles, case.raw.book.cells
    order, first = spread(flexibles.first_cell, flexibles.choices)
    mean = mean_over(case.price, first, flexibles.cells[order])
    best = np.full(flexibles.count, -np.inf)
    start = case.volumes.flexible_start
    chosen = (start[order] < 0) | (first == start[order])
    np.maximum.at(best, order[chosen], (flexibles.side[order] * mean)[chosen])
    price: FloatArray = (best * flexibles.side).astype(np.float64)
    own = cells.prices(flexibles.price, flexibles.grid)
    energy = cells.quantities(flexibles.quantity, flexibles.grid) * flexibles.cells * cells.hours[flexibles.first_cell]
    accepted = start >= 0
    gain: FloatArray = flexibles.side * energy * (price - own)
    remarks = [_in_or_out(float(g)) for g in flexibles.side * (price - own)]
    for o in np.flatnonzero(outcomes.outcome == PARADOXICALLY_REJECTED).tolist():
        remarks[o] += f"; {PARADOX}"
    frame = _heads(book, "flexible", flexibles.name, flexibles.grid, flexibles.side)
    frame["mtu_start"] = [int(cells.start[s]) * MICROSECONDS if s >= 0 else None for s in start.tolist()]
    return _frame(
        frame
        | _money(
            offered=energy,
            accepted=energy * accepted,
            own=own,
            price=price,
            surplus=gain * accepted,
            missed=np.maximum(gain, 0) * ~accepted,
            helps=accepted | (flexibles.side * (price - own) <= AT_THE_MONEY),
        )
        | {"outcome": _words(outcomes), "remark": remarks}
    )


def scalable_rows(case: Case, outcomes: Outcomes) -> pl.DataFrame:
    """Return a row a scalable complex order, then one a step of it."""
    raw, book, orders = case.raw, case.raw.book, case.raw.book.scalables
    steps, count = raw.scalables, orders.count
    if count == 0:
        return _frame({name: [] for name in SCHEMA})
    energy = total_by(steps.order, steps.quantity * steps.hours, count)
    taken = total_by(steps.order, case.volumes.scalable * steps.hours, count)
    gain = own_gain(steps, case.price)
    best = best_fill(raw, gain)
    accepted = case.volumes.scalable_accepted == 1
    remarks = []
    for o in range(count):
        earned = float(outcomes.surplus[o] + orders.fixed_term[o]) if accepted[o] else float(best[o])
        words = f"{'earns' if accepted[o] else 'would earn'} {earned:.2f} of a fixed term of {orders.fixed_term[o]:.2f}"
        remarks.append(f"{words}; {PARADOX}" if outcomes.outcome[o] == PARADOXICALLY_REJECTED else words)
    blank = np.full(count, np.nan)
    realised = np.where(accepted, outcomes.surplus, total_by(steps.order, gain * case.volumes.scalable, count))
    missed = np.where(accepted, 0.0, np.maximum(best - orders.fixed_term, 0))
    whole = (
        _heads(book, "scalable", orders.name, orders.grid, orders.side)
        | _money(
            offered=energy, accepted=taken, own=blank, price=blank, surplus=realised, missed=missed, helps=accepted
        )
        | {"outcome": _words(outcomes), "remark": remarks}
    )
    names, grid, side = (np.array(orders.name)[steps.order], orders.grid[steps.order], orders.side[steps.order])
    price, power = case.price[steps.cell], case.volumes.scalable
    runs, apart = accepted[steps.order], steps.sign * (price - steps.price)
    held = runs & (apart > AT_THE_MONEY) & (power < steps.quantity)
    alone = raw.is_stop_step | runs
    why = np.where(held, HELD, np.where(alone, "", "; its order is rejected")).tolist()
    state = np.where(power <= 0, "rejected", np.where(power >= steps.quantity, "accepted", "curtailed"))
    single = (
        _heads(book, "scalable step", tuple(names.tolist()), grid, side)
        | _money(
            offered=steps.quantity * steps.hours,
            accepted=power * steps.hours,
            own=steps.price,
            price=price,
            surplus=gain * power,
            missed=np.maximum(gain, 0) * (steps.quantity - power),
            helps=alone & ~held,
        )
        | {
            "mtu_start": (book.cells.start[steps.cell] * MICROSECONDS).tolist(),
            "step": orders.step_number,
            "outcome": state.tolist(),
            "remark": [_in_or_out(g) + word for g, word in zip(apart.tolist(), why, strict=True)],
        }
    )
    return pl.concat([_frame(whole), _frame(single)]).sort("order", maintain_order=True)


def _heads(book: Book, kind: str, names: tuple[str, ...], grid: IntArray, side: IntArray) -> dict[str, Any]:
    zones, grids = book.cells.zones, book.cells.grids
    return {
        "order": list(names),
        "kind": [kind] * len(names),
        "zone": [zones[grids[g].zone].name for g in grid.tolist()],
        "side": [Side(s).word for s in side.tolist()],
        "mtu_start": [None] * len(names),
        "step": [0] * len(names),
    }


def _money(
    *,
    offered: FloatArray,
    accepted: FloatArray,
    own: FloatArray,
    price: FloatArray,
    surplus: FloatArray,
    missed: FloatArray,
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
        "accepted_at": np.where(helps, price, np.nan),
    }


def _frame(columns: dict[str, Any]) -> pl.DataFrame:
    times = pl.Series("mtu_start", columns["mtu_start"], dtype=pl.Int64).cast(TIME)
    rest = {name: pl.Series(name, columns[name], dtype=kind) for name, kind in SCHEMA.items() if name != "mtu_start"}
    return pl.DataFrame({name: times if name == "mtu_start" else rest[name] for name in SCHEMA}).with_columns(
        pl.col("limit_price", "limit_price_end", "price", "accepted_at").fill_nan(None)
    )


def _words(outcomes: Outcomes) -> list[str]:
    return [WORDS[code] for code in outcomes.outcome.tolist()]


def _in_or_out(gain: float) -> str:
    """Return where a limit price stands.

    >>> _in_or_out(-30.0)
    'out of the money by 30 per MWh'
    """
    if abs(gain) < AT_THE_MONEY:
        return "at the money"
    return f"{'in' if gain > 0 else 'out of'} the money by {abs(gain):.10g} per MWh"
