"""Tiny random markets with indivisible orders: the engine against every selection.

The engine's result must be legal, its bound true, and what it calls optimal best.
"""

import os
import random

import pytest
from tests.second_opinion import random_markets, verdict

from walras.coupling.clear import clear

SAMPLE = 100
CHUNK = 20
DRILL = int(os.environ.get("WALRAS_DRILL_MARKETS", "2000"))


def complaints(seed: int) -> list[str]:
    script = random_markets.indivisible_market(random.Random(seed))
    book = script.book()
    return [f"seed {seed}: {c}" for c in verdict.indivisible_complaints(book, clear(book))]


@pytest.mark.parametrize("first", range(0, SAMPLE, CHUNK))
def test_engine_is_legal_and_its_bound_holds(first):
    assert not [c for seed in range(first, first + CHUNK) for c in complaints(seed)]


@pytest.mark.drill
def test_engine_is_legal_and_its_bound_holds_on_thousands_of_markets():
    assert not [c for seed in range(SAMPLE, SAMPLE + DRILL) for c in complaints(seed)]
