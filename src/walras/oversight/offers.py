"""What each owner offers and gets in every cell: the columns that all figures of surveillance stand on.

Offered is the most that can be accepted of an owner in that cell alone: of an exclusive group
its largest member there, of a flexible order its quantity wherever it may lie, of a storage order
both its powers, of a conversion what it sells and, in the cells of its input, what it would
buy for that. Load gradients, minimum powers, room of stores and links between blocks are not
looked at: each of them only makes less possible.

Axes: c cells, n rows (an owner on one side of one cell, sorted by cell, side, owner), i owners.
Power in MW, as mean over the cell; sign +1 supply, -1 demand. Written here, read by
`concentration` and `pivotal`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray, IntArray
from walras.oversight.groups import Groups
from walras.results.raw import Raw, purchases, spread, total_by
from walras.results.results import Results, Volumes


class Part(NamedTuple):
    """Rows of one family: owner, cell, sign, MW offered and MW accepted; each of shape (rows,)."""

    owner: IntArray
    cell: IntArray
    sign: FloatArray
    offered: FloatArray
    accepted: FloatArray


@dataclass(frozen=True)
class Offers:
    """Power of every owner in every cell and on either side where it offers any.

    Attributes:
        owners: Names of members, or of groups in their place, sorted; shape (i,).
        owner, cell: Owner and cell of each row; shape (n,).
        is_supply: Side of each row, 1 supply, 0 demand; shape (n,).
        offered, accepted: MW; shape (n,).
    """

    owners: tuple[str, ...]
    owner: IntArray
    cell: IntArray
    is_supply: IntArray
    offered: FloatArray
    accepted: FloatArray


def members_of(book: Book) -> tuple[str, ...]:
    """Return every member with an order in a book, sorted."""
    return tuple(sorted({m for family in _families(book) for m in family}))


def offers_of(book: Book, results: Results, groups: Groups | None = None) -> Offers:
    """Return what every owner offers and gets.

    Args:
        book: The auction.
        results: Its outcome; published volumes count.
        groups: Members that are one owner.

    Example:
        M sells a curve of 100 MW, of which 60 are accepted, and a block of 20 MW, accepted: one row, offered 120,
        accepted 80.
    """
    return offers_at(Raw(book), results.published, groups)


def offers_at(raw: Raw, volumes: Volumes, groups: Groups | None = None) -> Offers:
    """Return what every owner offers, and what of it these volumes are; else as `offers_of`."""
    groups = groups or Groups()
    owners = tuple(sorted({groups.owner(m) for m in members_of(raw.book)}))
    parts = list(_parts(raw, volumes, _Owners(groups, owners)))
    owner, cell, sign, offered, accepted = (np.concatenate(column) for column in zip(*parts, strict=True))
    key = (cell * 2 + (sign > 0)) * max(len(owners), 1) + owner
    kept, row = np.unique(key, return_inverse=True)
    total, taken = (total_by(row, w, len(kept)) for w in (offered, accepted))
    some = (total > 0) | (taken > 0)
    place = kept[some] // max(len(owners), 1)
    return Offers(
        owners, kept[some] % max(len(owners), 1), place // 2, place % 2, total[some], taken[some]
    )  # fmt: skip


def no_volumes(raw: Raw) -> Volumes:
    """Return volumes at which nothing is accepted: with them `offers_at` says what orders offer before any auction."""
    book, stores = raw.book, raw.stores.mtus.count if raw.book.storages.count else 0
    none = np.zeros(0)
    return Volumes(
        curve=np.zeros(book.curves.step_count), block_ratio=np.zeros(book.blocks.count),
        block_leg=np.zeros(len(raw.blocks.order)), flexible_start=np.full(book.flexibles.count, -1),
        scalable_accepted=np.zeros(book.scalables.count, dtype=np.int64), scalable=np.zeros(len(raw.scalables.order)),
        exchange=none, border=none, bought=np.zeros(raw.inputs.count), charge=np.zeros(stores),
        discharge=np.zeros(stores), storage_accepted=np.zeros(book.storages.count, dtype=np.int64),
    )  # fmt: skip


@dataclass(frozen=True)
class _Owners:
    """Finds the owner of each order of a family by its members."""

    groups: Groups
    names: tuple[str, ...]

    def of(self, members: Sequence[str]) -> IntArray:
        """Return the owner of each order; shape (o,)."""
        place = {name: i for i, name in enumerate(self.names)}
        known = {m: place[self.groups.owner(m)] for m in set(members)}
        return np.array([known[m] for m in members], dtype=np.int64)


def _families(book: Book) -> tuple[tuple[str, ...], ...]:
    return (
        book.curves.member, book.blocks.member, book.flexibles.member, book.scalables.member, book.storages.member,
    )  # fmt: skip


def _parts(raw: Raw, volumes: Volumes, owners: _Owners) -> Iterator[Part]:
    yield _curves(raw, volumes, owners)
    yield _blocks(raw, volumes, owners)
    yield from _flexibles(raw, volumes, owners)
    book, steps = raw.book.scalables, raw.scalables
    owner = owners.of(book.member)
    yield Part(owner[steps.order], steps.cell, steps.sign, steps.quantity, volumes.scalable)
    if raw.inputs.count:
        inputs = raw.inputs
        most = purchases(raw, steps.quantity)
        yield Part(owner[inputs.bought_order], inputs.bought_cell, -np.ones(inputs.count), most, volumes.bought)
    if raw.book.storages.count:
        mtus = raw.stores.mtus
        mine, one = owners.of(raw.book.storages.member)[mtus.order], np.ones(mtus.count)
        yield Part(mine, mtus.cell, one, raw.stores.discharge, volumes.discharge)
        yield Part(mine, mtus.cell, -one, raw.stores.charge, volumes.charge)


def _curves(raw: Raw, volumes: Volumes, owners: _Owners) -> Part:
    curves, book = raw.curves, raw.book.curves
    item, cell = spread(curves.cell, curves.cells)
    owner = owners.of(book.member)[book.step_order]
    return Part(owner[item], cell, curves.sign[item], curves.quantity[item], volumes.curve[item])


def _blocks(raw: Raw, volumes: Volumes, owners: _Owners) -> Part:
    """Return the legs of blocks; of an exclusive group, in each cell its largest leg is offered."""
    book, legs = raw.book.blocks, raw.blocks
    alone = np.where(book.group >= 0, book.group, len(book.group_name) + np.arange(book.count))
    owner = owners.of(book.member)
    key = np.stack([legs.cell, (legs.sign > 0).astype(np.int64), owner[legs.order], alone[legs.order]])
    kept, row = np.unique(key, axis=1, return_inverse=True)
    offered = np.zeros(kept.shape[1])
    np.maximum.at(offered, row, legs.quantity)
    accepted = total_by(row, volumes.block_leg, len(offered))
    return Part(kept[2], kept[0], kept[1] * 2.0 - 1.0, offered, accepted)


def _flexibles(raw: Raw, volumes: Volumes, owners: _Owners) -> Iterator[Part]:
    """Yield what flexible orders offer wherever they may lie, and what they deliver where they do."""
    book, cells = raw.book.flexibles, raw.book.cells
    owner, sign = owners.of(book.member), book.side.astype(np.float64)
    order, cell = spread(book.first_cell, book.choices + book.cells - 1)
    quantity = cells.quantities(book.quantity, book.grid)
    yield Part(owner[order], cell, sign[order], quantity[order], np.zeros(len(order)))
    legs = raw.flexible_legs(volumes.flexible_start)
    yield Part(owner[legs.order], legs.cell, legs.sign, np.zeros(len(legs.order)), legs.quantity)
