"""Actual net interchange of a cross-section, its plan in whole kWh, and the deviation between them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from walras.capacity.elements import IntArray
from walras.results.minor_units import round_half_away


def net_interchange(lines: Iterable[tuple[IntArray, bool]]) -> IntArray:
    """Return the actual net interchange (eq. D3): lines' energy at the border, reversed lines negative.

    Args:
        lines: Energy along each line, kWh, (t,), and whether it runs against the cross-section; one at the least.

    Example:
        >>> net_interchange([(np.array([100, 50]), False), (np.array([30, -5]), True)]).tolist()
        [70, 55]
    """
    signed = [-kwh if is_reversed else kwh for kwh, is_reversed in lines]
    assert signed, "a cross-section has lines"
    return np.asarray(np.sum(signed, axis=0), dtype=np.int64)


def planned_kwh(kw: IntArray, minutes: int) -> IntArray:
    """Return planned energy in whole kWh (eq. D4): what rounding leaves is carried into the next MTU of the day.

    So a day's plan is within half a kWh of its exact energy, also where a quarter hour has 2.5 kWh.

    >>> planned_kwh(np.array([10, 10, 10, 10]), 15).tolist()
    [3, 2, 3, 2]
    """
    until = round_half_away(np.cumsum(kw, dtype=np.int64) * minutes, 60)
    return np.diff(until, prepend=0).astype(np.int64)


def deviation(actual: IntArray, planned: IntArray, emergency: IntArray) -> IntArray:
    """Return what flowed beyond plan and emergency assistance (eq. D5), kWh, forward positive; (t,).

    >>> deviation(np.array([60]), np.array([50]), np.array([8])).tolist()
    [2]
    """
    return actual - planned - emergency
