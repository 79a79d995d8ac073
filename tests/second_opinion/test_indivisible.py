"""Tiny random markets with indivisible orders: the engine against every selection.

The engine's result must be legal, its bound true, and what it calls optimal best. A sample
of every kind of order runs with every test run, more of each with the drills, and `tests.drills` runs thousands.
"""

import random

import pytest
from tests.second_opinion import random_markets, verdict

from walras.coupling.clear import clear

CHUNK = 25
WITH_EVERY_RUN = 25
SAMPLES = {
    "blocks": 75,
    "family": 100,
    "group": 75,
    "flexible": 50,
    "scalable": 75,
    "conversion": 75,
    "storage": 75,
    "mixed": 25,
}
CHUNKS = [
    pytest.param(kind, first, marks=[pytest.mark.drill] if first >= WITH_EVERY_RUN else [])
    for kind, count in SAMPLES.items()
    for first in range(0, count, CHUNK)
]


def complaints(kind: str, seed: int) -> list[str]:
    script = random_markets.indivisible_market(random.Random(seed), kind=kind)
    book = script.book()
    return [f"{kind}, seed {seed}: {c}" for c in verdict.indivisible_complaints(book, clear(book))]


@pytest.mark.parametrize(("kind", "first"), CHUNKS)
def test_engine_is_legal_its_bound_holds_and_its_optimum_is_best(kind, first):
    assert not [c for seed in range(first, first + CHUNK) for c in complaints(kind, seed)]
