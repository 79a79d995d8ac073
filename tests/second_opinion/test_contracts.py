"""Every invoice, draw, statement and lot of random contracts against the second opinion."""

import os
from random import Random

import pytest
from tests.contracts.builders import Story, agreement
from tests.contracts.random_lives import Played, random_acts, random_terms
from tests.second_opinion.contracts import Opinion

LIVES = max(6, int(os.environ.get("WALRAS_DRILL_AUCTIONS", "0")) // 10)


def compared(seed, years):
    """How many acts there were, and how many were refused; each came out as the second opinion says."""
    dice = Random(seed)
    said, starts = random_terms(dice, years)
    told, opinion = Story(agreement(said, year_starts=starts)), Opinion(said, starts)
    played, outcomes = Played(told), []
    for act in random_acts(dice, said):
        outcome = played.act(act)
        assert outcome == opinion.act(act), (seed, act)
        outcomes.append((act[0], outcome == "refused"))
    assert [[x.year, x.quantity, x.left, x.paid_price] for x in told.bank.lots] == opinion.lots
    assert [[x.year, x.quantity, x.left] for x in told.bank.carried] == opinion.carried
    return outcomes


@pytest.mark.parametrize("seed", range(LIVES))
def test_three_years_come_out_as_a_second_opinion_says(seed):
    assert len(compared(seed, 3)) > 100


def test_ten_years_of_a_bank_come_out_as_a_second_opinion_says():
    draws = [is_refused for verb, is_refused in compared(1001, 10) if verb == "draw"]
    assert 5 < sum(draws) < len(draws) - 5, "some draws are refused, and some are not"
