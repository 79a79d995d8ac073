"""Where a label beside a line of a drawing lies: where nothing else is, as near to the line's middle as can be."""

from __future__ import annotations

from collections.abc import Sequence

Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""
LINE = 14
"""Height of a line of text."""


def box_of(at: Point, side: Point, wide: float, lines: int) -> tuple[Point, str, Box]:
    """Return where a label's first line of text begins, its anchor, and the box that it covers.

    Args:
        at: The point of the line that it belongs to.
        side: Direction away from the line, of length 1.
        wide: Its width.
        lines: Of text.
    """
    x, y = at[0] + side[0] * 17, at[1] + side[1] * 15
    anchor = "middle" if abs(side[0]) < 0.3 else "start" if side[0] > 0 else "end"
    y += 13 if side[1] > 0.3 else -LINE * (lines - 1) if side[1] < -0.3 else 0
    left = x - {"middle": wide / 2, "start": 0.0, "end": wide}[anchor]
    return (x, y), anchor, (left, y - LINE + 2, left + wide, y + LINE * (lines - 1) + 4)


def free(choices: Sequence[tuple[Point, Point]], wide: float, lines: int, taken: list[Box]) -> tuple[Point, str]:
    """Return place and anchor of the first choice that covers nothing, else of the first; its box is added.

    >>> taken = [(10.0, 5.0, 60.0, 40.0)]
    >>> free([((30.0, 0.0), (0.0, 1.0)), ((30.0, 0.0), (0.0, -1.0))], 20.0, 1, taken)  # above, since below is taken
    ((30.0, -15.0), 'middle')
    """
    found = [box_of(at, side, wide, lines) for at, side in choices]
    best = next((one for one in found if not any(_meet(one[2], box) for box in taken)), found[0])
    taken.append(best[2])
    return best[0], best[1]


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
