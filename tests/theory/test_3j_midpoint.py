"""Theory 3j: the middle is taken among legal prices; volumes are not recomputed from it."""

import numpy as np
import pytest
from tests.builders import one_zone
from tests.by_hand.outcome import ByHand
from tests.theory.test_3a_curtailable import example_1


def test_3j_the_middle_yields_to_an_order_that_would_lose(clear):
    """Curves allow 8 to 15, middle 11.50; S2 at 12 would lose: 12, and no more than that."""
    book = example_1().book()
    solved = ByHand(book, clear(book))
    assert solved.ratio("S2") == 1
    assert solved.price() == pytest.approx(12)


@pytest.mark.parametrize(("shares", "volumes"), [((60, 60), [30, 30]), ((90, 30), [45, 15]), ((120,), [60])])
def test_3j_the_middle_does_not_depend_on_how_tied_volume_is_shared(clear, shares, volumes):
    """60 MW from tied sellers at 10 whatever they are: the price stays 10; a block at 20 in the next hour is apart."""
    said = one_zone(hours=2).buys("A", 60, at=30, hour=0)
    for k, mw in enumerate(shares):
        said.sells("A", mw, at=10, hour=0, order=f"s{k}")
    said.buys("A", 60, at=50, hour=1).sells("A", 60, at=20, hour=1)
    book = said.book()
    solved = ByHand(book, clear(book))
    assert solved.prices() == pytest.approx([10, 35])
    assert [solved.volume(f"s{k}") for k in range(len(shares))] == pytest.approx(volumes)


def test_3j_a_flat_slope_keeps_its_volume_when_the_price_is_rounded(clear):
    """100 MW in 0.01: half a tick of price is 50 MW, so 33 MW stay 33 MW at 10.0033."""
    book = one_zone().sells("A", 100, at=10, to=10.01, order="S").buys("A", 33, at=60).book()
    solved = ByHand(book, clear(book))
    assert solved.volume("S") == pytest.approx(33, abs=1e-9)
    assert solved.price() == pytest.approx(10.0033, abs=1e-9)
    assert solved.results.price == pytest.approx([10.0])
    assert np.array_equal(solved.results.published.curve, [33, 33])
