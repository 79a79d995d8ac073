"""An Iberian day from the operator's files, cleared and proven.

21 June 2025: two zones, 63,000 steps, 19 blocks, 30 scalable complex orders.
"""

from datetime import date

import pytest

from walras.formats.omie import read_omie

WELFARE_EUR = 219_923_124.30
pytestmark = pytest.mark.real


@pytest.fixture(scope="session")
def iberia(published_days):
    folder = published_days / "iberia-2025-06-21"
    if not folder.is_dir():
        pytest.skip(f"no Iberian day: {folder} is not there")
    return read_omie(folder)


def test_the_files_hold_what_was_counted_in_them(iberia):
    book = iberia.book
    assert book.delivery_day == date(2025, 6, 21)
    assert iberia.notes == ("rows of period 25, which 2025-06-21 does not have, dropped: 21",)
    assert (book.blocks.count, len(book.blocks.leg_cell), len(book.blocks.group_name)) == (19, 139 + 123, 3)
    assert (book.scalables.count, int((book.scalables.fixed_term > 0).sum())) == (30, 27)
    assert len(book.scalables.minimum_cell) == 401
    assert book.curves.step_count + len(book.scalables.step_cell) + len(book.blocks.leg_cell) == 66_630 - 21
    assert (book.curves.side < 0).sum() == 530


def test_the_day_is_proven_to_be_cleared_at_its_greatest_welfare(iberia, clear):
    results = clear(iberia.book)
    assert results.status == "optimal"
    assert results.welfare == pytest.approx(WELFARE_EUR, abs=0.01)
