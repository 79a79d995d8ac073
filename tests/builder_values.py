"""Values as the builders take them: on the tick, by side, for one or for all periods."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from walras.book.cells import Tick

Side = int | str
PerPeriod = float | Sequence[float]
Rams = float | Sequence[float | None]


def tick(size: float) -> Tick:
    """A tick from its size: 0.01 is Tick(1, 100), 25 is Tick(25, 1)."""
    sign, digits, exponent = Decimal(repr(size)).normalize().as_tuple()
    number = int("".join(map(str, digits)))
    assert not sign
    return Tick(number * 10 ** max(0, int(exponent)), 10 ** max(0, -int(exponent)))


def on_tick(value: float, step: Tick) -> int:
    """The whole number of ticks of a value; a value off the tick is a mistake of the test."""
    count = Fraction(repr(float(value))) * step.scale / step.step
    assert count.denominator == 1, f"{value} is off the tick {step.size}"
    return int(count)


def sign(side: Side) -> int:
    """+1 for supply, -1 for demand, from either the word or the number."""
    return {"supply": 1, "demand": -1}[side] if isinstance(side, str) else int(side)


def ints(values: Iterable[int]) -> Any:
    return np.array(list(values), dtype=np.int64)


def floats(values: Iterable[float]) -> Any:
    return np.array(list(values), dtype=np.float64)


def each(value: PerPeriod, count: int) -> list[float]:
    values = [float(v) for v in value] if isinstance(value, Sequence) else [float(value)] * count
    assert len(values) == count, f"{len(values)} values for {count} periods"
    return values


def each_or_none(value: Rams, count: int) -> list[float | None]:
    values = list(value) if isinstance(value, Sequence) else [value] * count
    assert len(values) == count, f"{len(values)} values for {count} periods"
    return [None if v is None else float(v) for v in values]
