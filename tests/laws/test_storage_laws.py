"""Stores of any levels never stop an auction, whatever they leave below a tick."""

import os
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.second_opinion import verdict
from tests.second_opinion.dusty_markets import dusty_market

from walras.coupling.clear import clear
from walras.coupling.settings import Settings

few = settings(max_examples=25, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
LIMITED = Settings(iteration_limit=2000)
LONG = int(os.environ.get("WALRAS_DRILL_MARKETS", "5000")) // 5


@few
@given(st.randoms(use_true_random=False).map(dusty_market))
def test_a_market_of_stores_clears_and_its_audit_finds_nothing(script):
    book = script.book()
    assert not verdict.audit_complaints(book, clear(book, LIMITED)), str(script)


def test_the_sample_has_orders_that_trade_and_are_not_seen_to():
    """Else the law would hold of nothing."""
    unseen = 0
    for seed in range(12):
        results = clear(dusty_market(random.Random(seed)).book(), LIMITED)
        unseen += int(((results.decided.discharge > 1e-3) & (results.published.discharge == 0)).any())
    assert unseen


@pytest.mark.drill
def test_thousands_of_markets_of_stores_clear():
    failed = []
    for seed in range(500_000, 500_000 + LONG):
        book = dusty_market(random.Random(seed)).book()
        try:
            failed += [seed] if verdict.audit_complaints(book, clear(book, LIMITED)) else []
        except Exception as error:
            failed.append((seed, str(error)))
    assert not failed
