"""Clusters: zones whose prices move together, so that one proof by cases can take them apart from the rest.

A line that joins equal prices in many periods carries what an order changes on one side to
the other; cutting it would give the proof away. So zones joined by such lines go together,
the most often equal first, as long as a cluster stays small. Zones of one flow-based
domain, of one family or of one exclusive group always do.

Axes: n cells, z zones (grids of the book), l pairs of zones.
"""

from __future__ import annotations

import numpy as np

from walras.book.cells import FloatArray, IntArray
from walras.coupling.market import Market
from walras.coupling.points import Relaxed
from walras.coupling.runs import spread, summed

EQUAL = 1e-6


def clusters(market: Market, root: Relaxed, share: float, most_zones: int) -> IntArray:
    """Return the cluster of each zone of a market, -1 for zones of other parts; numbered by first zone; shape (z,).

    Zones are merged along pairs of them whose prices are equal at more than a `share` of
    their line's periods, while no more than `most_zones` come together.
    """
    count = int(market.zone.max()) + 1
    leader = np.arange(count)
    size = np.bincount(np.unique(market.zone), minlength=count)

    def of(zone: int) -> int:
        while leader[zone] != zone:
            zone = int(leader[zone])
        return zone

    def join(one: int, other: int) -> None:
        one, other = sorted((of(one), of(other)))
        if one != other:
            leader[other] = one
            size[one] += size[other]

    for one, other in _never_apart(market):
        join(one, other)
    for one, other in _by_equal_prices(market, root, share):
        if size[of(one)] + size[of(other)] <= most_zones:
            join(one, other)
    zones = np.unique(market.zone)
    root_zone = np.array([of(int(z)) for z in zones])
    out = np.full(count, -1)
    out[zones] = np.unique(root_zone, return_inverse=True)[1]
    return out


def _never_apart(market: Market) -> list[tuple[int, int]]:
    """Return pairs of zones that a domain, a family, a group or a conversion joins."""
    orders, steps, domains = market.orders, market.steps, market.domains
    zone = np.zeros(orders.count, dtype=np.int64)
    zone[orders.entry_column] = market.zone[orders.entry_cell]
    zone[steps.column] = market.zone[steps.cell]
    first_member = np.full(len(orders.group), -1)
    first_member[orders.member_group[::-1]] = orders.member_column[::-1]
    first_exchange = np.full(domains.periods, -1)
    first_exchange[domains.period[::-1]] = domains.cell[::-1]
    left = [
        zone[orders.link_child],
        zone[first_member[orders.member_group]],
        market.zone[first_exchange[domains.period]],
        market.zone[steps.cell[steps.input_step]],
    ]
    right = [
        zone[orders.link_parent],
        zone[orders.member_column],
        market.zone[domains.cell],
        market.zone[steps.input_cell],
    ]
    pairs = np.unique(np.column_stack([np.concatenate(left), np.concatenate(right)]), axis=0)
    return [(int(a), int(b)) for a, b in pairs if a != b]


def _by_equal_prices(market: Market, root: Relaxed, share: float) -> list[tuple[int, int]]:
    """Return pairs of zones, the most often of equal price first."""
    lines, count = market.lines, int(market.zone.max()) + 1
    mean = [_mean(market, root.price, *end) for end in _ends(market)]
    equal = (np.abs(mean[0] - mean[1]) <= EQUAL).astype(np.float64)
    ends = np.sort(np.stack([market.zone[lines.from_cell], market.zone[lines.to_cell]]), axis=0)
    key, pair = np.unique(ends[0] * count + ends[1], return_inverse=True)
    is_open = (lines.upper > lines.lower).astype(np.float64)
    periods = summed(pair, is_open, len(key))
    often = np.divide(summed(pair, equal * is_open, len(key)), periods, out=np.zeros(len(key)), where=periods > 0)
    chosen = np.flatnonzero(often > share)
    chosen = chosen[np.argsort(-often[chosen], kind="stable")]
    return [(int(k // count), int(k % count)) for k in key[chosen]]


def _ends(market: Market) -> tuple[tuple[IntArray, IntArray], tuple[IntArray, IntArray]]:
    lines = market.lines
    return (lines.from_cell, lines.from_cells), (lines.to_cell, lines.to_cells)


def _mean(market: Market, price: FloatArray, first: IntArray, cells: IntArray) -> FloatArray:
    """Return the mean price over runs of cells, weighted by hours."""
    which, cell = spread(first, cells)
    hours = summed(which, market.hours[cell], len(first))
    return summed(which, price[cell] * market.hours[cell], len(first)) / np.maximum(hours, 1e-300)
