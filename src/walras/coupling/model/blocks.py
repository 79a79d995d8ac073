"""Block orders: a column of energies, accepted with one ratio (formulation, eq. 4.1 to 4.4)."""

from __future__ import annotations

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray, IntArray
from walras.coupling.market import Market
from walras.coupling.model.program import ProgramBuilder
from walras.coupling.runs import summed


def block_entries(book: Book) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
    """Return (block, cell, MWh) of every leg at ratio one, and the cost of each block."""
    blocks, cells = book.blocks, book.cells
    grid = blocks.grid[blocks.leg_order]
    power = cells.quantities(blocks.leg_quantity, grid)
    energy = blocks.side[blocks.leg_order] * power * cells.hours[blocks.leg_cell]
    volume = summed(blocks.leg_order, energy, blocks.count)
    cost = volume * cells.prices(blocks.price, blocks.grid)
    return blocks.leg_order, blocks.leg_cell, energy, cost


def add_order_columns(builder: ProgramBuilder, market: Market) -> int:
    """Add one column an indivisible order, its ratio between 0 and 1, and return the first."""
    orders = market.orders
    first = builder.columns(orders.cost, np.zeros(orders.count), np.ones(orders.count))
    builder.entries(orders.entry_cell, first + orders.entry_column, orders.entry_energy)
    return first


def add_links(builder: ProgramBuilder, market: Market, first: int) -> int:
    """Add a row a link, child ratio at most parent ratio, and return the first."""
    orders = market.orders
    count = len(orders.link_child)
    row = builder.rows(np.full(count, -np.inf), np.zeros(count))
    at = row + np.arange(count)
    builder.entries(at, first + orders.link_child, np.ones(count))
    builder.entries(at, first + orders.link_parent, -np.ones(count))
    return row


def add_groups(builder: ProgramBuilder, market: Market, first: int) -> int:
    """Add a row a group, ratios sum to one at most, and return the first."""
    orders = market.orders
    count = len(orders.group)
    row = builder.rows(np.full(count, -np.inf), np.ones(count))
    builder.entries(row + orders.member_group, first + orders.member_column, np.ones(len(orders.member_group)))
    return row
