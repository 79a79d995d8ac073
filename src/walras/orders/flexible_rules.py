"""What is wrong with one flexible order alone. Axis: o orders."""

from __future__ import annotations

import numpy as np

from walras.orders.breach import Breach, GridTerms, IntArray, price_limits, quantity_not_negative


def flexible_breaches(
    *, price: IntArray, quantity: IntArray, minutes: IntArray, window: IntArray, grid: IntArray, terms: GridTerms
) -> list[Breach]:
    """Return what is wrong with flexible orders; all shapes (o,).

    Args:
        price: Ticks of the grid.
        quantity: Ticks of the grid.
        minutes: Length of delivery.
        window: Length of the window in minutes.
        grid: Zone and carrier.
        terms: Of every grid.
    """
    mtu = terms.mtu_minutes[grid]
    is_length = (minutes > 0) & (minutes % mtu == 0)
    found = [
        price_limits(price, grid, terms),
        quantity_not_negative(quantity, grid, terms),
        Breach(
            "product_length",
            np.flatnonzero(~is_length),
            lambda o: f"delivery of {minutes[o]} minutes is no multiple of the MTU of {mtu[o]} minutes",
            lambda o: f"Send minutes as a positive multiple of {mtu[o]}.",
        ),
        Breach(
            "window_holds_order",
            np.flatnonzero(is_length & (window < minutes)),
            lambda o: f"a window of {window[o]} minutes is shorter than the delivery of {minutes[o]} minutes",
            lambda o: f"Send a window of at least {minutes[o]} minutes.",
        ),
    ]
    return [b for b in found if len(b.at)]
