"""What a meter says: one side's series of a line over a delivery day, a version at a time.

A metering point is one end of a line; energy is counted in whole kWh and positive along the line.
A series holds every MTU of its day once: 23, 24 or 25 hours. Whatever does not fit is refused
with every mistake; nothing is filled in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from walras.capacity.elements import IntArray
from walras.capacity.taking import MOST_NAMED, utc_text
from walras.errors import BadInput, Mistake

SIDES = ("from", "to")
"""The two ends of a line, and the two sides of a cross-section."""
MOST_KWH = 10**12
"""No MTU of any line carries so much: a petawatt hour."""
FORM = "Send a start and whole kWh for each MTU of the day."


@dataclass(frozen=True)
class DayGrid:
    """The MTUs of a delivery day: begin and end in UTC minutes, and the length of an MTU."""

    day: date
    begin: int
    end: int
    minutes: int

    @property
    def starts(self) -> IntArray:
        """When its MTUs begin, UTC minutes; (t,)."""
        return np.arange(self.begin, self.end, self.minutes, dtype=np.int64)

    @property
    def hours(self) -> int:
        """Hours of the day: 24, or 23 and 25 where the clock changes."""
        return (self.end - self.begin) // 60


@dataclass(frozen=True)
class Reading:
    """One version of what one side's meter of a line says of a day; kWh along the line, (t,)."""

    line: str
    side: str
    day: date
    version: int
    kwh: IntArray


def reading_of(
    line: str, side: str, grid: DayGrid, rows: Sequence[tuple[int, object]], version: int, newest: int
) -> Reading:
    """Return the series that rows make.

    Args:
        line: The line.
        side: `from` or `to`, the end at which the meter stands.
        grid: MTUs of its day.
        rows: Start in UTC minutes and energy in kWh, in any order.
        version: That is sent.
        newest: That is stored, 0 for none.

    Raises:
        BadInput: Every mistake: a version that is not the next (`meter_version`), another day's hours
            (`meter_hours`), a start that is no MTU (`meter_grid`) or of another day (`meter_day`), an MTU twice
            (`meter_once`) or not at all (`meter_gap`), energy that is no whole number of kWh (`meter_whole`)
            or beyond all measure (`meter_range`).

    Example:
        >>> grid = DayGrid(date(2026, 12, 1), 0, 120, 60)
        >>> reading_of("L", "from", grid, [(60, -5), (0, 7)], 1, 0).kwh.tolist()
        [7, -5]
    """
    where = f"meter of {line}, side {side}, {grid.day}"
    found = [*_version(version, newest, where), *_hours(grid, len(rows), where), *_times(grid, rows, where)]
    found += _energies(rows, where)
    if found:
        raise BadInput(found)
    kwh = {start: int(str(energy)) for start, energy in rows}
    return Reading(line, side, grid.day, version, np.array([kwh[s] for s in grid.starts.tolist()], dtype=np.int64))


def _version(version: int, newest: int, where: str) -> Iterator[Mistake]:
    if version != newest + 1:
        is_there = f"version {newest} is the newest" if newest else "there is none yet"
        yield Mistake(f"this is version {version}, and {is_there}", where, "meter_version",
                      f"Send version {newest + 1} with every MTU of the day.")  # fmt: skip


def _hours(grid: DayGrid, count: int, where: str) -> Iterator[Mistake]:
    sent, rest = divmod(count * grid.minutes, 60)
    if rest or sent == grid.hours or sent not in {23, 24, 25}:
        return
    why = {
        23: "the hour that is left out is missing on no other day",
        24: "the clock is changed on this day",
        25: "an hour comes twice only where the clock goes back",
    }[sent]
    what = f"{sent} hours are sent and {grid.day} has {grid.hours}: {why}"
    yield Mistake(what, where, "meter_hours", f"Send {grid.hours} hours, counted in UTC.")


def _times(grid: DayGrid, rows: Sequence[tuple[int, object]], where: str) -> Iterator[Mistake]:
    counts = Counter(start for start, _ in rows)
    outside = [s for s in counts if not grid.begin <= s < grid.end]
    beside = [s for s in counts if s not in set(outside) and (s - grid.begin) % grid.minutes]
    twice = [s for s, n in counts.items() if n > 1]
    missing = [s for s in grid.starts.tolist() if s not in counts]
    yield from _named(outside, f"lies outside {grid.day}", where, "meter_day",
                      f"Send MTUs from {utc_text(grid.begin)} to {utc_text(grid.end)}.")  # fmt: skip
    yield from _named(beside, f"is no start of an MTU of {grid.minutes} minutes", where, "meter_grid",
                      f"Send starts every {grid.minutes} minutes from {utc_text(grid.begin)} on.")  # fmt: skip
    yield from _named(twice, "is sent more than once", where, "meter_once", "Send each MTU once.")
    yield from _named(missing, "is missing", where, "meter_gap", "Send every MTU; where nothing flowed, send 0.")


def _named(starts: list[int], what: str, where: str, rule: str, fix: str) -> Iterator[Mistake]:
    for start in sorted(starts)[:MOST_NAMED]:
        yield Mistake(f"{utc_text(start)} {what}", where, rule, fix)
    if len(starts) > MOST_NAMED:
        yield Mistake(f"and {len(starts) - MOST_NAMED} more", where, rule, fix)


def _energies(rows: Sequence[tuple[int, object]], where: str) -> Iterator[Mistake]:
    wrong = [(start, energy) for start, energy in rows if type(energy) is not int]
    for start, energy in wrong[:MOST_NAMED]:
        what = f"{utc_text(start)}: {str(energy)[:30]} is no whole number of kWh"
        yield Mistake(what, where, "meter_whole", FORM)
    huge = [start for start, energy in rows if type(energy) is int and abs(energy) > MOST_KWH]
    yield from _named(huge, f"has more than {MOST_KWH} kWh", where, "meter_range", "Send kWh, not Wh.")
