"""Two meters of one line, brought to the border: which one holds, and where they differ.

Each side counts at its own end. A loss correction brings a count to the border (eq. D1): the factor
of its direction, agreed for each end. Which count then holds is agreed as well: the meter of one
side with the other as check, the mean, or the lower of both as with schedules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from walras.capacity.elements import IntArray
from walras.capacity.schedules import BoolArray
from walras.errors import BadInput, Mistake
from walras.results.minor_units import round_half_away
from walras.settlement.deviations.metering import SIDES

HOLDS = ("from", "to", "mean", "lower")
ONE = Fraction(1)
MOST_DENOMINATOR = 10**6
"""Factors have at most six places, so that products fit 64 bits."""


@dataclass(frozen=True)
class MeterRule:
    """What two sides agreed about the meters of a line.

    Attributes:
        holds: Whose meter it is, or `mean` or `lower` (in absolute terms, zero where signs differ).
        from_factors, to_factors: Loss correction to the border at each end, for energy forward and backward.
        is_replaced: Whether the other meter stands in for one that sent nothing.
        tolerance_kwh: Differences up to it in an MTU are not listed.
    """

    holds: str = "lower"
    from_factors: tuple[Fraction, Fraction] = (ONE, ONE)
    to_factors: tuple[Fraction, Fraction] = (ONE, ONE)
    is_replaced: bool = False
    tolerance_kwh: int = 0

    def __post_init__(self) -> None:
        assert self.holds in HOLDS, "one of four"
        factors = (*self.from_factors, *self.to_factors)
        assert all(0 < f <= 2 and f.denominator <= MOST_DENOMINATOR for f in factors), "checked with the terms"


@dataclass(frozen=True)
class Held:
    """Energy of one line at the border, kWh along it, (t,); where its two meters differ; what stands for a silent one.

    `basis` is the rule, or `from` or `to` where one meter stands for both.
    """

    line: str
    kwh: IntArray
    differs: BoolArray
    basis: str


def at_border(kwh: IntArray, factors: tuple[Fraction, Fraction]) -> IntArray:
    """Return a count at the border (eq. D1), whole kWh, halves away from zero.

    >>> at_border(np.array([1000, -1000]), (Fraction("0.98"), Fraction("1.02"))).tolist()
    [980, -1020]
    """
    forward, backward = factors
    return np.where(
        kwh >= 0,
        round_half_away(kwh * forward.numerator, forward.denominator),
        round_half_away(kwh * backward.numerator, backward.denominator),
    ).astype(np.int64)


def common(one: IntArray, other: IntArray) -> IntArray:
    """Return what two figures have in common: the lower in absolute terms, zero where their signs differ.

    >>> common(np.array([5, -5, 5]), np.array([7, -2, -1])).tolist()
    [5, -2, 0]
    """
    lower = np.minimum(np.abs(one), np.abs(other))
    return np.where(np.sign(one) == np.sign(other), np.sign(one) * lower, 0).astype(np.int64)


def held(line: str, rule: MeterRule, from_kwh: IntArray | None, to_kwh: IntArray | None) -> Held:
    """Return what two meters come to at the border (eq. D2).

    Raises:
        BadInput: A meter that is needed sent nothing (rule `meter_missing`).

    Example:
        >>> held("L", MeterRule("mean"), np.array([100]), np.array([97])).kwh.tolist()
        [99]
    """
    counts = [None if kwh is None else at_border(kwh, factors)
              for kwh, factors in ((from_kwh, rule.from_factors), (to_kwh, rule.to_factors))]  # fmt: skip
    silent = [side for side, count in zip(SIDES, counts, strict=True) if count is None]
    if wrong := list(_missing(line, rule, silent)):
        raise BadInput(wrong)
    if silent:
        (count,) = (c for c in counts if c is not None)
        return Held(line, count, np.zeros(len(count), dtype=bool), "to" if silent == ["from"] else "from")
    one, other = (c for c in counts if c is not None)
    differs = np.abs(one - other) > rule.tolerance_kwh
    chosen = {"from": one, "to": other, "lower": common(one, other), "mean": round_half_away(one + other, 2)}
    return Held(line, chosen[rule.holds], differs, rule.holds)


def _missing(line: str, rule: MeterRule, silent: list[str]) -> Iterator[Mistake]:
    other = {"from": "to", "to": "from"}
    stands = len(silent) == 1 and (rule.is_replaced or other.get(rule.holds) == silent[0])
    for side in () if stands else silent:
        if rule.holds in {side, "mean", "lower"} or len(silent) == 2:
            fix = "Let that side send its series of the day."
            yield Mistake(f"side {side} sent no meter series", f"line {line}", "meter_missing", fix)
