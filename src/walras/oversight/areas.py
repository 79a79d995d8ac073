"""Coupled areas: cells that are one market, because nothing between them binds and their prices agree.

Two cells are joined if a line runs between them that has room for at least one more tick of
quantity in both directions, in the time that they share, and their published prices are equal
(to half of the coarser tick). A flow-based domain joins its zones, where prices agree,
in periods in which every critical branch has room. An area is everything that is joined, directly
or through others; a zone that nothing joins is an area by itself. Where time grids differ an
area is as long as its longest cell. Carriers are never joined: a conversion is an order.

What that leaves out: areas follow the outcome, so a large supplier that keeps prices equal by
its own offers makes its market look larger than it is; and a line that is full by chance splits one.
Axes: c cells, p line periods, x exchanges of domains.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from walras.book.book import Book
from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.results.branches import without_room
from walras.results.raw import Raw
from walras.results.results import Results

FLOAT = 1e-9


def areas_of(book: Book, results: Results) -> IntArray:
    """Return the area of each cell, numbered in the order of their first cells; shape (c,).

    Example:
        A and B have 50.00 EUR/MWh in an hour and exchange 10 of 20 MW: one area. In the next hour they exchange
        20 of 20 MW: two, whatever their prices are.
    """
    raw = Raw(book)
    pairs = np.concatenate([_line_pairs(book, results), _domain_pairs(raw, results)], axis=1)
    one, other = pairs[:, _same_price(raw, results.price, *pairs)]
    count = book.cells.count
    graph = coo_array((np.ones(len(one)), (one, other)), shape=(count, count))
    label = connected_components(graph, directed=False)[1]
    _, first, place = np.unique(label, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first, kind="stable"), kind="stable")
    return rank[place].astype(np.int64)


def _same_price(raw: Raw, price: FloatArray, one: IntArray, other: IntArray) -> BoolArray:
    tick = np.maximum(raw.price_tick[one], raw.price_tick[other])
    out: BoolArray = np.abs(price[one] - price[other]) <= tick / 2
    return out


def _line_pairs(book: Book, results: Results) -> IntArray:
    """Return the cells at both ends of every line period that is not full, a column a pair that overlaps in time."""
    lines, cells, sent = book.lines, book.cells, results.published.exchange
    size = Raw(book).quantity_tick
    tick = np.maximum(size[lines.from_cell], size[lines.to_cell]) - FLOAT
    free = np.flatnonzero((lines.capacity_forward - sent >= tick) & (lines.capacity_backward + sent >= tick))
    if not len(free):
        return np.zeros((2, 0), dtype=np.int64)
    start, minutes = lines.period_start[free], lines.minutes[lines.period_line[free]]
    ends = [(lines.from_cell[free], cells.minutes), (lines.to_cell[free], cells.minutes)]
    slot = int(np.gcd.reduce(np.concatenate([length[first] for first, length in ends])))
    count = minutes // slot
    item = np.repeat(np.arange(len(free)), count)
    begin = (np.arange(len(item)) - np.repeat(np.cumsum(count) - count, count)) * slot
    at = start[item] + begin
    pairs = [first[item] + (at - cells.start[first[item]]) // cells.minutes[first[item]] for first, _ in ends]
    return np.unique(np.stack(pairs), axis=1)


def _domain_pairs(raw: Raw, results: Results) -> IntArray:
    """Return neighbours in the list of zones of every domain period in which every branch has room."""
    domains = raw.book.domains
    if not domains.count:
        return np.zeros((2, 0), dtype=np.int64)
    full = np.zeros(len(domains.period_start), dtype=bool)
    full[domains.row_period[without_room(raw, results.published.domain)]] = True
    period, cell = domains.exchange_period, domains.exchange_cell
    price = results.price[cell]
    order = np.lexsort((price, period))  # neighbours in price: equal prices stand side by side
    period, cell = period[order], cell[order]
    together = np.flatnonzero((period[1:] == period[:-1]) & ~full[period[1:]])
    return np.stack([cell[together], cell[together + 1]])
