"""Rules of curve orders: never a loss, and no missed gain (eq. A.15 to A.17; rules, 3.1 and 3.7).

Published, an order of one MTU has no tolerance: limit prices lie on the tick and
rounding keeps order. An order over several MTUs is judged at the mean price, which
rounding moves by half a tick; it may be rejected whole though in the money, where
price limits cannot be kept otherwise (rules, 4). An interpolated step is judged in
price, never in volume: |P - p(v / q)| <= tp + tick * |dp/dq|.
"""

from __future__ import annotations

import numpy as np

from walras.book.cells import FloatArray
from walras.results.audit.case import Case
from walras.results.audit.names import curve_name
from walras.results.audit.violation import Report


def check_curves(case: Case, report: Report) -> None:
    """curve_loss, curve_missed_gain."""
    raw, curves, accepted = case.raw, case.raw.curves, case.volumes.curve
    price = case.price_at(curves.cell, curves.cells)
    at, allowed = _own_price(case, accepted)
    gain = curves.sign * (price - at)
    dust = case.dust(curves.quantity)
    takes = accepted > dust
    has_rest = accepted < curves.quantity - dust
    # Whole rejection of an order over several MTUs is legal, a partial one is not.
    must_take = has_rest & ((curves.cells == 1) | takes)
    report.add(
        "curve_loss",
        np.where(takes, -gain, -np.inf) - allowed,
        lambda k: curve_name(raw.book, k),
        lambda k: f"{accepted[k]:.9g} MW are accepted at {at[k]:.9g}, the price is {price[k]:.9g}",
    )
    report.add(
        "curve_missed_gain",
        np.where(must_take, gain, -np.inf) - allowed,
        lambda k: curve_name(raw.book, k),
        lambda k: (
            f"only {accepted[k]:.9g} of {curves.quantity[k]:.9g} MW are accepted at {at[k]:.9g}, "
            f"the price is {price[k]:.9g}"
        ),
    )


def _own_price(case: Case, accepted: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the order's own price at its volume, and how far the price may miss it; each of shape (k,)."""
    curves = case.raw.curves
    allowed = case.relative * np.maximum(1.0, np.abs(curves.price_start))
    many = curves.cells > 1
    if many.any():
        allowed += np.where(many, case.half_price_tick[curves.cell], 0.0)
    if curves.price_end is curves.price_start:
        return curves.price_start, allowed
    fall = curves.price_end - curves.price_start
    whole = curves.quantity > 0
    share = np.divide(accepted, curves.quantity, out=np.zeros(len(accepted)), where=whole)
    slope = np.divide(np.abs(fall), curves.quantity, out=np.zeros(len(accepted)), where=whole)
    sloped = case.half_price_tick[curves.cell] + case.volume_tick[curves.cell] * slope + case.relative * np.abs(fall)
    own = curves.price_start + fall * np.clip(share, 0, 1)
    return own, np.maximum(allowed, np.where(fall != 0, sloped + case.relative * np.abs(own), 0.0))
