"""Explanations of blocks and flexible orders, each decided as a whole.

Rows as `explain.explain` describes them; loops run over orders, never over curve steps.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from walras.book.cells import FloatArray
from walras.book.spans import MICROSECONDS
from walras.orders.blocks import BlockOrders
from walras.results.audit.case import DECIDED, Case
from walras.results.audit.families import block_surplus
from walras.results.compensation import Compensation
from walras.results.explain_rows import (
    AT_THE_MONEY,
    at_a_loss,
    figures,
    frame_of,
    heads,
    in_or_out,
    why_rejected,
    words_of,
)
from walras.results.outcomes import (
    CURTAILED,
    PARADOXICALLY_ACCEPTED,
    PARADOXICALLY_REJECTED,
    Outcomes,
    excluded_blocks,
)
from walras.results.raw import mean_over, spread, total_by
from walras.results.rejected import with_descendants


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
    is_paradox = outcomes.outcome == PARADOXICALLY_REJECTED
    return frame_of(
        heads(book, "block", blocks.name, blocks.grid, blocks.side)
        | figures(
            offered=energy,
            accepted=accepted,
            own=own,
            price=price,
            surplus=realised,
            missed=np.maximum(whole - realised, 0),
            if_accepted=outcomes.surplus,
            helps=(case.volumes.block_ratio > DECIDED)
            | ~(excluded_blocks(case) | is_paradox | (blocks.side * (price - own) > AT_THE_MONEY)),
        )
        | {"outcome": words_of(outcomes), "remark": block_remarks(case, outcomes, price - own)}
    )


def block_remarks(case: Case, outcomes: Outcomes, apart: FloatArray) -> list[str]:
    """Return in words why each block was accepted or not."""
    blocks, ratio = case.raw.book.blocks, case.volumes.block_ratio
    remarks, excluded = [], excluded_blocks(case)
    family = with_descendants(case, outcomes.surplus)
    parents: dict[int, list[int]] = {}
    for child, parent in zip(blocks.link_child.tolist(), blocks.link_parent.tolist(), strict=True):
        parents.setdefault(child, []).append(parent)
    paid = Compensation(case.raw, case.volumes, case.price) if case.raw.book.profile.compensates else None
    for o, code in enumerate(outcomes.outcome.tolist()):
        gain = float(blocks.side[o] * apart[o])
        words = [in_or_out(gain)]
        held = [p for p in parents.get(o, []) if ratio[p] < max(ratio[o], blocks.min_acceptance_ratio[o]) - DECIDED]
        if ratio[o] > DECIDED:
            if code == CURTAILED:
                words.append(f"accepted at a ratio of {ratio[o]:.4g}")
            if paid is not None and paid.block_minor[o]:
                words.append(_block_loss(paid, o))
            elif gain < 0 and code != PARADOXICALLY_ACCEPTED:
                words.append("its children cover the loss, or rounding explains it")
        elif held:
            words.append(f"its parent '{blocks.name[held[0]]}' is accepted at {ratio[held[0]]:.4g} only")
        elif code == PARADOXICALLY_REJECTED:
            if family[o] > outcomes.surplus[o]:
                words.append(f"with its children it would gain {family[o]:.2f}")
            if excluded[o]:
                words.append(f"those accepted of the exclusive group '{_group_of(blocks, o)}' gain less")
            words.append(why_rejected(case.raw.book))
        elif excluded[o]:
            words.append(f"the exclusive group '{_group_of(blocks, o)}' is used up")
        elif gain > AT_THE_MONEY:
            words.append("rejected all the same: rounding explains it")
        remarks.append("; ".join(words))
    return remarks


def _block_loss(paid: Compensation, block: int) -> str:
    """Return what a losing block is told; what its children hand up comes first."""
    unit, currency = paid.scales.money_unit, paid.raw.book.currency
    own, total = int(paid.block_surplus[block]), int(paid.block_total[block])
    words = at_a_loss(-total / unit, int(paid.block_minor[block]) / paid.scales.minor, currency)
    return words if own == total else f"{words} after {(total - own) / unit:.2f} {currency} from its children"


def _group_of(blocks: BlockOrders, block: int) -> str:
    return blocks.group_name[int(blocks.group[block])]


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
    remarks = [in_or_out(float(g)) for g in flexibles.side * (price - own)]
    for o in np.flatnonzero(outcomes.outcome == PARADOXICALLY_REJECTED).tolist():
        remarks[o] += f"; {why_rejected(case.raw.book)}"
    if case.raw.book.profile.compensates:
        paid = Compensation(case.raw, case.volumes, case.price)
        for o in np.flatnonzero(paid.flexible_minor).tolist():
            money = -paid.flexible_surplus[o] / paid.scales.money_unit, paid.flexible_minor[o] / paid.scales.minor
            remarks[o] += f"; {at_a_loss(float(money[0]), float(money[1]), book.currency)}"
    frame = heads(book, "flexible", flexibles.name, flexibles.grid, flexibles.side)
    frame["mtu_start"] = [int(cells.start[s]) * MICROSECONDS if s >= 0 else None for s in start.tolist()]
    return frame_of(
        frame
        | figures(
            offered=energy,
            accepted=energy * accepted,
            own=own,
            price=price,
            surplus=gain * accepted,
            missed=np.maximum(gain, 0) * ~accepted,
            if_accepted=gain,
            helps=accepted | (flexibles.side * (price - own) <= AT_THE_MONEY),
        )
        | {"outcome": words_of(outcomes), "remark": remarks}
    )
