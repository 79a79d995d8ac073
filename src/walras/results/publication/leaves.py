"""Every order of a book as one leaf: all that it says, in one spelling, behind a salt of its own.

A leaf depends on its order alone: names instead of places, and every optional column spelt
out, so that the same order has the same leaf in the whole book and in the folder of its
member. The salt comes from a secret of the session: who does not have it cannot try
guesses of an order against hashes of a proof. Leaves stand in the order of their hashes,
which says nothing about orders.

Axes: o orders of one family, n rows of one table, sorted by order.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray, IntArray
from walras.results.publication.merkle import LEAF, MerkleTree
from walras.vocabulary import Side

HEAD = b"walras-order 1\n"
SECRET_BYTES = 32


class Rows(NamedTuple):
    """Rows of one table: the order of each, ascending, and its numbers as 8-byte words; shape (n,), (n, columns)."""

    table: str
    order: IntArray
    words: IntArray


class Family(NamedTuple):
    """Orders of one family: names, what they say in words, and their tables."""

    names: tuple[str, ...]
    texts: list[list[object]]
    tables: tuple[Rows, ...]


def salt_of(secret: bytes, order: str) -> bytes:
    """Return the salt of one order."""
    return hmac.digest(secret, b"walras-salt 1\n" + order.encode(), "sha256")


def pseudonym_of(secret: bytes, order: str) -> str:
    """Return the name under which an order is published; it says nothing about the order or its salt."""
    return hmac.digest(secret, b"walras-pseudonym 1\n" + order.encode(), "sha256")[:8].hex()


def order_contents(book: Book) -> Iterator[tuple[str, list[bytes | memoryview]]]:
    """Yield every order's name and its canonical content in pieces."""
    for family in (_curves(book), _blocks(book), _flexibles(book), _scalables(book), _storages(book)):
        count = len(family.names)
        views = [memoryview(np.ascontiguousarray(t.words, dtype="<i8").tobytes()) for t in family.tables]
        marks = [
            (np.searchsorted(t.order, np.arange(count + 1)) * (8 * t.words.shape[1])).tolist() for t in family.tables
        ]
        heads = [f"\n{t.table} {t.words.shape[1]} ".encode() for t in family.tables]
        for o, (name, texts) in enumerate(zip(family.names, family.texts, strict=True)):
            pieces: list[bytes | memoryview] = [HEAD, json.dumps([name, *texts]).encode()]
            for head, view, mark in zip(heads, views, marks, strict=True):
                if mark[o] < mark[o + 1]:
                    pieces += (head, b"%d\n" % (mark[o + 1] - mark[o]), view[mark[o] : mark[o + 1]])
            yield name, pieces


def content_hashes(book: Book) -> dict[str, str]:
    """Return the SHA-256 of every order's canonical content, without salt: what a receipt of an order can name."""
    return {name: hashlib.sha256(b"".join(pieces)).hexdigest() for name, pieces in order_contents(book)}


def order_leaves(book: Book, secret: bytes) -> dict[str, bytes]:
    """Return the leaf of every order: SHA-256 over a byte 0, its salt and its content."""
    return {n: hashlib.sha256(LEAF + salt_of(secret, n) + b"".join(p)).digest() for n, p in order_contents(book)}


def tree_of(leaves: dict[str, bytes]) -> MerkleTree:
    """Return the tree of a book."""
    return MerkleTree(tuple(sorted(leaves.values())))


def _curves(book: Book) -> Family:
    cells, o = book.cells, book.curves
    grid = o.grid[o.step_order]
    steps = _rows(
        "curve_steps",
        o.step_order,
        cells.start[o.step_cell],
        o.step_cells * cells.minutes[o.step_cell],
        o.step_number,
        cells.prices(o.price_start, grid),
        cells.prices(o.price_end, grid),
        cells.quantities(o.quantity, grid),
    )
    return Family(o.name, _texts(book, "curve", o.member, o.grid, o.side), (steps,))


def _blocks(book: Book) -> Family:
    cells, o = book.cells, book.blocks
    own = np.arange(o.count)
    head = _rows("block_orders", own, cells.prices(o.price, o.grid), o.min_acceptance_ratio)
    quantity = cells.quantities(o.leg_quantity, o.grid[o.leg_order])
    legs = _rows("block_legs", o.leg_order, cells.start[o.leg_cell], cells.minutes[o.leg_cell], quantity)
    texts = _texts(book, "block", o.member, o.grid, o.side)
    parents: dict[int, list[str]] = {}
    children: dict[int, list[str]] = {}
    for child, parent in zip(o.link_child.tolist(), o.link_parent.tolist(), strict=True):
        parents.setdefault(child, []).append(o.name[parent])
        children.setdefault(parent, []).append(o.name[child])
    for block, group in enumerate(o.group.tolist()):
        name = None if group < 0 else o.group_name[group]
        texts[block] += [name, sorted(parents.get(block, [])), sorted(children.get(block, []))]
    return Family(o.name, texts, (head, legs))


def _flexibles(book: Book) -> Family:
    cells, o = book.cells, book.flexibles
    head = _rows(
        "flexible_orders",
        np.arange(o.count),
        cells.prices(o.price, o.grid),
        cells.quantities(o.quantity, o.grid),
        o.cells,
        cells.start[o.first_cell],
        o.choices,
    )
    return Family(o.name, _texts(book, "flexible", o.member, o.grid, o.side), (head,))


def _scalables(book: Book) -> Family:
    cells, o = book.cells, book.scalables
    own, grid = np.arange(o.count), o.grid[o.step_order]
    gradients = [np.where(t < 0, np.nan, cells.quantities(t, o.grid)) for t in (o.gradient_up, o.gradient_down)]
    head = _rows("scalable_orders", own, o.fixed_term, *gradients, o.stop_cells)
    prices, quantities = cells.prices(o.price, grid), cells.quantities(o.quantity, grid)
    steps = _rows("scalable_steps", o.step_order, cells.start[o.step_cell], o.step_number, prices, quantities)
    least = cells.quantities(o.minimum_quantity, o.grid[o.minimum_order])
    minimums = _rows("scalable_minimums", o.minimum_order, cells.start[o.minimum_cell], least)
    texts = _texts(book, "scalable", o.member, o.grid, o.side)
    for order, g in zip(o.conversions.order.tolist(), o.conversions.grid.tolist(), strict=True):
        texts[order] += [cells.zones[cells.grids[g].zone].name, cells.grids[g].carrier]
    conversions = _rows("conversions", o.conversions.order, o.conversions.efficiency, o.conversions.outside_share)
    return Family(o.name, texts, (head, steps, minimums, conversions))


def _storages(book: Book) -> Family:
    cells, o = book.cells, book.storages
    head = _rows(
        "storage_orders",
        np.arange(o.count),
        cells.quantities(o.charge, o.grid),
        cells.quantities(o.discharge, o.grid),
        cells.prices(o.spread, o.grid),
        o.fixed_term,
        o.capacity,
        o.start,
        o.end,
        o.charge_efficiency,
        o.discharge_efficiency,
        o.hourly_loss,
    )
    return Family(o.name, _texts(book, "storage", o.member, o.grid, np.zeros_like(o.grid)), (head,))


def _texts(book: Book, kind: str, member: tuple[str, ...], grid: IntArray, side: IntArray) -> list[list[object]]:
    grids, zones = book.cells.grids, book.cells.zones
    places = [(zones[g.zone].name, g.carrier) for g in grids]
    words = {int(s): Side(s).word for s in Side} | {0: None}
    pairs = zip(member, grid.tolist(), side.tolist(), strict=True)
    return [[kind, m, *places[g], words[s]] for m, g, s in pairs]


def _rows(table: str, order: IntArray, *columns: IntArray | FloatArray) -> Rows:
    """Return rows sorted by order; -0.0 is 0.0 and an empty number has one bit pattern."""
    words = np.empty((len(order), len(columns)), dtype="<i8")
    for place, column in enumerate(columns):
        if np.issubdtype(column.dtype, np.floating):
            numbers = column.astype("<f8") + 0.0
            numbers[np.isnan(numbers)] = np.nan
            words[:, place] = numbers.view("<i8")
        else:
            words[:, place] = column
    if len(order) and (np.diff(order) < 0).any():
        sort = np.argsort(order, kind="stable")
        return Rows(table, order[sort], words[sort])
    return Rows(table, order, words)
