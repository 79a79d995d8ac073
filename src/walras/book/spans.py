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


def spans(
    table: Table, clock: Clock, of: IntArray, findings: Findings, column: str = "mtu_start"
) -> tuple[IntArray, IntArray, BoolArray]:
    """Return first period, number of periods covered, and which rows fit their time grid; each shape (rows,).

    Args:
        table: Rows with a start and perhaps `minutes`.
        clock: The time grids.
        of: Time grid of each row, -1 where it is not known: such rows are left alone and do not fit.
        findings: Gets starts off the grid, lengths that are no multiple of the MTU, products
            off the boundary of their own length, and products outside the horizon.
        column: Column of the start.
    """
    if not len(clock.start):
        none = np.zeros(table.count, dtype=np.int64)
        return none, none, np.zeros(table.count, dtype=np.bool_)
    times, known = table.times(column), of >= 0
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
    if len(bad_length):
        good &= ~bad_length
        _report_length(table, clock, of, bad_length & known, findings)
    if not good.all():
        _report_start(table, clock, of, start, column, off_grid & known, findings)
        off_only = off_boundary & ~off_grid & known
        if len(bad_length):
            off_only &= ~bad_length
        _report_boundary(table, clock, of, start, length, off_only, findings)
        _report_outside(table, clock, of, start, outside & ~off_grid & known, findings)
    covered = np.ones(table.count, dtype=np.int64) if length is mtu else length // mtu
    return position, covered, good


def _report_start(
    table: Table, clock: Clock, of: IntArray, start: IntArray, column: str, bad: BoolArray, findings: Findings
) -> None:
    findings.rows(
        table,
        bad,
        "mtu_on_grid",
        what=lambda i: (
            f"{column} {table.frame[column][i]:%Y-%m-%dT%H:%M:%SZ} is not the start of an MTU:"
            f" these last {clock.minutes[of[i]]} minutes from {time_text(clock.start[of[i]])}"
        ),
        fix=lambda i: (
            f"Start at {time_text(clock.start[of[i]])} or a multiple of {clock.minutes[of[i]]} minutes later."
        ),
    )


def _report_length(table: Table, clock: Clock, of: IntArray, bad: BoolArray, findings: Findings) -> None:
    findings.rows(
        table,
        bad,
        "product_length",
        what=lambda i: (
            f"a product of {table.frame['minutes'][i]} minutes is no multiple of the MTU of "
            f"{clock.minutes[of[i]]} minutes"
        ),
        fix=lambda i: f"Send minutes as a multiple of {clock.minutes[of[i]]}.",
    )


def _report_boundary(
    table: Table, clock: Clock, of: IntArray, start: IntArray, length: IntArray, bad: BoolArray, findings: Findings
) -> None:
    findings.rows(
        table,
        bad,
        "product_boundary",
        what=lambda i: (
            f"a product of {length[i]} minutes starts at {time_text(start[i])}, between the boundaries of "
            f"its length from {time_text(clock.start[of[i]])}"
        ),
        fix=lambda i: f"Start it a multiple of {length[i]} minutes after {time_text(clock.start[of[i]])}.",
    )


def _report_outside(
    table: Table, clock: Clock, of: IntArray, start: IntArray, bad: BoolArray, findings: Findings
) -> None:
    def horizon(i: int) -> str:
        return f"[{time_text(clock.start[of[i]])}, {time_text(clock.end[of[i]])})"

    findings.rows(
        table,
        bad,
        "inside_horizon",
        what=lambda i: f"delivery from {time_text(start[i])} is not inside the horizon {horizon(i)}",
        fix=lambda i: f"Send delivery inside {horizon(i)}.",
    )
