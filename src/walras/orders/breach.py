"""A broken rule of an order family, before it is known where the order stands in a file.

The rule modules of this room (`curve_rules`, `block_rules`, `flexible_rules`,
`scalable_rules`) look at one order alone and at the terms of its grid. They return
`Breach`es whose positions count orders, steps or legs of the columns they looked at;
`book.findings` turns these into mistakes with a table and a row.

Axes: g grids.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Breach:
    """One rule and the positions that break it; `what` and `fix` are asked for a few of them only."""

    rule: str
    at: IntArray
    what: Callable[[int], str]
    fix: Callable[[int], str]


@dataclass(frozen=True)
class GridTerms:
    """What an order must know of its grid: limits and ticks, one a grid.

    Attributes:
        currency: ISO 4217, for messages.
        mtu_minutes: Length of an MTU; shape (g,).
        price_min, price_max: Limits in ticks; shape (g,).
        price_step, price_scale: A price is `ticks * step / scale`; shape (g,).
        quantity_step, quantity_scale: The same for quantities in MW; shape (g,).
    """

    currency: str
    mtu_minutes: IntArray
    price_min: IntArray
    price_max: IntArray
    price_step: IntArray
    price_scale: IntArray
    quantity_step: IntArray
    quantity_scale: IntArray

    def price(self, g: int, ticks: int) -> str:
        """Return a price with the decimals of its tick."""
        return _shown(int(ticks), int(self.price_step[g]), int(self.price_scale[g]))

    def quantity(self, g: int, ticks: int) -> str:
        """Return a quantity with the decimals of its tick."""
        return _shown(int(ticks), int(self.quantity_step[g]), int(self.quantity_scale[g]))

    def price_range(self, g: int) -> tuple[str, str]:
        """Return the limits with the decimals of the tick."""
        return self.price(g, int(self.price_min[g])), self.price(g, int(self.price_max[g]))


def _shown(ticks: int, step: int, scale: int) -> str:
    return f"{ticks * step / scale:.{len(str(scale)) - 1}f}"


def price_limits(price: IntArray, grid: IntArray, terms: GridTerms, name: str = "price") -> Breach:
    """Find prices outside the limits of their grid; `price` and `grid` share the shape of the positions."""
    bad = (price < terms.price_min[grid]) | (price > terms.price_max[grid])

    def what(i: int) -> str:
        low, high = terms.price_range(grid[i])
        unit = f"{terms.currency}/MWh"
        return f"{name} {terms.price(grid[i], price[i])} {unit} is outside [{low}, {high}] {unit}"

    def fix(i: int) -> str:
        low, high = terms.price_range(grid[i])
        return f"Send a price from {low} to {high} {terms.currency}/MWh."

    return Breach("price_limits", np.flatnonzero(bad), what, fix)


def quantity_not_negative(quantity: IntArray, grid: IntArray, terms: GridTerms, name: str = "quantity") -> Breach:
    """Find negative quantities; `quantity` and `grid` share the shape of the positions."""
    return Breach(
        "quantity_not_negative",
        np.flatnonzero(quantity < 0),
        lambda i: f"{name} {terms.quantity(grid[i], quantity[i])} MW is negative",
        lambda i: "Send a quantity of 0 MW or more; the side says which way it goes.",
    )
