"""A book without its couplings: some zones clear alone, the rest of the market stays joined.

Used when the order book of a zone cannot be had in time: what joins the zone to others is
closed, and nothing else changes. Orders stay whole: one that itself joins zones (a conversion
with its input elsewhere, a family over several zones) goes on joining them.

Axes as in `book.network` and `book.flow_based`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from walras.book.book import Book
from walras.book.cells import BoolArray, IntArray
from walras.book.flow_based import Domains
from walras.book.network import Borders, Lines


def decoupled(book: Book, zones: Collection[str]) -> Book:
    """Return a book in which nothing is exchanged over any line, border or domain of these zones.

    Capacities of their lines and price-taking borders become zero. A zone leaves its flow-based
    domains, whose other zones stay joined within the same margins; a domain of one zone that is
    left ends. A fixed exchange stays: it was agreed before the auction.

    Args:
        book: The market.
        zones: Names of zones of the book, perhaps all of them: then every zone clears alone.

    Example:
        >>> from walras.book.folder import read
        >>> book = read("src/walras/examples/two-neighbours")
        >>> book = decoupled(book, [z.name for z in book.cells.zones])
        >>> float(book.lines.capacity_forward.max()), float(book.lines.capacity_backward.max())
        (0.0, 0.0)
    """
    unknown = sorted(set(zones) - {z.name for z in book.cells.zones})
    assert not unknown, f"zones {unknown} are not in the book"
    if not zones:
        return book
    is_cut = np.array([book.cells.zones[g.zone].name in zones for g in book.cells.grids], dtype=bool)
    return replace(
        book,
        lines=_lines(book.lines, is_cut),
        borders=_borders(book.borders, is_cut),
        domains=_domains(book.domains, is_cut, book.cells.grid),
    )


def _lines(lines: Lines, is_cut: BoolArray) -> Lines:
    """Return lines without capacity at cut grids; `is_cut` has shape (g,)."""
    closed = (is_cut[lines.from_grid] | is_cut[lines.to_grid])[lines.period_line]
    return replace(
        lines,
        capacity_forward=np.where(closed, 0.0, lines.capacity_forward),
        capacity_backward=np.where(closed, 0.0, lines.capacity_backward),
    )


def _borders(borders: Borders, is_cut: BoolArray) -> Borders:
    """Return borders without capacity at cut grids; fixed exchanges stay."""
    closed = (is_cut[borders.grid] & ~borders.is_fixed.astype(bool))[borders.period_border]
    return replace(
        borders,
        capacity_export=np.where(closed, 0.0, borders.capacity_export),
        capacity_import=np.where(closed, 0.0, borders.capacity_import),
    )


def _domains(domains: Domains, is_cut: BoolArray, grid_of_cell: IntArray) -> Domains:
    """Return domains without cut grids; one that joins fewer than two grids then is left out."""
    if domains.count == 0:
        return domains
    member = ~is_cut[domains.member_grid]
    kept = np.bincount(domains.member_domain[member], minlength=domains.count) >= 2
    if member.all():
        return domains
    member &= kept[domains.member_domain]
    period = kept[domains.period_domain]
    exchange = period[domains.exchange_period] & ~is_cut[grid_of_cell[domains.exchange_cell]]
    branch, row = kept[domains.branch_domain], period[domains.row_period]
    entry = row[domains.entry_row] & exchange[domains.entry_exchange]
    domain_at, period_at, exchange_at, branch_at, row_at = map(_places, (kept, period, exchange, branch, row))
    return Domains(
        name=tuple(n for n, k in zip(domains.name, kept.tolist(), strict=True) if k),
        minutes=domains.minutes[kept],
        member_domain=domain_at[domains.member_domain[member]],
        member_grid=domains.member_grid[member],
        period_domain=domain_at[domains.period_domain[period]],
        period_start=domains.period_start[period],
        exchange_period=period_at[domains.exchange_period[exchange]],
        exchange_cell=domains.exchange_cell[exchange],
        branch=tuple(n for n, k in zip(domains.branch, branch.tolist(), strict=True) if k),
        branch_domain=domain_at[domains.branch_domain[branch]],
        row_branch=branch_at[domains.row_branch[row]],
        row_period=period_at[domains.row_period[row]],
        ram=domains.ram[row],
        entry_row=row_at[domains.entry_row[entry]],
        entry_exchange=exchange_at[domains.entry_exchange[entry]],
        ptdf=domains.ptdf[entry],
    )


def _places(kept: BoolArray) -> IntArray:
    """Return the new position of each row that is kept."""
    out: IntArray = np.cumsum(kept) - 1
    return out
