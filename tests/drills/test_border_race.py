"""The last megawatt goes to one, whoever comes at the same moment, on both stores."""

import os

import pytest
from tests.drills import border_race, figures
from tests.drills.conftest import on_one_store

INTERLEAVINGS = int(os.environ.get("WALRAS_DRILL_INTERLEAVINGS", "1000"))
SEED = 7_000_000


@pytest.fixture
def arena(store, store_url, secrets):
    with border_race.BorderArena(store, secrets, store_url) as found:
        yield found


@on_one_store("sqlite")
def test_the_last_megawatt_goes_to_one(arena):
    assert border_race.drill(arena, 8, SEED) == []


@pytest.mark.drill
def test_the_last_megawatt_goes_to_one_a_thousand_times(arena, store_url):
    found = border_race.drill(arena, INTERLEAVINGS, SEED + 1000)
    figures.note("last megawatt", store_url.split(":")[0], SEED + 1000, f"{INTERLEAVINGS} interleavings", len(found))
    assert found == []
