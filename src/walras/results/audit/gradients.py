"""Rules of load gradients of scalable complex orders (eq. A.29, A.31; rules, 3.5).

From one cell of its grid to the next an accepted order's power X may climb by at most
its upward and fall by at most its downward gradient. Where one binds, steps may stand
away from what their cell's price alone asks. They are legal if rents of the gradients
and of the minimum exist that explain every step: for each order, a small linear
program looks for rents >= 0 (zero where the row does not bind) with, for the value
`c[t]` that they give a MW in cell t, `gain + c >= 0` on accepted steps and
`gain + c <= 0` on steps that are not full.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array, eye_array, hstack, vstack

from walras.book.cells import BoolArray, FloatArray
from walras.orders.scalable import ScalableOrders
from walras.results.audit.case import DECIDED, Case
from walras.results.audit.names import cell_name
from walras.results.audit.small_programs import least_misses
from walras.results.audit.violation import Report
from walras.results.raw import total_by


def has_gradient(book: ScalableOrders) -> BoolArray:
    """Return which orders have a gradient in either direction; shape (o,)."""
    out: BoolArray = (book.gradient_up >= 0) | (book.gradient_down >= 0)
    return out


def check_gradients(case: Case, report: Report) -> None:
    """scalable_gradient, scalable_gradient_steps: for accepted orders that have a gradient."""
    book = case.raw.book.scalables
    judged = has_gradient(book) & (case.volumes.scalable_accepted == 1)
    for order in np.flatnonzero(judged).tolist():
        _check_order(case, order, report)


def _check_order(case: Case, order: int, report: Report) -> None:
    raw, book, cells = case.raw, case.raw.book.scalables, case.raw.book.cells
    grid = int(book.grid[order])
    first, count = int(cells.first[grid]), cells.grids[grid].cell_count
    mine = np.flatnonzero(book.step_order == order)
    power = total_by(raw.scalables.cell[mine] - first, case.volumes.scalable[mine], count)
    climb = np.diff(power)
    # Each end of a climb was rounded by less than a tick a partial step; two ticks as in the theory.
    slack = 2 * case.volume_tick[first] + DECIDED * max(1.0, float(power.max(initial=0)))
    binds = []
    for ticks, change, word in (
        (book.gradient_up[order], climb, "climbs"),
        (book.gradient_down[order], -climb, "falls"),
    ):
        limit = np.inf if ticks < 0 else float(cells.quantities(np.array([ticks]), np.array([grid]))[0])
        report.add(
            "scalable_gradient",
            change - limit - slack,
            lambda t: f"scalable order '{book.name[order]}' {cell_name(raw.book, first + t)}",
            lambda t, change=change, limit=limit, word=word: (
                f"{word} by {change[t]:.9g} MW, its gradient is {limit:.9g} MW"
            ),  # type: ignore[misc]
        )
        binds.append(change >= limit - slack)
    least = np.zeros(count)
    minimums = book.minimum_order == order
    least[book.minimum_cell[minimums] - first] = raw.minimum[minimums]
    at_minimum = (least > 0) & (power <= least + slack)
    lack = unexplained(*_value_range(case, mine, first, count), binds[0], binds[1], at_minimum)
    scale = max(1.0, float(np.abs(case.price[first : first + count]).max()))
    report.add(
        "scalable_gradient_steps",
        np.array([lack - DECIDED * scale]),
        lambda _: f"scalable order '{book.name[order]}'",
        lambda _: f"no rents of its gradients and minimums explain its steps, {lack:.9g} short",
    )


def _value_range(
    case: Case, mine: np.ndarray[tuple[int], np.dtype[np.int64]], first: int, count: int
) -> tuple[FloatArray, FloatArray]:
    """Return least and greatest value of a MW in each cell that fits the steps `mine`; each of shape (count,)."""
    steps, accepted = case.raw.scalables, case.volumes.scalable[mine]
    cell, hours, quantity = steps.cell[mine], steps.hours[mine], steps.quantity[mine]
    gain = steps.sign[mine] * (case.raw.step_price(case.price)[mine] - steps.price[mine]) * hours
    excused = (
        case.raw.step_size(case.half_price_tick)[mine] + case.relative * np.maximum(1.0, np.abs(steps.price[mine]))
    ) * hours
    low, high = np.full(count, -np.inf), np.full(count, np.inf)
    dust = case.dust(quantity)
    takes, has_rest = accepted > dust, accepted < quantity - dust
    np.maximum.at(low, cell[takes] - first, (-gain - excused)[takes])
    np.minimum.at(high, cell[has_rest] - first, (-gain + excused)[has_rest])
    return low, high


def unexplained(low: FloatArray, high: FloatArray, climbs: BoolArray, falls: BoolArray, at_minimum: BoolArray) -> float:
    """Return the least sum of misses with which rents explain values between `low` and `high`.

    Args:
        low: Least value of a MW in each cell; shape (t,), infinite where free.
        high: Greatest value of a MW in each cell; shape (t,), infinite where free.
        climbs: Which upward gradient rows bind between a cell and the next; shape (t - 1,).
        falls: The same downwards; shape (t - 1,).
        at_minimum: Where the minimum acceptance power binds; shape (t,).

    Example:
        One cell must be worth at least 5 more than its price says, and only its minimum binds:

        >>> one, none = np.array([5.0]), np.zeros(0, dtype=bool)
        >>> unexplained(one, one + 1, none, none, np.array([True]))
        0.0
        >>> unexplained(one, one + 1, none, none, np.array([False]))
        5.0
    """
    count = len(low)
    up, down, floor = np.flatnonzero(climbs), np.flatnonzero(falls), np.flatnonzero(at_minimum)
    width = len(up) + len(down) + len(floor)
    kind = [np.arange(len(up)), len(up) + np.arange(len(down)), len(up) + len(down) + np.arange(len(floor))]
    rows = np.concatenate([up, up + 1, down, down + 1, floor])
    columns = np.concatenate([kind[0], kind[0], kind[1], kind[1], kind[2]])
    values = np.repeat([1.0, -1.0, -1.0, 1.0, 1.0], [len(up), len(up), len(down), len(down), len(floor)])
    rents = coo_array((values, (rows, columns)), shape=(count, width)).tocsr()
    miss = eye_array(count, format="csr")
    is_low, is_high = np.isfinite(low), np.isfinite(high)
    if not is_low.any() and not is_high.any():
        return 0.0
    matrix = vstack([hstack([-rents[is_low], -miss[is_low]]), hstack([rents[is_high], -miss[is_high]])]).tocsc()
    limits = np.concatenate([-low[is_low], high[is_high]])
    scale = max(1.0, float(np.abs(limits).max()))
    cost = np.concatenate([np.zeros(width), np.ones(count)])
    return float(cost @ least_misses(cost, matrix, limits / scale)) * scale
