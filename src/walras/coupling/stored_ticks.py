"""Whole ticks for what storage orders charge and discharge, so that no level drifts.

MTU by MTU, each power goes to the tick that brings the level back to the one decided: what
rounding added to or took from the store before is made up for at the next chance. So the
published level stays within a tick of the decided one. The rest of the market balances
around these ticks (`rounding`).

Axes: w store MTUs, o storage orders.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray
from walras.book.stores import stores_of
from walras.results.results import Volumes

LEAST = 1e-6
"""MW below which nothing was decided."""


def stored_on_ticks(book: Book, decided: Volumes) -> Volumes:
    """Return volumes with charging and discharging of storage orders on whole ticks."""
    orders, cells = book.storages, book.cells
    if not orders.count:
        return decided
    stores, grid = stores_of(cells, orders), orders.grid
    size = np.array([cells.grids[g].quantity_tick.size for g in grid.tolist()])
    most = {"charge": orders.charge.astype(np.float64), "discharge": orders.discharge.astype(np.float64)}
    weight = {"charge": orders.charge_efficiency, "discharge": -1 / orders.discharge_efficiency}
    out = {name: getattr(decided, name).copy() for name in most}
    over: FloatArray = np.zeros(orders.count)
    length = np.diff(stores.first)
    for t in range(int(length.max(initial=0))):
        o = np.flatnonzero(length > t)
        w = stores.first[o] + t
        over[o] *= stores.keep[w]
        for name in most:
            energy = weight[name][o] * stores.hours[w] * size[o]
            wanted = getattr(decided, name)[w] / size[o]
            moved = np.round(np.clip(np.round(wanted - over[o] / energy), 0.0, most[name][o]))
            ticks = np.where(wanted * size[o] > LEAST, moved, 0.0)
            over[o] += (ticks - wanted) * energy
            out[name][w] = ticks * size[o]
    return replace(decided, **out)
