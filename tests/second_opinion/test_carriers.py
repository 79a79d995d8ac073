"""Small random markets of power, gas and stores: the engine against every selection; the drill runs thousands."""

import random

import pytest
from tests.second_opinion.carrier_markets import carrier_market
from tests.second_opinion.verdict import indivisible_complaints

from walras.coupling.clear import clear

CHUNK = 10


@pytest.mark.parametrize("first", range(0, 40, CHUNK))
def test_engine_is_legal_its_bound_holds_and_its_optimum_is_best(first):
    for seed in range(first, first + CHUNK):
        book = carrier_market(random.Random(seed)).book()
        assert indivisible_complaints(book, clear(book)) == [], seed


def test_the_sample_converts_and_stores():
    seen = set()
    for seed in range(20):
        decided = clear(carrier_market(random.Random(seed)).book()).decided
        seen |= {"converts"} if (decided.bought > 1e-6).any() else set()
        seen |= {"stores"} if (decided.charge > 1e-6).any() else set()
    assert seen == {"converts", "stores"}
