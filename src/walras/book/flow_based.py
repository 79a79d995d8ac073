"""Flow-based domains: zones of a meshed network that share its critical branches.

Axes: d domains, r periods of domains (sorted by domain and start), x exchanges (one zone
in one period, sorted by period and then by grid), b critical branches, k rows (one branch
in one period, sorted by period and branch), e PTDF entries (sorted by row and exchange).

The exchange of a zone with its domain is positive towards export. In every period the
exchanges of a domain sum to zero, and over every row `sum ptdf * exchange <= ram`
(rules, 2.3, eq. 2.4). A domain has its own time grid, no coarser than that of its zones:
an exchange counts in the cell that its period lies in. Written by `book.folder` and the
builders of tests; read by all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from walras.book.cells import Cells, FloatArray, IntArray


class PtdfRows(NamedTuple):
    """PTDFs as a table says them: the entry of each row, and its start in UTC minutes (None: in every period)."""

    entry: IntArray
    start: IntArray | None


@dataclass(frozen=True)
class Domains:
    """All flow-based domains.

    Attributes:
        name: One a domain; shape (d,).
        minutes: Length of the domain's periods; shape (d,).
        member_domain, member_grid: Grids that each domain joins, sorted; shape (members,).
        period_domain, period_start: Domain and start (UTC minutes) of each period; shape (r,).
        exchange_period, exchange_cell: Period and cell of each exchange; shape (x,).
        branch, branch_domain: Name and domain of each critical branch; shape (b,).
        row_branch, row_period: Branch and period of each row; shape (k,).
        ram: Remaining available margin of each row in MW, not negative; shape (k,).
        entry_row, entry_exchange, ptdf: MW on the branch for each MW of the exchange; shape (e,).
    """

    name: tuple[str, ...]
    minutes: IntArray
    member_domain: IntArray
    member_grid: IntArray
    period_domain: IntArray
    period_start: IntArray
    exchange_period: IntArray
    exchange_cell: IntArray
    branch: tuple[str, ...]
    branch_domain: IntArray
    row_branch: IntArray
    row_period: IntArray
    ram: FloatArray
    entry_row: IntArray
    entry_exchange: IntArray
    ptdf: FloatArray

    @property
    def count(self) -> int:
        """Return the number of domains."""
        return len(self.name)

    @property
    def exchange_hours(self) -> FloatArray:
        """Return the length of each exchange's period in hours; shape (x,)."""
        return self.minutes[self.period_domain[self.exchange_period]] / 60.0

    @property
    def first_exchange(self) -> IntArray:
        """Return the first exchange of each period, and the number of all at the end; shape (r + 1,)."""
        return np.searchsorted(self.exchange_period, np.arange(len(self.period_start) + 1)).astype(np.int64)

    @property
    def some_grid(self) -> IntArray:
        """Return the first grid of each domain, which says its carrier and horizon; shape (d,)."""
        return self.member_grid[np.searchsorted(self.member_domain, np.arange(self.count))]

    def usual_minutes(self, cells: Cells) -> IntArray:
        """Return the MTU of each domain unless it says another: what divides the MTUs of its zones; shape (d,)."""
        mtu = np.array([g.mtu_minutes for g in cells.grids], dtype=np.int64)
        out = np.zeros(self.count, dtype=np.int64)
        np.gcd.at(out, self.member_domain, mtu[self.member_grid])
        return out

    def ptdf_rows(self) -> PtdfRows:
        """Return the PTDFs as a table says them: one a branch and zone if none ever changes, else all of them."""
        branch, period = self.row_branch[self.entry_row], self.row_period[self.entry_row]
        place = self.entry_exchange - self.first_exchange[period]
        key = branch * (int(place.max(initial=0)) + 1) + place
        _, first, again = np.unique(key, return_index=True, return_inverse=True)
        if np.array_equal(self.ptdf[first][again], self.ptdf):
            return PtdfRows(first, None)
        return PtdfRows(np.arange(len(self.ptdf)), self.period_start[period])

    @staticmethod
    def none() -> Domains:
        """Return a network's domains when there are none."""
        i, f = np.zeros(0, dtype=np.int64), np.zeros(0)
        return Domains((), i, i, i, i, i, i, i, (), i, i, i, f, i, i, f)
