"""Rules of blocks alone and in groups (eq. A.18 to A.23; rules, 3.4).

A block is rejected or accepted at a ratio of at least its minimum; its legs are ratio
times quantity, moved by less than a tick; a child is accepted at most as far as each
parent, a group's ratios sum to one at the most. Losses are the matter of `families`.
"""

from __future__ import annotations

import numpy as np

from walras.book.cells import FloatArray
from walras.results.audit.case import DECIDED, Case
from walras.results.audit.families import losing_blocks
from walras.results.audit.names import leg_name
from walras.results.audit.violation import Report
from walras.results.raw import total_by


def check_blocks(case: Case, report: Report) -> None:
    """block_ratio, block_legs, block_link, group_sum, block_loss."""
    blocks, ratio = case.raw.book.blocks, case.volumes.block_ratio
    if blocks.count == 0:
        return

    def where(o: int) -> str:
        return f"block order '{blocks.name[o]}'"

    least = blocks.min_acceptance_ratio
    accepted = ratio > DECIDED
    wrong = np.maximum(np.where(accepted, np.maximum(least - ratio, ratio - 1), np.abs(ratio)), -ratio)
    report.add(
        "block_ratio",
        wrong - DECIDED,
        where,
        lambda o: f"ratio {ratio[o]:.9g} is neither 0 nor from {least[o]:.9g} to 1",
    )
    _legs(case, report)
    child, parent = blocks.link_child, blocks.link_parent
    report.add(
        "block_link",
        ratio[child] - ratio[parent] - DECIDED,
        lambda k: where(int(child[k])),
        lambda k: (
            f"ratio {ratio[child[k]]:.9g} exceeds {ratio[parent[k]]:.9g} of its parent '{blocks.name[int(parent[k])]}'"
        ),
    )
    member = blocks.group >= 0
    total = total_by(blocks.group[member], ratio[member], len(blocks.group_name))
    report.add(
        "group_sum",
        total - 1 - DECIDED,
        lambda g: f"exclusive group '{blocks.group_name[g]}'",
        lambda g: f"ratios sum to {total[g]:.9g}",
    )
    if case.raw.book.profile.compensates:
        return  # a loss is compensated, the matter of `compensation`
    lacking = losing_blocks(case)
    report.add(
        "block_loss", lacking, where, lambda o: f"accepted at a loss that nothing covers, {lacking[o]:.9g} short"
    )


def _legs(case: Case, report: Report) -> None:
    legs, leg = case.raw.blocks, case.volumes.block_leg
    ideal = case.volumes.block_ratio[legs.order] * legs.quantity
    # Strictly less than a tick: what is whole stays whole.
    tick = np.maximum(0.0, case.volume_tick[legs.cell] - 2 * case.dust(legs.quantity))
    slack = np.where(tick > 0, tick, 0.0) + DECIDED * legs.quantity * (tick == 0)
    whole: FloatArray = np.abs(leg - ideal) - slack - case.dust(legs.quantity)
    report.add(
        "block_legs",
        whole,
        lambda i: leg_name(case.raw.book, i),
        lambda i: f"accepts {leg[i]:.9g} MW where its ratio gives {ideal[i]:.9g} MW",
    )
