"""A proof by cases is written to a result folder and read back; what is wrong in its tables is listed."""

from __future__ import annotations

import random
from dataclasses import fields, replace

import numpy as np
import polars as pl
import pytest
from tests.results.rich import rich_book, rich_results
from tests.results.trees import decisions, random_tree, root, tree

from walras.errors import BadInput
from walras.results.audit.folder import audit_folder
from walras.results.certificate import bound_of
from walras.results.folder import read_results, write_results
from walras.vocabulary import Status

SETTINGS = {"gap": 0.01, "time_limit": None}


def with_tree(cases):
    book, known = rich_book(), rich_results()
    certificate = replace(known.certificate, tree=cases)
    bound = bound_of(book, certificate)
    status = Status.OPTIMAL if bound - known.welfare <= 0.01 else Status.FEASIBLE
    return replace(known, certificate=certificate, bound=bound, status=status)


def every_kind():
    """A tree that splits on a block, a start and a scalable order; prices, every kind of rent, and a witness."""
    book = rich_book()
    chosen = [next(d for d in decisions(book) if d[0] == kind) for kind in (0, 1, 2)]
    nodes = [root()]
    for decision in chosen:
        parent = len(nodes) - 1
        nodes += [(0, parent, *decision, 0), (0, parent, *decision, 1)]
    last = len(nodes) - 1
    rents = [(last, 0, 0, 1.5), (last, 1, 0, 2.5), (last, 2, 2, 0.5), (last, 3, 2, 0.25)]
    starts = int(book.flexibles.choices.sum())
    ratio = [0, book.blocks.count, book.blocks.count + starts]
    witness = [(last, 0, 3, 9.0), *((last, 1, r, 0.5) for r in ratio), *((last, k, 1, 2.0) for k in (2, 3, 4))]
    prices = [(1, 2, 30.0), (last, 0, -1.25), (last, book.cells.count - 1, 7.0)]
    return tree([0] * len(book.cells.grids), nodes, prices, rents, witness)


@pytest.fixture
def folder(tmp_path):
    write_results(rich_book(), with_tree(every_kind()), SETTINGS, tmp_path / "result", csv=True)
    return tmp_path / "result"


def mistakes_of(folder):
    with pytest.raises(BadInput) as caught:
        read_results(rich_book(), folder)
    return {m.rule for m in caught.value.mistakes}


def edit(folder, table, **columns):
    file = folder / f"{table}.parquet"
    pl.read_parquet(file).with_columns(**columns).write_parquet(file)


def assert_same(one, other):
    for f in fields(one):
        np.testing.assert_array_equal(getattr(one, f.name), getattr(other, f.name), err_msg=f.name)


def test_every_column_of_a_tree_comes_back(folder):
    assert_same(read_results(rich_book(), folder).certificate.tree, every_kind())


@pytest.mark.parametrize("seed", range(3))
def test_a_written_tree_passes_the_audit(tmp_path, seed):
    book, chance = rich_book(), random.Random(seed)
    meshed = set(book.domains.member_grid.tolist())
    cluster = [0 if g in meshed else 1 for g in range(len(book.cells.grids))]
    results = with_tree(random_tree(book, chance, cluster, rich_results().certificate.price, most_off=2.0))
    write_results(book, results, SETTINGS, tmp_path / "result", csv=True)
    assert audit_folder(book, tmp_path / "result") == []
    assert_same(read_results(book, tmp_path / "result").certificate.tree, results.certificate.tree)


def test_a_result_without_cases_has_no_tables_of_them(tmp_path):
    write_results(rich_book(), rich_results(), SETTINGS, tmp_path / "result")
    assert not list((tmp_path / "result").glob("certificate_c*"))


def test_missing_tables_of_cases_are_a_mistake(folder):
    (folder / "certificate_witness.parquet").unlink()
    assert "result_table_present" in mistakes_of(folder)


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("certificate_prices", {"leaf": pl.col("leaf") + 5}),
        ("certificate_rents", {"name": pl.lit("nobody")}),
        ("certificate_witness", {"step": pl.lit(77, dtype=pl.Int64)}),
        ("certificate_clusters", {"zone": pl.lit("nowhere")}),
        ("certificate_cases", {"leaf": pl.col("leaf") + 1}),
        ("certificate_cases", {"order": pl.lit("nobody")}),
        ("certificate_cases", {"kind": pl.lit("nothing")}),
    ],
)
def test_rows_of_nothing_are_mistakes(folder, table, columns):
    edit(folder, table, **columns)
    assert "result_row_known" in mistakes_of(folder)


def test_doubled_rows_are_mistakes(folder):
    witness = pl.read_parquet(folder / "certificate_witness.parquet")
    pl.concat([witness, witness[:1]]).write_parquet(folder / "certificate_witness.parquet")
    assert mistakes_of(folder) == {"result_row_once"}
