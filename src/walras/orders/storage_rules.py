"""What is wrong with one storage order alone.

Axes as in `storage`: o orders.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from walras.orders.breach import Breach, GridTerms, IntArray
from walras.orders.storage import StorageOrders

SLACK = 1e-9


def storage_breaches(orders: StorageOrders, mtus: IntArray, terms: GridTerms) -> list[Breach]:
    """Return what is wrong with storage orders; `mtus` is the number of MTUs of each one's grid, shape (o,)."""
    return [b for b in (*_powers(orders, terms), *_shares(orders), *_levels(orders, mtus, terms)) if len(b.at)]


def _powers(orders: StorageOrders, terms: GridTerms) -> Iterator[Breach]:
    for name, ticks in (("charge_mw", orders.charge), ("discharge_mw", orders.discharge)):
        yield Breach(
            "quantity_not_negative",
            np.flatnonzero(ticks < 0),
            lambda o, name=name, ticks=ticks: (
                f"{name} {terms.quantity(int(orders.grid[o]), int(ticks[o]))} MW is negative"
            ),  # type: ignore[misc]
            lambda o: "Send a power of 0 MW or more.",
        )
    yield Breach(
        "spread_not_negative",
        np.flatnonzero(orders.spread < 0),
        lambda o: f"a spread of {terms.price(orders.grid[o], orders.spread[o])} {terms.currency}/MWh is negative",
        lambda o: "Send a spread of 0 or more.",
    )
    yield Breach(
        "fixed_term_not_negative",
        np.flatnonzero(orders.fixed_term < 0),
        lambda o: f"fixed term {orders.fixed_term[o]:.2f} {terms.currency} is negative",
        lambda o: f"Send a fixed term of 0.00 {terms.currency} or more.",
    )


def _shares(orders: StorageOrders) -> Iterator[Breach]:
    for name, share in (
        ("charge_efficiency", orders.charge_efficiency),
        ("discharge_efficiency", orders.discharge_efficiency),
    ):
        yield Breach(
            "efficiency_possible",
            np.flatnonzero((share <= 0) | (share > 1)),
            lambda o, name=name, share=share: f"a {name} of {share[o]:g} is not possible",  # type: ignore[misc]
            lambda o: "Send an efficiency above 0 and up to 1.",
        )
    yield Breach(
        "hourly_loss_possible",
        np.flatnonzero((orders.hourly_loss < 0) | (orders.hourly_loss >= 1)),
        lambda o: f"an hourly loss of {orders.hourly_loss[o]:g} is not possible",
        lambda o: "Send the share of the level that is lost in an hour, from 0 to below 1.",
    )


def _levels(orders: StorageOrders, mtus: IntArray, terms: GridTerms) -> Iterator[Breach]:
    yield Breach(
        "capacity_not_negative",
        np.flatnonzero(orders.capacity < 0),
        lambda o: f"a capacity of {orders.capacity[o]:g} MWh is negative",
        lambda o: "Send a capacity of 0 MWh or more.",
    )
    for name, level in (("start_mwh", orders.start), ("end_mwh", orders.end)):
        yield Breach(
            "level_within_capacity",
            np.flatnonzero((orders.capacity >= 0) & ((level < 0) | (level > orders.capacity))),
            lambda o, name=name, level=level: (  # type: ignore[misc]
                f"{name} {level[o]:g} MWh is outside [0, {orders.capacity[o]:g}] MWh"
            ),
            lambda o: f"Send a level from 0 to {orders.capacity[o]:g} MWh.",
        )
    fullest = fullest_end(orders, mtus, terms)
    yield Breach(
        "end_within_reach",
        np.flatnonzero((orders.end <= orders.capacity) & (orders.end > fullest + SLACK)),
        lambda o: f"it must end with {orders.end[o]:g} MWh, but charging all the time ends with {fullest[o]:g} MWh",
        lambda o: f"Send an end_mwh of at most {fullest[o]:g}, or more charging power.",
    )


def fullest_end(
    orders: StorageOrders, mtus: IntArray, terms: GridTerms
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the level after the last MTU if an order charges all the time; MWh, shape (o,)."""
    grid = orders.grid
    hours = terms.mtu_minutes[grid] / 60
    power = orders.charge * terms.quantity_step[grid] / terms.quantity_scale[grid]
    keep, gained = (1 - orders.hourly_loss) ** hours, power * hours * orders.charge_efficiency
    level = orders.start.copy()
    for t in range(int(mtus.max(initial=0))):
        level = np.where(t < mtus, np.minimum(level * keep + gained, orders.capacity), level)
    return level
