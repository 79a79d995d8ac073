"""What is written reads back as the same book, whatever the format and the order of rows."""

import random

import polars as pl
import pytest
from tests.builders import market, one_zone
from tests.folders import Folder, every_family, meshed

from walras.book.folder import read, write
from walras.book.hashing import book_fields, market_hash, same_market
from walras.errors import BadInput


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_every_order_family_reads_back_as_the_same_book(tmp_path, form):
    book = every_family().book()
    write(book, tmp_path / "market", format=form)
    back = read(tmp_path / "market")
    assert list(book_fields(back)) == list(book_fields(book))
    assert market_hash(back) == market_hash(book)


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_flow_based_domains_read_back_as_the_same_book(tmp_path, form):
    """PTDFs that never change, and PTDFs of which one does; MTUs finer than those of the zones; two domains."""
    steady = market(("A", "B", "C", "D")).domain("west", ("B", "A")).branch("1", 5, A=1).domain("east", ("C", "D"))
    for book in (meshed().book(), steady.branch("1", 0, D=-0.5).branch("0", 7.5, C=1.25).book()):
        write(book, tmp_path / "market", format=form)
        back = read(tmp_path / "market")
        assert list(book_fields(back)) == list(book_fields(book))
        assert market_hash(back) == market_hash(book)


def test_a_market_without_orders_reads_back(tmp_path):
    book = one_zone(24).book()
    write(book, tmp_path / "market")
    assert same_market(read(tmp_path / "market"), book)


def test_odd_ticks_and_names_read_back(tmp_path):
    said = market(('Ä, "x"', "B"), price_tick=0.05, quantity_tick=25, price_max=4000.05, name='Über "all"\n\\')
    book = said.sells('Ä, "x"', 75, at=0.15).buys("B", 25, at=4000.05).block("=1+1", "B", "supply", -499.95, 50).book()
    for form in ("parquet", "csv"):
        write(book, tmp_path / form, format=form)
        assert same_market(read(tmp_path / form), book)


def test_prices_are_the_nearest_floats_of_their_ticks(tmp_path):
    write(one_zone().sells("A", 0.3, at=70.12).book(), tmp_path / "market")
    back = read(tmp_path / "market")
    assert back.curves.price_start.tolist() == [7012]
    assert back.cells.prices(back.curves.price_start, back.curves.grid).tolist() == [70.12]


@pytest.mark.parametrize("said", [every_family(), meshed()], ids=["families", "domains"])
def test_the_order_of_rows_means_nothing(tmp_path, said):
    folder = Folder(tmp_path / "market", said)
    before = market_hash(read(folder.path))
    for file in folder.path.glob("*.csv"):
        rows = folder.rows(file.stem)
        random.Random(7).shuffle(rows)
        folder.save(file.stem, rows)
    assert market_hash(read(folder.path)) == before


def test_a_folder_may_mix_parquet_and_csv(tmp_path):
    folder = Folder(tmp_path / "market")
    before = market_hash(read(folder.path))
    file = folder.path / "curve_orders.csv"
    pl.read_csv(file).write_parquet(file.with_suffix(".parquet"))
    file.unlink()
    assert market_hash(read(folder.path)) == before


def test_empty_optional_fields_mean_what_the_page_says(tmp_path):
    folder = Folder(tmp_path / "market")
    folder.change("flexible_orders", 1, window_start="", window_end="")
    folder.change("scalable_orders", 1, gradient_up_mw="", stop_mtus="")
    book = read(folder.path)
    cells, o = book.cells, book.flexibles
    assert o.first_cell.tolist() == [0]
    assert (o.first_cell + o.choices - 1 + o.cells).tolist() == [cells.first[1]]
    assert book.scalables.gradient_up.tolist() == [-1, -1]
    assert book.scalables.stop_cells.tolist() == [0, 0]


def test_parquet_categories_and_decimals_are_read(tmp_path):
    book = one_zone().sells("A", 0.3, at=70.12, order="o").book()
    write(book, tmp_path / "market")
    file = tmp_path / "market" / "curve_steps.parquet"
    frame = pl.read_parquet(file)
    frame.with_columns(
        pl.col("order").cast(pl.Categorical),
        pl.col("step").cast(pl.UInt8),
        pl.col("quantity_mw").cast(pl.Decimal(9, 3)),
    ).write_parquet(file)
    assert same_market(read(tmp_path / "market"), book)


def test_writing_replaces_a_market_folder(tmp_path):
    write(every_family().book(), tmp_path / "market", format="csv")
    book = one_zone().book()
    write(book, tmp_path / "market")
    assert same_market(read(tmp_path / "market"), book)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["market"]


def test_writing_does_not_replace_anything_else(tmp_path):
    write(one_zone().book(), tmp_path / "market")
    (tmp_path / "market" / "notes.txt").write_text("mine")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "zones.csv").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for name in ("market", "photos", "file"):
        with pytest.raises(BadInput) as caught:
            write(one_zone().book(), tmp_path / name)
        assert caught.value.mistakes[0].rule == "place_free"
    assert (tmp_path / "market" / "notes.txt").read_text() == "mine"


def test_a_write_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    old = one_zone().sells("A", 1).book()
    write(old, tmp_path / "market")
    monkeypatch.setattr(pl.DataFrame, "write_parquet", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write(one_zone().book(), tmp_path / "market")
    assert same_market(read(tmp_path / "market"), old)
    assert [p.name for p in tmp_path.iterdir()] == ["market"]
