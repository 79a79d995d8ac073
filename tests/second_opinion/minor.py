"""Whole minor units: the nearest one, equal parts and shares of an amount. (S.8), (S.9) of docs/settlement.md."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

DECIMALS = {"JPY": 0, "KWD": 3}


def minor(currency: str) -> int:
    """Return how many minor units one unit of a currency has."""
    return 10 ** DECIMALS.get(currency, 2)


def nearest(value: Fraction) -> int:
    """Return the nearest whole number, halves away from zero."""
    n, d = abs(value).as_integer_ratio()
    return (2 * n + d) // (2 * d) * (1 if value >= 0 else -1)


def equal(amount: int, count: int) -> list[int]:
    """Return equal parts; what is left over goes to the first ones, a minor unit each."""
    return shared(amount, [Fraction(1, count)] * count)


def shared(amount: int, shares: Sequence[Fraction]) -> list[int]:
    """Return shares of an amount; the largest remainders take what is left, of equal ones the first."""
    exact = [abs(amount) * s for s in shares]
    parts = [int(e) for e in exact]
    by_remainder = sorted(range(len(shares)), key=lambda i: parts[i] - exact[i])
    for i in by_remainder[: abs(amount) - sum(parts)]:
        parts[i] += 1
    return [part if amount >= 0 else -part for part in parts]
