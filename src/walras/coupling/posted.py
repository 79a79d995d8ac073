"""The certificate of a bound: the root relaxation's prices and rents, posted.

`clear` posts the chosen prices with these rents instead where they bound tighter.

Only numbers leave this room; `results.certificate` sums them over raw orders. A rent that
came out negative by the solver's tolerance is posted as zero, which keeps the bound valid.
"""

from __future__ import annotations

import numpy as np

from walras.book.book import Book
from walras.coupling.market import Market
from walras.coupling.relaxed import Relaxed
from walras.results.results import Certificate


def posted_certificate(book: Book, market: Market, roots: list[tuple[Market, Relaxed]]) -> Certificate:
    """Return prices and rents of all parts' root relaxations on the book's axes."""
    cells, scalables = book.cells, book.scalables
    price = np.empty(market.cells)
    link = np.zeros(len(book.blocks.link_child))
    group = np.zeros(len(book.blocks.group_name))
    longest = max((int(n) for n in np.diff(cells.first)), default=1)
    up, down = (np.zeros((scalables.count, max(longest - 1, 0))) for _ in range(2))
    for part, root in roots:
        price[part.cell] = root.price
        model, orders, steps = root.model, part.orders, part.steps
        link[orders.link] = -root.dual[model.link_row : model.link_row + len(orders.link)]
        rents = -root.dual[model.group_row : model.group_row + len(orders.group)]
        named = orders.group >= 0
        group[orders.group[named]] = rents[named]
        order = orders.order[steps.ramp_column]
        offset = part.cell[steps.ramp_cell] - cells.first[scalables.grid[order]]
        up[order, offset] = -root.dual[model.up_row : model.up_row + len(order)]
        down[order, offset] = -root.dual[model.down_row : model.down_row + len(order)]
    return Certificate(price, *(np.maximum(rent, 0.0) for rent in (link, group, up, down)))
