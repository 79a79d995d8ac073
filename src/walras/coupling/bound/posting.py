"""What a case posts: prices of its cluster's cells and rents of its rows, where they differ from the whole's.

Written by `cases` from a relaxation's duals, read by `worker`, which brings them onto the
book's axes. Families of rows and axes as in `results.tree` and `market`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.coupling.market import Market
from walras.coupling.points import Relaxed
from walras.results.tree import BRANCH, GRADIENT_DOWN, GRADIENT_UP, GROUP, LINK, STORE

DUST = 1e-9
PROHIBITIVE = 1e7
"""Rent, in currency, of a row that a case contradicts: it makes the case worth nothing."""


@dataclass(frozen=True)
class Posting:
    """Prices by cell, and rents by family of rows, as (index in the cluster's market, value)."""

    cell: IntArray
    price: FloatArray
    rents: dict[int, tuple[IntArray, FloatArray]]


def posting(whole: FloatArray, relaxed: Relaxed) -> Posting:
    """Return the prices that differ from the whole's, shape (n,), and every rent that is not zero."""
    cell = np.flatnonzero(np.abs(relaxed.price - whole) > DUST)
    columns = {
        LINK: relaxed.link_rent,
        GROUP: relaxed.group_rent,
        GRADIENT_UP: relaxed.up_rent,
        GRADIENT_DOWN: relaxed.down_rent,
        BRANCH: relaxed.branch_rent,
        STORE: relaxed.store_value,
    }
    rents = {}
    for kind, column in columns.items():
        index = np.flatnonzero(np.abs(column) > DUST)
        rents[kind] = (index, column[index])
    return Posting(cell, relaxed.price[cell], rents)


def contradiction(market: Market, killed: BoolArray, lower: FloatArray) -> Posting | None:
    """Return what shows that nothing lies in a case that links or groups contradict; None if they do not.

    An order that must be accepted while an ancestor is rejected, or members of one group
    that must be accepted together: a rent of the rows between them makes that as dear as
    one likes. No price is posted.
    """
    orders = market.orders
    nothing, value = np.zeros(0, dtype=np.int64), np.zeros(0)
    asked = np.zeros(len(orders.group))
    np.add.at(asked, orders.member_group, lower[orders.member_column])
    over = np.flatnonzero(asked > 1.0 + DUST)
    link = _links_to_rejected(market, killed, lower)
    if not len(over) and not len(link):
        return None
    rents = dict.fromkeys((GRADIENT_UP, GRADIENT_DOWN, BRANCH), (nothing, value))
    rents[GROUP] = (over, np.full(len(over), PROHIBITIVE))
    rents[LINK] = (link, np.full(len(link), PROHIBITIVE))
    return Posting(nothing, value, rents)


def _links_to_rejected(market: Market, killed: BoolArray, lower: FloatArray) -> IntArray:
    """Return the links from an order that must be accepted up to a rejected ancestor, none if there is none."""
    child, parent = market.orders.link_child, market.orders.link_parent
    doomed, step = killed.copy(), np.full(len(killed), -1)
    while True:
        fresh = np.flatnonzero(doomed[parent] & ~doomed[child])
        if not len(fresh):
            break
        step[child[fresh]] = fresh
        doomed[child[fresh]] = True
    found = np.flatnonzero(doomed & ~killed & (lower > 0))
    out: list[int] = []
    at = int(found[0]) if len(found) else -1
    while at >= 0 and step[at] >= 0:
        out.append(int(step[at]))
        at = int(parent[step[at]])
    return np.array(out, dtype=np.int64)
