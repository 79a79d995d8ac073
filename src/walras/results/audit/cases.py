"""Rules of a proof by cases: a tree that misses no case, and leaves that post and decide only their own.

Judged before anything is summed, since the bound takes the tree as it stands. Void leaves
are judged by `witness`. Axes as in `results.tree`: v nodes; g grids.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.results.audit.violation import Report
from walras.results.certificate_tree import leaf_nodes, paths, rent_columns
from walras.results.raw import Raw, spread
from walras.results.results import Certificate
from walras.results.tree import (
    BLOCK,
    BRANCH,
    FLEXIBLE,
    GRADIENT_DOWN,
    GRADIENT_UP,
    GROUP,
    LINK,
    SCALABLE,
    STORAGE,
    STORE,
    Tree,
)

RENT_WORDS = {
    LINK: "link",
    GROUP: "group",
    GRADIENT_UP: "gradient up",
    GRADIENT_DOWN: "gradient down",
    BRANCH: "branch",
    STORE: "store",
}


def check_cases(raw: Raw, certificate: Certificate, tree: Tree, report: Report) -> bool:
    """tree_complete, tree_cluster, numbers_finite, rent_negative, rent_without_row; whether the tree can be summed."""
    before = len(report.violations)
    for check in (_columns, _nodes, _decisions, _clusters, _prices, _rents):
        check(raw, certificate, tree, report)
        if len(report.violations) > before:
            return False  # what follows would stumble over it
    return True


def _columns(raw: Raw, certificate: Certificate, tree: Tree, report: Report) -> None:
    """Columns of one table are of one length, and their numbers finite."""
    tables: dict[str, list[IntArray | FloatArray]] = {
        "cluster": [tree.cluster, np.zeros(len(raw.book.cells.grids))],
        "cases": [tree.node_cluster, tree.node_parent, tree.node_kind, tree.node_order],
        "decisions": [tree.node_parent, tree.node_start, tree.node_accepted],
        "prices": [tree.price_node, tree.price_cell, tree.price],
        "rents": [tree.rent_node, tree.rent_kind, tree.rent_index, tree.rent],
        "witness": [tree.witness_node, tree.witness_kind, tree.witness_index, tree.witness],
    }
    for name, columns in tables.items():
        if len({np.shape(column) for column in columns}) > 1 or columns[0].ndim != 1:
            report.one("tree_complete", f"cases, {name}", "columns differ in length", 1.0)
    for name, numbers in (("prices", tree.price), ("rents", tree.rent), ("witness", tree.witness)):
        broken = int(np.sum(~np.isfinite(numbers)))
        if broken:
            report.one("numbers_finite", f"cases, {name}", f"{broken} values are not finite numbers", float(broken))


def _nodes(raw: Raw, certificate: Certificate, tree: Tree, report: Report) -> None:
    """tree_complete: one root a cluster; an inner node has two children, one order rejected and accepted."""
    before, own, parent = len(report.violations), np.arange(len(tree.node_parent)), tree.node_parent
    is_root = parent == -1
    _say(report, "tree_complete", ~is_root & ((parent < 0) | (parent >= own)), "does not stand after its parent")
    _say(report, "tree_cluster", ~np.isin(tree.node_cluster, tree.cluster), "is of a cluster without grids")
    if len(report.violations) > before:
        return
    roots = np.flatnonzero(is_root)
    _, first = np.unique(tree.node_cluster[roots], return_index=True)
    doubled = np.zeros(len(own), dtype=bool)
    doubled[np.delete(roots, first)] = True
    _say(report, "tree_complete", doubled, "is a second root of its cluster")
    child = np.flatnonzero(~is_root)
    stray = np.zeros(len(own), dtype=bool)
    stray[child] = tree.node_cluster[child] != tree.node_cluster[parent[child]]
    _say(report, "tree_cluster", stray, "is of another cluster than its parent")
    children = np.bincount(parent[child], minlength=len(own))
    _say(report, "tree_complete", ~np.isin(children, (0, 2)), "splits into other than two cases")
    if len(report.violations) > before:
        return
    pair = child[np.argsort(parent[child], kind="stable")].reshape(-1, 2)
    wrong = np.zeros(len(own), dtype=bool)
    for column in (tree.node_kind, tree.node_order, tree.node_start):
        wrong[parent[pair[:, 0]]] |= column[pair[:, 0]] != column[pair[:, 1]]
    wrong[parent[pair[:, 0]]] |= (np.sort(tree.node_accepted[pair], axis=1) != [0, 1]).any(axis=1)
    _say(report, "tree_complete", wrong, "does not split into one order rejected and accepted")


def _decisions(raw: Raw, certificate: Certificate, tree: Tree, report: Report) -> None:
    """tree_complete: a node decides an order of the book, and a way from the root decides it once."""
    before, book, child = len(report.violations), raw.book, tree.node_parent >= 0
    wrong = child & ~np.isin(tree.node_kind, (BLOCK, FLEXIBLE, SCALABLE, STORAGE))
    grid = np.full(len(child), -1)
    families = ((BLOCK, book.blocks), (FLEXIBLE, book.flexibles), (SCALABLE, book.scalables), (STORAGE, book.storages))
    for kind, orders in families:
        mine = child & (tree.node_kind == kind)
        known = (tree.node_order >= 0) & (tree.node_order < orders.count)
        wrong |= mine & ~known
        grid[mine & known] = orders.grid[tree.node_order[mine & known]]
        if kind != FLEXIBLE:
            wrong |= mine & (tree.node_start != -1)
    flexible = np.flatnonzero(child & (tree.node_kind == FLEXIBLE) & (grid >= 0))
    order, flexibles = tree.node_order[flexible], book.flexibles
    offset = tree.node_start[flexible] - flexibles.first_cell[order]
    wrong[flexible] |= (offset < 0) | (offset >= flexibles.choices[order])
    _say(report, "tree_complete", wrong, "decides no order of the book")
    outside = (grid >= 0) & (np.concatenate([tree.cluster, [-1]])[grid] != tree.node_cluster)
    _say(report, "tree_cluster", outside, "decides an order of another cluster")
    if len(report.violations) > before:
        return
    leaf = np.flatnonzero(leaf_nodes(tree))
    item, step = paths(tree, leaf)
    item, step = item[child[step]], step[child[step]]
    decided = np.stack([item, tree.node_kind[step], tree.node_order[step], tree.node_start[step]])
    _, first = np.unique(decided, axis=1, return_index=True)
    again = np.zeros(len(child), dtype=bool)
    again[leaf[np.delete(item, first)]] = True
    _say(report, "tree_complete", again, "decides one order twice")


def _clusters(raw: Raw, certificate: Certificate, tree: Tree, report: Report) -> None:
    """tree_cluster: all zones of one domain, and both of a conversion, are in one cluster."""
    scalables = raw.book.scalables
    ends = (scalables.grid[scalables.conversions.order], scalables.conversions.grid)
    for v in np.flatnonzero(tree.cluster[ends[0]] != tree.cluster[ends[1]]).tolist():
        name = scalables.name[int(scalables.conversions.order[v])]
        report.one("tree_cluster", f"scalable order '{name}'", "buys in another cluster than it sells in", 1.0)
    domains = raw.book.domains
    of_member = tree.cluster[domains.member_grid]
    for d, name in enumerate(domains.name):
        if len(set(of_member[domains.member_domain == d].tolist())) > 1:
            report.one("tree_cluster", f"domain '{name}'", "its zones are in several clusters", 1.0)


def _prices(raw: Raw, certificate: Certificate, tree: Tree, report: Report) -> None:
    """tree_complete, tree_cluster: only leaves post, each price once, for cells of their cluster."""
    count = raw.book.cells.count
    known = (tree.price_cell >= 0) & (tree.price_cell < count)
    cluster = np.full(len(known), -1)
    cluster[known] = tree.cluster[raw.book.cells.grid[tree.price_cell[known]]]
    _posted(tree, tree.price_node, cluster, tree.price_cell, "price", report)


def _rents(raw: Raw, certificate: Certificate, tree: Tree, report: Report) -> None:
    """tree_complete, tree_cluster, rent_negative, rent_without_row: as prices; rents are of rows and not negative."""
    for kind, clusters, exists in rows(raw, certificate, tree):
        mine = np.flatnonzero(tree.rent_kind == kind)
        index, word = tree.rent_index[mine], f"{RENT_WORDS[kind]} rent"
        known = (index >= 0) & (index < len(clusters))
        cluster = np.full(len(mine), -1)
        cluster[known] = clusters[index[known]]
        _posted(tree, tree.rent_node[mine], cluster, index, word, report)
        where = [f"case {n}" for n in tree.rent_node[mine].tolist()]
        report.add(
            "rent_negative",
            np.where(kind == STORE, 0.0, -tree.rent[mine]),
            lambda i, where=where: where[i],  # type: ignore[misc]
            lambda i, word=word: f"{word} is below zero",  # type: ignore[misc]
        )
        missing = np.where(known, ~exists[np.where(known, index, 0)], True) if len(exists) else ~known
        report.add(
            "rent_without_row",
            np.where(missing, np.abs(tree.rent[mine]), 0.0),
            lambda i, where=where: where[i],  # type: ignore[misc]
            lambda i, word=word: f"{word} of a row that is no limit",  # type: ignore[misc]
        )
    if not np.isin(tree.rent_kind, list(RENT_WORDS)).all():
        report.one("tree_complete", "cases, rents", "a rent is of no family of rows", 1.0)


def rows(raw: Raw, certificate: Certificate, tree: Tree) -> Iterator[tuple[int, IntArray, BoolArray]]:
    """Yield each family of rows: its kind, the cluster of each row (-1 across clusters), and whether it is a limit."""
    book, blocks, scalables = raw.book, raw.book.blocks, raw.book.scalables
    columns = rent_columns(raw, certificate)
    child, parent = (tree.cluster[blocks.grid[end]] for end in (blocks.link_child, blocks.link_parent))
    yield LINK, np.where(child == parent, child, -1), np.ones(len(child), dtype=bool)
    member = np.flatnonzero(blocks.group >= 0)
    of_member = tree.cluster[blocks.grid[member]]
    ends = [np.full(len(columns[GROUP]), start) for start in (np.iinfo(np.int64).max, -1)]
    np.minimum.at(ends[0], blocks.group[member], of_member)
    np.maximum.at(ends[1], blocks.group[member], of_member)
    yield GROUP, np.where(ends[0] == ends[1], ends[0], -1), np.ones(len(ends[0]), dtype=bool)
    rows_each = certificate.gradient_up_rent.shape[1]
    order, offset = spread(np.zeros(scalables.count, dtype=np.int64), np.full(scalables.count, rows_each))
    horizon = np.diff(book.cells.first)[scalables.grid[order]]
    for kind, ticks in ((GRADIENT_UP, scalables.gradient_up), (GRADIENT_DOWN, scalables.gradient_down)):
        yield kind, tree.cluster[scalables.grid[order]], (ticks[order] >= 0) & (offset < horizon - 1)
    stores = raw.stores.mtus
    yield STORE, tree.cluster[book.storages.grid[stores.order]], np.ones(stores.count, dtype=bool)
    domains = book.domains
    of_domain = np.full(domains.count, -1)
    of_domain[domains.member_domain] = tree.cluster[domains.member_grid]
    yield BRANCH, of_domain[domains.branch_domain[domains.row_branch]], np.ones(len(domains.ram), dtype=bool)


def _posted(tree: Tree, node: IntArray, cluster: IntArray, index: IntArray, word: str, report: Report) -> None:
    is_node = (node >= 0) & (node < len(tree.node_parent))
    is_leaf = np.zeros(len(node), dtype=bool)
    is_leaf[is_node] = leaf_nodes(tree)[node[is_node]]
    _say(report, "tree_complete", ~is_leaf, f"is no leaf, but posts a {word}", node)
    own = np.full(len(node), -1)
    own[is_node] = tree.node_cluster[node[is_node]]
    _say(report, "tree_cluster", is_node & (own != cluster), f"posts a {word} outside its cluster", node)
    _, first = np.unique(np.stack([node, index]), axis=1, return_index=True)
    again = np.ones(len(node), dtype=bool)
    again[first] = False
    _say(report, "tree_complete", again, f"posts a {word} twice", node)


def _say(report: Report, rule: str, broken: BoolArray, what: str, node: IntArray | None = None) -> None:
    names = np.arange(len(broken)) if node is None else node
    amount: FloatArray = broken.astype(np.float64)
    report.add(rule, amount, lambda i: f"case {names[i]}", lambda i: what)
