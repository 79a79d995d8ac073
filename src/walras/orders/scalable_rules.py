"""What is wrong with one scalable complex order alone; its steps obey `curve_rules`.

Axes as in `scalable`: o orders, k steps, m minimums.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walras.orders.breach import BoolArray, Breach, GridTerms, IntArray, quantity_not_negative

FloatArray = npt.NDArray[np.float64]
STOP_MINUTES = 180


@dataclass(frozen=True)
class Gradient:
    """One load gradient of all orders: its column, ticks of quantity, and where there is a limit; shapes (o,)."""

    column: str
    ticks: IntArray
    is_limit: BoolArray

    def breaches(self, grid: IntArray, terms: GridTerms) -> list[Breach]:
        """Return negative gradients."""
        bad = np.flatnonzero(self.is_limit & (self.ticks < 0))
        found = Breach(
            "gradient_not_negative",
            bad,
            lambda o: f"{self.column} {terms.quantity(grid[o], self.ticks[o])} MW is negative",
            lambda o: "Send a gradient of 0 MW or more, or leave it empty for no limit.",
        )
        return [found] if len(bad) else []


def scalable_breaches(
    fixed_term: FloatArray, stop: IntArray, side: IntArray, grid: IntArray, terms: GridTerms
) -> list[Breach]:
    """Return what is wrong with headers; all shapes (o,).

    Args:
        fixed_term: In the trade currency.
        stop: Number of MTUs of scheduled stop.
        side: +1 supply, -1 demand.
        grid: Zone and carrier.
        terms: Of every grid.
    """
    most = STOP_MINUTES // terms.mtu_minutes[grid]
    found = [
        Breach(
            "fixed_term_not_negative",
            np.flatnonzero(fixed_term < 0),
            lambda o: f"fixed term {fixed_term[o]:.2f} {terms.currency} is negative",
            lambda o: f"Send a fixed term of 0.00 {terms.currency} or more.",
        ),
        Breach(
            "stop_within_three_hours",
            np.flatnonzero((stop < 0) | (stop > most)),
            lambda o: f"scheduled stop of {stop[o]} MTUs is outside [0, {most[o]}], the first three hours",
            lambda o: f"Send stop_mtus from 0 to {most[o]}.",
        ),
        Breach(
            "stop_for_supply",
            np.flatnonzero((stop > 0) & (side < 0)),
            lambda o: f"a demand order has a scheduled stop of {stop[o]} MTUs",
            lambda o: "Leave stop_mtus empty or 0; only supply can stop step by step.",
        ),
    ]
    return [b for b in found if len(b.at)]


def minimum_breaches(minimum: IntArray, offered: IntArray, grid: IntArray, terms: GridTerms) -> list[Breach]:
    """Return what is wrong with minimum acceptance powers; all shapes (m,).

    Args:
        minimum: Minimum acceptance power in ticks.
        offered: All steps of the order in that cell, in ticks.
        grid: Zone and carrier.
        terms: Of every grid.
    """
    above = Breach(
        "minimum_within_offer",
        np.flatnonzero(minimum > np.maximum(offered, 0)),
        lambda m: (
            f"minimum {terms.quantity(grid[m], minimum[m])} MW is above the offer of "
            f"{terms.quantity(grid[m], offered[m])} MW in this MTU"
        ),
        lambda m: f"Send a minimum from {terms.quantity(grid[m], 0)} to {terms.quantity(grid[m], offered[m])} MW.",
    )
    return [b for b in (quantity_not_negative(minimum, grid, terms, "minimum"), above) if len(b.at)]


def schedule_breaches(
    least: IntArray,
    most: IntArray,
    up: IntArray,
    down: IntArray,
    grid: int,
    terms: GridTerms,
    time: Callable[[int], str],
) -> list[Breach]:
    """Return orders of one grid that no schedule fits: accepted, they would have to break a load gradient.

    The powers that an order can reach in an MTU are one interval: between minimum and offer,
    no more than a climb above the highest and no more than a fall below the lowest of the MTU
    before. Where it is empty there is no schedule, and where it never is there is one.
    Orders with a minimum above their offer are left out; they break a rule of their own.

    Args:
        least: Minimum acceptance power of each order in each MTU, in ticks; shape (o, t).
        most: Its offer there; shape (o, t).
        up: Ticks that it may climb from one MTU to the next, -1 for no limit; shape (o,).
        down: The same for its fall; shape (o,).
        grid: Zone and carrier of all of them.
        terms: Of every grid.
        time: Start of an MTU, counted from 0, in words.
    """
    at, reach = _dead_ends(least, most, up, down)
    at[(least > most).any(axis=1)] = -1

    def mw(ticks: int) -> str:
        return f"{terms.quantity(grid, ticks)} MW"

    def what(o: int) -> str:
        t, (low, high) = int(at[o]), reach[o]
        if least[o, t] > high:
            need, reached = mw(least[o, t]), mw(high)
            return (
                f"its minimum of {need} at {time(t)} is out of reach: a gradient_up_mw of {mw(up[o])} ends at {reached}"
            )
        offer, left = mw(most[o, t]), mw(low)
        return f"its offer of {offer} at {time(t)} is too small: a gradient_down_mw of {mw(down[o])} ends at {left}"

    def fix(o: int) -> str:
        t, (low, high) = int(at[o]), reach[o]
        if least[o, t] > high:
            return f"Send a minimum of at most {mw(high)} there, a larger offer before it, or a larger gradient."
        return f"Offer at least {mw(low)} there, or send smaller minimums before it, or a larger gradient."

    return [Breach("gradients_meet_minimums", np.flatnonzero(at >= 0), what, fix)]


def _dead_ends(least: IntArray, most: IntArray, up: IntArray, down: IntArray) -> tuple[IntArray, IntArray]:
    """Return the first MTU that each order cannot reach, -1 if none, and lowest and highest power reached there.

    >>> _dead_ends(np.array([[0, 0, 9]]), np.array([[4, 9, 9]]), np.array([2]), np.array([-1]))
    (array([2]), array([[0, 8]]))
    """
    low, high = least[:, 0], most[:, 0]
    at = np.full(len(least), -1)
    reach = np.stack([low, high], axis=1)
    for t in range(1, least.shape[1]):
        fallen = np.where(down < 0, 0, np.maximum(low - down, 0))
        climbed = np.where(up < 0, most[:, t], high + up)
        ends = (at < 0) & ((least[:, t] > climbed) | (fallen > most[:, t]))
        at[ends] = t
        reach[ends] = np.stack([fallen, climbed], axis=1)[ends]
        low, high = np.maximum(least[:, t], fallen), np.minimum(most[:, t], climbed)
    return at, reach
