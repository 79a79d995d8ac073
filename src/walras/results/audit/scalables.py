"""Rules of scalable complex orders (eq. A.26 to A.32; rules, 3.6; formulation, eq. 4.13).

An accepted order keeps its minimum acceptance power and its load gradients, and earns
its fixed term. Its steps behave like a curve, except that a minimum that binds may
force steps out of the money, the cheapest first, and a gradient that binds may do
either (`gradients`). A rejected supply order offers its scheduled-stop steps as a
curve; everything else of it is zero.
"""

from __future__ import annotations

import numpy as np

from walras.book.cells import FloatArray
from walras.results.audit.case import DECIDED, Case
from walras.results.audit.gradients import check_gradients, has_gradient
from walras.results.audit.names import cell_name, scalable_step_name
from walras.results.audit.violation import Report
from walras.results.certificate_orders import minimum_power, order_cell
from walras.results.raw import total_by


def check_scalables(case: Case, report: Report) -> None:
    """scalable_flag, scalable_minimum, scalable_fixed_term, scalable_steps, scalable_rejected, and gradients."""
    book = case.raw.book.scalables
    if book.count == 0:
        return
    flag = case.volumes.scalable_accepted
    report.add(
        "scalable_flag",
        np.where((flag == 0) | (flag == 1), 0.0, 1.0),
        lambda o: f"scalable order '{book.name[o]}'",
        lambda o: f"acceptance {flag[o]} is neither 0 nor 1",
    )
    _minimums(case, report)
    _fixed_terms(case, report)
    _steps(case, report)
    _rejected(case, report)
    check_gradients(case, report)


def scalable_surplus(case: Case) -> tuple[FloatArray, FloatArray]:
    """Return surplus of each order before its fixed term, and what rounding may take; each of shape (o,)."""
    steps, accepted = case.raw.scalables, case.volumes.scalable
    gain = steps.sign * (case.raw.step_price(case.price) - steps.price)
    energy = accepted * steps.hours
    count = case.raw.book.scalables.count
    surplus = total_by(steps.order, gain * energy, count)
    partial = (accepted > 0) & (accepted < steps.quantity)
    moved = np.where(partial, case.volume_tick[steps.cell], 0.0) * steps.hours
    money = energy * (case.raw.step_size(np.abs(case.price)) + np.abs(steps.price))
    excused = case.raw.step_size(case.half_price_tick) * energy + moved * np.abs(gain) + case.relative * money
    return surplus, total_by(steps.order, excused, count) + _input_ticks(case)


def _input_ticks(case: Case) -> FloatArray:
    """Return what rounding the purchases of each order may cost it; shape (o,)."""
    inputs, hours = case.raw.inputs, case.raw.book.cells.hours
    cost = case.volume_tick * hours * np.abs(case.price)
    return total_by(inputs.bought_order, cost[inputs.bought_cell], case.raw.book.scalables.count)


def _minimums(case: Case, report: Report) -> None:
    book, steps = case.raw.book.scalables, case.raw.scalables
    key = order_cell(case.raw)
    wanted = book.minimum_order * case.raw.book.cells.count + book.minimum_cell
    names, place = np.unique(np.concatenate([key, wanted]), return_inverse=True)
    power = total_by(place[: len(key)], case.volumes.scalable, len(names))[place[len(key) :]]
    partial = (case.volumes.scalable > 0) & (case.volumes.scalable < steps.quantity)
    moves = total_by(place[: len(key)], partial, len(names))[place[len(key) :]]
    allowed = case.volume_tick[book.minimum_cell] * moves + DECIDED * np.maximum(1.0, case.raw.minimum)
    short = np.where(case.volumes.scalable_accepted[book.minimum_order] == 1, case.raw.minimum - power, -np.inf)
    report.add(
        "scalable_minimum",
        short - allowed,
        lambda m: (
            f"scalable order '{book.name[int(book.minimum_order[m])]}' "
            f"{cell_name(case.raw.book, int(book.minimum_cell[m]))}"
        ),
        lambda m: f"runs at {power[m]:.9g} MW, its minimum is {case.raw.minimum[m]:.9g} MW",
    )


def _fixed_terms(case: Case, report: Report) -> None:
    book = case.raw.book.scalables
    surplus, excused = scalable_surplus(case)
    short = book.fixed_term - surplus - excused - case.relative * np.maximum(1.0, book.fixed_term)
    report.add(
        "scalable_fixed_term",
        np.where(case.volumes.scalable_accepted == 1, short, 0.0),
        lambda o: f"scalable order '{book.name[o]}'",
        lambda o: f"earns {surplus[o]:.9g}, its fixed term is {book.fixed_term[o]:.9g}",
    )


def _steps(case: Case, report: Report) -> None:
    """Steps of accepted orders without gradients: some rent m >= 0 of the minimum explains every one of them.

    v > 0 needs gain + m >= 0, v < q needs gain + m <= 0, and m = 0 unless the minimum binds.
    """
    book, steps, accepted = case.raw.book.scalables, case.raw.scalables, case.volumes.scalable
    seen = case.raw.step_price(case.price)
    gain = steps.sign * (seen - steps.price)
    judged = (case.volumes.scalable_accepted[steps.order] == 1) & ~has_gradient(book)[steps.order]
    _, place = np.unique(order_cell(case.raw), return_inverse=True)
    count = int(place.max(initial=-1)) + 1
    dust = case.dust(steps.quantity)
    partial = (accepted > dust) & (accepted < steps.quantity - dust)
    power = total_by(place, accepted, count)[place]
    moves = total_by(place, partial, count)[place]
    least = minimum_power(case.raw)
    is_bound = (least > 0) & (power <= least + case.volume_tick[steps.cell] * moves + DECIDED * np.maximum(1.0, least))
    rent = np.zeros(count)
    takes = judged & (accepted > dust) & is_bound
    np.maximum.at(rent, place[takes], -gain[takes])
    allowed = case.relative * np.maximum(1.0, np.abs(steps.price)) + _spread_ticks(case)
    loss = np.where(judged & (accepted > dust) & ~is_bound, -gain, -np.inf)
    missed = np.where(judged & (accepted < steps.quantity - dust), gain + rent[place], -np.inf)
    report.add(
        "scalable_steps",
        np.maximum(loss, missed) - allowed,
        lambda k: scalable_step_name(case.raw.book, k),
        lambda k: (
            f"{accepted[k]:.9g} of {steps.quantity[k]:.9g} MW at {steps.price[k]:.9g} "
            f"do not fit the price {seen[k]:.9g}"
        ),
    )


def _spread_ticks(case: Case) -> FloatArray:
    """Return what rounding several prices may do to the one that a step sees; nothing to a single price; shape (k,)."""
    out, raw = np.zeros(len(case.raw.scalables.cell)), case.raw
    if len(raw.inputs.step):
        many = np.unique(raw.inputs.step)
        out[many] = raw.step_size(case.half_price_tick)[many]
    return out


def _rejected(case: Case, report: Report) -> None:
    steps, accepted = case.raw.scalables, case.volumes.scalable
    rejected = case.volumes.scalable_accepted[steps.order] == 0
    stops, dust = case.raw.is_stop_step, case.dust(steps.quantity)
    gain = steps.sign * (case.price[steps.cell] - steps.price)
    allowed = case.relative * np.maximum(1.0, np.abs(steps.price))
    report.add(
        "scalable_rejected",
        np.where(rejected & ~stops, accepted - dust, 0.0),
        lambda k: scalable_step_name(case.raw.book, k),
        lambda k: f"{accepted[k]:.9g} MW are accepted though the order is rejected",
    )
    loss = np.where(accepted > dust, -gain, -np.inf)
    missed = np.where(accepted < steps.quantity - dust, gain, -np.inf)
    report.add(
        "scalable_stop",
        np.where(rejected & stops, np.maximum(loss, missed) - allowed, 0.0),
        lambda k: scalable_step_name(case.raw.book, k),
        lambda k: (
            f"scheduled stop of {accepted[k]:.9g} MW at {steps.price[k]:.9g} "
            f"does not fit the price {case.price[steps.cell[k]]:.9g}"
        ),
    )
