"""The lines of one day, with what is free of them for the auction.

Axes: l lines, p periods of all lines, t MTUs of one line.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from walras.book.cells import FloatArray
from walras.book.network import Lines
from walras.errors import BadInput, Mistake
from walras.studies.pairs.pair import Pair
from walras.studies.pairs.places import Places

Capacities = Mapping[str, tuple[FloatArray, FloatArray]]
"""Power forward and backward of a line in each of its MTUs; MW, shapes (t,)."""


def lines_of(pair: Pair, places: Places, usable: Capacities) -> Lines:
    """Return the lines; what `usable` says of a line takes the place of the folder's capacity.

    Raises:
        BadInput: It names no line, or does not give each MTU a power of 0 or more (rule `pair_capacity`).
    """
    rows = sorted(pair.lines, key=lambda r: r.line)
    ends = [(places.span(r.from_zone, r.carrier), places.span(r.to_zone, r.carrier)) for r in rows]
    counts = [a.stop - a.start for a, _ in ends]
    _check(usable, {r.line: n for r, n in zip(rows, counts, strict=True)})
    line = np.repeat(np.arange(len(rows)), counts)
    from_cell, to_cell = (
        np.concatenate([np.arange(e[k].start, e[k].stop) for e in ends] + [np.zeros(0)]).astype(np.int64)
        for k in (0, 1)
    )
    one = np.ones(len(line), dtype=np.int64)
    rooms = [
        usable.get(r.line, (np.full(n, r.forward_mw * r.free_share), np.full(n, r.backward_mw * r.free_share)))
        for r, n in zip(rows, counts, strict=True)
    ]
    loss, tariff = np.array([r.loss for r in rows]), np.array([r.tariff for r in rows])
    return Lines(
        tuple(r.line for r in rows),
        np.array([places.grid_of[r.from_zone, r.carrier] for r in rows], dtype=np.int64),
        np.array([places.grid_of[r.to_zone, r.carrier] for r in rows], dtype=np.int64),
        places.cells.minutes[[e[0].start for e in ends]],
        line,
        places.cells.start[from_cell],
        from_cell,
        one,
        to_cell,
        one,
        np.concatenate([r[0] for r in rooms]).round(3),
        np.concatenate([r[1] for r in rooms]).round(3),
        loss,
        loss.copy(),
        tariff,
    )


def _check(usable: Capacities, counts: Mapping[str, int]) -> None:
    mistakes = []
    for name, both in usable.items():
        if name not in counts:
            mistakes.append(
                Mistake(f"there is no line {name!r}", "usable", "pair_capacity", "Name a line of the pair.")
            )
            continue
        for power in both:
            good = power.shape == (counts[name],) and bool(np.isfinite(power).all()) and bool((power >= 0).all())
            if not good:
                fix = f"Give {counts[name]} powers of 0 MW or more in each direction."
                what = f"line {name!r} has a capacity that is missing, negative or too short"
                mistakes.append(Mistake(what, "usable", "pair_capacity", fix))
    if mistakes:
        raise BadInput(mistakes)
