"""Windows: the staircase of each span, fine around a reference price, coarse far from it.

Steps far from the price that will form cannot change it, so they are merged into buckets
whose width grows fourfold with the distance. An optimum in which no price lies strictly inside a
bucket is exact, since every bucket is then full or empty (formulation, eq. 2.6); where
one does, the window moves or narrows and the program is solved again, with a cut at every
price that was met before, so that no round is lost (the cuts of Kelley's method).

Axes: s spans, a atoms, k buckets. Slopes are cut into pieces inside the window; the
narrowing goes on until a piece spans at most `FINE`, then `polish` makes them exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.coupling.residual import Residual
from walras.coupling.runs import spread

PIECES = 32
FINE = 1e-5
FIRST_WIDTH = 4.0
KNOWN_WIDTH = 1.0
NARROWING = 1.0 / 16.0


@dataclass(frozen=True)
class Window:
    """Where each span is fine.

    Attributes:
        price, width: Middle and half-width of the fine part; shape (s,).
        cut_span, cut_price: Prices at which no bucket may lie on both sides; any order.
    """

    price: FloatArray
    width: FloatArray
    cut_span: IntArray
    cut_price: FloatArray


@dataclass(frozen=True)
class Buckets:
    """Merged atoms: span, price range, mean price and MW; shape (k,), sorted by span and price."""

    span: IntArray
    low: FloatArray
    high: FloatArray
    mean: FloatArray
    quantity: FloatArray


def first_window(reference: FloatArray, width: float = FIRST_WIDTH) -> Window:
    """Return the window around reference prices that is tried first."""
    none = np.zeros(0)
    return Window(reference, np.full(len(reference), width), none.astype(np.int64), none)


def bucketed(residual: Residual, window: Window, spans: IntArray | None = None) -> Buckets:
    """Return the buckets of a residual supply inside a window, of some of its spans (all unless given)."""
    span, low, high, quantity = _pieces(_atoms(residual, spans), window)
    if not len(span):
        return Buckets(span, low, high, low, quantity)
    middle = (low + high) / 2
    distance = middle - window.price[span]
    width = window.width[span]
    inside = np.abs(distance) <= width
    growth = np.floor(np.log2(np.maximum(np.abs(distance) / width, 1.0)) / 2)
    ring = np.where(inside, 0.0, np.sign(distance) * (1.0 + growth))
    first = inside.copy()
    first[0] = True
    passed = _cuts_below(window, span, low)
    first[1:] |= (span[1:] != span[:-1]) | (ring[1:] != ring[:-1]) | (passed[1:] != passed[:-1])
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


def _cuts_below(window: Window, span: IntArray, price: FloatArray) -> IntArray:
    """Return how many cuts lie at or below each (span, price), counted over all spans; shape of `price`."""
    if not len(window.cut_span):
        return np.zeros(len(price), dtype=np.int64)
    stride = 2.0 * max(float(np.abs(price).max()), float(np.abs(window.cut_price).max())) + 1.0
    key = np.sort(window.cut_span * stride + window.cut_price)
    out: IntArray = np.searchsorted(key, span * stride + price, side="right")
    return out


Atoms = tuple[IntArray, FloatArray, FloatArray, FloatArray]
"""Span, low, high and quantity of atoms, sorted by span and price."""


def _atoms(residual: Residual, spans: IntArray | None) -> Atoms:
    if spans is None:
        return residual.span, residual.low, residual.high, residual.quantity
    which, atom = spread(residual.ptr[spans], residual.ptr[spans + 1] - residual.ptr[spans])
    return spans[which], residual.low[atom], residual.high[atom], residual.quantity[atom]


def _pieces(atoms: Atoms, window: Window) -> Atoms:
    """Return the atoms with slopes cut inside the window and at its cuts, in the order of the atoms."""
    span, low, high, quantity = atoms
    which = np.flatnonzero(high > low)
    if not len(which):
        return span, low, high, quantity
    atom, edge = _edges(window, span[which], low[which], high[which])
    order = np.lexsort((edge, atom))
    atom, edge = which[atom[order]], edge[order]
    cuts = np.bincount(atom, minlength=len(span))
    owner = np.repeat(np.arange(len(span)), 1 + cuts)
    first = np.arange(len(span)) + np.cumsum(cuts) - cuts
    is_cut = np.ones(len(owner), dtype=bool)
    is_cut[first] = False
    left = np.empty(len(owner))
    left[first], left[is_cut] = low, edge
    right = np.append(left[1:], 0.0)
    right[first + cuts] = high
    width = (high - low)[owner]
    share = np.divide(right - left, width, out=np.ones(len(owner)), where=width > 0)
    keep = share > 0
    owner = owner[keep]
    return span[owner], left[keep], right[keep], quantity[owner] * share[keep]


def _edges(window: Window, span: IntArray, low: FloatArray, high: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return (slope, price) of every place where a slope is cut: the window's pitch, and its cuts."""
    pitch = 2 * window.width[span] / PIECES
    start = window.price[span] - window.width[span]
    begin = np.clip(np.floor((low - start) / pitch) + 1, 0, PIECES + 1).astype(np.int64)
    end = np.clip(np.ceil((high - start) / pitch) - 1, -1, PIECES).astype(np.int64)
    atom, step = spread(begin, np.maximum(end - begin + 1, 0))
    edge = np.clip(start[atom] + pitch[atom] * step, low[atom], high[atom])
    by_span = np.argsort(span, kind="stable")
    left = np.searchsorted(span[by_span], window.cut_span, side="left")
    right = np.searchsorted(span[by_span], window.cut_span, side="right")
    cut, position = spread(left, right - left)
    cut_atom, cut_edge = by_span[position], window.cut_price[cut]
    inside = (cut_edge > low[cut_atom]) & (cut_edge < high[cut_atom])
    return np.concatenate([atom, cut_atom[inside]]), np.concatenate([edge, cut_edge[inside]])


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
    met = np.flatnonzero(inexact)
    return Window(
        np.where(inexact, price, window.price),
        np.where(inexact, width, window.width),
        np.concatenate([window.cut_span, met]),
        np.concatenate([window.cut_price, price[met]]),
    )
