"""What must hold of concentration and residual supply in every market."""

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.builders import one_zone
from tests.second_opinion import random_markets

from walras.coupling.clear import clear
from walras.oversight.concentration import area_concentration, concentration, hhi
from walras.oversight.groups import Groups
from walras.oversight.offers import members_of
from walras.oversight.pivotal import pivotal

many = settings(max_examples=100, derandomize=True, deadline=None, database=None)
few = settings(max_examples=12, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
volumes = st.lists(st.floats(0.1, 1e6), min_size=1, max_size=12)
markets = st.randoms(use_true_random=False).map(random_markets.indivisible_market)


def index(shares):
    return float(hhi(np.array(shares), np.zeros(len(shares), dtype=np.int64), 1)[0])


@many
@given(volumes)
def test_the_index_lies_between_equal_shares_and_one_owner(shares):
    assert 10_000 / len(shares) - 1e-5 <= index(shares) <= 10_000 + 1e-5


@many
@given(volumes.filter(lambda v: len(v) > 1))
def test_merging_two_owners_raises_the_index_by_twice_their_product(shares):
    first, second, *rest = shares
    before, after = index(shares), index([first + second, *rest])
    assert after >= before
    total = sum(shares)
    assert after - before == pytest.approx(2e4 * first * second / total**2, abs=1e-4)


@few
@given(markets, st.data())
def test_in_a_market_no_merger_lowers_an_index_of_accepted_volumes(script, data):
    book = script.book()
    results, members = clear(book), members_of(book)
    merged = data.draw(st.sets(st.sampled_from(members), min_size=2, max_size=3)) if len(members) > 1 else set()
    groups = Groups(dict.fromkeys(merged, "merged"))
    for made, place in ((concentration, "zone"), (area_concentration, "area")):
        keys = [place, "carrier", "mtu_start", "minutes", "side"]
        both = made(book, results).join(made(book, results, groups), on=keys, suffix="_merged")
        traded = both.filter(pl.col("hhi_accepted").is_not_null())
        assert (traded["hhi_accepted_merged"] >= traded["hhi_accepted"] - 1e-5).all()
        assert traded["hhi_accepted"].is_between(0, 10_000 + 1e-5).all()


@few
@given(st.integers(1, 80), st.integers(1, 40))
def test_the_index_of_a_supplier_falls_as_its_share_of_the_offer_grows(own, moved):
    """The same offer in all, more of it in one hand: (S - s) / D falls by what was moved."""

    def rsi(mine):
        said = one_zone().sells("A", mine, at=10, member="X").sells("A", 200 - mine, at=10, member="Y")
        book = said.buys("A", 50, at=90, member="P").book()
        table = pivotal(book, clear(book))
        return table.filter(pl.col("supplier") == "X")["rsi"][0]

    assert rsi(own + moved) == pytest.approx(rsi(own) - moved / 50)
