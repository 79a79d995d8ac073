"""Backtest of opportunity costs: strategies keep their contract, foresight is best, figures follow from quantities."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import one_zone
from tests.by_hand.outcome import clear_by_hand
from tests.contracts.contract_years import by_linear_program, years

from walras.contracts.opportunity import policy
from walras.errors import BadInput
from walras.studies.opportunity import (
    Case,
    backtest,
    backtest_on,
    illustrative_case,
    markdown,
    scarce_case,
    shares,
    summary,
    write_page,
)
from walras.studies.opportunity.strategies import SOLVED_EVERY, STRATEGIES, foresight, planned, resolved, solved
from walras.studies.opportunity.worlds import REGIME, WORLDS, WRONG, prices_of
from walras.studies.opportunity.year import year_of

CASE = illustrative_case(days=70)
SEEDS = range(4)


@pytest.fixture(scope="module")
def rows():
    return backtest(SEEDS, case=CASE)


def paths(case, seeds=SEEDS, world="as the model"):
    return np.array([prices_of(world, seed, case.view) for seed in seeds])


def test_there_is_a_row_for_each_world_seed_and_strategy(rows):
    assert rows.height == len(WORLDS) * len(SEEDS) * len(STRATEGIES)
    assert rows.select("world", "seed", "strategy").is_unique().all()
    assert rows.null_count().sum_horizontal().item() == 0


def test_nobody_earns_more_than_perfect_foresight(rows):
    best = pl.col("profit").filter(pl.col("strategy") == "perfect foresight").first().over("world", "seed")
    assert rows.filter(pl.col("profit") > best + 1e-6).is_empty()
    assert rows.filter(pl.col("profit") < best - 1).height > len(WORLDS) * len(SEEDS) * 3


@pytest.mark.parametrize("name", STRATEGIES)
@pytest.mark.parametrize("case", [CASE, scarce_case(70)], ids=["take-or-pay", "scarce"])
def test_every_strategy_keeps_the_contract(name, case):
    taken = STRATEGIES[name](case, paths(case, world="in regimes"))
    assert taken.shape == (len(SEEDS), 70)
    assert (taken >= case.left.daily_minimum - 1e-9).all()
    assert (taken <= case.left.daily_maximum + 1e-9).all()
    assert (taken.sum(axis=1) <= case.left.most + 1e-6).all()


def test_an_even_pace_ends_where_the_annual_maximum_is_reached():
    case = replace(scarce_case(10), daily_contract_quantity=30.0)
    assert STRATEGIES["flat"](case, paths(case, [0]))[0].tolist() == [30, 30, 30, 10, 0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("name", [name for name in STRATEGIES if name != "perfect foresight"])
def test_no_strategy_but_foresight_sees_a_later_price(name):
    prices = paths(CASE)
    other = prices.copy()
    other[:, 40:] = 100 - other[:, 40:]
    assert (STRATEGIES[name](CASE, prices)[:, :40] == STRATEGIES[name](CASE, other)[:, :40]).all()
    assert (foresight(CASE, prices)[:, :40] != foresight(CASE, other)[:, :40]).any()


@settings(max_examples=60, deadline=None)
@given(years(volatility=st.just(0.0)))
def test_foresight_is_what_a_linear_program_finds(year):
    left, view = year
    case, prices = Case(left, view, 1, 1), view.forward[None, :]
    assert case.profit(prices, foresight(case, prices))[0] == pytest.approx(by_linear_program(left, view), abs=1e-9)


def test_profit_take_or_pay_and_make_up_by_hand():
    """40 a day instead of 45, for two days at 31 and 28, contract 30: 40 - 80; 10 missing cost 300, worth 240."""
    two = illustrative_case(2)
    two = replace(two, left=replace(two.left, take_or_pay=90.0), daily_contract_quantity=40.0)
    row = backtest_on([31, 28], two).row(0, named=True)
    assert row == {
        "world": "given", "seed": 0, "strategy": "flat", "profit": pytest.approx(-40 - 60), "taken": 80, "missing": 10,
        "take_or_pay_paid": 300, "make_up_worth": pytest.approx(240),
    }  # fmt: skip


def test_a_sequence_of_auctions_takes_what_the_backtest_says():
    """Twelve auctions: the day's offers as a curve beside a deep market; its prices, fed back, give the same profit."""
    case = illustrative_case(12)
    case = replace(case, left=replace(case.left, most=900.0, take_or_pay=600.0))
    year = policy(case.left, case.view, step=case.step)
    taken, cleared, sold = 0.0, [], []
    for day, price in enumerate(paths(case, [3])[0].round(2)):
        today = year.offers(day, taken)
        market = one_zone().sells("A", 5000, at=float(price), order="rest").buys("A", 1000, at=90)
        market.sells("A", today.minimum, at=-400, order="ours")
        for quantity, offer in zip(today.quantity, today.price, strict=True):
            market.sells("A", float(quantity), at=round(float(offer), 2), order="ours")
        outcome = clear_by_hand(market)
        cleared.append(outcome.price())
        sold.append(outcome.volume("ours"))
        taken += sold[-1]
    assert len({round(q) for q in sold}) > 1
    earned = case.profit(np.array([cleared]), np.array([sold]))[0]
    row = backtest_on(cleared, case).row(by_predicate=pl.col("strategy") == "opportunity cost", named=True)
    assert row["taken"] == pytest.approx(taken)
    assert row["profit"] == pytest.approx(earned)


def test_a_plan_and_one_solution_are_the_same_where_prices_are_certain():
    case = replace(CASE, view=replace(CASE.view, volatility=0.0))
    prices = paths(case)
    assert (prices == case.view.forward).all()
    best = case.profit(prices, foresight(case, prices))
    for strategy in (planned, solved, resolved):
        assert case.profit(prices, strategy(case, prices)) == pytest.approx(best)


def test_what_offers_earn_is_what_the_solution_promises():
    """Over 400 years of the model; the flat strategy's profit, of a known mean, takes most of the chance away."""
    case = illustrative_case(60)
    prices = paths(case, range(400))
    earned = case.profit(prices, solved(case, prices))
    even = ((prices - case.view.contract_price) * 90).sum(axis=1)
    expected = float(((case.view.forward - case.view.contract_price) * 90).sum())
    steady = earned - even + expected
    promised = policy(case.left, case.view, step=case.step).value()
    assert abs(steady.mean() - promised) < 4 * steady.std() / 20
    assert steady.std() / 20 < 0.05 * abs(promised)


def test_solving_monthly_follows_prices_and_begins_as_one_solution():
    case = illustrative_case(120)
    low = paths(case, world="forward too high")
    once, again = solved(case, low), resolved(case, low)
    assert (once[:, :SOLVED_EVERY] == again[:, :SOLVED_EVERY]).all()
    assert case.missing(again).sum() < case.missing(once).sum()


def test_worlds_differ_by_what_they_change():
    view = illustrative_case().view
    plain, high, low = (prices_of(w, 5, view) for w in ("as the model", "forward too high", "forward too low"))
    assert high == pytest.approx((1 - WRONG) * plain)
    assert low == pytest.approx((1 + WRONG) * plain)
    jumps = prices_of("with jumps", 5, view) / plain
    assert jumps.min() >= 1
    assert jumps.max() > 1.2
    spells = np.log(prices_of("in regimes", 5, view) / plain * np.cosh(REGIME))
    assert abs(spells) == pytest.approx(REGIME)
    assert len(set(spells.round(6))) == 2


def test_years_of_the_model_have_its_mean_and_spread():
    view = illustrative_case(100).view
    short = illustrative_case(5)
    assert (paths(short, range(8000)) / short.view.forward).mean() == pytest.approx(1, abs=0.006)
    x = np.log(paths(illustrative_case(100), range(800)) / view.forward)
    spread = 0.04 / np.sqrt(1 - 0.97**2)
    for day in (0, 99):
        assert x[:, day].std() == pytest.approx(spread, rel=0.1)
    assert np.corrcoef(x[:, 50], x[:, 51])[0, 1] == pytest.approx(0.97, abs=0.01)


def test_shares_of_a_summary(rows):
    found = summary(rows).filter(world="with jumps")
    profit = dict(zip(found["strategy"], found["profit"], strict=True))
    own = rows.filter(world="with jumps", strategy="plan")
    assert profit["plan"] == pytest.approx(own["profit"].mean())
    gain = (profit["plan"] - profit["flat"]) / (profit["perfect foresight"] - profit["flat"])
    assert found.filter(strategy="plan")["share_of_gain"][0] == pytest.approx(gain)
    assert found.filter(strategy="flat")["share_of_gain"][0] == 0
    assert found.filter(strategy="perfect foresight")["share_of_gain"][0] == 1
    losing = summary(rows).filter(world="forward too high")
    assert losing["profit"].max() < 0
    assert losing["share_of_foresight"].null_count() == len(STRATEGIES)


def test_the_same_seeds_give_the_same_table(rows):
    assert rows.equals(backtest(SEEDS, case=CASE))
    one = backtest([2], case=CASE, worlds=["in regimes"])
    assert one.equals(rows.filter(world="in regimes", seed=2))


def test_tables_and_page_hold_every_figure(rows, tmp_path):
    text = markdown(rows)
    assert text.count("### ") == len(WORLDS)
    assert all(text.count(f"| {name} |") == len(WORLDS) for name in STRATEGIES)
    assert shares(rows).count("100.0 %") == len(WORLDS)
    prices = paths(CASE, [0])[0]
    pages = []
    for name in ("one", "two"):
        write_page(rows, CASE, year_of(CASE, prices), tmp_path / name)
        pages.append((tmp_path / name).read_text(encoding="utf-8"))
    assert pages[0] == pages[1]
    assert pages[0].count("<table>") == len(WORLDS)
    assert f"{round(summary(rows)['profit'][0]):,}" in pages[0]
    assert "NaN" not in pages[0].split("const f=")[1]


def test_a_year_of_a_picture_is_what_strategies_take():
    prices = paths(CASE, [1])[0]
    begun = replace(CASE.left, taken=1000.0, most=CASE.left.most + 1000, take_or_pay=CASE.left.take_or_pay + 1000)
    later = year_of(replace(CASE, left=begun), prices)
    year = year_of(CASE, prices)
    assert later.first_offer == pytest.approx(year.first_offer)
    assert later.taken["plan"] == pytest.approx(year.taken["plan"] + 1000)
    assert year.taken["opportunity cost"] == pytest.approx(np.cumsum(solved(CASE, prices[None])[0]))
    assert (year.first_offer <= year.last_offer).all()
    is_more = np.diff(year.taken["opportunity cost"], prepend=0) > CASE.left.daily_minimum
    assert (is_more == (year.first_offer <= prices)).all()


@pytest.mark.parametrize(
    ("rule", "asked"),
    [
        ("seeds_given", {"seeds": []}),
        ("seeds_given", {"seeds": [-1]}),
        ("world_known", {"seeds": [1], "worlds": ["on the moon"]}),
        ("most_covers", {"seeds": [1], "case": replace(CASE, left=replace(CASE.left, most=9.0, take_or_pay=0.0))}),
    ],
)
def test_a_backtest_that_cannot_be_is_told(rule, asked):
    with pytest.raises(BadInput) as told:
        backtest(**({"case": CASE} | asked))
    assert [m.rule for m in told.value.mistakes] == [rule]


@pytest.mark.parametrize(
    ("rule", "prices"),
    [("path_days", [1.0] * 69), ("path_days", np.zeros((0, 70))), ("figure_finite", [np.nan] + [1.0] * 69)],
)
def test_prices_that_fit_no_case_are_told(rule, prices):
    with pytest.raises(BadInput) as told:
        backtest_on(prices, CASE)
    assert [m.rule for m in told.value.mistakes] == [rule]
