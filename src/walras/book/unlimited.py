"""A book without its network limits: what the market would do if lines and critical branches carried everything.

Used for system prices, and for the first pass of an auction that asks for a corridor. Losses and
tariffs stay, and so do borders to the world outside: they are terms of trade, not limits between
zones. Zones that no line and no domain joins stay apart.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from walras.book.book import Book


def unlimited(book: Book) -> Book:
    """Return a book in which no limit of a line or of a critical branch can be reached.

    Each line may carry more than all orders and borders offer together, so that no capacity binds.

    Example:
        >>> from walras.book.folder import read
        >>> free = unlimited(read("src/walras/examples/two-neighbours"))
        >>> bool(free.lines.capacity_forward.min() >= most_mw(free))
        True
    """
    most = most_mw(book)
    lines, domains = book.lines, book.domains
    wide = np.full(len(lines.period_line), most)
    if domains.count:
        steepest = float(np.abs(domains.ptdf).max(initial=0)) + 1
        domains = replace(domains, ram=np.full(len(domains.ram), most * steepest * len(domains.member_grid)))
    return replace(book, lines=replace(lines, capacity_forward=wide, capacity_backward=wide), domains=domains)


def most_mw(book: Book) -> float:
    """Return more MW than can be traded in any cell: all quantities of all orders and borders of the day together."""
    curves, blocks, flexibles, scalables, storages = (
        book.curves, book.blocks, book.flexibles, book.scalables, book.storages,
    )  # fmt: skip
    ticks = [curves.quantity, blocks.leg_quantity, flexibles.quantity, scalables.quantity, storages.charge]
    tick = max((g.quantity_tick.value(1) for g in book.cells.grids), default=0.0)
    total = sum(int(t.sum()) for t in (*ticks, storages.discharge)) * tick
    borders = book.borders
    outside = (borders.capacity_export, borders.capacity_import, np.abs(borders.exchange))
    return float(np.ceil(total + sum(float(np.nansum(mw)) for mw in outside) + 1))
