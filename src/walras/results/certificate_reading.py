"""A certificate back from its tables, and every mistake in them.

A row of something that the market does not hold, or that stands there twice, is a
mistake; whether what was read proves anything is the audit's matter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import polars as pl

from walras.book.book import Book
from walras.book.cells import FloatArray, IntArray
from walras.book.stores import stores_of
from walras.results.certificate_tables import (
    CASE_COLUMNS,
    CASE_TABLES,
    CELL_KEYS,
    KINDS,
    RENT_KEYS,
    TIME,
    VOLUME_KEYS,
    WHOLE,
    cell_keys,
    clusters_table,
    rent_keys,
    volume_keys,
)
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

Wrong = Callable[[str, str, str], None]
"""Notes a mistake: what, where, rule."""

KEY_TYPES = {"step": pl.Int64, "mtu_start": TIME}


class CertificateReader:
    """Reads the tables of a certificate against a book."""

    def __init__(self, book: Book, tables: Mapping[str, pl.DataFrame], wrong: Wrong) -> None:
        self.book, self.tables, self.wrong = book, tables, wrong

    def read(self) -> Certificate:
        """Return the certificate; what could not be read is empty, and noted."""
        book, shape = self.book, (self.book.scalables.count, self._longest())
        price = f"price_{book.currency.lower()}_per_mwh"
        cases = self._cases()
        count = 0 if cases is None else len(cases.node_parent)
        prices = self._values("certificate_prices", CELL_KEYS, price, cell_keys, count)
        rents = self._values("certificate_rents", RENT_KEYS, "rent", rent_keys, count)
        witness = self._values("certificate_witness", VOLUME_KEYS, "volume", volume_keys, count)
        whole = prices[0] == WHOLE
        posted = np.full(book.cells.count, np.nan)
        posted[prices[2][whole]] = prices[3][whole]
        absent = int(book.cells.count - len(np.unique(prices[2][whole])))
        if absent and price in self.tables["certificate_prices"].columns:
            self.wrong(f"prices of {absent} cells are missing", "certificate_prices", "result_row_present")
        lengths = {
            LINK: len(book.blocks.link_child),
            GROUP: len(book.blocks.group_name),
            GRADIENT_UP: shape[0] * shape[1],
            GRADIENT_DOWN: shape[0] * shape[1],
            BRANCH: len(book.domains.ram),
            STORE: stores_of(book.cells, book.storages).count,
        }
        columns = {}
        for kind, length in lengths.items():
            mine = (rents[0] == WHOLE) & (rents[1] == kind)
            columns[kind] = np.zeros(length)
            columns[kind][rents[2][mine]] = rents[3][mine]
        up, down = (columns[kind].reshape(shape) for kind in (GRADIENT_UP, GRADIENT_DOWN))
        tree = None if cases is None else _with_values(cases, prices, rents, witness)
        return Certificate(posted, columns[LINK], columns[GROUP], up, down, columns[BRANCH], tree, columns[STORE])

    def _longest(self) -> int:
        return max(0, max((grid.cell_count for grid in self.book.cells.grids), default=1) - 1)

    def _values(
        self, name: str, keys: tuple[str, ...], value: str, known: Callable[[Book], pl.DataFrame], cases: int
    ) -> tuple[IntArray, IntArray, IntArray, FloatArray]:
        """Return leaf, family, index and value of every row of a table."""
        want = {"leaf": pl.Int64} | {k: KEY_TYPES.get(k, pl.String) for k in keys} | {value: pl.Float64}
        nothing = np.zeros(0, dtype=np.int64)
        if name in CASE_TABLES and name not in self.tables:
            return nothing, nothing, nothing, np.zeros(0)
        if not self._has_columns(name, want):
            return nothing, nothing, nothing, np.zeros(0)
        table = self.tables[name].select(list(want))
        found = table.join(known(self.book), on=list(keys), how="left", nulls_equal=True, maintain_order="left")
        unknown = found["index"].is_null() | found["leaf"].is_null() | ~found["leaf"].is_between(0, cases)
        for row in table.filter(unknown.fill_null(True)).head(5).rows():
            self.wrong(f"{_row(row)} is unknown", name, "result_row_known")
        again = found.select("leaf", "family", "index").is_duplicated() & ~unknown
        for row in table.filter(again).head(5).rows():
            self.wrong(f"{_row(row)} stands there more than once", name, "result_row_once")
        found = found.filter(~(unknown.fill_null(True) | again))
        numbers: FloatArray = found[value].fill_null(float("nan")).to_numpy()
        leaf, family, index = (found[c].to_numpy() for c in ("leaf", "family", "index"))
        return leaf, family, index, numbers

    def _has_columns(self, name: str, want: Mapping[str, object]) -> bool:
        schema, is_whole = self.tables[name].schema, True
        for column, kind in want.items():
            if column not in schema:
                self.wrong(f"column {column} is missing", name, "result_column_present")
            elif schema[column] != kind:
                self.wrong(f"column {column} is {schema[column]}, not {kind}", name, "result_column_type")
            is_whole &= column in schema and schema[column] == kind
        return is_whole

    def _cases(self) -> Tree | None:
        """Return the tree without what its leaves post; None where there are no cases."""
        given = [name for name in CASE_TABLES if name in self.tables]
        for name in CASE_TABLES if given else ():
            if name not in given:
                self.wrong("the table is missing", name, "result_table_present")
        keys = clusters_table(self.book, Tree.none(len(self.book.cells.grids)))
        is_whole = len(given) == len(CASE_TABLES)
        if not is_whole or not self._has_columns("certificate_clusters", dict(keys.schema)):
            return None
        if not self._has_columns("certificate_cases", CASE_COLUMNS) or not self._is_numbered():
            return None
        clusters, cases = self.tables["certificate_clusters"], self.tables["certificate_cases"]
        grids = keys.select("zone", "carrier").join(clusters, on=["zone", "carrier"], how="left", maintain_order="left")
        if grids.height != keys.height or clusters.height != keys.height or grids["cluster"].has_nulls():
            self.wrong("rows are not one for each zone and carrier", "certificate_clusters", "result_row_known")
            return None
        kind, order, start = self._decided(cases)
        i, f = np.zeros(0, dtype=np.int64), np.zeros(0)
        cluster, parent, accepted = (cases[c].to_numpy() for c in ("cluster", "parent", "accepted"))
        nodes = (cluster, parent - 1, kind, order, start, accepted)
        return Tree(grids["cluster"].to_numpy(), *nodes, i, i, f, i, i, i, f, i, i, i, f)

    def _is_numbered(self) -> bool:
        """Return whether cases are numbered from 1 in turn, with parent, cluster and acceptance; note it if not."""
        cases = self.tables["certificate_cases"]
        numbered = cases["leaf"].to_list() == list(range(1, cases.height + 1))
        if not numbered or any(cases[c].has_nulls() for c in ("parent", "cluster", "accepted")):
            self.wrong("rows are not whole and numbered from 1 in turn", "certificate_cases", "result_row_known")
            return False
        return True

    def _decided(self, cases: pl.DataFrame) -> tuple[IntArray, IntArray, IntArray]:
        """Return kind, order and start that each case decides, -1 at roots."""
        book = self.book
        kinds = {word: kind for kind, word in KINDS.items()}
        names = {
            BLOCK: book.blocks.name,
            FLEXIBLE: book.flexibles.name,
            SCALABLE: book.scalables.name,
            STORAGE: book.storages.name,
        }
        index = {kind: {name: i for i, name in enumerate(of)} for kind, of in names.items()}
        flexibles, count = book.flexibles, cases.height
        kind, order, start = (np.full(count, -1) for _ in range(3))
        minutes = cases["mtu_start"].to_physical() // 60_000_000
        rows = zip(cases["parent"], cases["kind"], cases["order"], minutes, strict=True)
        for node, (parent, word, name, minute) in enumerate(rows):
            if parent == 0:
                continue
            kind[node] = kinds.get(word, -1)
            order[node] = index.get(int(kind[node]), {}).get(name, -1)
            if order[node] < 0:
                self.wrong(f"order {name!r} of kind {word!r} is unknown", "certificate_cases", "result_row_known")
            elif kind[node] == FLEXIBLE and minute is not None:
                grid = int(flexibles.grid[order[node]])
                own = book.cells.grids[grid]
                start[node] = int(book.cells.first[grid]) + (minute - own.start) // own.mtu_minutes
        return kind, order, start


def _with_values(
    cases: Tree,
    prices: tuple[IntArray, IntArray, IntArray, FloatArray],
    rents: tuple[IntArray, IntArray, IntArray, FloatArray],
    witness: tuple[IntArray, IntArray, IntArray, FloatArray],
) -> Tree:
    """Return the tree with what its leaves post and name."""
    parts = [tuple(column[part[0] != WHOLE] for column in part) for part in (prices, rents, witness)]
    (p_leaf, _, cell, price), (r_leaf, r_kind, r_index, rent), (w_leaf, w_kind, w_index, volume) = parts
    return Tree(
        cases.cluster,
        cases.node_cluster,
        cases.node_parent,
        cases.node_kind,
        cases.node_order,
        cases.node_start,
        cases.node_accepted,
        p_leaf - 1,
        cell,
        price,
        r_leaf - 1,
        r_kind,
        r_index,
        rent,
        w_leaf - 1,
        w_kind,
        w_index,
        volume,
    )


def _row(row: tuple[object, ...]) -> str:
    return "row " + ", ".join(str(v) for v in row)
