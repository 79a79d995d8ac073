"""Rules of storage orders (eq. A.48 to A.52; formulation, eq. 4.17 to 4.21).

What is sold was charged or was there at the start; the level keeps between nothing and the
room and ends where it must. An accepted order earns its fixed term, and no schedule of its
own would have earned more at the prices, but for what rounding explains: a small linear
program an order finds the best. Charging and discharging at once burns energy, which only
a negative price would pay; it is not allowed, and neither is it held against an order that
it does not do so.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.optimize import linprog

from walras.book.cells import FloatArray, IntArray
from walras.results.audit.case import DECIDED, Case
from walras.results.audit.names import store_name
from walras.results.audit.violation import Report
from walras.results.raw import total_by


def check_storages(case: Case, report: Report) -> None:
    """storage_flag, storage_rejected, storage_level, storage_one_way, storage_fixed_term, storage_schedule."""
    book = case.raw.book.storages
    if book.count == 0:
        return
    flag = case.volumes.storage_accepted
    report.add(
        "storage_flag",
        np.where((flag == 0) | (flag == 1), 0.0, 1.0),
        lambda o: f"storage order '{book.name[o]}'",
        lambda o: f"acceptance {flag[o]} is neither 0 nor 1",
    )
    _idle(case, report)
    _levels(case, report)
    surplus, excused = storage_surplus(case)
    accepted = flag == 1
    report.add(
        "storage_fixed_term",
        np.where(accepted, book.fixed_term - surplus - excused - case.relative * np.maximum(1.0, book.fixed_term), 0.0),
        lambda o: f"storage order '{book.name[o]}'",
        lambda o: f"earns {surplus[o]:.9g}, its fixed term is {book.fixed_term[o]:.9g}",
    )
    best, reach = best_earnings(case, np.flatnonzero(accepted))
    report.add(
        "storage_schedule",
        np.where(accepted, best - surplus - excused - reach - DECIDED * np.maximum(1.0, np.abs(best)), 0.0),
        lambda o: f"storage order '{book.name[o]}'",
        lambda o: f"earns {surplus[o]:.9g}, another schedule would earn {best[o]:.9g}",
    )


def levels(case: Case) -> FloatArray:
    """Return the level after each store MTU of accepted orders, by the charging and discharging told; MWh, (w,)."""
    raw, stores = case.raw, case.raw.stores
    mtus, book = stores.mtus, raw.book.storages
    change = mtus.hours * (stores.into * case.volumes.charge - stores.out * case.volumes.discharge)
    level = np.where(case.volumes.storage_accepted == 1, book.start, 0.0)
    out = np.zeros(mtus.count)
    length = np.diff(mtus.first)
    for t in range(int(length.max(initial=0))):
        order = np.flatnonzero(length > t)
        at = mtus.first[order] + t
        level[order] = level[order] * mtus.keep[at] + change[at]
        out[at] = level[order]
    return out


def _idle(case: Case, report: Report) -> None:
    """storage_rejected, storage_one_way: nothing of a rejected order, and one direction at a time."""
    mtus, volumes, book = case.raw.stores.mtus, case.volumes, case.raw.book
    dust = case.dust(case.raw.stores.charge + case.raw.stores.discharge)
    is_out = volumes.storage_accepted[mtus.order] == 0
    report.add(
        "storage_rejected",
        np.where(is_out, np.maximum(volumes.charge, volumes.discharge) - dust, 0.0),
        lambda w: store_name(book, w),
        lambda w: f"charges {volumes.charge[w]:.9g} and discharges {volumes.discharge[w]:.9g} MW though rejected",
    )
    report.add(
        "storage_one_way",
        np.minimum(volumes.charge, volumes.discharge) - dust,
        lambda w: store_name(book, w),
        lambda w: f"charges {volumes.charge[w]:.9g} and discharges {volumes.discharge[w]:.9g} MW at once",
    )


def _levels(case: Case, report: Report) -> None:
    raw, stores = case.raw, case.raw.stores
    level = levels(case)
    active = (case.volumes.charge > 0) | (case.volumes.discharge > 0)
    moved = np.where(active, case.volume_tick[stores.mtus.cell] * stores.mtus.hours, 0.0)
    moved = moved * np.maximum(stores.into, stores.out)
    begin = stores.mtus.first[:-1]
    before = np.repeat(np.cumsum(moved)[begin] - moved[begin], np.diff(stores.mtus.first))
    excused = np.cumsum(moved) - before + DECIDED * np.maximum(1.0, stores.room)
    accepted = case.volumes.storage_accepted[stores.mtus.order] == 1
    outside = np.maximum(np.maximum(stores.end, 0.0) - level, level - stores.room)
    report.add(
        "storage_level",
        np.where(accepted, outside - excused, 0.0),
        lambda w: store_name(raw.book, w),
        lambda w: f"its level is {level[w]:.9g} MWh, allowed is {stores.end[w]:.9g} to {stores.room[w]:.9g}",
    )


def storage_surplus(case: Case) -> tuple[FloatArray, FloatArray]:
    """Return surplus of each order before its fixed term, and what rounding may take; each of shape (o,)."""
    stores, volumes, count = case.raw.stores, case.volumes, case.raw.book.storages.count
    mtus, price = stores.mtus, case.price[stores.mtus.cell]
    gain = mtus.hours * (volumes.discharge * (price - stores.spread) - volumes.charge * price)
    flow = (volumes.charge + volumes.discharge) * mtus.hours
    moved = case.volume_tick[mtus.cell] * mtus.hours * ((volumes.charge > 0) | (volumes.discharge > 0))
    size = np.abs(price) + stores.spread
    excused = case.half_price_tick[mtus.cell] * flow + moved * size + case.relative * flow * size
    return total_by(mtus.order, gain, count), total_by(mtus.order, excused, count)


def best_earnings(case: Case, orders: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return what each of some orders could earn at the most, and what half a price tick does to that; shape (o,).

    One program for all: they share nothing. An order that has no schedule at all counts as
    nothing here, for `storage_level` says what is wrong; the others are then solved apart.
    """
    found = _best(case, orders)
    if found is None and len(orders) > 1:
        half = len(orders) // 2
        left, right = (best_earnings(case, part) for part in (orders[:half], orders[half:]))
        found = left[0] + right[0], left[1] + right[1]
    nothing = np.zeros(case.raw.book.storages.count)
    return (nothing, nothing) if found is None else found


def _best(case: Case, orders: IntArray) -> tuple[FloatArray, FloatArray] | None:
    """Return the same of orders that all have a schedule, None if some have none."""
    stores, book = case.raw.stores, case.raw.book.storages
    at = np.flatnonzero(np.isin(stores.mtus.order, orders))
    if not len(at):
        return np.zeros(book.count), np.zeros(book.count)
    order, count = stores.mtus.order[at], len(at)
    hours, keep, price = stores.mtus.hours[at], stores.mtus.keep[at], case.price[stores.mtus.cell[at]]
    burns = price < 0  # then only the direction that was chosen: both at once would pay, and is not allowed
    charge = np.where(burns & (case.volumes.discharge[at] > 0), 0.0, stores.charge[at])
    discharge = np.where(burns & (case.volumes.discharge[at] <= 0), 0.0, stores.discharge[at])
    later = np.flatnonzero(np.append(False, order[1:] == order[:-1]))
    carried = sp.csr_array((keep[later], (later, later - 1)), shape=(count, count))
    flows = [sp.diags_array(stores.into[at] * hours), sp.diags_array(-stores.out[at] * hours)]
    rows = sp.hstack([*flows, carried - sp.identity(count, format="csr")], format="csr")
    right = -keep * book.start[order]
    right[later] = 0.0
    least = np.concatenate([np.zeros(2 * count), stores.end[at]])
    most = np.concatenate([charge, discharge, stores.room[at]])
    cost = np.concatenate([price * hours, -(price - stores.spread[at]) * hours, np.zeros(count)])
    answer = linprog(cost, A_eq=rows, b_eq=right, bounds=np.column_stack([least, most]), method="highs")  # type: ignore[call-overload]
    if answer.status != 0:
        return None
    whose = np.tile(order, 3)
    flow = (answer.x[:count] + answer.x[count : 2 * count]) * hours
    reach = total_by(order, case.half_price_tick[stores.mtus.cell[at]] * flow, book.count)
    reach += case.relative * total_by(whose, np.abs(cost) * answer.x, book.count)
    return total_by(whose, -cost * answer.x, book.count), reach
