"""Orders that a rules profile does not take: of a kind that its market has not, or beyond its largest size.

Checked when orders are read, wherever they come from (`families.read_families`). A profile
without `order_kinds` takes every kind.
"""

from __future__ import annotations

import numpy as np

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.book.findings import Findings
from walras.book.profile import Profile
from walras.book.reading import Reading
from walras.orders.blocks import BlockOrders
from walras.orders.curves import CurveOrders
from walras.orders.flexible import FlexibleOrders
from walras.orders.scalable import ScalableOrders
from walras.orders.storage import StorageOrders

Families = tuple[CurveOrders, BlockOrders, FlexibleOrders, ScalableOrders, StorageOrders]
SIZES = 1e-9
"""Sizes in MWh are compared so closely: ticks times hours are no exact floats."""


def check_allowed(families: Families, reading: Reading) -> None:
    """Report orders of kinds that the profile does not take, and orders that are larger than it allows."""
    if reading.profile is None:
        return
    _check_kinds(families, reading.profile, reading.findings)
    _, blocks, flexibles, _, _ = families
    most = reading.profile.max_block_mwh
    largest = np.zeros(blocks.count)
    np.maximum.at(largest, blocks.leg_order, _mwh(reading, blocks.grid[blocks.leg_order], blocks.leg_quantity))
    what = f"it has more than {most:g} MWh in one MTU, which the rules profile allows"
    fix = f"Send at most {most:g} MWh an MTU."
    too_large = (largest > most + SIZES) & (most > 0)
    reading.findings.named("block_orders", blocks.name, too_large, "max_block_mwh", what, fix)
    most = reading.profile.max_flexible_mwh
    energy = _mwh(reading, flexibles.grid, flexibles.quantity * flexibles.cells)
    what = f"it has more than {most:g} MWh, which the rules profile allows"
    fix = f"Send at most {most:g} MWh."
    too_large = (energy > most + SIZES) & (most > 0)
    reading.findings.named("flexible_orders", flexibles.name, too_large, "max_flexible_mwh", what, fix)


def _mwh(reading: Reading, grid: IntArray, ticks: IntArray) -> FloatArray:
    """Return the energy of quantities in ticks over one MTU each; orders with another mistake have none."""
    terms, known = reading.terms, grid >= 0
    found = np.zeros(len(grid))
    g = grid[known]
    mw = ticks[known] * terms.quantity_step[g] / terms.quantity_scale[g]
    found[known] = mw * terms.mtu_minutes[g] / 60
    return found


def _check_kinds(families: Families, profile: Profile, findings: Findings) -> None:
    """Report orders of kinds that the profile does not take; a block may be of several."""
    if not profile.order_kinds:
        return
    curves, blocks, flexibles, scalables, storages = families
    is_conversion = np.zeros(len(scalables.name), dtype=bool)
    is_conversion[scalables.conversions.order] = True
    of_kind: dict[str, tuple[str, tuple[str, ...], BoolArray]] = {
        "curve": ("curve_orders", curves.name, np.ones(len(curves.name), dtype=bool)),
        "block": ("block_orders", blocks.name, np.ones(blocks.count, dtype=bool)),
        "profile_block": ("block_orders", blocks.name, _has_profile(blocks)),
        "minimum_quantity_block": ("block_orders", blocks.name, blocks.min_acceptance_ratio < 1),
        "linked_block": ("block_orders", blocks.name, _is_linked(blocks)),
        "exclusive_group": ("block_orders", blocks.name, blocks.group >= 0),
        "flexible": ("flexible_orders", flexibles.name, np.ones(len(flexibles.name), dtype=bool)),
        "scalable": ("scalable_orders", scalables.name, ~is_conversion),
        "conversion": ("scalable_orders", scalables.name, is_conversion),
        "storage": ("storage_orders", storages.name, np.ones(len(storages.name), dtype=bool)),
    }
    for kind, (table, names, some) in of_kind.items():
        if kind not in profile.order_kinds:
            what = f"orders of the kind {kind} are not taken by rules profile {profile.name}"
            fix = f"Send {', '.join(profile.order_kinds)}."
            findings.named(table, names, some, "order_kind", what, fix)


def _has_profile(blocks: BlockOrders) -> BoolArray:
    """Return which blocks want another quantity in one MTU than in another."""
    least = np.full(blocks.count, np.iinfo(np.int64).max)
    most = np.zeros(blocks.count, dtype=np.int64)
    np.minimum.at(least, blocks.leg_order, blocks.leg_quantity)
    np.maximum.at(most, blocks.leg_order, blocks.leg_quantity)
    return np.asarray((most > 0) & (least < most))


def _is_linked(blocks: BlockOrders) -> BoolArray:
    found = np.zeros(blocks.count, dtype=bool)
    found[blocks.link_child] = True
    found[blocks.link_parent] = True
    return found
