"""Parts of a market that no line and no order connects: each clears on its own.

So adding an unconnected zone changes nothing elsewhere, to the byte, and a market of
curves alone falls into its MTUs. Written for `clear`; parts come in the order of their
first cell.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from walras.book.book import Book
from walras.book.cells import FloatArray, IntArray
from walras.book.stores import needs_no_decision
from walras.coupling.market import (
    BLOCK,
    FLEXIBLE,
    SCALABLE,
    STORAGE,
    Market,
    OrderColumns,
)
from walras.coupling.model.blocks import block_entries
from walras.coupling.model.domains import flow_based
from walras.coupling.model.flexible import flexible_columns, flexible_entries
from walras.coupling.model.lines import line_periods
from walras.coupling.model.scalable import scalable_steps
from walras.coupling.model.storage import with_storages
from walras.coupling.residual import coarse_steps, residual_supply
from walras.coupling.restrict import restricted
from walras.coupling.runs import spread, summed


def whole_market(book: Book) -> Market:
    """Return the whole book in numbers."""
    residual = residual_supply(book)
    orders = _order_columns(book)
    return Market(
        cell=np.arange(book.cells.count),
        span=np.arange(len(residual.cell)),
        column=np.arange(orders.count),
        zone=book.cells.grid,
        position=(np.arange(book.cells.count) - book.cells.first[book.cells.grid])
        / np.diff(book.cells.first)[book.cells.grid],
        hours=book.cells.hours,
        price_min=book.cells.price_min,
        price_max=book.cells.price_max,
        residual=residual,
        coarse=coarse_steps(book),
        has_slack=True,
        lines=line_periods(book),
        domains=flow_based(book),
        orders=orders,
        steps=with_storages(
            book,
            scalable_steps(book, orders.count - book.storages.count - book.scalables.count),
            orders.count - book.storages.count,
        ),
    )


def _order_columns(book: Book) -> OrderColumns:
    """Return every indivisible order as a column: blocks, flexible starts, scalable orders, storages."""
    blocks, scalables, storages = book.blocks, book.scalables, book.storages
    block, leg_cell, leg_energy, block_cost = block_entries(book)
    flexible, start, flexible_cost = flexible_columns(book)
    choice, choice_cell, choice_energy = flexible_entries(book, flexible, start)
    first = blocks.count
    grouped = np.flatnonzero(blocks.group >= 0)
    starts = np.arange(len(start))
    sizes = [blocks.count, len(start), scalables.count, storages.count]
    plants = scalables.count + storages.count
    return OrderColumns(
        kind=np.repeat([BLOCK, FLEXIBLE, SCALABLE, STORAGE], sizes),
        order=np.concatenate([np.arange(sizes[0]), flexible, np.arange(sizes[2]), np.arange(sizes[3])]),
        start=np.concatenate([np.full(blocks.count, -1), start, np.full(plants, -1)]),
        cost=np.concatenate([block_cost, flexible_cost, scalables.fixed_term, storages.fixed_term]),
        min_ratio=np.concatenate([blocks.min_acceptance_ratio, np.ones(len(start) + plants)]),
        is_always=np.concatenate([np.zeros(sum(sizes[:3]), dtype=bool), needs_no_decision(book.cells, storages)]),
        entry_column=np.concatenate([block, first + choice]),
        entry_cell=np.concatenate([leg_cell, choice_cell]),
        entry_energy=np.concatenate([leg_energy, choice_energy]),
        link_child=blocks.link_child,
        link_parent=blocks.link_parent,
        link=np.arange(len(blocks.link_child)),
        member_group=np.concatenate([blocks.group[grouped], len(blocks.group_name) + flexible]),
        member_column=np.concatenate([grouped, first + starts]),
        group=np.concatenate([np.arange(len(blocks.group_name)), np.full(book.flexibles.count, -1)]),
    )


def parts(market: Market) -> Iterator[Market]:
    """Yield the unconnected parts of a market, in the order of their first cell."""
    label = _labels(market)
    count = int(label.max()) + 1 if len(label) else 0
    for part in range(count):
        yield restricted(market, label == part)


def _labels(market: Market) -> IntArray:
    """Return the part of each cell, numbered by first cell; shape (n,)."""
    lines, orders, steps, residual = market.lines, market.orders, market.steps, market.residual
    open_line = (lines.upper > 0) | (lines.lower < 0)
    pairs = [
        _chain(lines.from_cell[open_line], lines.from_cells[open_line]),
        _chain(lines.to_cell[open_line], lines.to_cells[open_line]),
        (lines.from_cell[open_line], lines.to_cell[open_line]),
        _chain(residual.cell, residual.cells),
        _domain_pairs(market),
    ]
    anchor = np.full(orders.count, -1)
    anchor[orders.entry_column[::-1]] = orders.entry_cell[::-1]
    anchor[steps.column[::-1]] = steps.cell[::-1]
    pairs.append((anchor[orders.entry_column], orders.entry_cell))
    pairs.append((anchor[steps.column], steps.cell))
    pairs.append((anchor[steps.column[steps.input_step]], steps.input_cell))
    pairs.append((anchor[steps.ramp_column], steps.ramp_cell))
    pairs.append((anchor[steps.ramp_column], steps.ramp_cell + 1))
    pairs.append((anchor[orders.link_child], anchor[orders.link_parent]))
    leader = np.full(len(orders.group), -1)
    leader[orders.member_group[::-1]] = anchor[orders.member_column[::-1]]
    pairs.append((leader[orders.member_group], anchor[orders.member_column]))
    pairs.append(_hours_of_zones(market))
    left = np.concatenate([a for a, _ in pairs])
    right = np.concatenate([b for _, b in pairs])
    known = (left >= 0) & (right >= 0)
    graph = sp.coo_matrix((np.ones(known.sum()), (left[known], right[known])), shape=(market.cells, market.cells))
    _, raw = connected_components(graph, directed=False)
    _, first = np.unique(raw, return_index=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    label: IntArray = rank[raw]
    return label


def _hours_of_zones(market: Market) -> tuple[IntArray, IntArray]:
    """Return pairs (first cell of a zone, every cell of it) of the zones that have indivisible orders.

    Nothing joins their hours by itself, but a proof by cases is told zone by zone (`proof`),
    so all hours of such a zone are decided together.
    """
    has_orders = np.zeros(int(market.zone.max(initial=-1)) + 1, dtype=bool)
    has_orders[market.zone[market.orders.entry_cell]] = True
    has_orders[market.zone[market.steps.cell]] = True
    has_orders[market.zone[market.steps.input_cell]] = True
    first = np.full(len(has_orders), -1)
    first[market.zone[::-1]] = np.arange(market.cells)[::-1]
    cell = np.flatnonzero(has_orders[market.zone])
    return first[market.zone[cell]], cell


def _chain(cell: IntArray, cells: IntArray) -> tuple[IntArray, IntArray]:
    """Return pairs (first cell, every cell) of runs."""
    which, covered = spread(cell, cells)
    return cell[which], covered


def _domain_pairs(market: Market) -> tuple[IntArray, IntArray]:
    """Return pairs (cell of a period's first exchange, cell of each exchange)."""
    domains = market.domains
    leader = np.full(domains.periods, -1)
    leader[domains.period[::-1]] = domains.cell[::-1]
    return leader[domains.period], domains.cell


def reference_prices(market: Market) -> FloatArray:
    """Return a first guess of each span's price: its part as one copper plate, hour by hour.

    Only a guess: the window moves until it is exact. Blocks are left out.
    """
    residual = market.residual
    which, cell = spread(residual.cell, residual.cells)
    hours = summed(which, market.hours[cell], len(residual.cell))
    plate = _plates(market)[residual.cell]
    energy = residual.quantity * hours[residual.span]
    atom_plate = plate[residual.span]
    order = np.lexsort((residual.low, atom_plate))
    total = np.cumsum(energy[order])
    count = int(plate.max()) + 1
    base = summed(plate, residual.base * hours, count)
    start = np.searchsorted(atom_plate[order], np.arange(count))
    end = np.searchsorted(atom_plate[order], np.arange(count), side="right")
    before = np.concatenate([[0.0], total])[start]
    crossing = np.searchsorted(total, before - base)
    has = end > start
    at = np.clip(crossing, start, np.maximum(end - 1, start))
    price = np.zeros(count)
    price[has] = residual.low[order][at[has]]
    out: FloatArray = price[plate]
    return out


def _plates(market: Market) -> IntArray:
    """Return the copper plate of each cell: cells joined by open lines in one period; shape (n,)."""
    lines = market.lines
    open_line = (lines.upper > 0) | (lines.lower < 0)
    out, from_cell = _chain(lines.from_cell[open_line], lines.from_cells[open_line])
    into, to_cell = _chain(lines.to_cell[open_line], lines.to_cells[open_line])
    leader, member = _domain_pairs(market)
    left = np.concatenate([out, into, lines.from_cell[open_line], leader])
    right = np.concatenate([from_cell, to_cell, lines.to_cell[open_line], member])
    graph = sp.coo_matrix((np.ones(len(left)), (left, right)), shape=(market.cells, market.cells))
    _, label = connected_components(graph, directed=False)
    return np.asarray(label, dtype=np.int64)
