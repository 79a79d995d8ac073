"""Lines and borders of a synthetic market (see `studies.generate`).

Axes: l lines, p line periods, q border periods; `load` and `reference` are (z, t).
"""

from __future__ import annotations

import numpy as np

from walras.book.cells import Cells, FloatArray, IntArray
from walras.book.network import Borders, Lines


def draw_lines(cells: Cells, load: FloatArray, rng: np.random.Generator) -> Lines:
    """Return lines between near zones: a tree of nearest neighbours, then a mesh of two lines a zone."""
    place = np.array([(z.latitude, z.longitude) for z in cells.zones], dtype=float)
    ends = near_pairs(place)
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


def outside_domain(lines: Lines, zones: int) -> Lines:
    """Return the lines that do not join two of the first zones: these trade through their domain."""
    keep = (lines.from_grid >= zones) | (lines.to_grid >= zones)
    of_period = keep[lines.period_line]
    number = np.cumsum(keep) - 1
    return Lines(
        name=tuple(n for n, k in zip(lines.name, keep.tolist(), strict=True) if k),
        from_grid=lines.from_grid[keep],
        to_grid=lines.to_grid[keep],
        minutes=lines.minutes[keep],
        period_line=number[lines.period_line[of_period]],
        period_start=lines.period_start[of_period],
        from_cell=lines.from_cell[of_period],
        from_cells=lines.from_cells[of_period],
        to_cell=lines.to_cell[of_period],
        to_cells=lines.to_cells[of_period],
        capacity_forward=lines.capacity_forward[of_period],
        capacity_backward=lines.capacity_backward[of_period],
    )


def near_pairs(place: FloatArray) -> IntArray:
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


def draw_borders(cells: Cells, load: FloatArray, reference: FloatArray, rng: np.random.Generator) -> Borders:
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
