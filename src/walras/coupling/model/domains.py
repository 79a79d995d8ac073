"""Flow-based domains: net exchanges, their sum, and the critical branches (formulation, eq. 3.6 to 3.8)."""

from __future__ import annotations

import numpy as np

from walras.book.book import Book
from walras.book.cells import IntArray
from walras.coupling.market import FlowBased, Market
from walras.coupling.model.program import ProgramBuilder


def flow_based(book: Book) -> FlowBased:
    """Return every exchange and every branch row of the domains."""
    domains = book.domains
    return FlowBased(
        exchange=np.arange(len(domains.exchange_cell)),
        cell=domains.exchange_cell,
        period=domains.exchange_period,
        hours=domains.exchange_hours if domains.count else np.zeros(0),
        periods=len(domains.period_start),
        row=np.arange(len(domains.ram)),
        row_period=domains.row_period,
        ram=domains.ram,
        entry_row=domains.entry_row,
        entry_exchange=domains.entry_exchange,
        ptdf=domains.ptdf,
    )


def add_domain_exchanges(builder: ProgramBuilder, market: Market) -> tuple[int, int]:
    """Add a free column an exchange and a row a period, their sum is zero; return the first of each."""
    domains = market.domains
    count = len(domains.cell)
    first = builder.columns(np.zeros(count), np.full(count, -np.inf), np.full(count, np.inf))
    at = first + np.arange(count)
    builder.entries(domains.cell, at, -domains.hours)
    row = builder.rows(np.zeros(domains.periods), np.zeros(domains.periods))
    builder.entries(row + domains.period, at, np.ones(count))
    return first, row


def add_branches(builder: ProgramBuilder, market: Market, first: int, chosen: IntArray) -> int:
    """Add a row each of the chosen branch rows, flow at most RAM; return the first."""
    domains = market.domains
    number = np.full(len(domains.ram), -1)
    number[chosen] = np.arange(len(chosen))
    row = builder.rows(np.full(len(chosen), -np.inf), domains.ram[chosen])
    use = number[domains.entry_row] >= 0
    builder.entries(row + number[domains.entry_row[use]], first + domains.entry_exchange[use], domains.ptdf[use])
    return row
