"""The tables of a certificate in a result folder (docs/result-folder.md).

What the whole market posts has leaf 0. A proof by cases adds the cases, numbered from 1 in
the order of the tree's nodes, and what each posts and names as a witness. The same keys
write and read: one row a cell, a rent or a volume that a certificate could speak of.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from walras.book.book import Book
from walras.book.cells import FloatArray, IntArray
from walras.book.spans import MICROSECONDS
from walras.book.stores import stores_of
from walras.results.certificate_tree import rent_columns
from walras.results.raw import Raw, spread
from walras.results.results import Certificate
from walras.results.tree import (
    BLOCK,
    BORDER,
    BRANCH,
    CURVE,
    DOMAIN,
    EXCHANGE,
    FLEXIBLE,
    GRADIENT_DOWN,
    GRADIENT_UP,
    GROUP,
    LINK,
    RATIO,
    SCALABLE,
    STEP,
    STORAGE,
    STORE,
    Tree,
)

TIME = pl.Datetime("us", "UTC")
WHOLE = 0
"""The leaf that stands for the whole market."""

KINDS = {BLOCK: "block", FLEXIBLE: "flexible", SCALABLE: "scalable", STORAGE: "storage"}
CELL_KEYS = ("zone", "carrier", "mtu_start")
RENT_KEYS = ("kind", "name", "other", "mtu_start")
VOLUME_KEYS = ("kind", "name", "mtu_start", "step")
CASE_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "leaf": pl.Int64,
    "parent": pl.Int64,
    "cluster": pl.Int64,
    "kind": pl.String,
    "order": pl.String,
    "mtu_start": TIME,
    "accepted": pl.Int64,
}
CASE_TABLES = ("certificate_clusters", "certificate_cases", "certificate_witness")
"""Only of results whose bound is proved by cases."""


def certificate_tables(book: Book, certificate: Certificate) -> dict[str, pl.DataFrame]:
    """Return posted prices and rents, and the tables of cases where there are any."""
    price = f"price_{book.currency.lower()}_per_mwh"
    tree = certificate.tree or Tree.none(len(book.cells.grids))
    cell = np.arange(book.cells.count)
    whole = _rows(
        cell_keys(book), np.zeros(len(cell), dtype=np.int64), WHOLE + 0 * cell, cell, certificate.price, price
    )
    posted = _rows(cell_keys(book), 0 * tree.price_cell, tree.price_node + 1, tree.price_cell, tree.price, price)
    order = [*CELL_KEYS, "leaf", price]
    rents = [rents_of_whole(book, certificate)]
    rents.append(_rows(rent_keys(book), tree.rent_kind, tree.rent_node + 1, tree.rent_index, tree.rent, "rent"))
    tables = {
        "certificate_prices": pl.concat([whole, posted]).select(order),
        "certificate_rents": pl.concat(rents).select("leaf", *RENT_KEYS, "rent"),
    }
    if certificate.tree is None:
        return tables
    volumes = volume_keys(book) if len(tree.witness) else volume_keys(book).clear()
    witness = _rows(volumes, tree.witness_kind, tree.witness_node + 1, tree.witness_index, tree.witness, "volume")
    return tables | {
        "certificate_clusters": clusters_table(book, tree),
        "certificate_cases": cases_table(book, tree),
        "certificate_witness": witness.select("leaf", *VOLUME_KEYS, "volume"),
    }


def rents_of_whole(book: Book, certificate: Certificate) -> pl.DataFrame:
    """Return every rent posted for the whole market that is not zero."""
    columns = rent_columns(Raw(book), certificate)
    index = [np.flatnonzero(column) for column in columns.values()]
    kind = np.repeat(list(columns), [len(i) for i in index])
    rent = np.concatenate([column[i] for column, i in zip(columns.values(), index, strict=True)])
    return _rows(rent_keys(book), kind, np.full(len(kind), WHOLE), np.concatenate(index), rent, "rent")


def clusters_table(book: Book, tree: Tree) -> pl.DataFrame:
    """Return the cluster of each zone and carrier."""
    grids = book.cells.grids
    return pl.DataFrame(
        {
            "zone": pl.Series([book.cells.zones[g.zone].name for g in grids], dtype=pl.String),
            "carrier": pl.Series([g.carrier for g in grids], dtype=pl.String),
            "cluster": pl.Series(tree.cluster.tolist(), dtype=pl.Int64),
        }
    )


def cases_table(book: Book, tree: Tree) -> pl.DataFrame:
    """Return a row a node: which order its parent split on, and whether it is accepted here."""
    families = ((BLOCK, book.blocks), (FLEXIBLE, book.flexibles), (SCALABLE, book.scalables), (STORAGE, book.storages))
    names = {kind: family.name for kind, family in families}
    pairs = list(zip(tree.node_kind.tolist(), tree.node_order.tolist(), strict=True))
    is_root = tree.node_parent < 0
    starts = [int(book.cells.start[s]) * MICROSECONDS if s >= 0 else None for s in tree.node_start.tolist()]
    columns: tuple[Any, ...] = (
        np.arange(1, len(pairs) + 1),
        tree.node_parent + 1,
        tree.node_cluster,
        ["" if root else KINDS[k] for (k, _), root in zip(pairs, is_root, strict=True)],
        ["" if root else names[k][o] for (k, o), root in zip(pairs, is_root, strict=True)],
        pl.Series(starts, dtype=pl.Int64).cast(TIME),
        tree.node_accepted,
    )
    named = zip(CASE_COLUMNS.items(), columns, strict=True)
    return pl.DataFrame([pl.Series(name, column, dtype=kind) for (name, kind), column in named])


def cell_keys(book: Book) -> pl.DataFrame:
    """Return zone, carrier and start of every cell; `family` is 0, `index` the cell."""
    cells = book.cells
    return pl.DataFrame(
        [
            _names("zone", [z.name for z in cells.zones], cells.zone),
            _names("carrier", [g.carrier for g in cells.grids], cells.grid),
            _times(cells.start),
            *_places(0, cells.count),
        ]
    )


def rent_keys(book: Book) -> pl.DataFrame:
    """Return kind, name, other and start of every row that may have a rent, with its family and index."""
    blocks, scalables, cells, domains = book.blocks, book.scalables, book.cells, book.domains
    longest = max((grid.cell_count for grid in cells.grids), default=1) - 1
    order, offset = spread(np.zeros(scalables.count, dtype=np.int64), np.full(scalables.count, longest))
    grid = scalables.grid[order]
    minutes = np.array([g.mtu_minutes for g in cells.grids], dtype=np.int64)[grid]
    start = np.array([g.start for g in cells.grids], dtype=np.int64)[grid] + offset * minutes
    groups = np.arange(len(blocks.group_name))
    child, parent = blocks.link_child, blocks.link_parent
    branch, stores = domains.row_branch, stores_of(cells, book.storages)
    parts = [
        (LINK, "link", _names("name", blocks.name, child), _names("other", blocks.name, parent), None),
        (GROUP, "group", _names("name", blocks.group_name, groups), None, None),
        (GRADIENT_UP, "gradient_up", _names("name", scalables.name, order), None, start),
        (GRADIENT_DOWN, "gradient_down", _names("name", scalables.name, order), None, start),
        (BRANCH, "branch", _names("name", domains.branch, branch), None, domains.period_start[domains.row_period]),
        (STORE, "store", _names("name", book.storages.name, stores.order), None, cells.start[stores.cell]),
    ]
    return pl.concat([_keys(*part) for part in parts])


def _keys(family: int, word: str, name: pl.Series, other: pl.Series | None, start: IntArray | None) -> pl.DataFrame:
    count = len(name)
    return pl.DataFrame(
        [
            pl.repeat(word, count, dtype=pl.String, eager=True).alias("kind"),
            name,
            pl.repeat("", count, dtype=pl.String, eager=True).alias("other") if other is None else other,
            pl.Series("mtu_start", [None] * count, dtype=TIME) if start is None else _times(start),
            *_places(family, count),
        ]
    )


def volume_keys(book: Book) -> pl.DataFrame:
    """Return kind, name, start and step of every volume that a witness may hold, with its family and index."""
    cells, lines, borders, domains = book.cells, book.lines, book.borders, book.domains
    curves, blocks, flexibles, scalables = book.curves, book.blocks, book.flexibles, book.scalables
    order, start = spread(flexibles.first_cell, flexibles.choices)
    none, zone = np.zeros(0, dtype=np.int64), [z.name for z in cells.zones]
    parts: list[tuple[int, str, Sequence[str], IntArray, IntArray | None, IntArray]] = [
        (CURVE, "curve", curves.name, curves.step_order, cells.start[curves.step_cell], curves.step_number),
        (RATIO, "block", blocks.name, np.arange(blocks.count), None, none),
        (RATIO, "flexible", flexibles.name, order, cells.start[start], none),
        (RATIO, "scalable", scalables.name, np.arange(scalables.count), None, none),
        (STEP, "step", scalables.name, scalables.step_order, cells.start[scalables.step_cell], scalables.step_number),
        (EXCHANGE, "line", lines.name, lines.period_line, lines.period_start, none),
        (BORDER, "border", borders.name, borders.period_border, cells.start[borders.period_cell], none),
    ]
    tables, at = [], dict.fromkeys((CURVE, RATIO, STEP, EXCHANGE, BORDER, DOMAIN), 0)
    period = domains.exchange_period
    within = (
        _names("name", domains.name, domains.period_domain[period])
        + " "
        + _names("name", zone, cells.zone[domains.exchange_cell])
    )
    columns = [(f, w, _names("name", n, i), s, k) for f, w, n, i, s, k in parts]
    columns.append((DOMAIN, "domain", within.alias("name"), domains.period_start[period], none))
    for family, word, name, minutes, step in columns:
        table = _keys(family, word, name, None, minutes).drop("other")
        number = step if len(step) else np.zeros(len(name), dtype=np.int64)
        table = table.with_columns(pl.Series("step", number), pl.col("index") + at[family])
        at[family] += len(name)
        tables.append(table.select(*VOLUME_KEYS, "family", "index"))
    return pl.concat(tables)


def _rows(
    keys: pl.DataFrame, family: IntArray, leaf: IntArray, index: IntArray, value: FloatArray, word: str
) -> pl.DataFrame:
    """Return a row a value, its place spelled out by keys."""
    table = pl.DataFrame(
        {
            "leaf": np.asarray(leaf, dtype=np.int64),
            "family": np.asarray(family, dtype=np.int64),
            "index": np.asarray(index, dtype=np.int64),
            word: np.asarray(value, dtype=np.float64) + 0.0,
        }
    )
    return table.join(keys, on=["family", "index"], how="left", maintain_order="left").drop("family", "index")


def _names(column: str, names: Sequence[str], index: IntArray) -> pl.Series:
    if len(index) == 0:
        return pl.Series(column, [], dtype=pl.String)
    return pl.Series(column, list(names), dtype=pl.String).gather(pl.Series(index))


def _times(minutes: IntArray) -> pl.Series:
    return pl.Series("mtu_start", np.asarray(minutes, dtype=np.int64) * MICROSECONDS).cast(TIME)


def _places(family: int, count: int) -> list[pl.Series]:
    return [
        pl.Series("family", np.full(count, family, dtype=np.int64)),
        pl.Series("index", np.arange(count, dtype=np.int64)),
    ]
