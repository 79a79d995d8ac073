"""Servers and worker are killed at random moments; nothing that was acknowledged is lost or doubled."""

import os

import pytest
from tests.drills import crash

KILLS = int(os.environ.get("WALRAS_DRILL_KILLS", "250"))
SEED = 5_000_000


def test_a_few_kills_lose_nothing(store_url, tmp_path):
    outcome = crash.drill(store_url, tmp_path, kills=8, seed=SEED, session_seconds=1.0)
    assert outcome.complaints == [], outcome
    assert outcome.acknowledged > 20, outcome


@pytest.mark.drill
def test_hundreds_of_kills_lose_nothing(store_url, tmp_path):
    outcome = crash.drill(store_url, tmp_path, KILLS, SEED + 1, session_seconds=4.0)
    print(outcome)
    assert outcome.complaints == []
