"""Rules of flow-based domains: balance, branches, and prices that they explain (eq. A.38 to A.40; rules, 2.3).

The exchanges of a domain sum to zero in every period, and no critical branch carries more
than its margin. An exchange is free, so its price relation is an equation: some price of
the domain `level` and rents `mu >= 0` of branches without room exist with

    price of zone z = level - sum over branches of ptdf[z] * mu

in every period. Where all zones have one price no rent is needed; elsewhere a small linear
program looks for them. Which rents were posted does not matter here: the proof has its own.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csc_array, csr_array, eye_array, hstack, vstack

from walras.book.cells import BoolArray, FloatArray
from walras.results.audit.case import DECIDED, FLOAT, Case
from walras.results.audit.names import branch_name, domain_name
from walras.results.audit.small_programs import least_misses
from walras.results.audit.violation import Report
from walras.results.branches import branch_flows, rounding_reach
from walras.results.raw import total_by


def check_domains(case: Case, report: Report) -> None:
    """domain_balance, branch_capacity, domain_prices."""
    raw, domains, exchange = case.raw, case.raw.book.domains, case.volumes.domain
    if domains.count == 0:
        return
    periods = len(domains.period_start)
    left = total_by(domains.exchange_period, exchange, periods)
    size = total_by(domains.exchange_period, np.abs(exchange), periods)
    report.add(
        "domain_balance",
        np.abs(left) - case.relative * np.maximum(1.0, size),
        lambda r: domain_name(raw.book, r),
        lambda r: f"exchanges sum to {left[r]:.9g} MW",
    )
    flow, ram = branch_flows(raw, exchange), domains.ram
    slack = case.dust(ram) + (rounding_reach(raw) if case.relative <= FLOAT else 0.0)
    report.add(
        "branch_capacity",
        flow - ram - slack,
        lambda k: branch_name(raw.book, k),
        lambda k: f"carries {flow[k]:.9g} MW, its margin is {ram[k]:.9g} MW",
    )
    _check_prices(case, ram - flow <= slack, report)


def _check_prices(case: Case, is_tight: BoolArray, report: Report) -> None:
    """Look for rents where the zones of a domain do not have one price.

    A price that stands at its limit would be beyond it, had it none: of it only what lies
    inside the limit must be explained (as of coarse lines, `lines.stands_at_limit`).
    """
    raw, domains, cells = case.raw, case.raw.book.domains, case.raw.book.cells
    cell = domains.exchange_cell
    price, size = case.price[cell], np.maximum(1.0, np.abs(case.price[cell]))
    excused = case.half_price_tick[cell] + case.relative * size
    low = np.where(price <= cells.price_min[cell] + DECIDED * size, -np.inf, price - excused)
    high = np.where(price >= cells.price_max[cell] - DECIDED * size, np.inf, price + excused)
    first = domains.first_exchange
    apart = np.maximum.reduceat(low, first[:-1]) > np.minimum.reduceat(high, first[:-1])
    lack = np.zeros(len(apart))
    row = np.searchsorted(domains.row_period, np.arange(len(apart) + 1))
    entry = np.searchsorted(domains.entry_row, np.arange(len(domains.ram) + 1))
    for r in np.flatnonzero(apart).tolist():
        mine = slice(first[r], first[r + 1])
        ptdf = np.zeros((first[r + 1] - first[r], row[r + 1] - row[r]))
        here = slice(entry[row[r]], entry[row[r + 1]])
        ptdf[domains.entry_exchange[here] - first[r], domains.entry_row[here] - row[r]] = domains.ptdf[here]
        lack[r] = unexplained(low[mine], high[mine], ptdf[:, is_tight[row[r] : row[r + 1]]])
    scale = np.maximum.reduceat(size, first[:-1])
    report.add(
        "domain_prices",
        np.where(apart, lack - DECIDED * scale, 0.0),
        lambda r: domain_name(raw.book, r),
        lambda r: (
            f"no rents of its {int(is_tight[row[r] : row[r + 1]].sum())} branches without room explain the prices "
            f"{', '.join(f'{p:.9g}' for p in price[first[r] : first[r + 1]])}: {lack[r]:.9g} short"
        ),
    )


def unexplained(low: FloatArray, high: FloatArray, ptdf: FloatArray) -> float:
    """Return the least sum of misses with which a level and rents explain prices between `low` and `high`.

    Args:
        low: Least price of each zone; shape (m,), infinite where free.
        high: Greatest price of each zone; shape (m,), infinite where free.
        ptdf: Of each zone on each branch without room; shape (m, k).

    Example:
        B is dearest, since what it takes loads the branch. Without a branch that is full, two
        zones of 50 and 70 are 20 apart for no reason:

        >>> price, ptdf = np.array([50.0, 70.0]), np.array([[0.25], [-0.5]])
        >>> round(unexplained(price, price, ptdf), 9)
        0.0
        >>> unexplained(price, price, ptdf[:, :0])
        20.0
    """
    zones, branches = ptdf.shape
    bounds = np.concatenate([high, -low])
    is_real = np.isfinite(bounds)
    if not is_real.any():
        return 0.0
    level = np.ones((zones, 1))
    model = csr_array(np.hstack([level, -level, -ptdf]))
    miss = eye_array(zones, format="csr")
    matrix: csc_array = vstack([hstack([model, -miss]), hstack([-model, -miss])]).tocsr()[is_real].tocsc()
    scale = max(1.0, float(np.abs(bounds[is_real]).max()))
    cost = np.concatenate([np.zeros(2 + branches), np.ones(zones)])
    return float(cost @ least_misses(cost, matrix, bounds[is_real] / scale)) * scale
