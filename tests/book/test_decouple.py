"""A zone that is cut off clears alone, and the rest as if that zone were not there."""

import numpy as np
import pytest
from tests.builders import market

from walras.book.decouple import decoupled
from walras.book.folder import read, write
from walras.book.hashing import market_hash


def three(with_b=True):
    """Return A (cheap) - B (dear) - C (dearest) with 30 and 20 MW between them."""
    found = market(["A", "B", "C"] if with_b else ["A", "C"])
    found.sells("A", 100, at=10).buys("A", 40, at=90)
    found.sells("C", 100, at=50).buys("C", 60, at=80)
    if with_b:
        found.sells("B", 100, at=30).buys("B", 50, at=70)
        found.line("A", "B", 30).line("B", "C", 20)
    return found.line("A", "C", 25)


def test_prices_of_a_chain_with_one_zone_cut_off(clear):
    whole = clear(three().book())
    assert whole.price.tolist() == [10.0, 30.0, 50.0]
    assert whole.published.exchange.tolist() == [30.0, 25.0, 20.0]
    cut = clear(decoupled(three().book(), ["B"]))
    assert cut.price.tolist() == [10.0, 30.0, 50.0]
    assert cut.published.exchange.tolist() == [0.0, 25.0, 0.0]
    without = clear(three(with_b=False).book())
    assert (without.price.tolist(), without.published.exchange.tolist()) == ([10.0, 50.0], [25.0])


def test_a_zone_that_needs_its_neighbours_is_short_alone(clear):
    found = market(["A", "B"]).sells("A", 100, at=10).buys("B", 50, at=70).line("A", "B", 80).book()
    assert clear(found).price.tolist() == [10.0, 10.0]
    alone = clear(decoupled(found, ["B"]))
    assert alone.published.exchange.tolist() == [0.0]
    assert alone.published.curve.tolist() == [0.0, 0.0]


def test_a_price_taking_border_closes_and_a_fixed_exchange_stays(clear):
    found = market(["A", "B"]).sells("A", 100, at=10).buys("A", 10, at=90).sells("B", 50, at=20).buys("B", 5, at=60)
    found.border("A", "X", 40, export=30).fixed_border("A", "Y", 15).border("B", "X", 40, export=7)
    results = clear(decoupled(found.book(), ["A"]))
    assert dict(zip(found.book().borders.name, results.published.border.tolist(), strict=True)) == {
        "A-X": 0.0, "A-Y": 15.0, "B-X": 7.0,
    }  # fmt: skip


def domain_of(zones):
    found = market(["A", "B", "C"], hours=2)
    found.sells("A", 200, at=10).buys("B", 60, at=90).buys("C", 60, at=80)
    found.sells("A", 200, at=10, hour=1).buys("B", 60, at=90, hour=1).buys("C", 60, at=80, hour=1)
    found.domain("D", zones)
    return found.branch("AB", ram=40, **dict(zip(zones, (1.0, 0.25, 0.5), strict=False))).book()


def test_a_zone_leaves_its_domain_and_the_others_stay_in_it(clear):
    book = decoupled(domain_of(["A", "B", "C"]), ["B"])
    assert [book.cells.grids[g].zone for g in book.domains.member_grid] == [0, 2]
    assert book.domains.ptdf.tolist() == [1.0, 0.5, 1.0, 0.5]
    results = clear(book)
    assert results.published.domain.tolist() == [60.0, -60.0, 60.0, -60.0]  # 60 x (1 - 0.5) = 30 MW of 40 MW
    cells = [book.cells.grids[g].zone for g in book.cells.grid[book.domains.exchange_cell]]
    assert cells == [0, 2, 0, 2]


@pytest.mark.parametrize("zones", [["A"], ["A", "B"], ["A", "B", "C"]])
def test_a_domain_of_one_zone_ends(clear, zones):
    book = decoupled(domain_of(["A", "B"]), zones)
    assert (book.domains.count, len(book.domains.exchange_cell), len(book.domains.ptdf)) == (0, 0, 0)
    clear(book)


def test_no_zone_changes_nothing_and_an_unknown_one_is_our_mistake():
    book = three().book()
    assert decoupled(book, []) is book
    with pytest.raises(AssertionError, match="X"):
        decoupled(book, ["X"])


@pytest.mark.parametrize("zones", [["B"], ["A", "B", "C"]])
def test_a_decoupled_book_is_a_market_folder_like_any_other(tmp_path, zones):
    for number, book in enumerate((three().book(), domain_of(["A", "B", "C"]))):
        cut = decoupled(book, zones)
        write(cut, tmp_path / str(number))
        assert market_hash(read(tmp_path / str(number))) == market_hash(cut) != market_hash(book)


def test_a_zone_that_is_in_no_domain_leaves_domains_as_they_are():
    book = domain_of(["A", "B"])
    assert decoupled(book, ["C"]).domains is book.domains
    assert np.array_equal(decoupled(book, ["C"]).domains.ptdf, book.domains.ptdf)
