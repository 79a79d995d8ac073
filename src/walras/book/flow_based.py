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

import numpy as np

from walras.book.cells import FloatArray, IntArray


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

    @staticmethod
    def none() -> Domains:
        """Return a network's domains when there are none."""
        i, f = np.zeros(0, dtype=np.int64), np.zeros(0)
        return Domains((), i, i, i, i, i, i, i, (), i, i, i, f, i, i, f)
