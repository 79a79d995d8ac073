"""Form `scalable`: a scalable complex order that moves freely between the least and the most of each MTU.

Accepted, the order may run at any power between its minimum acceptance power and its offer, with
changes within its load gradients; rejected, the unit runs its base. So the form is refused where
something counts or waits between two MTUs while the unit runs (power changes, xenon after a
reduction), where a gradient would also forbid the start or the stop, and where what is accepted
could use more energy than the fuel gives.

The gradient does not tie the first MTU to yesterday: the offer and the minimum of the first MTUs
do. Published powers may miss a gradient by two ticks and a minimum by one (audit A.27, A.29), so
orders keep as much away from the unit's own limits.

Axes: t MTUs, s cost steps. All powers in ticks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.errors import BadInput, Mistake
from walras.units.family import runnings
from walras.units.orders import UnitOrders, UnitScalable, limit_price
from walras.units.physics import NEVER, Physics
from walras.units.unit import Unit

GRADIENT_MARGIN = 2
MINIMUM_MARGIN = 1


@dataclass(frozen=True)
class Band:
    """Powers of an accepted order together with its base: least and most of each MTU; shapes (t,)."""

    low: IntArray
    high: IntArray


def scalable_orders(unit: Unit, physics: Physics, base: IntArray, scenarios: FloatArray) -> UnitOrders:
    """Return the base and the scalable order on top of it.

    Raises:
        BadInput: The form cannot promise a feasible schedule for this unit (rule `unit_form`); all reasons are listed.
    """
    reasons = _counted(physics)
    if reasons:
        raise BadInput([_refused(reason) for reason in reasons])
    worth, best = -np.inf, None
    for run in runnings(physics, base, scenarios):
        order, why = _offer(physics, base, run)
        reasons += why
        if order is None:
            continue
        profit = _promise(physics, base, order, scenarios)
        if profit > worth:
            worth, best = profit, order
    if best is None:
        raise BadInput([_refused(reason) for reason in dict.fromkeys(reasons)])
    return UnitOrders(unit, physics, "scalable", base, scalable=best)


def _offer(physics: Physics, base: IntArray, run: IntArray) -> tuple[UnitScalable | None, list[str]]:
    """Return the order for a unit that runs at these times, or why there is none."""
    band = _within_energy(physics, base, _band(physics, run))
    if band is None:
        return None, ["even its least powers use more energy than its fuel gives"]
    band = _steady_where_base_moves(physics, base, band)
    up, down = (_gradient(physics, band, limit, sign) for limit, sign in ((physics.up, 1), (physics.down, -1)))
    order = _order(physics, base, run, band, up, down)
    if order.quantity.sum() == 0:
        return None, ["nothing is left to offer above its base"]
    reasons = unprovable(physics, base, order)
    return (None if reasons else order), reasons


def _promise(physics: Physics, base: IntArray, order: UnitScalable, scenarios: FloatArray) -> float:
    """Return the mean profit over the scenarios if load gradients did not bind: a measure to choose by."""
    ends = np.stack([base + order.minimum, base + order.quantity.sum(axis=0)])
    energy = physics.day.mw(ends - base) * physics.day.hours
    moving = replace(physics, hour_cost=0.0)
    cost = moving.running_cost(ends) - moving.running_cost(base)
    margin = (scenarios[:, None, :] * energy - cost).max(axis=1).sum(axis=1) - order.fixed_term
    return float(np.maximum(margin, 0.0).mean())


def unprovable(physics: Physics, base: IntArray, order: UnitScalable) -> list[str]:
    """Return why some legal acceptance of an order might be no feasible schedule; empty if all are.

    An accepted schedule is `base + X` with X between minimum (less a tick where it may be missed) and
    offer, and steps of X within the gradients and two ticks. The worst step between two MTUs is the
    shorter of what the gradient and of what the bounds allow; it is compared with the unit's own limits.
    """
    offer = order.quantity.sum(axis=0)
    missed = np.where(offer > order.minimum, MINIMUM_MARGIN, 0)
    low, high = base + np.maximum(order.minimum - missed, 0), base + offer
    reasons = []
    on = high > 0
    if (order.minimum > offer).any():
        reasons.append("its minimum costs more than the price limit")
    if (on & (low < physics.minimum)).any() or (high > physics.available).any():
        reasons.append("its bounds go beyond what the unit can run")
    for word, limit, gradient, sign in (("up", physics.up, order.up, 1), ("down", physics.down, order.down, -1)):
        free = NEVER if gradient < 0 else gradient + GRADIENT_MARGIN
        worst = np.minimum(free, _reach(low - base, offer, sign)) + sign * np.diff(base)
        if (worst[on[1:] & on[:-1]] > limit).any():
            reasons.append(f"a load gradient cannot say its ramp {word}")
        if gradient >= 0 and _reach(offer, order.minimum, sign).max(initial=0) > gradient:
            reasons.append(f"its load gradient {word} would forbid the start or the stop too")
    if not reasons and not _has_path(order, offer):
        reasons.append("no power keeps all its minimums and load gradients")
    reasons += _edges(physics, low, high, on)
    if int(high.sum()) > physics.energy:
        reasons.append("it could use more energy than its fuel gives")
    return reasons


def _reach(low: IntArray, high: IntArray, sign: int) -> IntArray:
    """Return the longest step between an MTU and the next, upwards (sign 1) or downwards (-1); shape (t - 1,).

    >>> _reach(np.array([0, 1]), np.array([5, 9]), 1), _reach(np.array([0, 1]), np.array([5, 9]), -1)
    (array([9]), array([4]))
    """
    return high[1:] - low[:-1] if sign > 0 else high[:-1] - low[1:]


def _has_path(order: UnitScalable, offer: IntArray) -> bool:
    """Return whether some schedule lies between minimum and offer and within the gradients."""
    up, down = (NEVER if g < 0 else g for g in (order.up, order.down))
    low, high = int(order.minimum[0]), int(offer[0])
    for least, most in zip(order.minimum[1:].tolist(), offer[1:].tolist(), strict=True):
        low, high = max(least, low - down), min(most, high + up)
        if low > high:
            return False
    return True


def _edges(physics: Physics, low: IntArray, high: IntArray, on: BoolArray) -> list[str]:
    """Return what is wrong with the first and last MTU of the day and of each run."""
    before, reasons = physics.power_before, []
    if before and on[0] and (high[0] > before + physics.up or low[0] < before - physics.down):
        reasons.append("its first MTU may be out of reach from yesterday")
    if before and not on[0] and before > physics.stop:
        reasons.append("it cannot stop at the start of the day")
    was = np.concatenate([[before > 0], on[:-1]])
    if (high[on & ~was] > physics.start).any():
        reasons.append("it may start above its start power")
    if (high[:-1][on[:-1] & ~on[1:]] > physics.stop).any():
        reasons.append("it may stop from above its stop power")
    if low[-1] < physics.end_low or high[-1] > physics.end_high:
        reasons.append("it may end the day outside its bounds")
    return reasons


def _counted(physics: Physics) -> list[str]:
    """Return limits that no scalable order can say."""
    reasons = []
    if physics.changes < NEVER:
        reasons.append("an accepted order may change its power in every MTU, and the unit's changes are counted")
    if physics.no_rise > 0:
        reasons.append("an accepted order may rise at once after a reduction, and the unit must wait (xenon)")
    return reasons


def _refused(reason: str) -> Mistake:
    return Mistake(reason, "form scalable", "unit_form", "Use the form profiles.")


def _band(physics: Physics, run: IntArray) -> Band:
    """Return the least and most power of each MTU of a run, reachable from yesterday and between its start and stop."""
    on = run > 0
    t = np.arange(len(run))
    low = np.where(on, physics.minimum, 0)
    high = np.where(on, physics.available, 0)
    before = physics.power_before
    if before and on[0]:
        since = np.cumsum(~on) == 0  # the run that goes on from yesterday
        high = np.where(since, np.minimum(high, before + physics.up * (t + 1)), high)
        low = np.where(since, np.maximum(low, before - physics.down * (t + 1)), low)
    was = np.concatenate([[before > 0], on[:-1]])
    ends = np.concatenate([on[:-1] & ~on[1:], [False]])
    high = np.where(on & ~was, np.minimum(high, physics.start), high)
    high = np.where(ends, np.minimum(high, physics.stop), high)
    if on[-1]:
        low[-1], high[-1] = max(low[-1], physics.end_low), min(high[-1], physics.end_high)
    return Band(low, high)


def _within_energy(physics: Physics, base: IntArray, band: Band) -> Band | None:
    """Return a band whose greatest energy the fuel gives, with one cap on all its powers; None if there is none."""
    least = np.maximum(band.low, base)
    if least.sum() > physics.energy:
        return None
    low, high = 0, physics.top
    while low < high:
        cap = (low + high + 1) // 2
        fits = np.maximum(least, np.minimum(band.high, cap)).sum() <= physics.energy
        low, high = (cap, high) if fits else (low, cap - 1)
    return Band(band.low, np.maximum(least, np.minimum(band.high, low)))


def _steady_where_base_moves(physics: Physics, base: IntArray, band: Band) -> Band:
    """Return a band that leaves the base alone on both sides of each of its moves: no gradient knows of them."""
    moves = np.flatnonzero(np.diff(base) != 0)
    still = np.zeros(len(base), dtype=np.bool_)
    still[moves] = still[moves + 1] = True
    still &= base > 0
    return Band(np.maximum(band.low, base), np.where(still, np.maximum(base, band.low), band.high))


def _gradient(physics: Physics, band: Band, limit: int, sign: int) -> int:
    """Return the load gradient of one direction, -1 where the band needs none."""
    on = band.high > 0
    reach = _reach(band.low - MINIMUM_MARGIN, band.high, sign)[on[1:] & on[:-1]]
    return -1 if reach.max(initial=0) <= limit else max(limit - GRADIENT_MARGIN, 0)


def _order(physics: Physics, base: IntArray, run: IntArray, band: Band, up: int, down: int) -> UnitScalable:
    """Return the order: cost steps above the base, minimums, and the fixed term that the run costs besides them."""
    low, high = band.low - base, np.maximum(band.high, base) - base
    minimum = np.where((low > 0) & (high > low), low + MINIMUM_MARGIN, low)
    minimum = np.minimum(np.maximum(minimum, 0), high)
    price, quantity = _offered(physics, _parts(physics, base + high) - _parts(physics, base))
    days = np.stack([base, run])
    besides = physics.cost(days) - _energy_cost(physics, days)
    fixed = max(0.0, float(np.ceil((besides[1] - besides[0]) * 100 - 1e-6) / 100))
    return UnitScalable(fixed, up, down, price, quantity, minimum)


def _parts(physics: Physics, power: IntArray) -> IntArray:
    """Return how much of each cost step a power takes; shape (s, t) of power (t,)."""
    below = np.concatenate([[0], physics.step_to[:-1]])[:, None]
    out: IntArray = np.clip(power, below, physics.step_to[:, None]) - below
    return out


def _energy_cost(physics: Physics, power: IntArray) -> FloatArray:
    free = replace(physics, start_cost=0.0, hour_cost=0.0)
    return free.cost(power)


def _offered(physics: Physics, part: IntArray) -> tuple[IntArray, IntArray]:
    """Return prices and quantities of steps; prices nearer than two ticks become one, the dearer.

    So that in an MTU at most one step is taken in part, and a published power misses the decided by less than a tick.
    """
    prices: list[int] = []
    rows: list[IntArray] = []
    for s in range(len(part) - 1, -1, -1):
        price = limit_price(physics, float(physics.step_price[s]), 1.0)
        if price is None:
            continue
        if prices and prices[-1] - price < 2:
            rows[-1] = rows[-1] + part[s]
            continue
        prices.append(price)
        rows.append(part[s])
    return np.array(prices[::-1], dtype=np.int64), np.array(rows[::-1], dtype=np.int64).reshape(-1, part.shape[1])
