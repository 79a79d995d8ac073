"""Storage orders for the second opinion: their program, the rules on prices, and both together.

Written from the rules (formulation, 4.17 to 4.21): what enters a store leaves it, a value of
what is stored explains every step, and all together earn the fixed term. Every MTU of a store
is one more cell of the program. Charging and discharging at once is not allowed: where it
would pay, either direction is closed in turn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from tests.second_opinion.convex import EDGE, Conditions
from tests.second_opinion.program import Program
from tests.second_opinion.raw import Market, Storage

if TYPE_CHECKING:
    from tests.second_opinion.joint import Joint

CHARGE, DISCHARGE = "charge", "discharge"
Closed = frozenset[tuple[int, int, str]]
"""(order, MTU, direction) that may not be used."""


@dataclass(frozen=True)
class Way:
    """One thing an order does in one MTU: MW or MWh up to `most` in `column`, and what a unit puts where.

    `cells` are MWh into cells of the market, `stores` MWh into MTUs of the store, `cost` is its own.
    """

    column: int
    most: float
    cells: dict[int, float]
    stores: dict[int, float]
    cost: float
    is_closed: bool


def add(program: Program, market: Market, number: int, order: Storage, closed: Closed) -> list[Way]:
    """Add an accepted order; return what it does."""
    first, count = program.cells, len(order.cells)
    program.cells += count
    ways = []
    for t, cell in enumerate(order.cells):
        hours, last = market.hours[cell], t == count - 1
        keep = (1.0 - order.hourly_loss) ** hours
        held = order.end if last else 0.0
        following = (1.0 - order.hourly_loss) ** market.hours[order.cells[min(t + 1, count - 1)]]
        kept = {t: -1.0} if last else {t: -1.0, t + 1: following}
        for name, most, cells, stores, cost in (
            (CHARGE, order.charge, {cell: -hours}, {t: hours * order.charge_efficiency}, 0.0),
            (DISCHARGE, order.discharge, {cell: hours}, {t: -hours / order.discharge_efficiency}, hours * order.spread),
            ("keep", order.capacity - held, {}, kept, 0.0),
        ):
            is_closed = (number, t, name) in closed
            into = {c: mwh / market.hours[c] for c, mwh in cells.items()} | {
                first + s: mwh for s, mwh in stores.items()
            }
            column = program.column(cost, 0.0, 0.0 if is_closed else most, into)
            ways.append(Way(column, 0.0 if is_closed else most, cells, stores, cost, is_closed))
        program.inject(first + t, (order.start * keep if t == 0 else 0.0) - held)
    program.constant += order.fixed_term
    return ways


def netted(order: Storage, ways: list[Way], x: np.ndarray) -> None:
    """Take out of the volumes what goes in and out of a store at once for nothing: no loss, no spread."""
    if order.charge_efficiency * order.discharge_efficiency == 1.0 and order.spread == 0.0:
        for t in range(len(order.cells)):
            both = min(x[ways[3 * t].column], x[ways[3 * t + 1].column])
            x[[ways[3 * t].column, ways[3 * t + 1].column]] -= both


def both_ways(number: int, order: Storage, ways: list[Way], x: np.ndarray) -> Iterator[tuple[int, int, str]]:
    """Yield what to close in the first MTU in which an order charges and discharges at once."""
    for t in range(len(order.cells)):
        if x[ways[3 * t].column] > 1e-7 and x[ways[3 * t + 1].column] > 1e-7:
            yield number, t, CHARGE
            yield number, t, DISCHARGE
            return


def rules(out: Conditions, order: Storage, ways: list[Way], x: np.ndarray) -> None:
    """Values of what is stored explain every step, and the order earns its fixed term."""
    value = [out.unknown(None, None) for _ in order.cells]
    income: dict[int, float] = defaultdict(float)
    need = order.fixed_term
    for way in ways:
        gain = {**way.cells, **{value[s]: mwh for s, mwh in way.stores.items()}}
        volume = float(x[way.column])
        if way.most > 0.0:
            out.between(
                gain, -np.inf if volume <= EDGE else way.cost, np.inf if volume >= way.most - EDGE else way.cost
            )
        for cell, mwh in way.cells.items():
            income[cell] += mwh * volume
        need += way.cost * volume
    out.between(income, need, np.inf)


def joined(joint: Joint, market: Market, order: Storage, ways: list[Way]) -> None:
    """State an order whose volumes are open: what it earns is the sum of its rents (LP duality)."""
    from tests.second_opinion.joint import Pair

    value = [joint.rules.unknown(None, None) for _ in order.cells]
    income: dict[int, float] = defaultdict(float)
    income[value[0]] += order.start * (1.0 - order.hourly_loss) ** market.hours[order.cells[0]]
    income[value[-1]] -= order.end
    for way in ways:
        if way.most > 0.0:
            gain = {**way.cells, **{value[s]: mwh for s, mwh in way.stores.items()}}
            rent = joint.rules.unknown()
            joint.rules.between(gain | {rent: -1.0}, -np.inf, way.cost)
            joint.rent_of[len(joint.pairs)] = rent
            joint.add(Pair({joint.x + way.column: 1.0}, 0.0, way.most, gain, way.cost))
            income[rent] += way.most
    joint.rules.between(dict(income), order.fixed_term, np.inf)
