"""The cases of a branch and bound, as the certificate of a bound posts them (`results.tree`).

Every leaf posts the prices and rents of the relaxation behind its cost, a void one its
witness, too. A part of the market is one cluster here: nothing joins it to the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray, IntArray
from walras.coupling.bound.posting import Posting, posting
from walras.coupling.bound.tree_tables import joined_tree
from walras.coupling.market import Market
from walras.coupling.points import Relaxed
from walras.coupling.runs import summed
from walras.coupling.witness import border_volumes, curve_volumes
from walras.results.results import Certificate
from walras.results.tree import BORDER, CURVE, DOMAIN, EXCHANGE, RATIO, STEP

if TYPE_CHECKING:
    from walras.coupling.search.tree import Node, Tree

NOTHING = 1e-9


@dataclass(frozen=True)
class _Case:
    parent: int
    column: int
    accepted: bool
    is_leaf: bool
    posted: Posting


@dataclass(frozen=True)
class _Cases:
    market: Market
    cases: list[_Case]


def with_cases(book: Book, market: Market, posted: Certificate, tree: Tree) -> Certificate:
    """Return a certificate with the cases of one part's tree; as it is where its zones have cases already.

    Where no witness may be posted, void cases count in full.
    """
    root = posted.price[market.cell]
    cases = [
        _Case(
            node.parent,
            node.column,
            node.accepted,
            not node.children,
            _posting(root, node),
        )
        for node in tree.nodes
    ]
    cluster = np.full(len(book.cells.grids), -1)
    cluster[np.unique(market.zone)] = 0
    first = 0 if posted.tree is None else len(posted.tree.node_parent)
    found = joined_tree(book, market, posted, cluster, {0: _Cases(market, cases)})
    if found.tree is None or found is posted:
        return posted
    if not _may_witness(book, market):
        return found
    rows = [
        row
        for number, node in enumerate(tree.nodes)
        if node.witness is not None
        for row in _witness(book, market, first + number, tidied(market, node.witness))
    ]
    if not rows:
        return found
    node, kind, index, value = (np.concatenate(column) for column in zip(*rows, strict=True))
    of = found.tree
    return replace(
        found,
        tree=replace(
            of,
            witness_node=np.concatenate([of.witness_node, node]),
            witness_kind=np.concatenate([of.witness_kind, kind]),
            witness_index=np.concatenate([of.witness_index, index]),
            witness=np.concatenate([of.witness, value]),
        ),
    )


def _may_witness(book: Book, market: Market) -> bool:
    """Whether the audit takes witnesses of this part: all hours of its zones are in it, nothing joins MTUs."""
    if market.steps.stores.count:
        return False
    lines, inside = book.lines, np.isin(book.cells.grid, market.zone)
    is_coarse = (lines.from_cells > 1) | (lines.to_cells > 1)
    touches = inside[lines.from_cell] | inside[lines.to_cell] if len(is_coarse) else is_coarse
    return int(inside.sum()) == market.cells and not (is_coarse & touches).any()


def tidied(market: Market, witness: Relaxed) -> Relaxed:
    """Return a witness that keeps every limit to the last bit: the solver's dust would break them.

    Balance alone may then be off by dust; the audit counts that at the price limit.
    """
    orders, steps, lines = market.orders, market.steps, market.lines
    ratio = np.where(witness.ratio <= NOTHING, 0.0, np.minimum(witness.ratio, orders.min_ratio))
    for _ in range(len(orders.link_child)):
        before = ratio.copy()
        np.minimum.at(ratio, orders.link_child, orders.min_ratio[orders.link_child] * ratio[orders.link_parent])
        if (ratio == before).all():
            break
    accepted = ratio[steps.column]
    most = np.where((accepted == 0) & steps.is_stop, steps.power, steps.power * accepted)
    return replace(
        witness,
        ratio=ratio,
        step=np.clip(witness.step, 0.0, most),
        exchange=np.clip(witness.exchange, lines.lower, lines.upper),
    )


def _posting(root: FloatArray, node: Node) -> Posting:
    """Return what a node posts: its contradiction, or prices and rents where they differ from the root's."""
    if node.contradiction is not None:
        return node.contradiction
    if node.children or node.posted is None:
        return Posting(np.zeros(0, dtype=np.int64), np.zeros(0), {})
    return posting(root, node.posted)


def _exchanges(market: Market, exchange: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return the book's line periods of a part and the exchange of each, along the line."""
    lines = market.lines
    period, at = np.unique(lines.of, return_inverse=True)
    return period, summed(at, lines.sign * exchange, len(period))


def _witness(
    book: Book, market: Market, number: int, witness: Relaxed
) -> list[tuple[IntArray, IntArray, IntArray, FloatArray]]:
    """Return the volumes of a witness that are not zero, as (node, kind, index, value) a family."""
    families: list[tuple[int, IntArray, FloatArray]] = [
        (CURVE, *curve_volumes(book, market, witness.span_volume)),
        (BORDER, *border_volumes(book, market, witness.span_volume)),
        (RATIO, market.column, witness.ratio),
        (STEP, market.steps.step, witness.step),
        (EXCHANGE, *_exchanges(market, witness.exchange)),
        (DOMAIN, market.domains.exchange, witness.domain),
    ]
    out = []
    for kind, place, value in families:
        some = np.flatnonzero(np.abs(value) > NOTHING)
        out.append((np.full(len(some), number), np.full(len(some), kind), place[some], value[some]))
    return out
