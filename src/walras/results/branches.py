"""Flows on the critical branches of flow-based domains, and how far rounding may move them.

Read by the audit and by the table of branches without room. Axes as in `book.flow_based`:
x exchanges, k rows (one branch in one period), e PTDF entries. Units: MW.
"""

from __future__ import annotations

import numpy as np

from walras.book.cells import BoolArray, FloatArray
from walras.results.raw import Raw, total_by

FLOAT = 1e-6


def branch_flows(raw: Raw, exchange: FloatArray) -> FloatArray:
    """Return the flow that exchanges (shape (x,)) make on every branch; shape (k,), eq. 3.7.

    Example:
        0.25 A - 0.5 B - 0.25 C with A = 300, B = 100 and C = -400: 75 - 50 + 100 = 125 MW.
    """
    domains = raw.book.domains
    return total_by(domains.entry_row, domains.ptdf * exchange[domains.entry_exchange], len(domains.ram))


def rounding_reach(raw: Raw) -> FloatArray:
    """Return how far a flow may move when every exchange goes to the tick below or above; shape (k,).

    Moves of less than a tick that sum to zero move a flow by less than
    `tick * sum |ptdf - a|` for any number `a`, least at the median of the PTDFs: which zone
    a publisher takes as the reference of PTDFs does not matter.
    """
    domains, count = raw.book.domains, len(raw.book.domains.ram)
    if count == 0:
        return np.zeros(0)
    tick = raw.quantity_tick[domains.exchange_cell[domains.entry_exchange]]
    order = np.lexsort((domains.ptdf, domains.entry_row))
    size = np.bincount(domains.entry_row, minlength=count)
    middle = np.minimum(np.cumsum(size) - size + size // 2, max(0, len(order) - 1))
    median = domains.ptdf[order[middle]] if len(order) else np.zeros(count)
    return total_by(domains.entry_row, tick * np.abs(domains.ptdf - median[domains.entry_row]), count)


def without_room(raw: Raw, exchange: FloatArray) -> BoolArray:
    """Return which branches published exchanges use up, but for what rounding leaves; shape (k,)."""
    ram = raw.book.domains.ram
    room = ram - branch_flows(raw, exchange)
    out: BoolArray = room <= rounding_reach(raw) + FLOAT * np.maximum(1.0, ram)
    return out
