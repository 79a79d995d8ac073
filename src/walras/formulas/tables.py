"""Looking up rows: of steps (from the low bound on, below the high one), curves and paths by day."""

from __future__ import annotations

from bisect import bisect_right
from fractions import Fraction

Bounds = tuple[tuple[Fraction | None, Fraction | None], ...]


def step_row(bounds: Bounds, figure: Fraction) -> int | None:
    """Return the row of steps that holds a figure, or None.

    >>> step_row(((None, Fraction(0)), (Fraction(0), Fraction(10))), Fraction(0))
    1
    """
    for row, (low, high) in enumerate(bounds):
        if (low is None or low <= figure) and (high is None or figure < high):
            return row
    return None


def curve_rows(bounds: Bounds, figure: Fraction) -> tuple[int, Fraction] | None:
    """Return the point before a figure and its share of the way to the next one, or None outside the curve.

    >>> curve_rows(((Fraction(0), None), (Fraction(10), None)), Fraction(5))
    (0, Fraction(1, 2))
    """
    points = [low for low, _ in bounds if low is not None]
    if not points[0] <= figure <= points[-1]:
        return None
    row = min(bisect_right(points, figure) - 1, len(points) - 2)
    return row, (figure - points[row]) / (points[row + 1] - points[row])


def path_row(bounds: Bounds, day: int) -> int | None:
    """Return the row of a path that holds on a day, or None before its first."""
    row = bisect_right([low for low, _ in bounds if low is not None], Fraction(day)) - 1
    return row if row >= 0 else None
