"""Trees of clusters on the book's axes: what the certificate of a bound posts (`results.tree`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Protocol

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray, IntArray
from walras.coupling.bound.cases import ROOT
from walras.coupling.bound.posting import DUST, Posting
from walras.coupling.market import Market
from walras.results.results import Certificate
from walras.results.tree import BRANCH, GRADIENT_DOWN, GRADIENT_UP, GROUP, LINK, STORE, Tree


class Case(Protocol):
    """A node: what it splits and decides, and what it posts as a leaf."""

    @property
    def parent(self) -> int:
        """Node that it splits, -1 at the root."""
        ...

    @property
    def column(self) -> int:
        """Order column that it decides."""
        ...

    @property
    def accepted(self) -> bool:
        """Whether that order is accepted."""
        ...

    @property
    def is_leaf(self) -> bool:
        """Whether nothing splits it."""
        ...

    @property
    def posted(self) -> Posting:
        """What it posts as a leaf."""
        ...


class Cases(Protocol):
    """Every node of a tree, and the market whose columns they decide."""

    @property
    def market(self) -> Market:
        """Market whose columns the nodes decide."""
        ...

    @property
    def cases(self) -> Sequence[Case]:
        """Every node, parents first."""
        ...


def joined_tree(
    book: Book, market: Market, posted: Certificate, cluster: IntArray, trees: Mapping[int, Cases]
) -> Certificate:
    """Return a certificate with the trees of one part's clusters added to those that it has.

    Args:
        book: The whole auction.
        market: The part.
        posted: Prices and rents for the whole, and perhaps trees of other parts.
        cluster: Cluster of each zone of the part, -1 for others; shape (z,).
        trees: The tree of each cluster that has one.
    """
    tree = posted.tree or Tree.none(len(book.cells.grids))
    label = _labels(book, cluster, len(book.cells.grids))
    is_ours = label >= 0
    busy = np.unique(tree.node_cluster)
    if np.isin(tree.cluster[is_ours], busy).any():
        return posted
    first = int(tree.cluster.max()) + 1
    rows = _Rows(book, market, posted)
    for number, of in trees.items():
        rows.add(of, first + number, len(tree.node_parent))
    grids = np.where(is_ours, first + label, tree.cluster)
    return replace(posted, tree=_appended(replace(tree, cluster=grids), rows.columns))


def _labels(book: Book, cluster: IntArray, grids: int) -> IntArray:
    """Return the cluster of every grid; zones of a domain that have no cell in the part come along."""
    out = np.full(grids, -1)
    out[: len(cluster)] = cluster
    domains = book.domains
    for domain in range(domains.count):
        member = domains.member_grid[domains.member_domain == domain]
        out[member] = out[member].max()
    return out


@dataclass
class _Rows:
    """Collects the long tables of `results.tree`, on the book's axes."""

    book: Book
    market: Market
    posted: Certificate
    columns: dict[str, list[FloatArray | IntArray]] = field(default_factory=dict)
    _count: int = 0

    def add(self, tree: Cases, cluster: int, before: int) -> None:
        """Add one tree: its nodes, and what its leaves post."""
        first, cases = before + self._count, tree.cases
        self._count += len(cases)
        parent = np.array([case.parent for case in cases])
        column = tree.market.column[np.array([case.column for case in cases])]
        local = np.searchsorted(self.market.column, column)
        orders, is_root = self.market.orders, parent == ROOT
        assert np.array_equal(self.market.column[local], column)
        self._say("node_cluster", np.full(len(cases), cluster))
        self._say("node_parent", np.where(is_root, -1, first + parent))
        for name, values in (("kind", orders.kind), ("order", orders.order), ("start", orders.start)):
            self._say(f"node_{name}", np.where(is_root, -1, values[local]))
        self._say("node_accepted", np.array([int(case.accepted) for case in cases]))
        for number, case in enumerate(cases):
            if case.is_leaf:
                node, posted = first + number, case.posted
                self._say("price_node", np.full(len(posted.cell), node))
                self._say("price_cell", tree.market.cell[posted.cell])
                self._say("price", posted.price)
                for kind, (index, rent) in posted.rents.items():
                    self._rents(tree.market, node, kind, index, rent)

    def _rents(self, market: Market, node: int, kind: int, index: IntArray, rent: FloatArray) -> None:
        """Add the rents of one family that differ from the whole's; rows that a leaf does not name are zero there."""
        rows, whole = self._row_columns(market, kind)
        value = np.zeros(len(rows))
        value[index] = rent
        changed = np.flatnonzero((rows >= 0) & (np.abs(value - whole[rows]) > DUST))
        self._say("rent_node", np.full(len(changed), node))
        self._say("rent_kind", np.full(len(changed), kind))
        self._say("rent_index", rows[changed])
        self._say("rent", value[changed])

    def _row_columns(self, market: Market, kind: int) -> tuple[IntArray, FloatArray]:
        """Return the position of each row in the certificate's flat column, -1 for none, and that column."""
        posted, orders, steps = self.posted, market.orders, market.steps
        if kind == LINK:
            return orders.link, posted.link_rent
        if kind == GROUP:
            return orders.group, np.append(posted.group_rent, 0.0)
        if kind == BRANCH:
            return market.domains.row, posted.branch_rent
        if kind == STORE:
            return steps.stores.store, posted.store_value
        order = orders.order[steps.ramp_column]
        offset = market.cell[steps.ramp_cell] - self.book.cells.first[self.book.scalables.grid[order]]
        column = {GRADIENT_UP: posted.gradient_up_rent, GRADIENT_DOWN: posted.gradient_down_rent}[kind]
        limit = {GRADIENT_UP: steps.ramp_up, GRADIENT_DOWN: steps.ramp_down}[kind]
        return np.where(np.isfinite(limit), order * column.shape[1] + offset, -1), np.append(column.ravel(), 0.0)

    def _say(self, name: str, values: FloatArray | IntArray) -> None:
        self.columns.setdefault(name, []).append(values)


def _appended(tree: Tree, columns: dict[str, list[FloatArray | IntArray]]) -> Tree:
    """Return a tree with rows added to its tables."""
    changed = {}
    for f in fields(tree):
        if f.name in columns:
            old = getattr(tree, f.name)
            changed[f.name] = np.concatenate([old, *columns[f.name]]).astype(old.dtype)
    return replace(tree, **changed)
