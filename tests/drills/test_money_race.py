"""Two move the same money at the same moment: one has it, on both stores, and nobody waits for ever."""

import os

import pytest
from sqlalchemy import text
from tests.drills import figures
from tests.drills.conftest import on_one_store
from tests.drills.lock_order import RANKS
from tests.drills.money_race import RACES, MoneyArena, drill

INTERLEAVINGS = min(240, int(os.environ.get("WALRAS_DRILL_INTERLEAVINGS", "1000")))
"""Each has delivery days of its own, and payments are of the last year."""
SEED = 9_000_000
LONGEST = 15.0
"""Seconds; whoever waits longer waits for a lock that nobody gives back."""


@pytest.fixture
def arena(store, store_url, secrets):
    with MoneyArena(store, secrets, store_url) as found:
        yield found


def deadlocks(store):
    """How often PostgreSQL had to end a deadlock; the service tries again, so nobody else would notice."""
    if not store.is_postgresql:
        return 0
    with store.read() as connection:
        return connection.scalar(text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))


@on_one_store("postgresql")
def test_a_few_races_over_money_have_one_winner_each(arena):
    counts, found = drill(arena, len(RACES), SEED)
    assert found == []
    assert len(counts) == len(RACES)
    assert (deadlocks(arena.store), arena.longest < LONGEST) == (0, True)
    assert arena.order.seen == (set(RANKS) if arena.store.is_postgresql else set())


@pytest.mark.drill
def test_hundreds_of_races_over_money_have_one_winner_each(arena, store_url):
    counts, found = drill(arena, INTERLEAVINGS, SEED + 1000)
    found += [f"{n} deadlocks" for n in [deadlocks(arena.store)] if n]
    kinds = ", ".join(f"{many} {name.replace('_', ' ')}" for name, many in sorted(counts.items()))
    happened = f"{sum(counts.values())} interleavings: {kinds}"
    figures.note("money race", store_url.split(":")[0], SEED + 1000, happened, len(found))
    print(f"\nseeds {SEED + 1000} and on: {happened}; longest wait {arena.longest:.2f} s")
    assert found == []
    assert arena.longest < LONGEST
