"""Rules of storage orders (eq. A.48 to A.52; formulation, eq. 4.17 to 4.21).

What is sold was charged or was there at the start; the level keeps between nothing and the
room and ends where it must. An accepted order earns its fixed term, and no schedule of its
own would have earned more at the prices, but for what rounding explains
(`storage_schedules`). Charging and discharging at once is not allowed.
"""

from __future__ import annotations

import numpy as np

from walras.results.audit.case import DECIDED, Case
from walras.results.audit.names import store_name
from walras.results.audit.storage_schedules import best_change, storage_surplus
from walras.results.audit.stored_levels import level_reach, levels
from walras.results.audit.violation import Report


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
    better = best_change(case, np.flatnonzero(accepted))
    report.add(
        "storage_schedule",
        better - DECIDED * np.maximum(1.0, np.abs(surplus + better)),
        lambda o: f"storage order '{book.name[o]}'",
        lambda o: f"earns {surplus[o]:.9g}, another schedule would earn {surplus[o] + better[o]:.9g}",
    )


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
    """storage_level: between what it must end with and its room, but for what rounding moved it by."""
    raw, stores = case.raw, case.raw.stores
    level = levels(case)
    excused = level_reach(case)
    accepted = case.volumes.storage_accepted[stores.mtus.order] == 1
    outside = np.maximum(np.maximum(stores.end, 0.0) - level, level - stores.room)
    report.add(
        "storage_level",
        np.where(accepted, outside - excused, 0.0),
        lambda w: store_name(raw.book, w),
        lambda w: f"its level is {level[w]:.9g} MWh, allowed is {stores.end[w]:.9g} to {stores.room[w]:.9g}",
    )
