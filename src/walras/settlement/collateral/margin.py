"""Margin calls: when one is due, how much, and by when.

A call is due where headroom is below zero by more than the threshold. It asks for what is missing to the buffer,
a share of what has to be covered, rounded up to a round amount; what earlier calls that are still open ask for
is not asked again::

    missing = bound x (1 + buffer) - given         asked = ceil((missing - open) / step) x step,  if free < -threshold

Whole minor units; times in microseconds since 1970 UTC.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from walras.settlement.collateral.headroom import Headroom

HOUR = 3_600_000_000


@dataclass(frozen=True)
class MarginTerms:
    """When and how a market calls.

    Attributes:
        threshold: What may be missing without a call, minor units.
        buffer: Share of what is bound that a call asks for on top.
        step: Calls are multiples of this, minor units.
        due_hours: Hours from a call until it must be met.
    """

    threshold: int = 0
    buffer: Fraction = Fraction(0)
    step: int = 1
    due_hours: int = 24


@dataclass(frozen=True)
class Call:
    """What a member is asked for.

    Attributes:
        minor: Amount.
        due_at: When it must be there.
    """

    minor: int
    due_at: int


def margin_call(room: Headroom, terms: MarginTerms, at: int, still_open: int = 0) -> Call | None:
    """Return the call that is due at a moment, None if none is.

    Example:
        Bound are 1,000.00, given 940.00; with a buffer of a tenth and steps of 10.00 the call is for 160.00.

        >>> margin_call(Headroom(94000, 0, 0, 0, 100000), MarginTerms(0, Fraction(1, 10), 1000, 24), at=0)
        Call(minor=16000, due_at=86400000000)
    """
    if room.free >= -terms.threshold:
        return None
    missing = math.ceil(room.bound * (1 + terms.buffer)) - room.given - still_open
    if missing <= 0:
        return None
    return Call(-(-missing // terms.step) * terms.step, at + terms.due_hours * HOUR)
