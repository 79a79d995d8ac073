"""Processes that settle and pay are killed at random moments; nothing is doubled, and numbers have no gaps."""

import os

import pytest
from tests.drills import figures, money_crash
from tests.drills.conftest import on_one_store

KILLS = int(os.environ.get("WALRAS_DRILL_KILLS", "200"))
SEED = 8_000_000


@on_one_store("postgresql")
def test_a_few_kills_double_no_money(store, store_url, tmp_path):
    outcome = money_crash.drill(store, store_url, tmp_path, kills=5, seed=SEED, days=2)
    assert outcome.complaints == [], outcome
    assert (sum(outcome.kills.values()) >= 5, outcome.sessions > 0) == (True, True), outcome


@pytest.mark.drill
def test_hundreds_of_kills_double_no_money(store, store_url, tmp_path):
    outcome = money_crash.drill(store, store_url, tmp_path, KILLS, SEED + 1, days=20)
    kills = ", ".join(f"{many} of {name}" for name, many in outcome.kills.items())
    happened = (
        f"{sum(outcome.kills.values())} kills ({kills}), {outcome.sessions} sessions settled in {outcome.runs} runs, "
        f"{outcome.documents} documents, {outcome.payments} payments, {outcome.events} events of the ledger, "
        f"{outcome.acknowledged} commands acknowledged, {outcome.refused} refused, {outcome.again} sent again, "
        f"{outcome.twice} at two desks at once"
    )
    figures.note("money crash", store_url.split(":")[0], SEED + 1, happened, len(outcome.complaints))
    print(f"\nseed {SEED + 1}: {happened}, longest answer {outcome.longest:.1f} s\n", "\n".join(outcome.complaints))
    assert outcome.complaints == []
