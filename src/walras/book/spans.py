"""Times of a file to cells: where a product begins on its grid and how many cells it covers.

Times in tables are microseconds since 1970; inside the book they are whole minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from walras.book.cells import BoolArray, Cells, IntArray
from walras.book.findings import Findings
from walras.book.tables import Table

MICROSECONDS = 60_000_000
"""In a minute."""


def time_text(minutes: int) -> str:
    """Return a time as files write it.

    >>> time_text(29057760)
    '2025-04-01T00:00:00Z'
    """
    return datetime.fromtimestamp(int(minutes) * 60, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Clock:
    """Some time grids as columns, one a grid or line: start, end and length of a period in minutes."""

    start: IntArray
    end: IntArray
    minutes: IntArray

    @staticmethod
    def of(cells: Cells) -> Clock:
        """Return the time grids of the cells; axis g."""
        rows = np.array([(g.start, g.end, g.mtu_minutes) for g in cells.grids], dtype=np.int64).reshape(-1, 3)
        return Clock(rows[:, 0], rows[:, 1], rows[:, 2])


def spans(table: Table, clock: Clock, of: IntArray, findings: Findings) -> tuple[IntArray, IntArray, BoolArray]:
    """Return first period, number of periods covered, and which rows fit their time grid; each shape (rows,).

    Args:
        table: Rows with `mtu_start` and perhaps `minutes`.
        clock: The time grids.
        of: Time grid of each row, -1 where it is not known: such rows are left alone and do not fit.
        findings: Gets starts off the grid, lengths that are no multiple of the MTU, products
            off the boundary of their own length, and products outside the horizon.
    """
    if not len(clock.start):
        none = np.zeros(table.count, dtype=np.int64)
        return none, none, np.zeros(table.count, dtype=np.bool_)
    times, known = table.times("mtu_start"), of >= 0
    mtu, begin, end = clock.minutes[of], clock.start[of], clock.end[of]
    start = times // MICROSECONDS
    offset = start - begin
    position = offset // mtu
    off_grid = (position * mtu != offset) | (start * MICROSECONDS != times)
    length = mtu
    bad_length = np.zeros(0, dtype=np.bool_)
    if "minutes" in table.frame.columns and not table.lacks("minutes"):
        length = np.where(table.has("minutes"), table.ints("minutes"), mtu)
        bad_length = (length <= 0) | (length % mtu != 0)
        length = np.where(bad_length, mtu, length)
    off_boundary = off_grid if length is mtu else offset % length != 0
    outside = (offset < 0) | (start + length > end)
    good = known & ~off_grid & ~outside & ~off_boundary
    rows = _Rows(table, clock, of, start, length, findings)
    if len(bad_length):
        good &= ~bad_length
        rows.report_length(bad_length & known)
    if not good.all():
        off_only = off_boundary & ~off_grid & known
        if len(bad_length):
            off_only &= ~bad_length
        rows.report_start(off_grid & known)
        rows.report_boundary(off_only)
        rows.report_outside(outside & ~off_grid & known)
    covered = np.ones(table.count, dtype=np.int64) if length is mtu else length // mtu
    return position, covered, good


@dataclass(frozen=True)
class _Rows:
    """Rows with their starts and lengths in minutes, to say what is wrong with some of them."""

    table: Table
    clock: Clock
    of: IntArray
    start: IntArray
    length: IntArray
    findings: Findings

    def _mtu(self, i: int) -> int:
        return int(self.clock.minutes[self.of[i]])

    def _first(self, i: int) -> str:
        return time_text(self.clock.start[self.of[i]])

    def _horizon(self, i: int) -> str:
        return f"[{self._first(i)}, {time_text(self.clock.end[self.of[i]])})"

    def report_start(self, bad: BoolArray) -> None:
        times = self.table.frame["mtu_start"]
        self.findings.rows(
            self.table,
            bad,
            "mtu_on_grid",
            what=lambda i: (
                f"mtu_start {times[i]:%Y-%m-%dT%H:%M:%SZ} is not the start of an MTU: these last "
                f"{self._mtu(i)} minutes from {self._first(i)}"
            ),
            fix=lambda i: f"Start at {self._first(i)} or a multiple of {self._mtu(i)} minutes later.",
        )

    def report_length(self, bad: BoolArray) -> None:
        said = self.table.ints("minutes")
        self.findings.rows(
            self.table,
            bad,
            "product_length",
            what=lambda i: f"a product of {said[i]} minutes is no multiple of the MTU of {self._mtu(i)} minutes",
            fix=lambda i: f"Send minutes as a positive multiple of {self._mtu(i)}.",
        )

    def report_boundary(self, bad: BoolArray) -> None:
        self.findings.rows(
            self.table,
            bad,
            "product_boundary",
            what=lambda i: (
                f"a product of {self.length[i]} minutes starts at {time_text(self.start[i])}, between the "
                f"boundaries of its length from {self._first(i)}"
            ),
            fix=lambda i: f"Start it a multiple of {self.length[i]} minutes after {self._first(i)}.",
        )

    def report_outside(self, bad: BoolArray) -> None:
        self.findings.rows(
            self.table,
            bad,
            "inside_horizon",
            what=lambda i: (
                f"delivery of {self.length[i]} minutes from {time_text(self.start[i])} is not inside the "
                f"horizon {self._horizon(i)}"
            ),
            fix=lambda i: f"Send delivery inside {self._horizon(i)}.",
        )
