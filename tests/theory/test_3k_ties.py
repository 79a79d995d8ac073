"""Theory 3k: among tied volumes first the most, then equal shares; other orders of the two lose volume."""

import pytest
from tests.builders import one_zone, two_zones
from tests.by_hand.outcome import ByHand


def test_3k_the_greatest_volume_comes_before_equal_shares(clear):
    """All at 10: 90 MW can trade, so 90 do; sellers of 100 and 50 give six tenths each."""
    said = one_zone().sells("A", 100, at=10, order="large").sells("A", 50, at=10, order="small")
    book = said.buys("A", 90, at=10, order="D").book()
    solved = ByHand(book, clear(book))
    assert solved.volume("D") == pytest.approx(90)
    assert [solved.volume("large"), solved.volume("small")] == pytest.approx([60, 30])


def test_3k_shares_are_equal_across_a_line_as_far_as_it_lets_them(clear):
    """100 in A and 100 in B at 10 for 120 in B: with room 60 each; over 20 MW only 20 and 100."""
    for capacity, volumes in ((1000, [60, 60]), (20, [20, 100])):
        said = two_zones(atc_mw=capacity).sells("A", 100, at=10, order="a").sells("B", 100, at=10, order="b")
        book = said.buys("B", 120, at=60).book()
        solved = ByHand(book, clear(book))
        assert [solved.volume("a"), solved.volume("b")] == pytest.approx(volumes)
