"""Flow-based domains: their zones, periods, critical branches and PTDFs.

A branch limits the exchanges only in those periods in which it has a RAM; publishers leave
out branches that cannot bind. In every such period it needs a PTDF for every zone of its
domain, zeros too: a zone that was forgotten must not count as one without influence.

Axes as in `flow_based`; i rows of a file, m places among the zones of a domain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from walras.book.cells import BoolArray, Cells, FloatArray, IntArray
from walras.book.domain_zones import Members, read_members
from walras.book.findings import Findings
from walras.book.flow_based import Domains
from walras.book.names import Names
from walras.book.read_network import MOST_MW, sensible
from walras.book.read_places import Places
from walras.book.spans import spans
from walras.book.step_order import canonical
from walras.book.tables import Table

MOST_PTDF = 10.0
"""One branch carries at most the whole exchange; a weighted sum of branches more. Beyond this it is a percentage."""


def read_domains(tables: Mapping[str, Table], places: Places, findings: Findings) -> Domains:
    """Return the domains with the RAM and PTDFs of every critical branch."""
    before = len(findings.mistakes)
    members = read_members(tables["domains"], tables["domain_zones"], places, findings)
    rows = _read_rows(tables["critical_branches"], members, findings)
    ptdf = _read_ptdfs(tables["ptdfs"], rows, places, findings)
    if not members.good.all() or len(findings.mistakes) > before:
        return Domains.none()
    return _assembled(members, rows, ptdf, places.cells)


@dataclass(frozen=True)
class _Rows:
    """Critical branches and their rows, in canonical order.

    Attributes:
        members: Zones and periods of the domains.
        texts: Sorted names of branches, of all domains together.
        branch_key: Domain x number of names + name of each branch, sorted; shape (b,).
        broken: Domains of which some rows could not be read; shape (d,).
        table, at: The file, and which of its rows each row is; shape (k,).
        row_branch, row_period, ram: Of each row; shape (k,).
    """

    members: Members
    texts: Names
    branch_key: IntArray
    broken: BoolArray
    table: Table
    at: IntArray
    row_branch: IntArray
    row_period: IntArray
    ram: FloatArray

    @property
    def branch_domain(self) -> IntArray:
        """Domain of each branch; shape (b,)."""
        return self.branch_key // max(1, len(self.texts.names))

    @cached_property
    def first_entry(self) -> IntArray:
        """First PTDF entry of each row (one for each zone of its domain), and their number last; shape (k + 1,)."""
        count = self.members.size[self.branch_domain[self.row_branch]]
        return np.concatenate([[0], np.cumsum(count)]).astype(np.int64)

    def branch_of(self, domain: IntArray, code: IntArray) -> IntArray:
        """Return the branch of pairs of domain and name, -1 where there is none."""
        return _place(self.branch_key, np.where((domain >= 0) & (code >= 0), domain * len(self.texts.names) + code, -1))

    def row_of(self, period: IntArray, branch: IntArray) -> IntArray:
        """Return the row of pairs of period and branch, -1 where there is none."""
        count = len(self.branch_key)
        return _place(self.row_period * count + self.row_branch, period * count + branch)


def _place(keys: IntArray, wanted: IntArray) -> IntArray:
    """Return where each number stands in sorted ones, -1 where it does not."""
    if not len(keys):
        return np.full(len(wanted), -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    out: IntArray = np.where(keys[at] == wanted, at, -1)
    return out


def _read_rows(table: Table, members: Members, findings: Findings) -> _Rows:
    """Return branches and rows; every period of a domain needs one at least."""
    names = members.names
    domain = names.find(table, "domain", "domain_known", findings, "domains")
    known = members.if_good(domain)
    position, _, fits = spans(table, members.clock, known, findings)
    ram = sensible(table, "ram_mw", MOST_MW, findings)
    findings.rows(
        table,
        ram < 0,
        "ram_not_negative",
        what=lambda i: f"ram_mw {ram[i]:g} is negative: not even no exchange at all would keep it",
        fix="Send a margin of 0 MW or more.",
    )
    texts = Names("branch", tuple(table.texts("branch").unique().sort().to_list()))
    key = np.where(domain >= 0, domain * len(texts.names) + texts.codes(table.texts("branch")), -1)
    branch_key = np.unique(key[key >= 0])
    branch = _place(branch_key, key)
    period = members.period_of(known, position, fits)
    at = canonical(table, (period, branch), fits, findings)
    broken = names.mask(table.lost.to_list()) | (not table.is_whole) | bool((domain < 0).any())
    broken[known[(known >= 0) & ~fits]] = True
    seen = np.zeros(len(members.period_domain), dtype=np.bool_)
    seen[period[at]] = True
    given = np.bincount(members.period_domain[seen], minlength=len(names.names))
    wanted = np.bincount(members.period_domain, minlength=len(names.names))
    members.report(
        (given < wanted) & ~broken,
        "mtus_complete",
        what=lambda d: f"{given[d]} of {wanted[d]} MTUs have a critical branch in critical_branches",
        fix="Give every MTU of the domain one critical branch or more.",
        findings=findings,
    )
    return _Rows(members, texts, branch_key, broken, table, at, branch[at], period[at], ram[at])


def _read_ptdfs(table: Table, rows: _Rows, places: Places, findings: Findings) -> FloatArray:
    """Return the PTDF of every entry, row by row and zone by zone; shape (e,)."""
    members = rows.members
    domain = members.names.find(table, "domain", "domain_known", findings, "domains")
    branch = rows.branch_of(domain, rows.texts.codes(table.texts("branch")))
    member = _members_of(table, domain, members, places, findings)
    is_good = members.if_good(domain) >= 0
    lost = is_good & (branch < 0) & ~np.append(rows.broken, True)[domain]
    findings.rows(
        table,
        lost,
        "branch_known",
        what=lambda i: f"branch {table.texts('branch')[i]!r} of this domain is not in critical_branches",
        fix="Name a branch of critical_branches, or add it there.",
    )
    value = _values(table, findings)
    is_timed = table.has("mtu_start")
    good = is_good & (branch >= 0) & (member >= 0)
    position, _, fits = spans(table, members.clock, np.where(good & is_timed, domain, -1), findings)
    good &= fits | ~is_timed
    at = canonical(table, (branch, member, np.where(is_timed, position + 1, 0)), good, findings)
    period = np.append(members.first_period, 0)[domain] + position
    out = _filled(_Said(table, at, branch, member, period, is_timed, value), rows, findings)
    # a branch with a row that cannot be used is not called incomplete as well
    doubted = np.zeros(len(rows.branch_key), dtype=np.bool_)
    doubted[branch[(branch >= 0) & ~good]] = True
    doubted |= members.names.mask(table.lost.to_list())[rows.branch_domain] | (not table.is_whole)
    doubted |= bool((domain < 0).any())
    doubted |= np.isin(rows.branch_domain, domain[lost]) | rows.broken[rows.branch_domain]
    _report_missing(out, rows, doubted, places, findings)
    return out


def _members_of(table: Table, domain: IntArray, members: Members, places: Places, findings: Findings) -> IntArray:
    """Return the place of each row's zone in its domain, -1 where it has none (reported)."""
    zone = places.zones.find(table, "zone", "zone_known", findings, "zones")
    both = (domain >= 0) & (zone >= 0)
    out = np.full(table.count, -1, dtype=np.int64)
    out[both] = members.place[domain[both], zone[both]]
    findings.rows(
        table,
        both & (out < 0) & (members.if_good(domain) >= 0),
        "ptdf_zone_known",
        what=lambda i: f"zone {table.texts('zone')[i]!r} does not belong to the domain",
        fix="Name a zone of domain_zones, or add it there.",
    )
    return out


def _values(table: Table, findings: Findings) -> FloatArray:
    value = table.floats("ptdf")
    findings.rows(
        table,
        np.abs(value) > MOST_PTDF,
        "ptdf_sensible",
        what=lambda i: f"ptdf {value[i]:g} is beyond {MOST_PTDF:g}",
        fix="Send MW on the branch for each MW of export, such as 0.25; not a percentage.",
    )
    return value


@dataclass(frozen=True)
class _Said:
    """PTDFs as a file says them; `at` are the good rows, the columns have all rows; shape (i,).

    `period` is that of a row with a start, `is_timed` whether it has one: others hold in every period.
    """

    table: Table
    at: IntArray
    branch: IntArray
    member: IntArray
    period: IntArray
    is_timed: BoolArray
    value: FloatArray


def _filled(said: _Said, rows: _Rows, findings: Findings) -> FloatArray:
    """Return the PTDF of every entry, NaN where none was said; shape (e,)."""
    table, branch, member, first = said.table, said.branch, said.member, rows.first_entry
    always, timed = said.at[~said.is_timed[said.at]], said.at[said.is_timed[said.at]]
    usual = np.full((len(rows.branch_key), int(rows.members.size.max(initial=0))), np.nan)
    usual[branch[always], member[always]] = said.value[always]
    item = np.repeat(np.arange(len(rows.at)), np.diff(first))
    out: FloatArray = usual[rows.row_branch[item], np.arange(len(item)) - first[item]]
    findings.rows(
        table,
        np.sort(timed[~np.isnan(usual[branch[timed], member[timed]])]),
        "ptdf_said_once",
        what=lambda i: f"zone {table.texts('zone')[i]!r} has a PTDF without mtu_start on this branch as well",
        fix="Give one PTDF for all MTUs, without mtu_start, or one for each.",
    )
    row = rows.row_of(said.period[timed], branch[timed])
    findings.rows(
        table,
        np.sort(timed[(row < 0) & ~rows.broken[rows.branch_domain[branch[timed]]]]),
        "ram_given",
        what=lambda i: f"branch {table.texts('branch')[i]!r} has no RAM in this MTU",
        fix="Give its RAM in critical_branches, or remove the PTDF.",
    )
    there = row >= 0
    out[first[row[there]] + member[timed[there]]] = said.value[timed[there]]
    return out


def _report_missing(ptdf: FloatArray, rows: _Rows, doubted: BoolArray, places: Places, findings: Findings) -> None:
    """Report rows of critical branches that lack the PTDF of a zone."""
    lacking = np.isnan(ptdf)
    if not lacking.any():
        return
    first, members = rows.first_entry, rows.members
    row = np.searchsorted(first, np.flatnonzero(lacking), side="right") - 1
    row, place = np.unique(row, return_index=True)
    entry = np.flatnonzero(lacking)[place]
    told = ~doubted[rows.row_branch[row]]
    member = members.first[rows.branch_domain[rows.row_branch[row]]] + entry - first[row]
    zone = dict(zip(rows.at[row].tolist(), members.zone[member].tolist(), strict=True))
    findings.rows(
        rows.table,
        np.sort(rows.at[row[told]]),
        "ptdf_given",
        what=lambda i: f"branch {rows.table.texts('branch')[i]!r} has no PTDF of zone {places.zones.names[zone[i]]!r}",
        fix="Give a PTDF for every zone of the domain in ptdfs, 0 for one without influence.",
    )


def _assembled(members: Members, rows: _Rows, ptdf: FloatArray, cells: Cells) -> Domains:
    """Return the domains of columns without a mistake."""
    names, minutes = members.names.names, members.clock.minutes
    size = members.size[members.period_domain]
    first_exchange = np.cumsum(size) - size
    exchange_period = np.repeat(np.arange(len(size)), size)
    start = members.period_start
    member = members.first[members.period_domain[exchange_period]] + np.arange(len(exchange_period))
    member -= first_exchange[exchange_period]
    grid = members.grid[member]
    begin = np.array([g.start for g in cells.grids], dtype=np.int64)[grid]
    length = np.array([g.mtu_minutes for g in cells.grids], dtype=np.int64)[grid]
    entry_row = np.repeat(np.arange(len(rows.at)), np.diff(rows.first_entry))
    offset = np.arange(len(entry_row)) - rows.first_entry[entry_row]
    branch = [rows.texts.names[k] for k in (rows.branch_key - rows.branch_domain * len(rows.texts.names)).tolist()]
    return Domains(
        name=names, minutes=minutes, member_domain=members.domain, member_grid=members.grid,
        period_domain=members.period_domain, period_start=start, exchange_period=exchange_period,
        exchange_cell=cells.first[grid] + (start[exchange_period] - begin) // length,
        branch=tuple(branch), branch_domain=rows.branch_domain, row_branch=rows.row_branch,
        row_period=rows.row_period, ram=rows.ram, entry_row=entry_row,
        entry_exchange=first_exchange[rows.row_period[entry_row]] + offset, ptdf=ptdf,
    )  # fmt: skip
