"""Two act at the same moment: one legal outcome each, on both stores."""

import os

import pytest
from tests.drills import race
from tests.drills.arena import Arena

INTERLEAVINGS = int(os.environ.get("WALRAS_DRILL_INTERLEAVINGS", "1000"))
SEED = 6_000_000


@pytest.fixture
def arena(store, store_url, secrets):
    with Arena(store, secrets, store_url) as found:
        yield found


def test_a_few_races_have_one_legal_outcome_each(arena):
    counts, found = race.drill(arena, len(race.RACES), SEED)
    assert found == []
    assert len(counts) == len(set(race.RACES))


@pytest.mark.drill
def test_a_thousand_races_have_one_legal_outcome_each(arena):
    counts, found = race.drill(arena, INTERLEAVINGS, SEED + 1000)
    print(counts)
    assert found == []
