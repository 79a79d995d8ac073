"""What storage orders earn, and what other schedules would: small linear programs (eq. A.51, A.52).

What is published is a rounding of what was decided. Two things follow, and are looked at here:

- among the schedules that it may be a rounding of, one earns the fixed term;
- a change that leaves every power and every level as much room as rounding may have moved it by
  could have been made to the decided schedule as well. So it does not gain, but for half a price
  tick a MWh that it moves.

Charging and discharging at once burns energy, which only a negative price would pay; it is not
held against an order that it does not do so.

Axes: o storage orders, w store MTUs, i those of the orders asked about.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.optimize import linprog

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.results.audit.case import DECIDED, Case
from walras.results.audit.stored_levels import level_reach, levels, power_reach
from walras.results.raw import total_by

Flows = tuple[FloatArray, FloatArray]
"""Charging and discharging, MW, shape (w,) each."""


def storage_surplus(case: Case) -> tuple[FloatArray, FloatArray]:
    """Return surplus of each order before its fixed term, and what rounding took where that falls short; shape (o,)."""
    volumes, book = case.volumes, case.raw.book.storages
    flows = volumes.charge, volumes.discharge
    surplus, excused = _earned(case, flows), case.relative * _size(case, flows)
    short = np.flatnonzero((volumes.storage_accepted == 1) & (surplus + excused < book.fixed_term))
    if len(short) and case.volume_tick.any():
        excused[short] += _taken(case, short, surplus)[short]
    return surplus, excused


def _taken(case: Case, orders: IntArray, surplus: FloatArray) -> FloatArray:
    """Return how much more some orders may have earned before rounding; shape (o,)."""
    stores, (charge, discharge) = case.raw.stores, (case.volumes.charge, case.volumes.discharge)
    (by_charge, by_discharge), by_level, level = power_reach(case), level_reach(case), levels(case)
    half = case.half_price_tick[stores.mtus.cell]
    scope = _Scope(
        least=(
            np.maximum(charge - by_charge, 0.0),
            np.maximum(discharge - by_discharge, 0.0),
            np.maximum(level - by_level, stores.end),
        ),
        most=(
            np.minimum(charge + by_charge, stores.charge),
            np.minimum(discharge + by_discharge, stores.discharge),
            np.minimum(level + by_level, stores.room),
        ),
        start=case.raw.book.storages.start,
        bonus=half,
    )
    flows = _best(case, orders, scope)
    moved = total_by(stores.mtus.order, half * (flows[0] + flows[1]) * stores.mtus.hours, len(surplus))
    return np.maximum(_earned(case, flows) + moved - surplus, 0.0)


def best_change(case: Case, orders: IntArray) -> FloatArray:
    """Return what some orders could gain by another schedule, beyond what rounding explains; shape (o,).

    At a negative price only the direction that was chosen counts. Where an order is idle then,
    that is charging, unless it may as well have been discharging: to make room for a later MTU
    that pays for it.
    """
    stores, volumes = case.raw.stores, case.volumes
    (by_charge, by_discharge), by_level, level = power_reach(case), level_reach(case), levels(case)
    burns = case.price[stores.mtus.cell] < 0
    sells = volumes.discharge > 0
    either = sells | ((volumes.charge <= 0) & _may_make_room(case))
    scope = _Scope(
        least=(
            -np.maximum(volumes.charge - by_charge, 0.0),
            -np.maximum(volumes.discharge - by_discharge, 0.0),
            -np.maximum(level - stores.end - by_level, 0.0),
        ),
        most=(
            np.where(burns & either, 0.0, np.maximum(stores.charge - volumes.charge - by_charge, 0.0)),
            np.where(burns & ~sells, 0.0, np.maximum(stores.discharge - volumes.discharge - by_discharge, 0.0)),
            np.maximum(stores.room - level - by_level, 0.0),
        ),
        start=np.zeros(case.raw.book.storages.count),
        bonus=np.zeros(stores.mtus.count),
    )
    change = _best(case, orders, scope)
    moved = (np.abs(change[0]) + np.abs(change[1])) * stores.mtus.hours * case.half_price_tick[stores.mtus.cell]
    after = volumes.charge + change[0], volumes.discharge + change[1]
    noise = case.relative * (_size(case, after) + _size(case, (volumes.charge, volumes.discharge)))
    return _earned(case, change) - total_by(stores.mtus.order, moved, len(noise)) - noise


def _may_make_room(case: Case) -> BoolArray:
    """Return where discharging at a negative price may have paid, so that charging was closed; shape (w,).

    An order pays for what it sells then, so a later MTU must pay more for what it charges into the room.
    """
    stores, price = case.raw.stores, case.price[case.raw.stores.mtus.cell]
    half = case.half_price_tick[stores.mtus.cell] + DECIDED * np.maximum(1.0, np.abs(price))
    paid = half - price
    later, best = np.zeros(len(price)), 0.0
    for w in range(len(price) - 1, -1, -1):
        best = 0.0 if stores.mtus.is_last[w] else stores.mtus.keep[w + 1] * max(best, float(paid[w + 1]))
        later[w] = best
    out: BoolArray = stores.out / stores.into * later >= stores.spread - price - half
    return out


def best_earnings(case: Case, orders: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return what each of some orders could earn at the most, and what half a price tick does to that; shape (o,).

    An order that has no schedule at all counts as nothing here: `storage_level` says what is wrong.
    """
    stores, book = case.raw.stores, case.raw.book.storages
    burns, sells = case.price[stores.mtus.cell] < 0, case.volumes.discharge > 0
    nothing: FloatArray = np.zeros(stores.mtus.count)
    scope = _Scope(
        least=(nothing, nothing, stores.end),
        most=(
            np.where(burns & sells, 0.0, stores.charge),
            np.where(burns & ~sells, 0.0, stores.discharge),
            stores.room,
        ),
        start=book.start,
        bonus=nothing,
    )
    flows = _best(case, orders, scope)
    moved = (flows[0] + flows[1]) * stores.mtus.hours * case.half_price_tick[stores.mtus.cell]
    reach = total_by(stores.mtus.order, moved, book.count) + case.relative * _size(case, flows)
    return _earned(case, flows), reach


def _earned(case: Case, flows: Flows) -> FloatArray:
    """Return what schedules earn before the fixed term; shape (o,)."""
    stores = case.raw.stores
    price = case.price[stores.mtus.cell]
    gain = stores.mtus.hours * (flows[1] * (price - stores.spread) - flows[0] * price)
    return total_by(stores.mtus.order, gain, case.raw.book.storages.count)


def _size(case: Case, flows: Flows) -> FloatArray:
    """Return the sum of magnitudes that `_earned` adds up; shape (o,)."""
    stores = case.raw.stores
    worth = stores.mtus.hours * (np.abs(case.price[stores.mtus.cell]) + stores.spread)
    return total_by(stores.mtus.order, worth * (np.abs(flows[0]) + np.abs(flows[1])), case.raw.book.storages.count)


@dataclass(frozen=True)
class _Scope:
    """Between what schedules are looked for.

    Attributes:
        least, most: Bounds of charging and discharging in MW, and of the level in MWh; shape (w,) each.
        start: Level before the first MTU, MWh; shape (o,).
        bonus: What each MWh of either direction earns beside its price; shape (w,).
    """

    least: tuple[FloatArray, FloatArray, FloatArray]
    most: tuple[FloatArray, FloatArray, FloatArray]
    start: FloatArray
    bonus: FloatArray


def _best(case: Case, orders: IntArray, scope: _Scope) -> Flows:
    """Return the schedules of some orders that earn most, nothing of others and of those that have none.

    One program for all: they share nothing. If some have no schedule, the others are solved apart.
    """
    count = case.raw.stores.mtus.count
    at = np.flatnonzero(np.isin(case.raw.stores.mtus.order, orders))
    found = _solved(case, at, scope) if len(at) else np.zeros(0)
    if found is None and len(orders) > 1:
        half = len(orders) // 2
        left, right = _best(case, orders[:half], scope), _best(case, orders[half:], scope)
        return left[0] + right[0], left[1] + right[1]
    charge, discharge = np.zeros(count), np.zeros(count)
    if found is not None:
        charge[at], discharge[at] = found[: len(at)], found[len(at) : 2 * len(at)]
    return charge, discharge


def _solved(case: Case, at: IntArray, scope: _Scope) -> FloatArray | None:
    """Return charging, discharging and levels in some store MTUs that earn most; None if there are none."""
    stores = case.raw.stores
    order, count = stores.mtus.order[at], len(at)
    hours, keep, price = stores.mtus.hours[at], stores.mtus.keep[at], case.price[stores.mtus.cell[at]]
    later = np.flatnonzero(np.append(False, order[1:] == order[:-1]))
    carried = sp.csr_array((keep[later], (later, later - 1)), shape=(count, count))
    flows = [sp.diags_array(stores.into[at] * hours), sp.diags_array(-stores.out[at] * hours)]
    rows = sp.hstack([*flows, carried - sp.identity(count, format="csr")], format="csr")
    right = -keep * scope.start[order]
    right[later] = 0.0
    least, most = (np.concatenate([part[at] for part in bounds]) for bounds in (scope.least, scope.most))
    if (least > most).any():
        return None
    bonus = scope.bonus[at]
    cost = np.concatenate([(price - bonus) * hours, (stores.spread[at] - price - bonus) * hours, np.zeros(count)])
    answer = linprog(cost, A_eq=rows, b_eq=right, bounds=np.column_stack([least, most]), method="highs")  # type: ignore[call-overload]
    return answer.x if answer.status == 0 else None
