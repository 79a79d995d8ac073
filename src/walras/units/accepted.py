"""What an auction accepted of one unit's orders: one power a MTU.

A unit's orders are those whose names begin with its name and a colon (`adding`).
"""

from __future__ import annotations

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray, IntArray
from walras.errors import BadInput, Mistake
from walras.results.raw import Raw, total_by
from walras.results.results import Volumes
from walras.units.physics import Day
from walras.units.unit import Unit


def accepted_power(book: Book, volumes: Volumes, unit: Unit, day: Day) -> FloatArray:
    """Return the power that the auction gave to a unit's orders in MW; shape (t,).

    Args:
        book: The market with the unit's orders.
        volumes: Published volumes of its result.
        unit: Whose orders.
        day: Its cells in the book.

    Raises:
        BadInput: The market has no order of this unit, or one that takes power (rule `unit_orders_present`).
    """
    raw = Raw(book)
    curves, blocks, scalables = book.curves, book.blocks, book.scalables
    mine = [_mine(names, unit) for names in (curves.name, blocks.name, scalables.name)]
    sides = np.concatenate([curves.side[mine[0]], blocks.side[mine[1]], scalables.side[mine[2]]])
    if not len(sides) or (sides < 0).any():
        what = f"the market has no order that sells for the unit {unit.name!r}"
        fix = "Name the market that was compiled for this unit; where it had nothing to sell, give its schedule."
        raise BadInput([Mistake(what, "market", "unit_orders_present", fix)])
    parts = (
        (curves.step_order, curves.step_cell, volumes.curve, mine[0]),
        (raw.blocks.order, raw.blocks.cell, volumes.block_leg, mine[1]),
        (raw.scalables.order, raw.scalables.cell, volumes.scalable, mine[2]),
    )
    power = np.zeros(day.count)
    for order, cell, volume, own in parts:
        at = np.isin(order, own)
        power += total_by(cell[at], volume[at], day.first + day.count)[day.first :]
    tick = day.grid.quantity_tick
    out: FloatArray = np.rint(power * tick.scale / tick.step) * tick.step / tick.scale
    return out


def cut_cells(book: Book, volumes: Volumes, unit: Unit) -> int:
    """Return in how many MTUs the auction cut what the unit sells at the lower price limit.

    Only a price at that limit allows it; then the schedule may be one that the unit cannot run.
    """
    curves = book.curves
    mine = np.isin(curves.step_order, _mine(curves.name, unit))
    offered = book.cells.quantities(curves.quantity, curves.grid[curves.step_order])
    return int((volumes.curve[mine] < offered[mine] - 1e-9).sum())


def _mine(names: tuple[str, ...], unit: Unit) -> IntArray:
    begin = f"{unit.name}:"
    return np.array([i for i, name in enumerate(names) if name.startswith(begin)], dtype=np.int64)
