"""A decided selection of European size, made backwards: first prices and exchanges, then orders that fit them.

So it needs no search: prices are drawn (a flow-based domain whose binding branches explain
them, and zones around it that full or free lines join), exchanges and accepted blocks on
the tick, and curves whose steps stand where these prices accept them. What is left in each
cell is closed by demand at the upper limit. `open_share` of the cells have no step at their
price, so that their price lies in a gap and must be chosen.

Axes: z zones, t MTUs, c = z * T + t cells.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from walras.book.book import Book
from walras.book.cells import Cells, Grid, Tick, Zone
from walras.book.flow_based import Domains
from walras.book.network import Borders, Lines
from walras.book.profile import load_profile
from walras.coupling.parts import whole_market
from walras.coupling.points import Relaxed
from walras.orders.blocks import BlockOrders
from walras.orders.curves import CurveOrders
from walras.orders.flexible import FlexibleOrders
from walras.orders.scalable import ScalableOrders

DAY = date(2026, 1, 14)
CENT, TENTH = 100, 10
LOW, HIGH = -500 * CENT, 4000 * CENT


@dataclass(frozen=True)
class Size:
    """How large; `core` zones form the domain, `congested` of its periods have binding branches."""

    zones: int = 60
    periods: int = 96
    core: int = 20
    branches: int = 250
    congested: float = 0.8
    binding: int = 3
    steps: int = 260
    blocks: int = 8300
    open_share: float = 0.1
    children: float = 0.1


@dataclass(frozen=True)
class Decided:
    """The book, its market, and the legal optimum that it was made for."""

    book: Book
    market: object
    relaxed: Relaxed


def decided(size: Size, seed: int = 1) -> Decided:
    rng = np.random.default_rng(seed)
    cells = _cells(size)
    price, domains, rent, export = _core(size, rng)
    lines, exchange = _lines(size, rng, price)
    blocks, ratio = _blocks(size, rng, price)
    needed = _needed(size, lines, exchange, domains, export, blocks, ratio)
    curves = _curves(size, rng, price, needed)
    book = Book(
        "European size", "EUR", "UTC", DAY, load_profile("european", DAY), cells, lines, Borders.none(), curves, blocks,
        FlexibleOrders((), (), *(np.zeros(0, dtype=np.int64),) * 7), ScalableOrders.none(), domains,
    )  # fmt: skip
    market = whole_market(book)
    relaxed = Relaxed(
        price=price.ravel() / CENT,
        span_volume=-needed.ravel() / TENTH,
        ratio=ratio,
        step=np.zeros(0),
        exchange=exchange,
        domain=export.ravel(),
        cost=0.0,
        missing=np.zeros(0),
        link_rent=np.zeros(len(blocks.link_child)),
        group_rent=np.zeros(0),
        up_rent=np.zeros(0),
        down_rent=np.zeros(0),
        branch_rent=rent,
        store_value=np.zeros(0),
    )
    return Decided(book, market, relaxed)


def _cells(size):
    terms = (15, 0, 15 * size.periods, LOW, HIGH, Tick(1, CENT), Tick(1, TENTH))
    zones = range(size.zones)
    return Cells(
        tuple(Zone(f"Z{z:02d}", None, "XA") for z in zones), tuple(Grid(z, "electricity", *terms) for z in zones)
    )


def _core(size, rng):
    """Prices in cents (z, t), the domain, branch rents and exports (t, core) in MW."""
    z, t, n, k = size.zones, size.periods, size.core, size.branches
    hour = np.arange(t) * 24 / t
    level = np.round(6000 + 2000 * np.sin((hour - 9) / 24 * 4 * np.pi) + rng.normal(0, 300, t))
    ptdf = np.round(rng.normal(0, 0.25, (k, n)) * (rng.random((k, n)) < 0.7), 4)
    ptdf[:, 0] = 0.0
    export = np.round(rng.normal(0, 1500, (t, n)), 1)
    export[:, 0] -= np.round(export.sum(axis=1), 1)
    export = np.round(export, 1)
    mu = np.zeros((t, k))
    for period in np.flatnonzero(rng.random(t) < size.congested):
        rows, rents = _rents_on_the_tick(size, rng, ptdf, level[period])
        mu[period, rows] = rents
    is_binding = mu > 0
    flow = export @ ptdf.T
    ram = np.where(is_binding, flow, np.abs(flow) + rng.uniform(50, 500, (t, k)))
    price = np.empty((z, t))
    price[:n] = level - (mu @ ptdf).T
    cluster = rng.integers(0, 6, z)
    apart = rng.normal(0, 800, (6, t)).round()
    price[n:] = np.round(level + apart[cluster[n:]])
    row, member = np.divmod(np.arange(t * k * n), n)
    entry = ptdf[row % k, member]
    keep = entry != 0
    domains = Domains(
        name=("core",),
        minutes=np.array([15]),
        member_domain=np.zeros(n, dtype=np.int64),
        member_grid=np.arange(n),
        period_domain=np.zeros(t, dtype=np.int64),
        period_start=15 * np.arange(t),
        exchange_period=np.repeat(np.arange(t), n),
        exchange_cell=(np.arange(n) * t + np.arange(t)[:, None]).ravel(),
        branch=tuple(f"b{r:03d}" for r in range(k)),
        branch_domain=np.zeros(k, dtype=np.int64),
        row_branch=np.tile(np.arange(k), t),
        row_period=np.repeat(np.arange(t), k),
        ram=ram.ravel(),
        entry_row=row[keep],
        entry_exchange=((row // k) * n + member)[keep],
        ptdf=entry[keep],
    )
    return price, domains, (mu / CENT / 4).ravel(), export


def _rents_on_the_tick(size, rng, ptdf, level):
    """Binding branches and rents with which as many zones as there are branches have a price on the tick."""
    while True:
        rows = rng.choice(len(ptdf), size.binding, replace=False)
        zones = 1 + rng.choice(size.core - 1, size.binding, replace=False)
        square = ptdf[rows][:, zones].T
        mu = rng.uniform(500, 3000, size.binding)
        if np.linalg.cond(square) < 20:
            mu = np.linalg.solve(square, level - np.round(level - square @ mu))
            if (mu > 100).all():
                return rows, mu


def _lines(size, rng, price):
    z, t = size.zones, size.periods
    pairs = {(int(rng.integers(0, b)), b) for b in range(size.core, z)}
    while len(pairs) < 2 * z:
        a, b = sorted(rng.choice(z, 2, replace=False).tolist())
        if b >= size.core:
            pairs.add((a, b))
    left, right = (np.array(side) for side in zip(*sorted(pairs), strict=True))
    count = len(left)
    line, period = np.divmod(np.arange(count * t), t)
    forward, backward = np.round(rng.uniform(100, 1500, (2, count * t)))
    rise = (price[right] - price[left]).ravel()
    between = np.round(rng.uniform(-0.5, 0.5, count * t) * np.minimum(forward, backward), 1)
    exchange = np.where(rise > 1e-9, forward, np.where(rise < -1e-9, -backward, between))
    one = np.ones(count * t, dtype=np.int64)
    lines = Lines(
        tuple(f"L{n:03d}" for n in range(count)), left, right, np.full(count, 15), line, 15 * period,
        left[line] * t + period, one, right[line] * t + period, one, forward, backward,
    )  # fmt: skip
    return lines, exchange


def _blocks(size, rng, price):
    """Blocks priced around the mean of their hours, accepted where they do not lose (children after parents)."""
    n, t = size.blocks, size.periods
    grid = np.sort(rng.integers(0, size.zones, n))
    length = rng.choice([t // 6, t // 4, t // 3, t // 2, t], n)
    first = (rng.random(n) * (t - length + 1)).astype(np.int64)
    order = np.repeat(np.arange(n), length)
    cell = grid[order] * t + first[order] + np.arange(len(order)) - np.repeat(np.cumsum(length) - length, length)
    quantity = rng.integers(20, 2000, n)[order]
    mean = np.bincount(order, price.ravel()[cell]) / length
    side = np.where(rng.random(n) < 0.7, 1, -1)
    limit = np.round(mean + rng.normal(0, 600, n))
    gain = side * (mean - limit)
    ratio = (gain >= 0).astype(float)
    child = np.flatnonzero((rng.random(n) < size.children)[1:]) + 1
    child = child[(grid[child] == grid[child - 1]) & (side[child] == side[child - 1])]
    for c in child.tolist():
        ratio[c] = min(ratio[c], ratio[c - 1])
    digits = tuple(f"B{i:05d}" for i in range(n))
    blocks = BlockOrders(
        digits, digits, grid, side, limit.astype(np.int64), np.ones(n), np.full(n, -1), (), order, cell, quantity,
        child, child - 1,
    )  # fmt: skip
    return blocks, ratio


def _needed(size, lines, exchange, domains, export, blocks, ratio):
    """What curves must take out of each cell, in ticks (z, t)."""
    count = size.zones * size.periods
    ticks = np.round(exchange * TENTH)
    net = np.bincount(lines.to_cell, ticks, count) - np.bincount(lines.from_cell, ticks, count)
    net -= np.bincount(domains.exchange_cell, np.round(export.ravel() * TENTH), count)
    net += np.bincount(blocks.leg_cell, (blocks.side * ratio)[blocks.leg_order] * blocks.leg_quantity, count)
    return net.reshape(size.zones, size.periods)


def _curves(size, rng, price, needed):
    """Two curve orders a zone; in a cell with a step at its price that step is taken in part, elsewhere none is."""
    z, t = size.zones, size.periods
    half = size.steps // 2
    shape = (z, 2, t, half)
    at = np.round(price)[:, None, :, None]
    sign = np.array([1, -1])[None, :, None, None]
    away = np.round(rng.uniform(2, 6000, shape) + 1) * np.where(rng.random(shape) < 0.5, 1, -1)
    steps = np.clip(at + away, LOW, HIGH)
    exact = np.abs(price - np.round(price)) < 1e-6
    marginal = exact & (rng.random((z, t)) >= size.open_share)
    steps[:, 0, :, 0] = np.where(marginal, np.round(price), steps[:, 0, :, 0])
    quantity = rng.integers(10, 400, shape)
    steps[:, 0, :, 1], steps[:, 1, :, 1] = LOW, HIGH
    taken = np.where(sign > 0, steps < at, steps > at)
    part = quantity[:, 0, :, 0] // 2
    balance = (sign * quantity * np.where(taken, 1, 0)).sum(axis=(1, 3)) + np.where(marginal, part, 0) + needed
    taken_low, taken_high = quantity[:, 0, :, 1], quantity[:, 1, :, 1]
    quantity[:, 0, :, 1] = taken_low + np.maximum(-balance, 0).astype(np.int64)
    quantity[:, 1, :, 1] = taken_high + np.maximum(balance, 0).astype(np.int64)
    order = np.argsort(sign * steps, axis=3, kind="stable")
    steps, quantity = (np.take_along_axis(a, order, axis=3).reshape(-1).astype(np.int64) for a in (steps, quantity))
    o, cell, number = np.unravel_index(np.arange(2 * z * t * half), (2 * z, t, half))
    names = tuple(f"C{i:03d}" for i in range(2 * z))
    return CurveOrders(
        names, names, np.repeat(np.arange(z), 2), np.tile([1, -1], z), o, (o // 2) * t + cell,
        np.ones(len(o), dtype=np.int64), number + 1, steps, steps, quantity,
    )  # fmt: skip
