"""A proof by cases: the certificate of a bound that posted prices alone do not reach.

The grids of the market fall into clusters. Each cluster has a binary tree of cases: an
inner node splits on one indivisible order, rejected in one child and accepted in the
other, so the leaves of a cluster cover every selection. A leaf posts prices of its
cluster's cells and rents of its rows; where it posts nothing, what the certificate posts
for the whole market holds. A line between clusters counts half in each: there a leaf sees
its own end at twice its distance from the price posted for the whole, and the other end
at that price (formulation, section 8). The bound is the sum over clusters of the greatest
leaf.

A leaf may also be *void*: no legal result lies in it, because a witness, feasible volumes
that accept nothing but the orders that the leaf accepts (each in part or whole), has more
welfare than the leaf's prices allow (fact F2 of the formulation, section 6). Such a leaf
counts nothing. It is allowed only where a cluster has no line to another.

Axes: v nodes, and long tables of what nodes post.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.book.cells import FloatArray, IntArray

BLOCK, FLEXIBLE, SCALABLE, STORAGE = 0, 1, 2, 3
LINK, GROUP, GRADIENT_UP, GRADIENT_DOWN, BRANCH, STORE = 0, 1, 2, 3, 4, 5
CURVE, RATIO, STEP, EXCHANGE, BORDER, DOMAIN = 0, 1, 2, 3, 4, 5


@dataclass(frozen=True)
class Tree:
    """Cases of every cluster.

    Attributes:
        cluster: Cluster of each grid; shape (g,).
        node_cluster, node_parent: Cluster of each node, and the node it splits, -1 at a root; shape (v,).
        node_kind, node_order: Family (`BLOCK`, `FLEXIBLE`, `SCALABLE`, `STORAGE`) and index in the book's
            family of the order that the node decides, -1 at a root; shape (v,).
        node_start: First cell of the flexible order's start that the node decides, else -1; shape (v,).
        node_accepted: 1 where that order (or start) is accepted, 0 where it is rejected; shape (v,).
        price_node, price_cell, price: Prices that leaves post.
        rent_node, rent_kind, rent_index, rent: Rents that leaves post, by family of rows and
            position in the flattened column of the certificate; values of stored energy likewise.
        witness_node, witness_kind, witness_index, witness: Volumes that are not zero of the
            witnesses of void leaves: curve steps and scalable steps in MW, ratios of order
            columns (blocks, then flexible starts, then scalable orders, as the books list
            them), exchanges of lines, borders and domains in MW.
    """

    cluster: IntArray
    node_cluster: IntArray
    node_parent: IntArray
    node_kind: IntArray
    node_order: IntArray
    node_start: IntArray
    node_accepted: IntArray
    price_node: IntArray
    price_cell: IntArray
    price: FloatArray
    rent_node: IntArray
    rent_kind: IntArray
    rent_index: IntArray
    rent: FloatArray
    witness_node: IntArray
    witness_kind: IntArray
    witness_index: IntArray
    witness: FloatArray

    @staticmethod
    def none(grids: int) -> Tree:
        """Return a tree of no cases, all grids in one cluster."""
        i, f = np.zeros(0, dtype=np.int64), np.zeros(0)
        return Tree(np.zeros(grids, dtype=np.int64), i, i, i, i, i, i, i, i, f, i, i, i, f, i, i, i, f)
