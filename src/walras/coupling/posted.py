"""The certificate of a bound: the root relaxation's prices and rents, posted.

`clear` posts the chosen prices with these rents instead where they bound tighter.

Only numbers leave this room; `results.certificate` sums them over raw orders. A rent that
came out negative by the solver's tolerance is posted as zero, which keeps the bound valid:
any prices and rents prove one.
"""

from __future__ import annotations

import numpy as np

from walras.book.book import Book
from walras.book.stores import stores_of
from walras.coupling.market import Market
from walras.coupling.points import Relaxed
from walras.results.results import Certificate


def posted_certificate(book: Book, roots: list[tuple[Market, Relaxed]]) -> Certificate:
    """Return prices and rents of all parts' root relaxations on the book's axes."""
    cells, scalables = book.cells, book.scalables
    price = np.empty(cells.count)
    link = np.zeros(len(book.blocks.link_child))
    group = np.zeros(len(book.blocks.group_name))
    longest = max((int(n) for n in np.diff(cells.first)), default=1)
    up, down = (np.zeros((scalables.count, max(longest - 1, 0))) for _ in range(2))
    branch = np.zeros(len(book.domains.ram))
    store = np.zeros(stores_of(cells, book.storages).count)
    for part, root in roots:
        price[part.cell] = root.price
        orders, steps = part.orders, part.steps
        link[orders.link] = root.link_rent
        named = orders.group >= 0
        group[orders.group[named]] = root.group_rent[named]
        order = orders.order[steps.ramp_column]
        offset = part.cell[steps.ramp_cell] - cells.first[scalables.grid[order]]
        up[order, offset] = root.up_rent
        down[order, offset] = root.down_rent
        branch[part.domains.row] = root.branch_rent
        store[part.steps.stores.store] = root.store_value
    link, group, up, down, branch = (np.maximum(rent, 0.0) for rent in (link, group, up, down, branch))
    return Certificate(price, link, group, up, down, branch, store_value=store)
