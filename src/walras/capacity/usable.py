"""What an auction may use: the free capacity of every line, so that no cross-section can be exceeded.

Where the lines of a cross-section are free for more than it is, each gets its share in
proportion, rounded down to the tick of the line::

    usable[d, l] = floor(free[d, l] x min over cross-sections X of l of free[d, X] / sum over lines of X of free)
"""

from __future__ import annotations

import numpy as np

from walras.capacity.elements import IntArray
from walras.capacity.layers import LAYERS
from walras.capacity.ledger import Entries, Ledger, entries, joined


def usable(ledger: Ledger) -> IntArray:
    """Return what an auction may use of each line, kW in whole ticks; (d, s), 0 on the slots of cross-sections."""
    elements = ledger.elements
    found = np.zeros((2, elements.slots), dtype=np.int64)
    lines = np.maximum(ledger.free, 0)
    for e, item in enumerate(elements.items):
        if not item.is_line:
            continue
        mine = lines[:, elements.slice_of(e)].copy()
        for section, is_reversed in elements.sections_of[e]:
            room = np.maximum(ledger.free[:, elements.slice_of(section)], 0)
            total = np.zeros_like(room)
            for line, against in elements.lines_of(section):
                part = lines[:, elements.slice_of(line)]
                total += part[::-1] if against else part
            own = lines[:, elements.slice_of(e)]
            along = own[::-1] if is_reversed else own
            share = np.where(total > room, _part(along, room, np.maximum(total, 1)), along)
            mine = np.minimum(mine, share[::-1] if is_reversed else share)
        found[:, elements.slice_of(e)] = mine // item.tick_kw * item.tick_kw
    return found


def _part(along: IntArray, room: IntArray, total: IntArray) -> IntArray:
    """Return along x room / total, rounded down; exact beyond 64 bits, where figures are absurd.

    >>> _part(np.array([5 * 10**12]), np.array([8 * 10**12]), np.array([10**13])).tolist()
    [4000000000000]
    """
    if int(along.max(initial=0)) * int(room.max(initial=0)) < 2**63:
        small: IntArray = along * room // total
        return small
    exact: IntArray = (along.astype(object) * room.astype(object) // total.astype(object)).astype(np.int64)
    return exact


def hold(ledger: Ledger, holder: str, layer: str, kw: IntArray) -> Entries:
    """Return entries that keep capacity for an auction until its result is final; `kw` as `usable` returns it."""
    return _on_lines(ledger, holder, layer, kw, np.zeros_like(kw))


def allocated(ledger: Ledger, holder: str, layer: str, kw: IntArray) -> Entries:
    """Return entries that turn what an auction held into its scheduled exchanges, firm; the rest is free again.

    Args:
        ledger: State with the hold.
        holder: The session.
        layer: Layer that it allocates.
        kw: Scheduled exchange of each line and direction; (d, s), at most what was held.
    """
    before = ledger.of_holder(holder)
    starts = np.unique(before["start"].to_numpy())
    back = before.with_columns(-before["kw"], -before["firm_kw"]) if len(starts) else before
    return joined([back.select(before.columns), _on_lines(ledger, holder, layer, kw, kw)])


def _on_lines(ledger: Ledger, holder: str, layer: str, kw: IntArray, firm: IntArray) -> Entries:
    parts, number = [], LAYERS.index(layer)
    for e, item in enumerate(ledger.elements.items):
        for d in (0, 1) if item.is_line else ():
            place = ledger.elements.slice_of(e)
            parts.append(entries(holder, e, number, d, e, ledger.elements.starts(e), kw[d, place], firm[d, place]))
    return joined(parts)
