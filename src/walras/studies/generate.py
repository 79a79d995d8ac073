"""A synthetic market of any size: plausible, deterministic, valid by the rules of the market folder.

Axes: z zones, t MTUs of the day, c = z * T + t cells, k curve steps. Zones lie in a
square; lines join them to a tree of nearest neighbours and on to a mesh of about two
lines a zone. Each zone has a load, a price level and members with curves; a share of the
curves is interpolated. The steps of one cell are drawn from a price distribution whose
quantiles are known (`_quantile`), so that the price which a zone would have alone can be
written down without clearing anything; blocks are priced around it. Blocks are regular,
curtailable, in linked families or in exclusive groups; a few flexible and scalable
complex orders join them. Supply always covers the load that buys at any price.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from walras.book.book import Book
from walras.book.cells import BoolArray, Cells, FloatArray, Grid, IntArray, Tick, Zone
from walras.book.network import Borders, Lines
from walras.book.profile import load_profile
from walras.errors import BadInput, Mistake
from walras.orders.curves import CurveOrders
from walras.studies.generate_blocks import draw_blocks, draw_flexibles, draw_scalables

DAY = date(2026, 1, 14)
TIME_ZONE = "Europe/Brussels"
PRICE_TICK, QUANTITY_TICK = Tick(1, 100), Tick(1, 10)
PRICE_MIN, PRICE_MAX = -50_000, 400_000
COUNTRIES = ("AT", "BE", "BG", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT")
MTU_MINUTES = {24: 60, 48: 30, 96: 15, 60: 60, 30: 30, 15: 15}
STEPS_A_CURVE = 20
INELASTIC = 0.7
"""Share of a zone's load that buys at any price."""


def generate(zones: int, mtu: int, steps: int, blocks: int, seed: int) -> Book:
    """Return a synthetic market.

    Args:
        zones: Number of bidding zones.
        mtu: MTUs a day (24, 48, 96), or equally their minutes (60, 30, 15).
        steps: Curve steps in all; at least two for each zone and MTU.
        blocks: Block orders; one flexible and one scalable order joins every 100 of them.
        seed: The same seed gives the same market.

    Raises:
        BadInput: A number that no market can have.

    Example:
        >>> book = generate(zones=2, mtu=24, steps=500, blocks=4, seed=1)
        >>> book.cells.count, book.curves.step_count, book.blocks.count
        (48, 500, 4)
    """
    _check(zones, mtu, steps, blocks, seed)
    rng = np.random.default_rng(seed)
    cells = _cells(zones, MTU_MINUTES[mtu], rng)
    periods = cells.count // zones
    load, supply = _load(rng, zones, periods)
    level = np.exp(rng.normal(0.0, 0.2, zones))
    alone = _quantile(load / supply) * level[:, None]
    # neighbours trade, so what a block can hope for lies between its own zone and everybody
    reference = 0.5 * alone + 0.5 * alone.mean(axis=0)
    lines = _lines(cells, load, rng)
    borders = _borders(cells, load, reference, rng)
    curves = _curves(cells, load, supply, level=level, steps=steps, rng=rng)
    return Book(
        f"Synthetic market {zones} x {periods}, seed {seed}",
        "EUR",
        TIME_ZONE,
        DAY,
        load_profile("european", DAY),
        cells,
        lines,
        borders,
        curves,
        draw_blocks(cells, load, reference, blocks, rng),
        draw_flexibles(cells, load, reference, (blocks + 99) // 100, rng),
        draw_scalables(cells, load, reference, (blocks + 99) // 100, rng),
    )


def _check(zones: int, mtu: int, steps: int, blocks: int, seed: int) -> None:
    mistakes = []
    if not 1 <= zones <= 9_999:
        mistakes.append(Mistake(f"{zones} zones", "zones", "size", "Ask for 1 to 9999 zones."))
    if mtu not in MTU_MINUTES:
        fix = "Use 24, 48 or 96 MTUs a day (or 60, 30, 15 minutes)."
        mistakes.append(Mistake(f"no day has MTUs of {mtu}", "mtu", "size", fix))
    elif steps < (least := 2 * max(zones, 1) * (1440 // MTU_MINUTES[mtu])):
        mistakes.append(Mistake(f"{steps} steps", "steps", "size", f"Ask for {least} steps or more, two a cell."))
    if blocks < 0:
        mistakes.append(Mistake(f"{blocks} blocks", "blocks", "size", "Ask for 0 blocks or more."))
    if seed < 0:
        mistakes.append(Mistake(f"seed {seed}", "seed", "size", "Use a seed from 0."))
    if mistakes:
        raise BadInput(mistakes)


def _quantile(share: FloatArray) -> FloatArray:
    """Return the supply price below which a share of all supply lies, EUR/MWh before a zone's level.

    >>> _quantile(np.array([0.0, 0.6, 1.0])).tolist()
    [-20.0, 65.0, 600.0]
    """
    out: FloatArray = np.interp(share, [0.0, 0.25, 0.3, 0.6, 0.9, 1.0], [-20.0, 5.0, 25.0, 65.0, 140.0, 600.0])
    return out


def _cells(zones: int, minutes: int, rng: np.random.Generator) -> Cells:
    width = max(2, len(str(zones)))
    place = np.round(np.column_stack([rng.uniform(40, 58, zones), rng.uniform(-5, 25, zones)]), 2)
    begin = int(datetime(DAY.year, DAY.month, DAY.day, tzinfo=ZoneInfo(TIME_ZONE)).astimezone(UTC).timestamp()) // 60
    end = begin + int(timedelta(days=1).total_seconds()) // 60
    return Cells(
        tuple(
            Zone(f"Z{z + 1:0{width}d}", None, COUNTRIES[z % len(COUNTRIES)], float(place[z, 0]), float(place[z, 1]))
            for z in range(zones)
        ),
        tuple(
            Grid(z, "electricity", minutes, begin, end, PRICE_MIN, PRICE_MAX, PRICE_TICK, QUANTITY_TICK)
            for z in range(zones)
        ),
    )


def _load(rng: np.random.Generator, zones: int, periods: int) -> tuple[FloatArray, FloatArray]:
    """Return load and offered supply of each zone and MTU in MW; both (z, t)."""
    hour = (np.arange(periods) + 0.5) * 24 / periods
    peaks = 0.18 * np.exp(-(((hour - 9) / 2.5) ** 2)) + 0.25 * np.exp(-(((hour - 19) / 2.5) ** 2))
    shape = 1 + peaks - 0.15 * np.exp(-(((hour - 3) / 3) ** 2))
    size = np.exp(rng.normal(8.3, 0.8, zones))[:, None]
    load = size * shape * rng.uniform(0.97, 1.03, (zones, periods))
    sun = np.clip(np.sin((hour - 7) / 11 * np.pi), 0, None) * ((hour > 7) & (hour < 18))
    firm = rng.uniform(1.3, 1.9, zones)[:, None]
    supply = size * (firm + rng.uniform(0, 0.6, zones)[:, None] * sun) * rng.uniform(0.97, 1.03, (zones, periods))
    return load, supply


def _lines(cells: Cells, load: FloatArray, rng: np.random.Generator) -> Lines:
    """Return lines between near zones: a tree of nearest neighbours, then a mesh of two lines a zone."""
    place = np.array([(z.latitude, z.longitude) for z in cells.zones], dtype=float)
    ends = _edges(place)
    if not len(ends):
        return Lines.none()
    periods = load.shape[1]
    name = tuple(f"{cells.zones[a].name}-{cells.zones[b].name}" for a, b in ends)
    size = np.minimum(load.mean(axis=1)[ends[:, 0]], load.mean(axis=1)[ends[:, 1]])
    forward = size * rng.uniform(0.05, 0.35, len(ends))
    backward = forward * rng.uniform(0.6, 1.2, len(ends))
    varies = rng.uniform(0.8, 1.1, (len(ends), periods))
    period = np.tile(np.arange(periods), len(ends))
    line = np.repeat(np.arange(len(ends)), periods)
    one = np.ones(len(line), dtype=np.int64)
    minutes = cells.grids[0].mtu_minutes
    return Lines(
        name,
        ends[:, 0],
        ends[:, 1],
        np.full(len(ends), minutes, dtype=np.int64),
        line,
        cells.grids[0].start + period * minutes,
        ends[line, 0] * periods + period,
        one,
        ends[line, 1] * periods + period,
        one,
        np.round((forward[:, None] * varies).ravel()),
        np.round((backward[:, None] * varies).ravel()),
    )


def _edges(place: FloatArray) -> IntArray:
    """Return pairs of zones to join, lower number first, sorted; shape (l, 2)."""
    zones = len(place)
    far = np.linalg.norm(place[:, None] - place[None], axis=2)
    np.fill_diagonal(far, np.inf)
    pairs: set[tuple[int, int]] = set()
    best, via = far[0].copy(), np.zeros(zones, dtype=np.int64)
    best[0] = np.inf
    inside = np.zeros(zones, dtype=bool)
    inside[0] = True
    for _ in range(zones - 1):
        z = int(np.argmin(np.where(inside, np.inf, best)))
        pairs.add((min(z, int(via[z])), max(z, int(via[z]))))
        inside[z] = True
        closer = far[z] < best
        best[closer], via[closer] = far[z][closer], z
    near = np.argsort(far, axis=1, kind="stable")
    for rank in range(min(zones - 1, 3)):
        for z in range(zones):
            if len(pairs) < 2 * zones:
                other = int(near[z, rank])
                pairs.add((min(z, other), max(z, other)))
    return np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)


def _borders(cells: Cells, load: FloatArray, reference: FloatArray, rng: np.random.Generator) -> Borders:
    """Return a price-taking border of the first zone and a fixed one of the last."""
    zones, periods = load.shape
    first, last = cells.zones[0].name, cells.zones[-1].name
    nan = np.full(periods, np.nan)
    price = np.round(reference.mean(axis=0) + rng.normal(0, 8, periods), 2)
    room = np.round(load[0] * 0.1)
    exchange = np.round(load[-1] * rng.uniform(-0.04, 0.04, periods))
    return Borders(
        (f"{first}-NORTH", f"{last}-SOUTH"),
        ("NORTH", "SOUTH"),
        np.array([0, zones - 1]),
        np.array([0, 1]),
        np.repeat(np.arange(2), periods),
        np.concatenate([np.arange(periods), (zones - 1) * periods + np.arange(periods)]),
        np.concatenate([price, nan]),
        np.concatenate([room, nan]),
        np.concatenate([room, nan]),
        np.concatenate([nan, exchange]),
    )


def _curves(
    cells: Cells, load: FloatArray, supply: FloatArray, *, level: FloatArray, steps: int, rng: np.random.Generator
) -> CurveOrders:
    """Return curves with exactly `steps` steps, at least one a side in every cell."""
    zones, periods = load.shape
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
    quantity = _quantities(cell, rank, is_sale, load=load.ravel(), supply=supply.ravel(), rng=rng)
    order = zone * (buyers + sellers) + np.where(is_sale, buyers + member, member)
    sign = np.where(is_sale, 1, -1)
    # one number a step, so that a single sort brings curves, cells and prices into order
    key = (order * cells.count + cell) * (PRICE_MAX - PRICE_MIN + 1) + np.where(
        is_sale, price - PRICE_MIN, PRICE_MAX - price
    )
    by = np.argsort(key, kind="stable")
    order, cell, price, quantity, sign = order[by], cell[by], price[by], quantity[by], sign[by]
    curve = np.tile(np.arange(buyers + sellers), zones)
    place = np.where(curve < buyers, curve, curve - buyers)
    is_seller = curve >= buyers
    smooth = (is_seller | (place > 0)) & (rng.random(len(curve)) < 0.2)
    end = _ends(order, cell, price, sign, smooth[order])
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
    asked = _quantile(share) * level[zone]
    paid = 5.0 + 170.0 * share**1.5
    ticks = np.rint(np.where(is_sale, asked, paid) * PRICE_TICK.scale / PRICE_TICK.step).astype(np.int64)
    ticks[~is_sale & (rank == 0)] = PRICE_MAX
    return np.clip(ticks, PRICE_MIN, PRICE_MAX)


def _quantities(
    cell: IntArray,
    rank: IntArray,
    is_sale: BoolArray,
    *,
    load: FloatArray,
    supply: FloatArray,
    rng: np.random.Generator,
) -> IntArray:
    """Return the quantity of every step in ticks, at least one."""
    weight = 0.2 + rng.random(len(cell)) ** 3
    first = ~is_sale & (rank == 0)
    weight[first] = 0.0
    side = cell * 2 + is_sale
    total = np.bincount(side, weights=weight, minlength=2 * len(load))
    elastic = (1 - INELASTIC) * load[cell]
    share = weight / np.where(total[side] > 0, total[side], 1.0)
    quantity = np.where(first, INELASTIC * load[cell], share * np.where(is_sale, supply[cell], elastic))
    return np.maximum(1, np.rint(quantity * QUANTITY_TICK.scale / QUANTITY_TICK.step)).astype(np.int64)


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
    """Return end prices: an interpolated step runs to the start of the next, the last one 10 EUR on."""
    end = price.copy()
    follows = np.zeros(len(order), dtype=bool)
    follows[:-1] = (order[1:] == order[:-1]) & (cell[1:] == cell[:-1])
    onward = np.append(price[1:], 0)
    last = np.clip(price + sign * 1000, PRICE_MIN, PRICE_MAX)
    end[is_smooth] = np.where(follows, onward, last)[is_smooth]
    return end
