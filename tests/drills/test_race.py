"""Two act at the same moment: one legal outcome each, on both stores."""

import os

import pytest
from tests.drills import figures, race
from tests.drills.arena import Arena
from tests.drills.conftest import on_one_store

INTERLEAVINGS = int(os.environ.get("WALRAS_DRILL_INTERLEAVINGS", "1000"))
SEED = 6_000_000


@pytest.fixture
def arena(store, store_url, secrets):
    with Arena(store, secrets, store_url) as found:
        yield found


@on_one_store("postgresql")
def test_a_few_races_have_one_legal_outcome_each(arena):
    counts, found = race.drill(arena, len(race.RACES), SEED)
    assert found == []
    assert len(counts) == len(set(race.RACES))


@pytest.mark.drill
def test_a_thousand_races_have_one_legal_outcome_each(arena, store_url):
    counts, found = race.drill(arena, INTERLEAVINGS, SEED + 1000)
    kinds = ", ".join(f"{many} {name.replace('_', ' ')}" for name, many in sorted(counts.items()))
    happened = f"{sum(counts.values())} interleavings: {kinds}"
    figures.note("race", store_url.split(":")[0], SEED + 1000, happened, len(found))
    print(f"\nseeds {SEED + 1000} and on: {happened}")
    assert found == []
