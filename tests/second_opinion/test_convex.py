"""Random markets of curves, lines and flow-based domains: the engine against the convex program.

A sample runs with every test run; `tests.drills` runs thousands.
"""

import random

import pytest
from tests.second_opinion import random_markets, verdict

from walras.coupling.clear import clear

SAMPLE = 80
CHUNK = 20


def complaints(seed: int) -> list[str]:
    script = random_markets.curve_market(random.Random(seed))
    book = script.book()
    return [f"seed {seed}: {c}" for c in verdict.curve_complaints(book, clear(book))]


@pytest.mark.parametrize("first", range(0, SAMPLE, CHUNK))
def test_engine_agrees_with_the_convex_program(first):
    assert not [c for seed in range(first, first + CHUNK) for c in complaints(seed)]
