"""What must hold wherever losses are compensated, against the same market where they are forbidden."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.laws.test_outcome_laws import same
from tests.second_opinion import uplift
from tests.second_opinion.test_uplift import lumpy_market

from walras.book.profile import load_profile
from walras.coupling.clear import clear
from walras.coupling.settings import Settings
from walras.results.audit import audit
from walras.results.audit.folder import audit_folder
from walras.results.compensation import Compensation
from walras.results.folder import read_results, write_results
from walras.results.raw import Raw
from walras.results.tables import results_tables
from walras.settlement.settle import settle

few = settings(max_examples=30, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
books = st.randoms(use_true_random=False).map(lambda chance: lumpy_market(chance).book())
COMPENSATED, FORBIDDEN = (load_profile(name, date(2025, 4, 1)) for name in ("turkish", "european"))
SETTINGS = {"gap": 0.01, "iteration_limit": None, "time_limit": None}


@few
@given(books)
def test_welfare_is_not_less_than_where_losses_are_forbidden(book):
    paid, free = (clear(replace(book, profile=p)) for p in (COMPENSATED, FORBIDDEN))
    size = 1e-6 * max(1.0, abs(free.welfare))
    assert paid.welfare >= free.welfare - paid.gap - size
    assert paid.bound >= free.bound - free.gap - size


@few
@given(books)
def test_where_nobody_loses_both_rules_give_the_same(book):
    paid = clear(replace(book, profile=COMPENSATED))
    free = clear(replace(book, profile=FORBIDDEN))
    if uplift.exact_compensation(book, paid) > 1e-6 or abs(paid.welfare - free.welfare) > 1e-6:
        return
    if (paid.decided.block_ratio == free.decided.block_ratio).all() and (
        paid.decided.flexible_start == free.decided.flexible_start
    ).all():  # selections worth the same may differ; prices and volumes of one may not
        assert np.allclose(paid.price_exact, free.price_exact, rtol=0, atol=1e-6)
        assert np.allclose(paid.decided.curve, free.decided.curve, rtol=0, atol=1e-6)
        assert np.array_equal(paid.price, free.price)


@few
@given(books)
def test_result_and_folder_pass_the_audit_and_what_is_paid_is_what_is_shared(tmp_path_factory, book):
    book = replace(book, profile=COMPENSATED)
    results = clear(book)
    assert audit(book, results) == []
    place = tmp_path_factory.mktemp("result") / "r"
    write_results(book, results, SETTINGS, place)
    assert audit_folder(book, place) == []
    found = Compensation(Raw(book), results.published, results.price)
    shared = {part: sum(s.minor for s in found.shares if s.difference == part) for part in found.differences}
    assert shared == found.differences
    members = settle(book, results).who_owes_whom.filter(pl.col("role") == "member")  # sums to zero, or it fails
    assert members.height == len({m for m, _ in found.traded})
    assert uplift.paid_minor(book, results) == found.differences["purchase"] + found.differences["sale"]
    assert results_tables(book, read_results(book, place))["compensations"].equals(
        results_tables(book, results)["compensations"]
    )


@few
@given(books)
def test_the_same_market_has_the_same_outcome_whatever_the_threads(book):
    book = replace(book, profile=COMPENSATED)
    assert same(clear(book, Settings(threads=1)), clear(book, Settings(threads=2)))
