"""A cluster: some zones of a market as a small market of its own.

Lines that leave the zones trade at the prices outside them; exchanges with a domain and
conversions that are not whole inside stand still. Trials on a cluster are many times faster than on the
market; what they find is tried on the whole market before it counts.

Axes as in `market`; a cluster's own axes are shorter, `columns` maps its orders back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.coupling.market import Market
from walras.coupling.points import Relaxed
from walras.coupling.residual import with_atoms
from walras.coupling.restrict import columns_inside, restricted
from walras.coupling.runs import spread, summed


@dataclass(frozen=True)
class Cluster:
    """A smaller market, the whole's order column of each of its own, and the price of each of its cells."""

    market: Market
    columns: IntArray
    price: FloatArray


def cluster(market: Market, at: Relaxed, inside: BoolArray) -> Cluster:
    """Return the market of the cells inside, with the outside as it stands at an optimum."""
    base, cell, price, power = _crossing(market, at, inside)
    base = base + _held(market, at, inside)
    small = restricted(market, inside)
    renumbered = (np.cumsum(inside) - 1)[cell]
    residual = with_atoms(small.residual, base[inside[market.residual.cell]], renumbered, price, power)
    columns = np.flatnonzero(columns_inside(market, inside))
    return Cluster(replace(small, residual=residual), columns, at.price[inside])


def _held(market: Market, at: Relaxed, inside: BoolArray) -> FloatArray:
    """Return the MW in the base of each span from conversions that reach across the cut: they stand still."""
    steps, spans = market.steps, len(market.residual.cell)
    if not len(steps.input_step):
        return np.zeros(spans)
    across = ~columns_inside(market, inside)
    step, cell, energy = steps.entries(market.hours)
    held = inside[cell] & across[steps.column[step]]
    return summed(cell[held], energy[held] * at.step[step[held]] / market.hours[cell[held]], spans)


def _crossing(market: Market, at: Relaxed, inside: BoolArray) -> tuple[FloatArray, IntArray, FloatArray, FloatArray]:
    """Return what crosses the cut, as MW in the base of each span, and cell, price and MW of curve steps.

    A line of one cell at both ends trades at the price outside; a coarse line stands still.
    """
    lines, domains = market.lines, market.domains
    one = (lines.from_cells == 1) & (lines.to_cells == 1)
    crossing = inside[lines.from_cell] != inside[lines.to_cell]
    moving, still = np.flatnonzero(crossing & one), np.flatnonzero(crossing & ~one)
    export = inside[lines.from_cell[moving]]
    here = np.where(export, lines.from_cell[moving], lines.to_cell[moving])
    there = np.where(export, lines.to_cell[moving], lines.from_cell[moving])
    received, tariff = lines.received[moving], lines.tariff[moving]
    most_out = np.where(export, lines.upper[moving], -lines.lower[moving])
    most_in = np.where(export, -lines.lower[moving], received * lines.upper[moving])
    worth = np.where(export, received * at.price[there] - tariff, (at.price[there] + tariff) / received)
    base = -summed(here, most_out, len(market.residual.cell))
    for first, cells, sign in ((lines.from_cell, lines.from_cells, -1.0), (lines.to_cell, lines.to_cells, 1.0)):
        which, cell = spread(first[still], cells[still])
        share = lines.received[still] if sign > 0 else np.ones(len(still))
        base += summed(cell, (sign * share * at.exchange[still])[which], len(base))
    split = np.zeros(domains.periods, dtype=bool)
    split[domains.period[~inside[domains.cell]]] = True
    fixed = np.flatnonzero(split[domains.period] & inside[domains.cell])
    hours = domains.hours[fixed] / market.hours[domains.cell[fixed]]
    base -= summed(domains.cell[fixed], at.domain[fixed] * hours, len(base))
    return base, here, worth, most_out + most_in
