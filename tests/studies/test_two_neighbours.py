"""The bundled market: made by its script, legal, and settled to the cent."""

import runpy
from pathlib import Path

import pytest

import walras
from walras.settlement.settle import settle

PROJECT = Path(__file__).parents[2]
FOLDER = PROJECT / "src" / "walras" / "examples" / "two-neighbours"


@pytest.fixture
def book():
    return walras.read(FOLDER)


def test_the_script_writes_the_bundled_tables_byte_for_byte(tmp_path):
    script = runpy.run_path(str(PROJECT / "examples" / "make_two_neighbours.py"))
    script["main"].__globals__["FOLDER"] = tmp_path
    script["main"]()
    made = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    kept = {p.name: p.read_bytes() for p in FOLDER.iterdir() if p.suffix in {".csv", ".toml"}}
    assert made == kept


def test_the_bundled_market_has_one_of_everything(book):
    curves, blocks = book.curves, book.blocks
    assert (curves.price_start != curves.price_end).any()
    assert (blocks.min_acceptance_ratio < 1).any()
    assert len(blocks.link_child)
    assert len(blocks.group_name)
    assert book.flexibles.count
    assert book.scalables.stop_cells.any()
    assert (book.scalables.gradient_up >= 0).any()
    assert len(book.scalables.minimum_order)
    assert sorted(book.borders.is_fixed.tolist()) == [0, 1]


def test_the_bundled_market_clears_legally_with_prices_that_people_know(book, clear):
    results = clear(book)
    assert results.price.min() >= 0
    assert results.price.max() <= 150
    full = results.published.exchange >= book.lines.capacity_forward - 0.05
    assert 0 < full.sum() < len(full)


def test_the_bundled_market_is_settled_to_the_cent(book, clear):
    settlement = settle(book, clear(book))
    assert int(settlement.who_owes_whom["net_minor"].sum()) == 0
    assert abs(settlement.net_minor("rounding")) < 100
    income = int(settlement.congestion["income_minor"].sum())
    assert income == settlement.net_minor("operator") > 0
