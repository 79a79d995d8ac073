"""A book without network limits: one price where lines joined zones, and the same orders."""

import pytest
from tests.builders import two_zones
from tests.folders import meshed

from walras.book.unlimited import most_mw, unlimited
from walras.coupling.clear import clear
from walras.results.audit import audit


def test_zones_that_a_full_line_parted_have_one_price():
    """A sells 100 at 10 and wants 20; B sells 100 at 40 and wants 60: with 20 MW 10 and 40, without a limit 10."""
    book = two_zones(20).sells("A", 100, at=10).buys("A", 20, at=90).sells("B", 100, at=40).buys("B", 60, at=90).book()
    assert clear(book).price.tolist() == [10, 40]
    free = unlimited(book)
    results = clear(free)
    assert audit(free, results) == []
    assert results.price.tolist() == [10, 10]
    assert results.published.exchange.tolist() == pytest.approx([60])
    assert book.lines.capacity_forward.tolist() == [20], "the book itself stays"


def test_branches_of_a_domain_bind_no_more():
    """A and B in hours, C in half hours, in a domain of half hours; in the first of each A sells what B and C want."""
    said = meshed().sells("A", 1000, at=10).buys("B", 400, at=90).buys("C", 300, at=80)
    book = said.sells("B", 500, at=60).sells("C", 500, at=70).book()
    first = [0, 2, 4]  # of A, B and C
    assert len(set(clear(book).price[first].tolist())) == 3
    free = unlimited(book)
    results = clear(free)
    assert audit(free, results) == []
    assert results.price[first].tolist() == [10, 10, 10]


def test_no_trade_can_be_larger_than_what_all_offer_together():
    """100 + 20 + 30 MW of curves, one more so that nothing is at its limit."""
    book = two_zones(20).sells("A", 100).buys("A", 20).buys("B", 30).book()
    assert most_mw(book) == 151
