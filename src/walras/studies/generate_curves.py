"""Curves of a synthetic market: steps of members, a share of them interpolated (see `studies.generate`).

Axis: k steps, drawn cell by cell, then sorted by curve, cell and price. The first buyer of
a zone is its load at any price; a fifth of the other curves is interpolated.
"""

from __future__ import annotations

import numpy as np

from walras.book.cells import BoolArray, Cells, FloatArray, IntArray
from walras.orders.curves import CurveOrders

STEPS_A_CURVE = 20
INELASTIC = 0.7
"""Share of a zone's load that buys at any price."""


def price_quantile(share: FloatArray) -> FloatArray:
    """Return the supply price below which a share of all supply lies, EUR/MWh before a zone's level.

    >>> price_quantile(np.array([0.0, 0.6, 1.0])).tolist()
    [-20.0, 65.0, 600.0]
    """
    out: FloatArray = np.interp(share, [0.0, 0.25, 0.3, 0.6, 0.9, 1.0], [-20.0, 5.0, 25.0, 65.0, 140.0, 600.0])
    return out


def draw_curves(
    cells: Cells, load: FloatArray, supply: FloatArray, *, level: FloatArray, steps: int, rng: np.random.Generator
) -> CurveOrders:
    """Return curves with exactly `steps` steps, at least one a side in every cell."""
    zones, periods = load.shape
    grid = cells.grids[0]
    count = np.full(cells.count, steps // cells.count, dtype=np.int64)
    count[: steps % cells.count] += 1
    sold = np.maximum(1, np.minimum(count - 1, (0.6 * count).astype(np.int64)))
    sellers, buyers = (max(1, -(-int(n.max()) // STEPS_A_CURVE)) for n in (sold, count - sold))
    if int((count - sold).max()) > 1:
        buyers += 1  # the first buyer of a zone is its load at any price, one step a cell
    cell, rank, is_sale = _places(count, sold)
    zone = cell // periods
    member = np.where(is_sale, rank % sellers, np.where(rank == 0, 0, 1 + (rank - 1) % max(buyers - 1, 1)))
    price = _prices(cells, zone, rank, is_sale, level=level, rng=rng)
    power = _quantities(cell, rank, is_sale, load=load.ravel(), supply=supply.ravel(), rng=rng)
    quantity = np.maximum(1, np.rint(power / grid.quantity_tick.size)).astype(np.int64)
    order = zone * (buyers + sellers) + np.where(is_sale, buyers + member, member)
    sign = np.where(is_sale, 1, -1)
    # one number a step, so that a single sort brings curves, cells and prices into order
    rise = np.where(is_sale, price - grid.price_min, grid.price_max - price)
    key = (order * cells.count + cell) * (grid.price_max - grid.price_min + 1) + rise
    by = np.argsort(key, kind="stable")
    order, cell, price, quantity, sign = order[by], cell[by], price[by], quantity[by], sign[by]
    curve = np.tile(np.arange(buyers + sellers), zones)
    place = np.where(curve < buyers, curve, curve - buyers)
    is_seller = curve >= buyers
    smooth = (is_seller | (place > 0)) & (rng.random(len(curve)) < 0.2)
    end = np.clip(_ends(order, cell, price, sign, smooth[order]), grid.price_min, grid.price_max)
    label = [f"D{m:04d}" for m in range(buyers)] + [f"S{m:04d}" for m in range(sellers)]
    # a member without a single step in a small market has no curve
    used = np.flatnonzero(np.bincount(order, minlength=len(curve)))
    order = np.searchsorted(used, order)
    named = [(cells.zones[o // len(label)].name, label[o % len(label)]) for o in used]
    return CurveOrders(
        tuple(f"{zone_name}-{n}" for zone_name, n in named),
        tuple(f"{zone_name}-{'buyer' if n[0] == 'D' else 'seller'}-{n[1:]}" for zone_name, n in named),
        used // len(label),
        np.where(is_seller, 1, -1)[used],
        order,
        cell,
        np.ones(len(order), dtype=np.int64),
        _numbers(order, cell),
        price,
        end,
        quantity,
    )


def _places(count: IntArray, sold: IntArray) -> tuple[IntArray, IntArray, BoolArray]:
    """Return cell, rank inside its cell and side, and whether it sells, of every step."""
    cell = np.repeat(np.arange(len(count)), count)
    rank = np.arange(len(cell)) - np.repeat(np.cumsum(count) - count, count)
    is_sale = rank < sold[cell]
    return cell, np.where(is_sale, rank, rank - sold[cell]), is_sale


def _prices(
    cells: Cells,
    zone: IntArray,
    rank: IntArray,
    is_sale: BoolArray,
    *,
    level: FloatArray,
    rng: np.random.Generator,
) -> IntArray:
    """Return the price of every step in ticks."""
    share = rng.random(len(zone))
    asked = price_quantile(share) * level[zone]
    paid = 5.0 + 170.0 * share**1.5
    grid = cells.grids[0]
    ticks = np.rint(np.where(is_sale, asked, paid) / grid.price_tick.size).astype(np.int64)
    ticks[~is_sale & (rank == 0)] = grid.price_max
    return np.clip(ticks, grid.price_min, grid.price_max)


def _quantities(
    cell: IntArray,
    rank: IntArray,
    is_sale: BoolArray,
    *,
    load: FloatArray,
    supply: FloatArray,
    rng: np.random.Generator,
) -> FloatArray:
    """Return the quantity of every step in MW."""
    weight = 0.2 + rng.random(len(cell)) ** 3
    first = ~is_sale & (rank == 0)
    weight[first] = 0.0
    side = cell * 2 + is_sale
    total = np.bincount(side, weights=weight, minlength=2 * len(load))
    elastic = (1 - INELASTIC) * load[cell]
    share = weight / np.where(total[side] > 0, total[side], 1.0)
    quantity: FloatArray = np.where(first, INELASTIC * load[cell], share * np.where(is_sale, supply[cell], elastic))
    return quantity


def _numbers(order: IntArray, cell: IntArray) -> IntArray:
    """Return the place of every step in its curve and cell, from 1; rows are sorted."""
    new = np.ones(len(order), dtype=bool)
    new[1:] = (order[1:] != order[:-1]) | (cell[1:] != cell[:-1])
    first = np.flatnonzero(new)
    number: IntArray = np.arange(len(order)) - first[np.cumsum(new) - 1] + 1
    return number


def _ends(
    order: IntArray,
    cell: IntArray,
    price: IntArray,
    sign: IntArray,
    is_smooth: BoolArray,
) -> IntArray:
    """Return end prices: an interpolated step runs to the start of the next, the last one 1000 ticks on."""
    end = price.copy()
    follows = np.zeros(len(order), dtype=bool)
    follows[:-1] = (order[1:] == order[:-1]) & (cell[1:] == cell[:-1])
    onward = np.append(price[1:], 0)
    last = price + sign * 1000
    end[is_smooth] = np.where(follows, onward, last)[is_smooth]
    return end
