"""Servers and worker are killed at random moments; nothing that was acknowledged is lost or doubled."""

import os

import pytest
from tests.drills import crash, figures
from tests.drills.conftest import on_one_store

KILLS = int(os.environ.get("WALRAS_DRILL_KILLS", "250"))
SEED = 5_000_000


@on_one_store("sqlite")
def test_a_few_kills_lose_nothing(store_url, tmp_path):
    outcome = crash.drill(store_url, tmp_path, kills=5, seed=SEED, session_seconds=1.0)
    assert outcome.complaints == [], outcome
    assert (sum(outcome.kills.values()), outcome.sessions > 0) == (5, True), outcome


@pytest.mark.drill
def test_hundreds_of_kills_lose_nothing(store_url, tmp_path):
    outcome = crash.drill(store_url, tmp_path, KILLS, SEED + 1, session_seconds=4.0)
    kills = ", ".join(f"{many} of {name}" for name, many in outcome.kills.items())
    happened = (
        f"{sum(outcome.kills.values())} kills ({kills}), {outcome.sessions} sessions to their final result, "
        f"{outcome.runs} runs begun {outcome.attempts} times, {outcome.acknowledged} commands acknowledged, "
        f"{outcome.refused} refused, {outcome.again} sent again, {outcome.twice} at both servers at once"
    )
    figures.note("crash", store_url.split(":")[0], SEED + 1, happened, len(outcome.complaints))
    print(f"\nseed {SEED + 1}: {happened}, {outcome.seconds:.0f} s\n", "\n".join(outcome.complaints))
    assert outcome.complaints == []
