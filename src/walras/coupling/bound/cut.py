"""One cluster as a market of its own: each line to another cluster trades at the middle of its two prices.

Half of what such a line earns at the prices of the whole market belongs to either end. Seen
from one end with price p, where the whole has P here and Q there, that half is worth
(formulation, eq. 8.13)::

    flow (Q - (P + 2 (p - P))) / 2 = flow ((P + Q) / 2 - p)

which is a price-taking border at (P + Q) / 2. What a line with a loss or a tariff sends is worth
the share that arrives at Q less the tariff; what it brings has cost as much more there (eq. 3.11).
So the greatest worth that the cluster's orders leave to it under any decisions is the optimum
of an ordinary relaxation, and its duals are prices and rents that prove it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.coupling.market import Market
from walras.coupling.residual import Residual, with_atoms
from walras.coupling.restrict import restricted
from walras.coupling.runs import spread, summed


def cut_out(market: Market, price: FloatArray, inside: BoolArray) -> Market:
    """Return the market of the cells inside, with the lines that leave it as steps of curves.

    Args:
        market: A part of the market.
        price: What the whole posts for each of its cells; shape (n,).
        inside: Cells of the cluster; shape (n,).
    """
    part, lines = restricted(market, inside), market.lines
    local = np.cumsum(inside) - 1
    runs: list[tuple[IntArray, IntArray]] = []
    steps = []
    ends = ((lines.from_cell, lines.from_cells, 1.0), (lines.to_cell, lines.to_cells, -1.0))
    mean = [_mean(market, price, first, cells) for first, cells, _ in ends]
    is_in = [inside[first] for first, _, _ in ends]
    for here, (first, cells, outward) in enumerate(ends):
        mine = np.flatnonzero(is_in[here] & ~is_in[1 - here] & (lines.upper > lines.lower))
        received, tariff = lines.received[mine], lines.tariff[mine]
        out, into = mean[0][mine], mean[1][mine]
        if outward > 0:
            middle, share = (out + (received * into - tariff)) / 2, np.ones(len(mine))
        else:
            middle, share = ((out + tariff) / received + into) / 2, received
        most = lines.upper[mine] if outward > 0 else -lines.lower[mine]
        runs.append((local[first[mine]], cells[mine]))
        steps.append((middle, most, share * (lines.upper[mine] - lines.lower[mine])))
    cell, cells = (np.concatenate(column) for column in zip(*runs, strict=True))
    middle, most, power = (np.concatenate(column) for column in zip(*steps, strict=True))
    residual, span = _with_spans(part.residual, cell, cells)
    base = summed(span, -most, len(residual.cell))
    return replace(part, residual=with_atoms(residual, base, span, middle, power), has_slack=True)


def _with_spans(residual: Residual, cell: IntArray, cells: IntArray) -> tuple[Residual, IntArray]:
    """Return a residual that has these runs of cells among its spans, and the span of each run."""
    stride = int(max(cells.max(initial=1), residual.cells.max(initial=1))) + 1
    known, wanted = residual.cell * stride + residual.cells, cell * stride + cells
    fresh = np.setdiff1d(wanted, known)
    more = Residual(
        np.concatenate([residual.cell, fresh // stride]),
        np.concatenate([residual.cells, fresh % stride]),
        np.concatenate([residual.base, np.zeros(len(fresh))]),
        np.concatenate([residual.ptr, np.full(len(fresh), residual.ptr[-1])]),
        residual.low,
        residual.high,
        residual.quantity,
    )
    keys = np.concatenate([known, fresh])
    order = np.argsort(keys, kind="stable")
    span: IntArray = order[np.searchsorted(keys[order], wanted)]
    return more, span


def _mean(market: Market, price: FloatArray, first: IntArray, cells: IntArray) -> FloatArray:
    which, cell = spread(first, cells)
    hours = summed(which, market.hours[cell], len(first))
    return summed(which, price[cell] * market.hours[cell], len(first)) / np.maximum(hours, 1e-300)
