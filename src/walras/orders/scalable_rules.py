"""What is wrong with one scalable complex order alone; its steps obey `curve_rules`.

Axes as in `scalable`: o orders, k steps, m minimums.
"""

from __future__ import annotations

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
