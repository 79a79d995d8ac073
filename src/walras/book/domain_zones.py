"""Which zones a flow-based domain joins, and its periods: the part of its folder that is small.

Axes as in `flow_based`: d domains, r periods; n memberships, sorted by domain and grid.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from walras.book.cells import BoolArray, Cells, Grid, IntArray
from walras.book.findings import Findings
from walras.book.names import Names
from walras.book.read_places import BROKEN, NONE, Places, carriers_of
from walras.book.spans import Clock, time_text
from walras.book.tables import Table, drop_duplicates


@dataclass(frozen=True)
class Members:
    """Domains with their zones and periods.

    Attributes:
        names: Sorted names of the domains.
        header, row: The table of domains, and the row of each; shape (d,).
        good: Domains without a mistake so far; shape (d,).
        clock: Start, end and MTU of each domain; shape (d,).
        domain, grid, zone: Of each membership; shape (n,).
        place: Place of each zone among its domain's memberships, -1 if it is none; shape (d, zones).
    """

    names: Names
    header: Table
    row: IntArray
    good: BoolArray
    clock: Clock
    domain: IntArray
    grid: IntArray
    zone: IntArray
    place: IntArray

    @cached_property
    def size(self) -> IntArray:
        """Number of zones of each domain; shape (d,)."""
        return np.bincount(self.domain, minlength=len(self.names.names)).astype(np.int64)

    @cached_property
    def first(self) -> IntArray:
        """First membership of each domain; shape (d,)."""
        out: IntArray = np.cumsum(self.size) - self.size
        return out

    @cached_property
    def _periods(self) -> IntArray:
        count = np.where(self.good, (self.clock.end - self.clock.start) // self.clock.minutes, 0)
        return count.astype(np.int64)

    @cached_property
    def first_period(self) -> IntArray:
        """First period of each domain; shape (d,)."""
        out: IntArray = np.cumsum(self._periods) - self._periods
        return out

    @cached_property
    def period_domain(self) -> IntArray:
        """Domain of each period; shape (r,)."""
        return np.repeat(np.arange(len(self._periods)), self._periods)

    @cached_property
    def period_start(self) -> IntArray:
        """Start of each period in UTC minutes; shape (r,)."""
        d = self.period_domain
        return self.clock.start[d] + (np.arange(len(d)) - self.first_period[d]) * self.clock.minutes[d]

    def if_good(self, domain: IntArray) -> IntArray:
        """Return domains, -1 instead of one with a mistake (and for -1); same shape."""
        return np.where((domain >= 0) & np.append(self.good, False)[domain], domain, -1)

    def period_of(self, domain: IntArray, position: IntArray, fits: BoolArray) -> IntArray:
        """Return the period at a position of a domain, -1 for rows that do not fit; same shape."""
        return np.where(fits, np.append(self.first_period, 0)[domain] + position, -1)

    def report(self, bad: BoolArray, rule: str, *, what: Callable[[int], str], fix: str, findings: Findings) -> None:
        """Report domains (a mask over d) at their rows."""
        place = dict(zip(self.row.tolist(), range(len(self.row)), strict=True))
        findings.rows(self.header, np.sort(self.row[bad & self.good]), rule, what=lambda i: what(place[i]), fix=fix)


def read_members(header: Table, zones: Table, places: Places, findings: Findings) -> Members:
    """Return the domains with their zones; their horizons, MTUs, limits and ticks are checked."""
    header = drop_duplicates(header, findings)
    names = Names.of(header, "domain")
    row = np.argsort(names.codes(header.texts("domain")), kind="stable")
    carrier = carriers_of(header, findings)[row]
    domain, zone, grid, good = _joined(zones, names, carrier, places, findings)
    by = np.lexsort([grid, domain])
    domain, zone, grid = domain[by], zone[by], grid[by]
    good &= (carrier >= 0) & ~names.mask(zones.lost.to_list()) & zones.is_whole
    place = np.full((len(names.names), len(places.zones.names)), -1, dtype=np.int64)
    size = np.bincount(domain, minlength=len(names.names))
    place[domain, zone] = np.arange(len(domain)) - (np.cumsum(size) - size)[domain]
    nothing = np.zeros(len(names.names), dtype=np.int64)
    members = Members(names, header, row, good, Clock(nothing, nothing, nothing + 1), domain, grid, zone, place)
    return _timed(members, places.cells, findings)


def _joined(
    zones: Table, names: Names, carrier: IntArray, places: Places, findings: Findings
) -> tuple[IntArray, IntArray, IntArray, BoolArray]:
    """Return domain, zone and grid of every good membership, and which domains have no bad one."""
    zones = drop_duplicates(zones, findings)
    domain = names.find(zones, "domain", "domain_known", findings, "domains")
    zone = places.zones.find(zones, "zone", "zone_known", findings, "zones")
    its_carrier = np.append(carrier, -1)[domain]
    known = (zone >= 0) & (its_carrier >= 0)
    grid = np.full(zones.count, BROKEN, dtype=np.int64)
    grid[known] = places.lookup[zone[known], its_carrier[known]]
    findings.rows(
        zones,
        grid == NONE,
        "grid_known",
        what=lambda i: f"zone {zones.texts('zone')[i]!r} has no grid for the carrier of the domain",
        fix="Add the zone and carrier to grids, or name a zone that has the carrier.",
    )
    fine = np.flatnonzero(grid >= 0)
    again = np.ones(len(fine), dtype=np.bool_)
    again[np.unique(grid[fine], return_index=True)[1]] = False
    findings.rows(
        zones,
        fine[again],
        "one_domain_a_zone",
        what=lambda i: f"zone {zones.texts('zone')[i]!r} belongs to another domain of this carrier as well",
        fix="Keep each zone in one domain.",
    )
    # a zone of an unknown domain may be missing from any of those that are known
    good = np.full(len(names.names), not (domain < 0).any())
    good[domain[(domain >= 0) & (grid < 0)]] = False
    good[domain[fine[again]]] = False
    return domain[fine], zone[fine], grid[fine], good


def _timed(members: Members, cells: Cells, findings: Findings) -> Members:
    """Return the domains with their time grids; a domain of whose zones something does not fit is no longer good."""
    terms = [
        _terms(members, d, [cells.grids[g] for g in members.grid[members.domain == d].tolist()], findings)
        if members.good[d]
        else None
        for d in range(len(members.names.names))
    ]
    rows = np.array([t or (0, 0, 1) for t in terms], dtype=np.int64).reshape(-1, 3)
    good = np.array([t is not None for t in terms], dtype=np.bool_)
    return replace(members, good=good, clock=Clock(rows[:, 0], rows[:, 1], rows[:, 2]))


def _terms(members: Members, d: int, grids: list[Grid], findings: Findings) -> tuple[int, int, int] | None:
    """Return start, end and MTU of one domain, None if its zones do not fit together."""
    before, only = len(findings.mistakes), np.arange(len(members.row)) == d

    def wrong(rule: str, what: str, fix: str) -> None:
        members.report(only, rule, what=lambda _: what, fix=fix, findings=findings)

    if len(grids) < 2:
        wrong("domain_joins_zones", f"the domain has {len(grids)} zones", "Name two zones or more in domain_zones.")
        return None
    mtus = sorted({g.mtu_minutes for g in grids})
    common = math.gcd(*mtus)
    header, row = members.header, int(members.row[d])
    minutes = int(header.ints("mtu_minutes")[row]) if header.has("mtu_minutes")[row] else common
    if minutes <= 0 or common % minutes:
        texts = " and ".join(str(m) for m in mtus)
        what = f"the domain's MTU of {minutes} minutes does not divide its zones' MTUs of {texts} minutes"
        wrong("domain_mtu", what, f"Write mtu_minutes as {common} or a divisor of it, or leave it out.")
    horizons = sorted({(g.start, g.end) for g in grids})
    if len(horizons) > 1:
        texts = " and ".join(f"[{time_text(a)}, {time_text(b)})" for a, b in horizons[:2])
        wrong("domain_horizon", f"its zones have the horizons {texts}", "Give all zones of a domain one horizon.")
    limits = sorted({(g.price_tick.value(g.price_min), g.price_tick.value(g.price_max)) for g in grids})
    if len(limits) > 1:
        what = f"its zones have the price limits {list(limits[0])} and {list(limits[1])}"
        fix = "Give all its zones the same price limits; a domain of different limits is not supported yet."
        wrong("domain_limits", what, fix)
    ticks = sorted({g.quantity_tick.size for g in grids})
    if len(ticks) > 1:
        what = f"its zones have quantity ticks of {ticks[0]:g} and {ticks[1]:g} MW"
        fix = "Give all its zones the same quantity tick; a domain of different ticks is not supported yet."
        wrong("domain_ticks", what, fix)
    return None if len(findings.mistakes) > before else (*horizons[0], minutes)
