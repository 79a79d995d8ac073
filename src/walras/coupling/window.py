"""Windows: the staircase of each span, fine around a reference price, coarse far from it.

Steps far from the price that will form cannot change it, so they are merged into buckets
whose width doubles with the distance. An optimum in which no price lies strictly inside a
bucket is exact, since every bucket is then full or empty (formulation, eq. 2.6); where
one does, the window moves or narrows and the program is solved again.

Axes: s spans, a atoms, k buckets. Slopes are cut into pieces inside the window; the
narrowing goes on until a piece spans at most `FINE`, then `polish` makes them exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.coupling.residual import Residual

PIECES = 32
FINE = 1e-5
FIRST_WIDTH = 4.0
NARROWING = 1.0 / 16.0


@dataclass(frozen=True)
class Window:
    """Reference price and half-width of the fine part of each span; shape (s,)."""

    price: FloatArray
    width: FloatArray


@dataclass(frozen=True)
class Buckets:
    """Merged atoms: span, price range, mean price and MW; shape (k,), sorted by span and price."""

    span: IntArray
    low: FloatArray
    high: FloatArray
    mean: FloatArray
    quantity: FloatArray


def first_window(reference: FloatArray) -> Window:
    """Return the window around reference prices that is tried first."""
    return Window(reference, np.full(len(reference), FIRST_WIDTH))


def bucketed(residual: Residual, window: Window) -> Buckets:
    """Return the buckets of a residual supply inside a window."""
    span, low, high, quantity = _pieces(residual, window)
    if not len(span):
        return Buckets(span, low, high, low, quantity)
    middle = (low + high) / 2
    distance = middle - window.price[span]
    width = window.width[span]
    inside = np.abs(distance) <= width
    doublings = np.floor(np.log2(np.maximum(np.abs(distance) / width, 1.0)))
    ring = np.where(inside, 0.0, np.sign(distance) * (1.0 + doublings))
    first = inside.copy()
    first[0] = True
    first[1:] |= (span[1:] != span[:-1]) | (ring[1:] != ring[:-1])
    at = np.flatnonzero(first)
    total = np.add.reduceat(quantity, at)
    mean = np.add.reduceat(quantity * middle, at) / total
    single = np.diff(np.append(at, len(span))) == 1
    return Buckets(
        span[at],
        np.minimum.reduceat(low, at),
        np.maximum.reduceat(high, at),
        np.where(single, middle[at], mean),
        total,
    )


def _pieces(residual: Residual, window: Window) -> tuple[IntArray, FloatArray, FloatArray, FloatArray]:
    """Return the atoms with slopes cut inside the window."""
    span, low, high, quantity = residual.span, residual.low, residual.high, residual.quantity
    centre, width = window.price[span], window.width[span]
    cut = (high > low) & (low < centre + width) & (high > centre - width)
    if not cut.any():
        return span, low, high, quantity
    which = np.flatnonzero(cut)
    pitch = 2 * width[which] / PIECES
    start = centre[which] - width[which]
    begin = np.clip(np.floor((low[which] - start) / pitch) + 1, 0, PIECES + 1).astype(np.int64)
    end = np.clip(np.ceil((high[which] - start) / pitch) - 1, -1, PIECES).astype(np.int64)
    count = np.maximum(end - begin + 1, 0)
    atom = np.repeat(np.arange(len(which)), count)
    inner = np.arange(len(atom)) - np.repeat(np.cumsum(count) - count, count)
    edge = start[atom] + pitch[atom] * (begin[atom] + inner)
    edge = np.clip(edge, low[which][atom], high[which][atom])
    owner = np.concatenate([which, which[atom]])
    left = np.concatenate([low[which], edge])
    order = np.lexsort((left, owner))
    owner, left = owner[order], left[order]
    right = np.append(left[1:], 0.0)
    last = np.append(owner[1:] != owner[:-1], True)
    right = np.where(last, high[owner], right)
    share = (right - left) / (high[owner] - low[owner])
    keep = share > 0
    owner, left, right, share = owner[keep], left[keep], right[keep], share[keep]
    new_span = np.concatenate([span[~cut], span[owner]])
    new_low, new_high = np.concatenate([low[~cut], left]), np.concatenate([high[~cut], right])
    new_quantity = np.concatenate([quantity[~cut], quantity[owner] * share])
    order = np.lexsort((new_high, new_low, new_span))
    return new_span[order], new_low[order], new_high[order], new_quantity[order]


def inexact_spans(buckets: Buckets, price: FloatArray, fine: float = FINE) -> BoolArray:
    """Return which spans have their price strictly inside a bucket wider than `fine`; shape (s,)."""
    at = price[buckets.span]
    slack = 1e-9 * np.maximum(1.0, np.abs(at))
    inside = (buckets.low + slack < at) & (at < buckets.high - slack) & (buckets.high - buckets.low > fine)
    out = np.zeros(len(price), dtype=bool)
    out[buckets.span[inside]] = True
    return out


def refined(window: Window, price: FloatArray, inexact: BoolArray) -> Window:
    """Return a window moved to new prices where it was inexact: narrower if they lay inside it.

    A price outside the fine part keeps the width (the guess was off), one inside narrows it.
    """
    inside = np.abs(price - window.price) <= window.width
    width = np.where(inside, window.width * NARROWING, np.minimum(window.width * 2.0, FIRST_WIDTH))
    return Window(np.where(inexact, price, window.price), np.where(inexact, width, window.width))
