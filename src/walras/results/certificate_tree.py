"""The bound of a proof by cases: the sum over clusters of the greatest leaf (formulation, eq. 8.10).

*Why it is a bound.* Any outcome lies in one leaf of every cluster. Sort its welfare by
cluster as in the plain proof, with half of what each line between clusters earns at the
prices for the whole; then add, in each cluster, the difference of the leaf's prices times
the balances of its cells, which are zero. What is left for a cluster is at most the best
that its orders can do under the leaf's decisions, which `certificate_cluster` sums.

Axes as in `tree`: v nodes, g grids. Not checked here: the shape of the tree and the
witnesses of void leaves (`audit.cases` does, before anything is summed).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.results.certificate_cluster import FREE, ClusterGains, Leaves
from walras.results.certificate_curves import CurveSums
from walras.results.certificate_domains import branch_rents
from walras.results.certificate_error import rounding_error
from walras.results.certificate_orders import curve_surplus
from walras.results.raw import Raw
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

MOST_NUMBERS = 4_000_000
"""Numbers in one table of leaves by orders or cells: more leaves are taken in turns."""


def tree_bound(raw: Raw, certificate: Certificate, tree: Tree) -> float:
    """Return the welfare that no legal result can exceed, in the trade currency."""
    curves = float(np.sum(curve_surplus(raw, certificate.price))) + float(np.sum(certificate.group_rent))
    worth = leaf_worths(raw, certificate, tree)
    return curves + sum(worth.of_clusters.values())


@dataclass(frozen=True)
class Worths:
    """The most that each leaf leaves to its cluster (NaN for inner nodes), and the greatest of every cluster.

    Both but for what curves gain at the prices for the whole market.
    """

    of_nodes: FloatArray
    of_clusters: dict[int, float]


def leaf_worths(raw: Raw, certificate: Certificate, tree: Tree) -> Worths:
    """Return the worth of every leaf and cluster; a cluster without a tree is one leaf at the posted prices."""
    curves, nodes = CurveSums(raw), np.full(len(tree.node_parent), np.nan)
    is_leaf = leaf_nodes(tree)
    is_void = np.zeros(len(nodes), dtype=bool)
    is_void[tree.witness_node] = True
    greatest: dict[int, float] = {}
    for number in np.unique(tree.cluster).tolist():
        gains = ClusterGains(raw, certificate, curves, tree.cluster, number)
        node = np.flatnonzero(is_leaf & (tree.node_cluster == number))
        widest = max(
            len(gains.cells), len(gains.blocks), len(raw.scalables.order), len(gains.starts), len(gains.store), 1
        )
        for part in np.array_split(node, 1 + len(node) * widest // MOST_NUMBERS):
            if len(part):
                nodes[part] = gains.worth(_leaves(raw, certificate, tree, gains, part))
        if len(node):
            counted = nodes[node][~is_void[node]]
            greatest[number] = float(counted.max()) if len(counted) else -float("inf")
        else:
            greatest[number] = float(gains.worth(_leaves(raw, certificate, tree, gains, np.array([-1])))[0])
    return Worths(nodes, greatest)


def leaf_nodes(tree: Tree) -> BoolArray:
    """Return which nodes are leaves; shape (v,)."""
    out = np.ones(len(tree.node_parent), dtype=bool)
    out[tree.node_parent[tree.node_parent >= 0]] = False
    return out


def paths(tree: Tree, node: IntArray) -> tuple[IntArray, IntArray]:
    """Return (position in `node`, node on its way to the root) for every node on the ways, itself included."""
    item, step = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    which, at = np.flatnonzero(node >= 0), node[node >= 0]
    while len(at):
        item.append(which)
        step.append(at)
        up = tree.node_parent[at]
        which, at = which[up >= 0], up[up >= 0]
    return np.concatenate(item), np.concatenate(step)


def _leaves(raw: Raw, certificate: Certificate, tree: Tree, gains: ClusterGains, node: IntArray) -> Leaves:
    """Return what leaves post and decide; node -1 posts and decides nothing."""
    row = np.full(len(tree.node_parent), -1)
    row[node[node >= 0]] = np.flatnonzero(node >= 0)
    local = np.cumsum(gains.is_inside) - 1
    price = np.tile(certificate.price[gains.cells], (len(node), 1))
    mine = np.flatnonzero(row[tree.price_node] >= 0)
    price[row[tree.price_node[mine]], local[tree.price_cell[mine]]] = tree.price[mine]
    item, step = paths(tree, node)
    decisions = []
    families = (
        (BLOCK, gains.blocks),
        (FLEXIBLE, gains.starts),
        (SCALABLE, gains.scalables),
        (STORAGE, gains.storages),
    )
    for kind, orders in families:
        table = np.full((len(node), len(orders)), FREE)
        of = np.flatnonzero((tree.node_kind[step] == kind) & (tree.node_order[step] >= 0))
        which = tree.node_order[step[of]]
        if kind == FLEXIBLE:
            which = start_column(raw, which, tree.node_start[step[of]])
        table[item[of], np.searchsorted(orders, which)] = tree.node_accepted[step[of]]
        decisions.append(table)
    rents = _rents(raw, certificate, tree, row, len(node))
    return Leaves(price, price - certificate.price[gains.cells], rents, *decisions)


def start_column(raw: Raw, order: IntArray, start: IntArray) -> IntArray:
    """Return the position of starts among all possible starts of all flexible orders."""
    flexibles = raw.book.flexibles
    before = np.cumsum(flexibles.choices) - flexibles.choices
    out: IntArray = before[order] + start - flexibles.first_cell[order]
    return out


def rent_columns(raw: Raw, certificate: Certificate) -> dict[int, FloatArray]:
    """Return the rents posted for the whole market, a flat column a family of rows."""
    return {
        LINK: certificate.link_rent,
        GROUP: certificate.group_rent,
        GRADIENT_UP: certificate.gradient_up_rent.ravel(),
        GRADIENT_DOWN: certificate.gradient_down_rent.ravel(),
        BRANCH: branch_rents(raw.book, certificate),
        STORE: certificate.store_value,
    }


def _rents(raw: Raw, certificate: Certificate, tree: Tree, row: IntArray, leaves: int) -> dict[int, sp.csr_matrix]:
    """Return posted rents of leaves less those for the whole, sparse, a matrix a family of rows."""
    out = {}
    for kind, whole in rent_columns(raw, certificate).items():
        mine = np.flatnonzero((tree.rent_kind == kind) & (row[tree.rent_node] >= 0))
        index = tree.rent_index[mine]
        place = (row[tree.rent_node[mine]], index)
        out[kind] = sp.csr_matrix((tree.rent[mine] - whole[index], place), shape=(leaves, len(whole)))
    return out


def tree_error(raw: Raw, certificate: Certificate, tree: Tree) -> float:
    """Return how far floating-point rounding may have moved `tree_bound` at the most.

    Twice that of the plain sum, as gains at the whole's prices and changes add up, at the
    tallest prices and rents that any leaf posts: three times the price, for lines at twice
    the distance. Slopes besides.
    """
    price = np.abs(certificate.price)
    tallest = price.copy()
    np.maximum.at(tallest, tree.price_cell, np.abs(tree.price))
    moved = np.zeros(len(price))
    np.maximum.at(moved, tree.price_cell, np.abs(tree.price - certificate.price[tree.price_cell]))
    columns = rent_columns(raw, certificate)
    rents = []
    for kind, whole in columns.items():
        column = np.abs(whole).copy()
        mine = tree.rent_kind == kind
        np.maximum.at(column, tree.rent_index[mine], np.abs(tree.rent[mine]))
        rents.append(column)
    shape = certificate.gradient_up_rent.shape
    posted = replace(
        certificate,
        price=3 * tallest,
        link_rent=rents[0],
        group_rent=rents[1],
        gradient_up_rent=rents[2].reshape(shape),
        gradient_down_rent=rents[3].reshape(shape),
        branch_rent=rents[4],
        store_value=rents[5],
        tree=None,
    )
    curves = CurveSums(raw)
    legs = (raw.scalables.order, raw.blocks.order, np.repeat(raw.stores.mtus.order, 4))
    longest = sum(int(np.bincount(order).max(initial=0)) for order in legs)
    slopes = float(np.sum(curves.error_of_slopes(_greatest(moved, curves))))
    return 2 * rounding_error(raw, posted, longest) + slopes


def _greatest(moved: FloatArray, curves: CurveSums) -> FloatArray:
    """Return the greatest move of any cell of each span; shape (s,)."""
    out = moved[curves.cell]
    for i in np.flatnonzero(curves.cells > 1).tolist():
        out[i] = moved[curves.cell[i] : curves.cell[i] + curves.cells[i]].max()
    return out
