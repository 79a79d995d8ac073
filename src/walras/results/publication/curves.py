"""Aggregated curves: all curve steps of one side, place and span as one line over the price.

A curve is told by its points. At each price it says how much is strictly in the money
there, and how much is in or at the money; from one point to the next the volume moves
linearly, which it does only where interpolated steps lie. So nothing is lost but who
offered what. A step over several MTUs belongs to a curve of its own span, whose price is
the mean over it.

Axes: k curve steps, n points, sorted by curve and from the best price for the side on: supply
upwards, demand downwards. A curve's number is `span * 2 + (1 if supply)`, spans sorted by
first cell and number of cells. Units: MW, currency per MWh.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.book.cells import FloatArray, IntArray
from walras.results.raw import Raw, total_by


@dataclass(frozen=True)
class Spans:
    """Which curve each step belongs to.

    Attributes:
        curve: Curve of each step, an index of the rest; shape (k,).
        cell, cells, sign: First cell, number of cells and side of each curve; shape (curves,).
    """

    curve: IntArray
    cell: IntArray
    cells: IntArray
    sign: FloatArray

    @property
    def count(self) -> int:
        """Return the number of curves."""
        return len(self.cell)


@dataclass(frozen=True)
class Points:
    """Points of all curves; each of shape (n,).

    Attributes:
        curve: Curve that the point is of.
        price: Where it stands.
        inside, upto: MW strictly in the money there, and in or at the money.
        sloped: How many interpolated steps move the volume from here to the next point.
    """

    curve: IntArray
    price: FloatArray
    inside: FloatArray
    upto: FloatArray
    sloped: IntArray


def spans_of(raw: Raw) -> Spans:
    """Return the curves of a book."""
    curves = raw.curves
    key = (curves.cell * (int(curves.cells.max(initial=0)) + 1) + curves.cells) * 2 + (curves.sign > 0)
    _, first, curve = np.unique(key, return_index=True, return_inverse=True)
    return Spans(curve, curves.cell[first], curves.cells[first], curves.sign[first])


def points_of(raw: Raw, spans: Spans) -> Points:
    """Return the aggregated curves of a book.

    Example:
        Supply of 10 MW at 5 and of 20 MW from 5 to 9 has the points (5: 0, 10) and (9: 30, 30).
    """
    curves, sign = raw.curves, spans.sign[spans.curve]
    begin, end = sign * curves.price_start, sign * curves.price_end  # ascending for both sides
    is_flat = begin == end
    slope = np.divide(curves.quantity, end - begin, out=np.zeros(len(begin)), where=~is_flat)
    flat, bent = np.flatnonzero(is_flat), np.flatnonzero(~is_flat)
    owner = np.concatenate([spans.curve[flat], spans.curve[bent], spans.curve[bent]])
    at = np.concatenate([begin[flat], begin[bent], end[bent]])
    none, one = np.zeros(len(bent)), np.ones(len(bent))
    jump = np.concatenate([curves.quantity[flat], none, none])
    turn = np.concatenate([np.zeros(len(flat)), slope[bent], -slope[bent]])
    more = np.concatenate([np.zeros(len(flat)), one, -one])
    order = np.lexsort((at, owner))
    owner, at = owner[order], at[order]
    is_new = np.ones(len(owner), dtype=bool)
    is_new[1:] = (np.diff(owner) != 0) | (np.diff(at) != 0)
    point = np.cumsum(is_new) - 1
    count = int(point[-1]) + 1 if len(point) else 0
    owner, at = owner[is_new], at[is_new]
    jump, turn, more = (total_by(point, column[order], count) for column in (jump, turn, more))
    sloped = np.rint(np.cumsum(more)).astype(np.int64)  # every curve closes its own, so it starts from zero
    inside, upto = _levels(owner, at, jump, _running(owner, turn) * (sloped > 0))
    price = spans.sign[owner] * at + 0.0
    return Points(owner, price, inside, upto, sloped)


def _levels(owner: IntArray, at: FloatArray, jump: FloatArray, slope: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the volume before and after the jump of each point, to 1e-6 MW."""
    gained = np.zeros(len(at))
    if len(at):
        same = owner[1:] == owner[:-1]
        gained[1:] = np.where(same, jump[:-1] + slope[:-1] * (at[1:] - at[:-1]), 0.0)
    inside = _running(owner, gained)
    return np.round(inside, 6) + 0.0, np.round(inside + jump, 6) + 0.0


def _running(owner: IntArray, values: FloatArray) -> FloatArray:
    """Return running sums that begin anew with each curve; shape (n,)."""
    if len(values) == 0:
        return values
    total = np.cumsum(values)
    first = np.flatnonzero(np.concatenate([[True], owner[1:] != owner[:-1]]))
    before = np.repeat(total[first] - values[first], np.diff(np.concatenate([first, [len(values)]])))
    return total - before


def volume_at(points: Points, sign: FloatArray, price: FloatArray) -> tuple[FloatArray, FloatArray, IntArray]:
    """Return what each curve offers at a price of its own.

    Args:
        points: Curves, each point's `curve` an index of the other two.
        sign: +1 supply, -1 demand; shape (curves,).
        price: Shape (curves,).

    Returns:
        MW strictly in the money, MW in or at the money, and how many interpolated steps
        move there; each of shape (curves,).
    """
    count = len(sign)
    inside, upto, sloped = np.zeros(count), np.zeros(count), np.zeros(count, dtype=np.int64)
    if len(points.curve) == 0:
        return inside, upto, sloped
    at, want = sign[points.curve] * points.price, sign * price
    first = np.searchsorted(points.curve, np.arange(count + 1))
    reached = total_by(points.curve, at <= want[points.curve], count).astype(np.int64)
    last = first[:-1] + reached - 1  # last point at or before the price
    has = np.flatnonzero(reached > 0)
    p = last[has]
    n = np.minimum(p + 1, len(at) - 1)
    has_next = (n > p) & (points.curve[n] == points.curve[p])
    width = np.where(has_next, at[n] - at[p], 1.0)
    moved = np.where(has_next, (points.inside[n] - points.upto[p]) * (want[has] - at[p]) / width, 0.0)
    upto[has] = points.upto[p] + moved
    is_there = at[p] == want[has]
    inside[has] = np.where(is_there, points.inside[p], upto[has])
    sloped[has] = points.sloped[p]
    return inside, upto, sloped
