"""The minor unit of a currency, the one rounding rule of money, and how an amount is shared out to the last cent.

Written for `settlement` and for compensations; whole numbers only.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from walras.book.cells import IntArray
from walras.errors import Mistake

LESS_USUAL_DECIMALS = {"BHD": 3, "IQD": 3, "JOD": 3, "JPY": 0, "KRW": 0, "KWD": 3, "OMR": 3, "TND": 3, "VND": 0}

MOST_MINOR = 2**53
"""Largest amount: beyond it readers of JSON round, and a store that overflows may do so unsaid."""
WITHOUT_MINOR_UNIT = frozenset(
    ["XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR", "XPD", "XPT", "XSU", "XTS", "XUA", "XXX"]
)
"""Codes of ISO 4217 that are no money with a minor unit: metals, units of account, tests."""


def unit_mistakes(currency: str, where: str) -> Iterator[Mistake]:
    """Yield why no amount of a currency can be booked, if so.

    >>> [m.rule for m in unit_mistakes("XAU", "currency")]
    ['minor_unit']
    """
    if currency in WITHOUT_MINOR_UNIT:
        yield Mistake(f"{currency} has no minor unit", where, "minor_unit", "Name a currency such as EUR.")


def decimals_of(currency: str) -> int:
    """Return how many decimals the minor unit of a currency has (ISO 4217).

    >>> decimals_of("EUR"), decimals_of("JPY")
    (2, 0)
    """
    return LESS_USUAL_DECIMALS.get(currency, 2)


def half_away(value: Fraction) -> int:
    """Return the nearest whole number, halves away from zero: the one rounding rule, for one amount.

    >>> half_away(Fraction(5, 2)), half_away(Fraction(-5, 2)), half_away(Fraction(12, 5))
    (3, -3, 2)
    """
    size = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return size if value > 0 else -size


def round_half_away(numerator: IntArray, denominator: int) -> IntArray:
    """Return `numerator / denominator` in whole numbers, halves away from zero.

    >>> round_half_away(np.array([5, -5, 4, 0]), 10).tolist()
    [1, -1, 0, 0]
    """
    size = (2 * np.abs(numerator) + denominator) // (2 * denominator)
    out: IntArray = np.sign(numerator) * size
    return out


def shared_out(amount: int, weights: IntArray) -> IntArray:
    """Return an amount in whole parts pro rata to whole weights, what is left over by largest remainder; shape (m,).

    Parts sum to the amount. Of equal remainders the first in the row gets one more. Weights that are all
    zero share equally.

    Args:
        amount: Whole minor units, of either sign.
        weights: Not negative, of whatever unit; shape (m,), one at the least unless the amount is zero.

    Example:
        10 cents over 1, 1 and 1 are 3.33 each: the first gets the cent that is left.

        >>> shared_out(10, np.array([1, 1, 1])).tolist(), shared_out(-7, np.array([2, 5, 0])).tolist()
        ([4, 3, 3], [-2, -5, 0])
    """
    count, size = len(weights), abs(amount)
    assert count or not size, "an amount needs somebody to take it"
    whole = [int(w) for w in weights.tolist()]  # of any size: the products below pass 64 bits
    total = sum(whole)
    if total == 0:
        whole, total = [1] * count, count
    parts = [divmod(size * w, total) for w in whole] if count else []
    out = [part for part, _ in parts]
    order = sorted(range(count), key=lambda i: -parts[i][1])
    for i in order[: size - sum(out)]:
        out[i] += 1
    return (1 if amount >= 0 else -1) * np.array(out, dtype=np.int64)
