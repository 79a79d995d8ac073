"""The course of a run: how bound and best welfare moved over its seconds, in few moments.

Kept with the progress of the run, so that whoever comes late to a long search sees all of it. It
is for people alone: nothing of a result is computed from it. Seconds since the run began; welfare
and bound in the market's currency, None before there is one.
"""

from __future__ import annotations

Moment = tuple[float, float | None, float | None]
"""Seconds, bound, welfare."""

MOST_MOMENTS = 200


class Course:
    """Moments of one run, never more than `most`: when there are too many, every second one is dropped.

    Attributes:
        apart: Seconds that two moments are apart at least, unless welfare or bound changed.

    Example:
        >>> course = Course(most=4)
        >>> for second in range(9):
        ...     course.note(float(second), 100.0 - second, 50.0)
        >>> course.moments()
        [(0.0, 100.0, 50.0), (4.0, 96.0, 50.0), (6.0, 94.0, 50.0), (8.0, 92.0, 50.0)]
    """

    def __init__(self, most: int = MOST_MOMENTS, apart: float = 0.5) -> None:
        self.apart = apart
        self._most = most
        self._kept: list[Moment] = []
        self._last: Moment | None = None

    def note(self, seconds: float, bound: float | None, welfare: float | None) -> None:
        """Note a moment; those come in order of time."""
        moment = (round(seconds, 1), bound, welfare)
        if self._last is None and bound is None and welfare is None:
            return  # nothing to be drawn yet
        self._last = moment
        if self._kept and self._is_near(self._kept[-1], moment):
            return
        kept = [*self._kept, moment]
        if len(kept) > self._most:
            kept, self.apart = kept[::2], self.apart * 2
        self._kept = kept

    def _is_near(self, before: Moment, moment: Moment) -> bool:
        """Return whether a moment adds nothing: as before, or too soon after where many are kept already."""
        is_soon = moment[0] - before[0] < self.apart
        return is_soon and (before[1:] == moment[1:] or len(self._kept) >= self._most // 2)

    def moments(self) -> list[Moment]:
        """Return what is kept, and the last moment."""
        kept, last = self._kept, self._last
        return [*kept, last] if last is not None and (not kept or kept[-1] != last) else list(kept)
