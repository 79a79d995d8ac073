"""Theory 4: what rounding to ticks may and may not excuse."""

from dataclasses import replace

import numpy as np
import pytest
from tests.builders import one_zone, two_zones
from tests.by_hand.outcome import ByHand

from walras.results.audit import audit


def projected():
    """Block 10 and 7 MW at 33.33; first price 20, second from 10 to 60 with the middle at 35."""
    said = one_zone(hours=2).buys("A", 500, at=20, hour=0).sells("A", 400, at=20, hour=0)
    said.buys("A", 7, at=60, hour=1).sells("A", 50, at=60, hour=1).buys("A", 50, at=10, hour=1)
    return said.block("b", "A", 1, 33.33, {0: 10, 1: 7})


def surplus(price):
    return 10 * (price[0] - 33.33) + 7 * (price[1] - 33.33)


def test_4_rounding_the_price_can_make_a_block_lose_and_the_audit_knows_why(clear):
    """The middle of 35 is projected to 52.372857, where the block has nothing; at 52.37 it has -0.02 EUR."""
    book = projected().book()
    solved = ByHand(book, clear(book))
    assert solved.ratio("b") == 1
    assert solved.prices() == pytest.approx([20, 33.33 + 133.3 / 7])
    assert surplus(solved.prices()) == pytest.approx(0, abs=1e-9)
    published = solved.results.price
    assert published.tolist() in ([20, 52.37], [20, 52.38])
    assert surplus(published) == pytest.approx(-0.02 if published[1] == 52.37 else 0.05)


@pytest.mark.parametrize(("second", "broken"), [(52.37, False), (52.38, False), (52.36, True), (52.2, True)])
def test_4_the_audit_excuses_half_a_tick_and_no_more(clear, second, broken):
    """Half a tick over 17 MW is 0.085 EUR: it excuses -0.02, but a second tick is not what rounding does."""
    book = projected().book()
    results = replace(clear(book), price=np.array([20, second]))
    rules = {v.rule for v in audit(book, results)}
    assert bool(rules & {"block_loss", "price_rounded"}) == broken


def test_4_controlled_rounding_balances_where_independent_rounding_does_not(clear):
    """Three sellers of 50 for 100 MW: three times 33.3 would leave 0.1 MW without an owner."""
    said = two_zones()
    for k in range(3):
        said.sells("AAB"[k], 50, at=10, order=f"s{k}")
    results = clear(said.buys("B", 100, at=60, order="d").book())
    assert results.decided.curve == pytest.approx([100, 100 / 3, 100 / 3, 100 / 3])
    assert results.published.curve.sum() == pytest.approx(200, abs=1e-9)
    assert sorted(results.published.curve.tolist()) == pytest.approx([33.3, 33.3, 33.4, 100])


@pytest.mark.parametrize(("price", "ratio"), [(29.99, 1), (30.01, 0)])
def test_4_a_cent_is_seen_beside_a_billion(clear, price, ratio):
    """50,000 MW at 4000 in each of 24 hours: 4.8 billion; a block of 1 MW gains or loses 0.24 EUR."""
    said = one_zone(hours=24)
    for hour in range(24):
        said.buys("A", 50000, at=4000, hour=hour).sells("A", 60000, at=30, hour=hour)
    book = said.block("b", "A", 1, price, 1).book()
    solved = ByHand(book, clear(book))
    assert solved.ratio("b") == ratio
    assert solved.prices() == pytest.approx([30] * 24)
