"""Compensations: shares to the last cent, tables tampered with, prices that cost too much, and what is refused."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import market, one_zone, two_zones

from walras.book.folder import read
from walras.book.profile import load_profile, profile_from
from walras.book.write import write
from walras.coupling.clear import clear
from walras.coupling.what_if import what_if
from walras.errors import BadInput
from walras.results.audit import audit
from walras.results.audit.folder import audit_folder
from walras.results.folder import write_results
from walras.results.minor_units import shared_out

DAY = date(2025, 4, 1)
TURKISH = load_profile("turkish", DAY)
SETTINGS = {"gap": 0.01, "iteration_limit": None, "time_limit": None}


def two_losers():
    """S lacks 30 and B0 lacks 20, see tests/by_hand/test_turkish_day.py; and a block that is rejected."""
    said = one_zone(2, profile=TURKISH).buys("A", 5, at=74, hour=0, order="D", member="M-0001")
    said.buys("A", 5, at=55, hour=1, order="D").sells("A", 5, at=10, hour=0, order="C", member="M-0002")
    said.sells("A", 5, at=10, hour=1, order="C").block("S", "A", "supply", 50, 10, member="M-0003")
    said.block("B0", "A", "demand", 40, {0: 10}, member="M-0004").block(
        "B1", "A", "demand", 90, {1: 10}, member="M-0005"
    )
    return said.block("R", "A", "supply", 400, 10).book()


@pytest.fixture
def folder(tmp_path):
    book = two_losers()
    write_results(book, clear(book), SETTINGS, tmp_path / "result")
    return book, tmp_path / "result"


def rules(book, path):
    return {v.rule for v in audit_folder(book, path)} - {"result_hash"}


def edit(path, table, **columns):
    file = path / f"{table}.parquet"
    pl.read_parquet(file).with_columns(**columns).write_parquet(file)


def edit_summary(path, **figures):
    file = path / "summary.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | figures))


def at(column, row, value):
    return pl.when(pl.int_range(pl.len()) == row).then(pl.lit(value)).otherwise(pl.col(column))


def test_an_honest_folder_passes(folder):
    assert rules(*folder) == set()


@pytest.mark.parametrize(
    ("table", "columns", "rule"),
    [
        ("compensations", {"compensation_eur": pl.col("compensation_eur") + 0.01}, "compensation_exact"),
        ("compensations", {"compensation_eur": pl.col("compensation_eur") + 0.004}, "compensation_exact"),
        ("compensations", {"compensation_eur": -pl.col("compensation_eur")}, "compensation_exact"),
        ("compensations", {"surplus_eur": pl.col("surplus_eur") + 1}, "compensation_exact"),
        ("compensations", {"from_children_eur": pl.lit(5.0)}, "compensation_exact"),
        ("compensations", {"member": pl.lit("M-0009")}, "compensation_exact"),
        ("compensations", {"order": pl.lit("S")}, "compensation_exact"),
        ("compensations", {"order": at("order", 0, "R")}, "compensation_unearned"),
        ("compensations", {"order": at("order", 0, "Z")}, "compensation_unearned"),
        ("compensations", {"order": pl.lit("B1")}, "compensation_unearned"),
        ("compensations", {"extra": pl.lit(1)}, "compensation_table"),
        ("compensations", {"compensation_eur": pl.lit(float("nan"))}, "compensation_table"),
        ("difference_shares", {"share_eur": pl.col("share_eur") + 1}, "shares_sum"),
        ("difference_shares", {"difference": at("difference", 0, "tip")}, "shares_sum"),
        ("difference_shares", {"member": at("member", 0, "M-0004")}, "shares_pro_rata"),
        ("difference_shares", {"energy_mwh": pl.col("energy_mwh") * 2}, "shares_pro_rata"),
        ("difference_shares", {"share_eur": pl.col("share_eur").reverse()}, "shares_pro_rata"),
    ],
)
def test_a_tampered_table_is_noticed(folder, table, columns, rule):
    book, path = folder
    edit(path, table, **columns)
    assert rule in rules(book, path)


def test_a_share_moved_from_one_member_to_another_is_noticed(folder):
    book, path = folder
    file = path / "difference_shares.parquet"
    rows = pl.read_parquet(file)
    moved = np.array(rows["share_eur"]) + np.where(rows["difference"] == "sale", 1.0, 0.0) * np.array(
        [5.0 if m == "M-0001" else -5.0 if m == "M-0005" else 0.0 for m in rows["member"]]
    )
    rows.with_columns(share_eur=pl.Series(moved)).write_parquet(file)
    assert "shares_pro_rata" in rules(book, path)


@pytest.mark.parametrize("name", ["compensations", "difference_shares"])
def test_a_missing_table_is_noticed_and_an_unpaid_loser_too(folder, name):
    book, path = folder
    pl.read_parquet(path / f"{name}.parquet").clear().write_parquet(path / f"{name}.parquet")
    assert rules(book, path) & {"compensation_exact", "shares_sum"}
    (path / f"{name}.parquet").unlink()
    assert "compensation_table" in rules(book, path)


def test_compensations_have_no_place_where_losses_are_forbidden(folder, tmp_path):
    book, path = folder
    forbidden = replace(book, profile=load_profile("european", DAY))
    write_results(forbidden, clear(forbidden), SETTINGS, tmp_path / "other")
    assert rules(forbidden, tmp_path / "other") == set()
    for name in ("compensations", "difference_shares"):
        pl.read_parquet(path / f"{name}.parquet").write_parquet(tmp_path / "other" / f"{name}.parquet")
    assert rules(forbidden, tmp_path / "other") == {"compensation_table"}


@pytest.mark.parametrize("key", ["amount", "purchase", "sale", "rounding"])
def test_a_tampered_difference_amount_is_noticed(folder, key):
    book, path = folder
    edit_summary(path, **{f"difference_{key}_eur": 7.0})
    assert {"difference_sum", "summary_agrees"} <= rules(book, path)


def test_prices_that_cost_more_than_the_least_are_noticed():
    """39 instead of 42 fits the curves, but S then lacks 60 and B0 nothing: 60 in all, where 50 would do."""
    book = two_losers()
    results = clear(book)
    assert audit(book, results) == []
    dear = replace(results, **{n: np.array([39.0, 55.0]) for n in ("price", "price_exact")})
    assert [v.rule for v in audit(book, dear)] == ["compensation_least"]
    same = replace(results, **{n: np.array([45.0, 55.0]) for n in ("price", "price_exact")})
    assert audit(book, same) == []  # another choice on the same face costs the same


def test_the_same_losses_are_violations_where_losses_are_forbidden():
    book = two_losers()
    forbidden = replace(book, profile=load_profile("european", DAY))
    assert "block_loss" in {v.rule for v in audit(forbidden, clear(book))}


def test_what_if_has_no_verdict_where_losses_are_compensated():
    book = two_losers()
    with pytest.raises(BadInput) as caught:
        what_if(book, clear(book), "R")
    assert [m.rule for m in caught.value.mistakes] == ["what_if_rule"]


# what is refused

plain = {"profile": TURKISH}
REFUSED = {
    "scalable": (one_zone(**plain).scalable("K", "A", "supply", 5, [(0, 10, 5)]), "compensated_orders"),
    "storage": (one_zone(2, **plain).storage("K", "A", 5, 10), "compensated_orders"),
    "long curve": (one_zone(2, **plain).buys("A", 5, minutes=120), "compensated_mtus"),
    "two parents": (
        one_zone(**plain)
        .block("P", "A", "supply", 5, 5)
        .block("Q", "A", "supply", 5, 5)
        .block("K", "A", "supply", 5, 5, parents=("P", "Q")),
        "compensated_parents",
    ),
    "loss": (market(**plain).line("A", "B", 5, loss=0.1), "compensated_network"),
    "tariff": (market(**plain).line("A", "B", 5, tariff=1), "compensated_network"),
    "long line": (market(hours=2, **plain).line("A", "B", 5, minutes=120), "compensated_network"),
    "domain": (market(**plain).domain("D", "AB").branch("ab", 5, A=0.5), "compensated_network"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_compensated_is_refused_with_rule_and_fix(tmp_path, what):
    said, rule = REFUSED[what]
    with pytest.raises(BadInput) as caught:
        clear(said.book())
    assert [m.rule for m in caught.value.mistakes] == [rule]
    assert all(m.fix for m in caught.value.mistakes)
    write(said.book(), tmp_path / "market")
    with pytest.raises(BadInput) as caught:
        read(tmp_path / "market")
    assert rule in [m.rule for m in caught.value.mistakes]


def test_a_market_folder_names_the_profile_and_is_read_as_what_it_was(tmp_path):
    book = two_losers()
    write(book, tmp_path / "market")
    assert read(tmp_path / "market").profile == TURKISH


@pytest.mark.parametrize(
    "said", [{"paradoxical_acceptance": "compensated"}, {"difference_sharing": "opposite_side_pro_rata"}]
)
def test_who_pays_is_said_if_and_only_if_losses_are_compensated(said):
    with pytest.raises(BadInput) as caught:
        profile_from({"name": "x", "valid_from": date(2025, 1, 1)} | said, DAY)
    assert [m.rule for m in caught.value.mistakes] == ["profile_sharing"]


def test_many_mistakes_of_one_kind_are_counted():
    said = two_zones(5, profile=TURKISH)
    for number in range(25):
        said.storage(f"K{number:02}", "A", 5, 10)
    with pytest.raises(BadInput) as caught:
        clear(said.book())
    assert caught.value.mistakes[-1].what == "5 more have this mistake"


# shares


@settings(max_examples=200, derandomize=True, deadline=None, database=None)
@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**9), min_size=1, max_size=12))
def test_shares_are_whole_sum_exactly_and_are_within_one_of_what_is_fair(amount, weights):
    shares = shared_out(amount, np.array(weights, dtype=np.int64)).tolist()
    total = sum(weights)
    assert sum(shares) == amount
    for share, weight in zip(shares, weights, strict=True):
        part, whole = (weight, total) if total else (1, len(weights))
        assert abs(share * whole - amount * part) < whole
        assert share * amount >= 0


def test_nobody_shares_nothing():
    assert shared_out(0, np.zeros(0, dtype=np.int64)).tolist() == []
