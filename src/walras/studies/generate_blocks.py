"""Orders of more than one MTU for a synthetic market: blocks, flexible and scalable complex orders.

Axes: o orders, l legs; `load` and `reference` are (z, t): MW, and the price in EUR/MWh
that an order of that zone and MTU may hope for. Prices are drawn around the reference, so
that many orders are near the money. See `studies.generate`.
"""

from __future__ import annotations

import numpy as np

from walras.book.cells import Cells, FloatArray, IntArray
from walras.orders.blocks import BlockOrders
from walras.orders.flexible import FlexibleOrders
from walras.orders.scalable import ScalableOrders

CURTAILABLE, FAMILY, GROUP = 0.25, 0.12, 0.08
"""Shares of blocks with a minimum acceptance ratio below 1, in a linked family, in an exclusive group."""


def draw_blocks(
    cells: Cells, load: FloatArray, reference: FloatArray, count: int, rng: np.random.Generator
) -> BlockOrders:
    """Return `count` block orders."""
    if count == 0:
        return BlockOrders.none()
    periods = load.shape[1]
    group, group_name, child, parent, anchor = _joined(count, rng)
    zone = _zones(load, count, rng)[anchor]
    side = np.where(rng.random(count) < 0.7, 1, -1)[anchor]
    length = np.maximum(1, periods // np.array([6, 4, 3, 2, 1]))[rng.integers(0, 5, count)]
    begin = rng.integers(0, periods - length + 1)
    leg = np.repeat(np.arange(count), length)
    offset = np.arange(len(leg)) - np.repeat(np.cumsum(length) - length, length)
    cell = zone[leg] * periods + begin[leg] + offset
    power = np.minimum(np.exp(rng.normal(3.6, 0.8, count)), 0.05 * load.mean(axis=1)[zone])
    shaped = rng.random(count) < 0.4
    profile = np.where(shaped[leg], rng.uniform(0.5, 1.0, len(leg)), 1.0)
    hope = np.bincount(leg, weights=reference.ravel()[cell]) / length
    price = hope + side * 2.0 + rng.normal(0, 6, count)
    # a parent asks a little more and its children a little less, so that families stand or fall together
    price += 3.0 * side * (np.bincount(parent, minlength=count) > 0) - 3.0 * side * (
        np.bincount(child, minlength=count) > 0
    )
    ratio = np.ones(count)
    alone = (group < 0) & (np.bincount(np.concatenate([child, parent]), minlength=count) == 0)
    partial = alone & (rng.random(count) < CURTAILABLE / (1 - FAMILY - GROUP))
    ratio[partial] = np.round(rng.uniform(0.2, 0.9, count), 2)[partial]
    width = len(str(count))
    return BlockOrders(
        tuple(f"block-{o + 1:0{width}d}" for o in range(count)),
        _members(cells, zone, side),
        zone,
        side,
        _price_ticks(cells, price, zone),
        ratio,
        group,
        group_name,
        leg,
        cell,
        _quantity_ticks(cells, power[leg] * profile, zone[leg]),
        child,
        parent,
    )


def draw_flexibles(
    cells: Cells, load: FloatArray, reference: FloatArray, count: int, rng: np.random.Generator
) -> FlexibleOrders:
    """Return `count` flexible orders of one to four hours; every second one has a window of half a day."""
    if count == 0:
        return FlexibleOrders.none()
    periods = load.shape[1]
    hour = max(1, periods // 24)
    zone = _zones(load, count, rng)
    side = np.where(rng.random(count) < 0.5, 1, -1)
    length = hour * rng.integers(1, 5, count)
    half = np.arange(count) % 2 == 1
    opens = np.where(half, periods // 4, 0)
    closes = np.where(half, 3 * periods // 4, periods)
    power = np.minimum(np.exp(rng.normal(3.2, 0.6, count)), 0.03 * load.mean(axis=1)[zone])
    # it would take the best hours of its window, not average ones
    price = reference.mean(axis=1)[zone] + side * 10.0 + rng.normal(0, 8, count)
    width = len(str(count))
    return FlexibleOrders(
        tuple(f"flexible-{o + 1:0{width}d}" for o in range(count)),
        _members(cells, zone, side),
        zone,
        side,
        _price_ticks(cells, price, zone),
        _quantity_ticks(cells, power, zone),
        zone * periods + opens,
        closes - opens - length + 1,
        length,
    )


def draw_scalables(
    cells: Cells, load: FloatArray, reference: FloatArray, count: int, rng: np.random.Generator
) -> ScalableOrders:
    """Return `count` scalable complex orders of plants: three steps an MTU, a minimum power, a fixed term."""
    if count == 0:
        return ScalableOrders.none()
    periods = load.shape[1]
    zone = _zones(load, count, rng)
    power = 0.02 * load.mean(axis=1)[zone] * rng.uniform(0.5, 1.5, count)
    share, cost = np.array([0.4, 0.3, 0.3]), np.array([-12.0, -4.0, 6.0])
    base = reference.mean(axis=1)[zone] + rng.normal(0, 8, count)
    order = np.repeat(np.arange(count), periods * 3)
    cell = zone[order] * periods + np.tile(np.repeat(np.arange(periods), 3), count)
    step = np.tile(np.arange(3), count * periods)
    quantity = _quantity_ticks(cells, power[order] * share[step], zone[order])
    with_gradient = rng.random(count) < 0.5
    gradient = np.where(with_gradient, _quantity_ticks(cells, 0.5 * power, zone), -1)
    minimum_order = np.repeat(np.arange(count), periods)
    minimum_cell = zone[minimum_order] * periods + np.tile(np.arange(periods), count)
    width = len(str(count))
    return ScalableOrders(
        tuple(f"scalable-{o + 1:0{width}d}" for o in range(count)),
        _members(cells, zone, np.ones(count, dtype=np.int64)),
        zone,
        np.ones(count, dtype=np.int64),
        np.round(power * 24 * rng.uniform(0.5, 4.0, count), 2),
        gradient,
        gradient.copy(),
        np.where(rng.random(count) < 0.3, max(1, periods // 12), 0),
        order,
        cell,
        step + 1,
        _price_ticks(cells, base[order] + cost[step], zone[order]),
        quantity,
        minimum_order,
        minimum_cell,
        _quantity_ticks(cells, 0.3 * power[minimum_order], zone[minimum_order]),
    )


def _joined(count: int, rng: np.random.Generator) -> tuple[IntArray, tuple[str, ...], IntArray, IntArray, IntArray]:
    """Return groups, their names, links, and for each block the one whose zone and side it shares.

    The first blocks are families of a parent and two children, the next ones groups of
    three, the rest stand alone; block numbers carry no other meaning.
    """
    families, groups = int(FAMILY * count) // 3, int(GROUP * count) // 3
    anchor = np.arange(count)
    joined = 3 * (families + groups)
    anchor[:joined] = anchor[:joined] // 3 * 3
    group = np.full(count, -1, dtype=np.int64)
    group[3 * families : joined] = np.repeat(np.arange(groups), 3)
    width = max(1, len(str(groups)))
    parent = np.repeat(3 * np.arange(families), 2)
    child = parent + np.tile([1, 2], families)
    # half of the families are chains, so that grandchildren occur
    chained = (np.arange(len(child)) % 2 == 1) & (np.repeat(rng.random(families), 2) < 0.5)
    parent = parent + chained
    return group, tuple(f"group-{g + 1:0{width}d}" for g in range(groups)), child, parent, anchor


def _zones(load: FloatArray, count: int, rng: np.random.Generator) -> IntArray:
    weight = load.mean(axis=1)
    return rng.choice(len(weight), size=count, p=weight / weight.sum()).astype(np.int64)


def _members(cells: Cells, zone: IntArray, side: IntArray) -> tuple[str, ...]:
    return tuple(
        f"{cells.zones[z].name}-{'seller' if s > 0 else 'buyer'}-0000" for z, s in zip(zone, side, strict=True)
    )


def _price_ticks(cells: Cells, price: FloatArray, grid: IntArray) -> IntArray:
    low, high, scale, step = (
        np.array(v, dtype=np.int64)[grid]
        for v in zip(
            *((g.price_min, g.price_max, g.price_tick.scale, g.price_tick.step) for g in cells.grids), strict=True
        )
    )
    return np.clip(np.rint(price * scale / step).astype(np.int64), low, high)


def _quantity_ticks(cells: Cells, quantity: FloatArray, grid: IntArray) -> IntArray:
    scale, step = (
        np.array(v, dtype=np.int64)[grid]
        for v in zip(*((g.quantity_tick.scale, g.quantity_tick.step) for g in cells.grids), strict=True)
    )
    return np.maximum(1, np.rint(quantity * scale / step)).astype(np.int64)
