"""Aggregated supply and demand of one cell, with the point where they cross.

The curve of one side sums its curve orders horizontally: at each price, everything that
is at least as good, interpolated steps in part (formulation, section 7). Accepted blocks,
flexible and scalable orders, imports and exports do not depend on the price of the
cell once the result stands: they shift the curves to the right, so that both cross at
the clearing price and the traded volume.

Axes: j points of a drawn curve; volumes in MW, prices in currency per MWh.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray, IntArray
from walras.results.raw import Curves, Raw, net_exports, spread
from walras.results.results import Results, Volumes
from walras.vocabulary import Side

MOST_POINTS = 400
MOST_CELLS = 240


def curve_figures(book: Book, results: Results) -> dict[str, Any]:
    """Return the curves of at most `MOST_CELLS` cells, spread evenly over the cells of every grid.

    Returns:
        `shown` and `all` (numbers of cells), and `cells`: grid, start, price, traded
        volume, and for each side its points, its shift and its accepted curve volume.
    """
    chosen = chosen_cells(book)
    raw = Raw(book)
    fixed = {side: _fixed(raw, results.published, side) for side in Side}
    accepted = {side: _accepted_curves(raw.curves, results.published, side, book.cells.count) for side in Side}
    net = net_exports(raw, results.published)
    fixed[Side.SUPPLY] += np.maximum(-net, 0)
    fixed[Side.DEMAND] += np.maximum(net, 0)
    order, edges = _steps_by_cell(raw.curves, book.cells.count, chosen)
    figures = []
    for place, c in enumerate(chosen.tolist()):
        steps = order[edges[place] : edges[place + 1]]
        price = float(results.price[c])
        figure: dict[str, Any] = {
            "grid": int(book.cells.grid[c]),
            "start": int(book.cells.start[c]) * 60_000,
            "price": price,
            "net": float(net[c]),
        }
        limits = (float(book.cells.price_min[c]), float(book.cells.price_max[c]))
        for side in Side:
            mine = steps[raw.curves.sign[steps] == side]
            mw, at = aggregated(
                raw.curves.price_start[mine], raw.curves.price_end[mine], raw.curves.quantity[mine], side
            )
            keep = thinned(at, price, MOST_POINTS)
            best, worst = limits if side == Side.SUPPLY else limits[::-1]
            shift = float(fixed[side][c])
            figure[side.word] = {
                "mw": np.round(np.concatenate([[0.0], mw[keep], [mw.max(initial=0.0)]]) + shift, 3),
                "price": np.round(np.concatenate([[best], at[keep], [worst]]), 4),
                "shift": shift,
                "volume": shift + float(accepted[side][c]),
            }
        figures.append(figure)
    return {"shown": len(chosen), "all": book.cells.count, "points": MOST_POINTS, "cells": figures}


def chosen_cells(book: Book) -> IntArray:
    """Return the cells whose curves are shown: all, or evenly many of each grid."""
    cells = book.cells
    if cells.count <= MOST_CELLS:
        return np.arange(cells.count)
    each = max(1, MOST_CELLS // len(cells.grids))
    grids = np.unique(np.linspace(0, len(cells.grids) - 1, min(MOST_CELLS, len(cells.grids))).astype(np.int64))
    picks = [
        np.unique(np.linspace(cells.first[g], cells.first[g + 1] - 1, min(each, int(cells.grids[g].cell_count))))
        for g in grids
    ]
    return np.concatenate(picks).astype(np.int64)


def aggregated(start: FloatArray, end: FloatArray, quantity: FloatArray, side: Side) -> tuple[FloatArray, FloatArray]:
    """Return the points (volume, price) of a summed curve, from the best price to the worst.

    Example:
        Supply of 100 MW at 10, and 50 MW whose price rises from 10 to 30:

        >>> mw, at = aggregated(np.array([10.0, 10]), np.array([10.0, 30]), np.array([100.0, 50]), Side.SUPPLY)
        >>> mw.tolist(), at.tolist()
        ([0.0, 100.0, 150.0], [10.0, 10.0, 30.0])
    """
    low, high = (start, end) if side == Side.SUPPLY else (-start, -end)
    prices = np.unique(np.concatenate([low, high]))
    flat = low == high
    jump = np.bincount(np.searchsorted(prices, low[flat]), weights=quantity[flat], minlength=len(prices))
    sloped = ~flat
    slope = quantity[sloped] / (high[sloped] - low[sloped])
    turn = np.bincount(np.searchsorted(prices, low[sloped]), weights=slope, minlength=len(prices))
    turn -= np.bincount(np.searchsorted(prices, high[sloped]), weights=slope, minlength=len(prices))
    rise = np.concatenate([[0.0], np.cumsum(turn)[:-1] * np.diff(prices)])[: len(prices)]
    after = np.cumsum(jump + rise)
    before = after - jump
    mw = np.stack([before, after], axis=1).ravel()
    at = np.repeat(prices, 2)
    new = np.concatenate([[True], (np.diff(mw) != 0) | (np.diff(at) != 0)])[: len(mw)]
    return mw[new], np.where(side == Side.SUPPLY, at, -at)[new]


def thinned(at: FloatArray, price: float, most: int) -> IntArray:
    """Return which points to draw: all, or every so many and those next to the clearing price."""
    if len(at) <= most:
        return np.arange(len(at))
    even = np.linspace(0, len(at) - 1, most // 2).astype(np.int64)
    near = np.argsort(np.abs(at - price), kind="stable")[: most // 2]
    return np.unique(np.concatenate([even, near]))


def _accepted_curves(curves: Curves, volumes: Volumes, side: Side, count: int) -> FloatArray:
    item, cell = spread(curves.cell, curves.cells)
    power = np.where(curves.sign == side, volumes.curve, 0.0)
    return np.bincount(cell, weights=power[item], minlength=count).astype(np.float64)


def _fixed(raw: Raw, volumes: Volumes, side: Side) -> FloatArray:
    """Return accepted power of blocks, flexible, scalable and storage orders of one side; shape (c,)."""
    flexible = raw.flexible_legs(volumes.flexible_start)
    out = np.zeros(raw.book.cells.count)
    for legs, power in (
        (raw.blocks, volumes.block_leg),
        (flexible, flexible.quantity),
        (raw.scalables, volumes.scalable),
    ):
        out += np.bincount(legs.cell, weights=np.where(legs.sign == side, power, 0.0), minlength=len(out))
    stored = volumes.discharge if side == Side.SUPPLY else volumes.charge
    out += np.bincount(raw.stores.mtus.cell, weights=stored, minlength=len(out))
    if side == Side.DEMAND:
        out += np.bincount(raw.inputs.bought_cell, weights=volumes.bought, minlength=len(out))
    return out


def _steps_by_cell(curves: Curves, count: int, chosen: IntArray) -> tuple[IntArray, IntArray]:
    """Return steps that reach each chosen cell, one cell after the other, and where each begins."""
    place = np.full(count, -1)
    place[chosen] = np.arange(len(chosen))
    reach = np.concatenate([[0], np.cumsum(place >= 0)])
    touching = np.flatnonzero(reach[curves.cell + curves.cells] > reach[curves.cell])
    item, cell = spread(curves.cell[touching], curves.cells[touching])
    at = place[cell]
    inside = np.flatnonzero(at >= 0)
    inside = inside[np.argsort(at[inside], kind="stable")]
    return touching[item[inside]], np.searchsorted(at[inside], np.arange(len(chosen) + 1))
