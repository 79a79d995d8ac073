"""The five published minimum-profit auctions, cleared and proven.

Greatest welfare under the minimum-profit conditions (arXiv 1508.07967), found by several
methods to the cent.
"""

import pytest

from walras.formats.minimum_profit import read_minimum_profit

WELFARE_EUR = {1: 151_487_156.16, 2: 115_475_592.36, 3: 114_220_400.20, 4: 107_219_935.90, 5: 100_743_738.16}
ORDERS = {1: (4_500, 92, 9_994, 2_208), 2: (4_386, 90, 9_923, 2_160), 3: (4_435, 91, 9_894, 2_184),
          4: (4_971, 89, 9_399, 2_136), 5: (5_865, 89, 9_226, 2_124)}  # fmt: skip
pytestmark = pytest.mark.real


@pytest.fixture(params=sorted(WELFARE_EUR))
def auction(request, published_days):
    folder = published_days / "minimum-profit" / f"daminst-{request.param}"
    if not folder.is_dir():
        pytest.skip(f"no minimum-profit auctions: {folder} is not there")
    return request.param, read_minimum_profit(folder)


def test_the_tables_hold_what_was_counted_in_them(auction):
    number, found = auction
    book = found.book
    counts = (book.curves.count, book.scalables.count, len(book.scalables.step_cell), len(book.scalables.minimum_cell))
    assert counts == ORDERS[number]
    assert found.notes == ()


def test_the_auction_is_proven_to_be_cleared_at_its_greatest_welfare(auction, clear):
    number, found = auction
    results = clear(found.book)
    assert results.status == "optimal"
    assert results.welfare == pytest.approx(WELFARE_EUR[number], abs=0.01)
