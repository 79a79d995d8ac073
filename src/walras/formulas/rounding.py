"""Rounding of exact figures to decimal places."""

from __future__ import annotations

from fractions import Fraction

HALF = Fraction(1, 2)


def rounded(amount: Fraction, places: int, mode: str) -> Fraction:
    """Return a figure rounded to decimal places.

    Args:
        amount: Exact, in the unit in which it is rounded.
        places: Decimal places, zero or more.
        mode: `half_up` (half away from zero), `half_even`, `down` (towards zero) or `up` (away from it).

    Example:
        >>> [str(rounded(Fraction("-2.5"), 0, m)) for m in ("half_up", "half_even", "down", "up")]
        ['-3', '-2', '-2', '-3']
    """
    scaled = abs(amount) * 10**places
    whole, rest = scaled.numerator // scaled.denominator, scaled % 1
    is_up = {
        "half_up": rest >= HALF,
        "half_even": rest > HALF or (rest == HALF and whole % 2 == 1),
        "down": False,
        "up": rest > 0,
    }[mode]
    found = Fraction(whole + is_up, 10**places)
    return -found if amount < 0 else found
