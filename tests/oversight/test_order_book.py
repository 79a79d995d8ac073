"""An exported order book: whole, readable, the same bytes, and without names where they are not wanted."""

import io
import json
import zipfile

import polars as pl
import pytest
from tests.builders import one_zone
from tests.oversight.worked import solved, worked

from walras.book.folder import read
from walras.book.hashing import market_hash
from walras.errors import BadInput
from walras.oversight.order_book import aggregated_curves, member_pseudonym, write_order_book
from walras.results.publication.archives import unpack
from walras.results.publication.leaves import pseudonym_of

SECRET = b"s" * 32


def blocks():
    return solved(
        one_zone(2).sells("A", 60, at=10, member="M-0001", order="M-0001.sun").buys("A", 80, at=90, order="M-0002.need",
                                                                                   member="M-0002")
        .block("M-0001.b", "A", "supply", 20, 30, group="M-0001.g", member="M-0001")
        .block("M-0001.c", "A", "supply", 25, 40, group="M-0001.g", member="M-0001")
    )  # fmt: skip


def files(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_export_is_whole_and_audits_again(tmp_path):
    book, results = blocks()
    write_order_book(book, results, tmp_path / "b.zip", about={"session": "S"})
    unpack(tmp_path / "b.zip", tmp_path / "out")
    assert market_hash(read(tmp_path / "out" / "market")) == market_hash(book)
    said = json.loads((tmp_path / "out" / "about.json").read_text())
    assert (said["session"], said["names"], said["market_hash"]) == ("S", "codes", market_hash(book))
    orders = pl.read_csv(tmp_path / "out" / "orders.csv")
    assert set(orders["order"]) == {"M-0001.sun", "M-0001.b", "M-0001.c", "M-0002.need"}
    block = orders.filter(pl.col("order") == "M-0001.b").row(0, named=True)
    assert (block["member"], block["carrier"], block["outcome"]) == ("M-0001", "electricity", "paradoxically_rejected")
    volumes = pl.read_csv(tmp_path / "out" / "volumes.csv")
    sold = volumes.filter(pl.col("order").is_in(["M-0001.sun", "M-0001.b", "M-0001.c"]))["accepted_mw"].sum()
    assert sold == volumes.filter(pl.col("order") == "M-0002.need")["accepted_mw"].sum()


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_same_book_gives_the_same_bytes(tmp_path, form):
    for name in ("one", "two"):
        write_order_book(*blocks(), tmp_path / f"{name}.zip", form=form, secret=SECRET)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with pytest.raises(BadInput) as error:
        write_order_book(*blocks(), tmp_path / "one.zip")
    assert error.value.mistakes[0].rule == "place_free"


def test_both_forms_say_the_same(tmp_path):
    write_order_book(*blocks(), tmp_path / "c.zip")
    write_order_book(*blocks(), tmp_path / "p.zip", form="parquet")
    csv, parquet = files(tmp_path / "c.zip"), files(tmp_path / "p.zip")
    for name in ("orders", "volumes", "curves"):
        typed = pl.read_parquet(io.BytesIO(parquet[f"{name}.parquet"]))
        assert typed.write_csv(datetime_format="%Y-%m-%dT%H:%M:%SZ").encode() == csv[f"{name}.csv"]


def test_pseudonyms_hide_names_and_keep_figures(tmp_path):
    book, results = blocks()
    write_order_book(book, results, tmp_path / "b.zip", secret=SECRET)
    held = files(tmp_path / "b.zip")
    assert not [n for n, content in held.items() if b"M-000" in content]
    orders = pl.read_csv(io.BytesIO(held["orders.csv"]))
    assert orders["order"].is_sorted(), "rows do not stand as they did under their names"
    hidden = orders.filter(pl.col("order") == pseudonym_of(SECRET, "M-0001.b")).row(0, named=True)
    assert (hidden["member"], hidden["outcome"]) == (member_pseudonym(SECRET, "M-0001"), "paradoxically_rejected")
    unpack(tmp_path / "b.zip", tmp_path / "out")
    again = read(tmp_path / "out" / "market")
    assert sorted(again.curves.quantity.tolist()) == sorted(book.curves.quantity.tolist())
    assert list(again.blocks.name) == sorted(pseudonym_of(SECRET, n) for n in book.blocks.name)


def test_curves_by_hand():
    """Supply of A: 60 MW at 10, then 40 at 20: (10: 0, 60) and (20: 60, 100)."""
    table = aggregated_curves(worked(20)[0]).filter((pl.col("zone") == "A") & (pl.col("side") == "supply"))
    assert table.select("price", "inside_mw", "upto_mw").rows() == [(10.0, 0.0, 60.0), (20.0, 60.0, 100.0)]
