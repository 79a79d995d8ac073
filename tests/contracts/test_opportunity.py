"""Opportunity costs of a contract's flexibility: by hand, by other methods, as laws, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contracts.contract_years import LEVELS, by_every_choice, by_linear_program, missing_price, years

from walras.contracts.flexibility import outlook, remaining
from walras.contracts.opportunity import offers, policy
from walras.contracts.price_levels import price_levels
from walras.errors import BadInput

LN3_HALF = np.log(3) / 2


def contract(days, **changes):
    terms = {"taken": 0, "take_or_pay": 0, "most": days, "daily_minimum": 0, "daily_maximum": 1, "make_up_share": 0.0}
    return remaining(days, **(terms | changes))


# by hand


def test_a_scarce_unit_is_offered_at_what_it_would_earn_later():
    """Prices 15 or 5, each day anew; contract price 5. Kept, a unit earns (10 + 0) / 2 = 5: it costs 5 + 5 = 10."""
    left = contract(2, most=1)
    view = outlook(2, forward=10, contract_price=5, volatility=LN3_HALF)
    solved = policy(left, view, step=1, levels=2)
    assert (solved.levels.multiple * 10).tolist() == pytest.approx([5, 15])
    assert solved.offers(0, 0).price.tolist() == pytest.approx([10])
    assert solved.offers(1, 0).price.tolist() == pytest.approx([5])
    assert solved.offers(1, 1).price.tolist() == []
    assert solved.value() == pytest.approx(7.5)
    assert solved.value(last_level=1.5) == pytest.approx(7.5)


def test_a_level_that_lasts_makes_a_dear_day_dearer_to_give_up():
    """Half of a distance lasts: after 15 the unit earns 10 with 3/4, so 7.5; after 5 with 1/4, so 2.5.

    Selling costs 12.5 at a price of 15 and 7.5 at one of 5: gains 2.5 and -2.5, equal in the middle, at 10.
    """
    view = outlook(2, forward=10, contract_price=5, persistence=0.5, volatility=LN3_HALF * np.sqrt(0.75))
    solved = policy(contract(2, most=1), view, step=1, levels=2)
    assert [solved.worth(0, 0, price)[0] for price in (15, 5, 10)] == pytest.approx([12.5, 7.5, 10])
    assert solved.offers(0, 0).price.tolist() == pytest.approx([10])
    assert solved.value() == pytest.approx((10 + 2.5) / 2)
    assert solved.value(last_level=1.5) == pytest.approx(0.75 * 10 + 0.25 * 2.5)
    assert solved.value(last_level=9) == pytest.approx(0.75 * 10 + 0.25 * 2.5)
    assert solved.value(last_level=0.5) == pytest.approx(0.25 * 10 + 0.75 * 2.5)


def test_take_or_pay_is_filled_on_the_least_bad_days():
    """Two of three units must be taken, or 6 each is lost; the days lose 2, 4 and 3.

    Day 0: without it both others have to be taken, the worse of them at a loss of 4: offered at 12 - 4. Day 1: the
    last unit can wait for a loss of 3: 12 - 3, so it is not sold at 8. Day 2: not taken, it loses 6: 12 - 6.
    """
    left = contract(3, take_or_pay=2, make_up_share=0.5)
    solved = policy(left, outlook(3, forward=[10, 8, 9], contract_price=12), step=1)
    assert solved.offers(0, 0).price.tolist() == [8]
    assert solved.offers(1, 1).price.tolist() == [9]
    assert solved.offers(2, 1).price.tolist() == [6]
    assert solved.value() == -5


def test_a_unit_beyond_take_or_pay_is_offered_at_the_contract_price():
    solved = policy(contract(3, take_or_pay=2), outlook(3, forward=[10, 8, 9], contract_price=12), step=1)
    assert solved.offers(2, 2).price.tolist() == [12]


def test_steps_of_a_day_rise_and_the_minimum_is_apart():
    """Five units of 8 in two days, one of them each day in any case: three are free, and a day has room for two.

    Tomorrow earns 7 a unit, and has room for two: the third free unit is worth nothing then, the first two 7 each.
    """
    left = contract(2, most=5, daily_minimum=1, daily_maximum=3)
    today = offers(left, outlook(2, forward=[9, 15], contract_price=8), step=1)
    assert (today.minimum, today.quantity.tolist(), today.price.tolist()) == (1, [1, 1], [8, 15])


def test_a_certain_shortfall_is_stated_and_offered_at_what_make_up_is_worth():
    left = contract(3, take_or_pay=9, most=10, daily_maximum=2, make_up_share=0.7)
    solved = policy(left, outlook(3, forward=30, contract_price=20, persistence=0.9, volatility=0.1), step=1)
    today = solved.offers(0, 0)
    assert today.certain_shortfall == left.certain_shortfall == 3
    assert today.price.tolist() == pytest.approx([14, 14])
    assert solved.offers(2, 2).certain_shortfall == 5


def test_what_has_to_be_taken_is_valued_at_the_prices_that_a_level_leads_to():
    """After 15: 0.75 * 15 + 0.25 * 5 = 12.5, the day after 0.625 * 15 + 0.375 * 5 = 11.25; each less 5."""
    view = outlook(2, forward=10, contract_price=5, persistence=0.5, volatility=LN3_HALF * np.sqrt(0.75))
    solved = policy(contract(2, daily_minimum=1), view, step=1, levels=2)
    assert solved.value(last_level=1.5) == pytest.approx(7.5 + 6.25)
    assert solved.value() == pytest.approx(10)
    assert solved.offers(0, 0).price.tolist() == []


def test_a_price_at_the_offer_sells():
    solved = policy(contract(2, most=1), outlook(2, forward=[30, 20], contract_price=15), step=1)
    assert [float(solved.taken_at(0, [0], [price])[0]) for price in (19.99, 20, 20.01)] == [0, 1, 1]


def test_half_a_step_is_half_of_its_worth():
    """A day earns 5 on half a unit: 2.5 on the mean of a cell. A day before: half of the cell 5, the rest its mean."""
    left = contract(2, most=1, daily_maximum=0.5)
    solved = policy(left, outlook(2, forward=10, contract_price=5), step=1)
    assert solved.value() == pytest.approx((5 + 2.5) / 2)
    assert policy(left, outlook(2, forward=10, contract_price=5), step=0.5).value() == pytest.approx(5)


def test_a_step_that_divides_nothing_is_a_mean_and_stays_close():
    left = contract(4, taken=0.3, take_or_pay=2.2, most=3.1, daily_minimum=0.15, daily_maximum=0.93)
    view = outlook(4, forward=[21, 24, 26, 22], contract_price=23)
    exact, coarse = policy(left, view, step=0.01), policy(left, view, step=0.25)
    assert exact.value() == pytest.approx(by_linear_program(left, view))
    assert exact.value() - 0.5 < coarse.value() <= exact.value() + 1e-9
    for day in range(3):
        prices = coarse.offers(day, 0.3 + 0.15 * day)
        assert prices.quantity.sum() == pytest.approx(0.93 - 0.15)
        assert (np.diff(prices.price) >= 0).all()


# price levels


@pytest.mark.parametrize(("persistence", "volatility"), [(0.0, 0.3), (0.9, 0.05), (0.99, 0.03)])
def test_levels_have_the_moments_of_their_process(persistence, volatility):
    chain = price_levels(persistence, volatility, 9)
    x = np.log(chain.multiple)
    x -= x.mean()
    assert chain.move.sum(axis=1) == pytest.approx(1)
    assert chain.share @ chain.move == pytest.approx(chain.share)
    assert chain.share @ chain.multiple == pytest.approx(1)
    assert chain.move @ x == pytest.approx(persistence * x)
    assert chain.move @ x**2 - (chain.move @ x) ** 2 == pytest.approx(volatility**2)


# other methods


@settings(max_examples=60, deadline=None)
@given(years(volatility=st.just(0.0)))
def test_certain_prices_give_what_a_linear_program_gives(year):
    left, view = year
    solved = policy(left, view, step=1)
    assert solved.value() == pytest.approx(by_linear_program(left, view), abs=1e-9)
    assert profit_on(solved, view.forward) == pytest.approx(solved.value(), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(years())
def test_uncertain_prices_give_what_every_choice_gives(year):
    assert policy(*year, step=1, levels=LEVELS).value() == pytest.approx(by_every_choice(*year), abs=1e-9)


def profit_on(solved, prices):
    left, view, taken, profit = solved.left, solved.view, solved.left.taken, 0.0
    for day, price in enumerate(prices):
        q = float(solved.taken_at(day, [taken], [price])[0])
        assert left.daily_minimum[day] - 1e-9 <= q <= left.daily_maximum[day] + 1e-9
        taken, profit = taken + q, profit + q * (price - view.contract_price[day])
    assert taken <= left.most + 1e-9
    return profit - missing_price(left, view) * max(0.0, left.take_or_pay - taken)


# laws


@settings(max_examples=80, deadline=None)
@given(years(), st.sampled_from([1, 0.7, 1.9]), st.data())
def test_offers_never_fall_and_fill_the_day(year, step, data):
    left, view = year
    solved = policy(left, view, step=step, levels=LEVELS)
    assert (np.diff(solved.kept, axis=1) <= 1e-9).all(), "worth falls in the free allowance: values are concave"
    day = data.draw(st.integers(0, left.days - 1))
    least = left.taken + left.daily_minimum[:day].sum()
    taken = data.draw(st.floats(least, left.most - left.daily_minimum[day:].sum()))
    today = solved.offers(day, taken)
    assert (np.diff(today.price) >= 0).all()
    assert (today.quantity > 0).all()
    free = left.most - taken - left.daily_minimum[day:].sum()
    room = left.daily_maximum[day] - left.daily_minimum[day]
    assert today.quantity.sum() == pytest.approx(min(free, room), abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(years(), st.integers(1, 3))
def test_a_higher_take_or_pay_never_raises_an_offer(year, more):
    left, view = year
    higher = replace(left, take_or_pay=min(left.most, left.take_or_pay + more))
    before, after = (offers(terms, view, step=1, levels=LEVELS).price for terms in (left, higher))
    assert (after <= before + 1e-9).all()


@settings(max_examples=60, deadline=None)
@given(years(), st.integers(1, 3))
def test_more_allowance_never_raises_an_offer(year, more):
    left, view = year
    before, after = (
        offers(terms, view, step=1, levels=LEVELS).price for terms in (left, replace(left, most=left.most + more))
    )
    assert len(after) >= len(before)
    assert (after[: len(before)] <= before + 1e-9).all()


@settings(max_examples=60, deadline=None)
@given(years(), st.data())
def test_no_fixed_plan_is_worth_more(year, data):
    left, view = year
    free, plan = left.allowance, left.daily_minimum.copy()
    for day in range(left.days):
        room = min(free, left.daily_maximum[day] - left.daily_minimum[day])
        extra = data.draw(st.floats(0, room))
        plan[day], free = plan[day] + extra, free - extra
    missing = max(0.0, left.take_or_pay - left.taken - plan.sum())
    worth = float(plan @ (view.forward - view.contract_price)) - missing_price(left, view) * missing
    assert policy(left, view, step=1, levels=LEVELS).value() >= worth - 1e-9


@settings(max_examples=60, deadline=None)
@given(years(), st.integers(1, 5))
def test_a_certain_shortfall_offers_at_most_what_make_up_is_worth(year, missing):
    left, view = year
    view = replace(view, contract_price=np.full(left.days, 20.0))
    can = float(left.daily_maximum.sum())
    left = replace(left, most=left.taken + can + missing, take_or_pay=left.taken + can + missing, missing_price=20.0)
    assert left.certain_shortfall == missing
    assert (offers(left, view, step=1, levels=LEVELS).price <= 20.0 * left.make_up_share + 1e-9).all()


@pytest.mark.parametrize("contract_price", [62, 64, 65, 66, 68])
def test_where_waiting_gains_more_from_a_dear_day_the_offer_of_the_largest_gain_is_made(contract_price):
    """Tomorrow is 2.5 times as dear and as lasting: waiting gains more from each level than today does."""
    view = outlook(2, forward=[40, 100], contract_price=[5, contract_price], persistence=0.999, volatility=0.02)
    solved = policy(contract(2, most=1), view, step=1, levels=7)
    prices = solved.levels.multiple * 40
    gains = np.array([price - solved.worth(0, 0, price)[0] for price in prices])
    assert (np.diff(gains) < 0).any()
    by_threshold = [solved.levels.share[i:] @ gains[i:] for i in range(8)]
    is_sold = prices >= solved.offers(0, 0).price[0]
    assert solved.levels.share[is_sold] @ gains[is_sold] == pytest.approx(max(by_threshold))


def test_many_paths_at_once_are_each_path_alone():
    left = contract(6, most=9, take_or_pay=5, daily_maximum=3)
    solved = policy(left, outlook(6, forward=20, contract_price=19, persistence=0.8, volatility=0.1), step=1)
    taken, price = np.array([0.0, 2.0, 2.5, 6.0]), np.array([18.0, 19.5, 22.0, 30.0])
    together = solved.taken_at(2, taken, price).tolist()
    assert together == [float(solved.taken_at(2, [t], [p])[0]) for t, p in zip(taken, price, strict=True)]
    for t, p, q in zip(taken, price, together, strict=True):
        today = solved.offers(2, t)
        assert q == pytest.approx(today.quantity[today.price <= p].sum())


def test_the_same_input_gives_the_same_figures():
    left = contract(30, most=20, take_or_pay=10, daily_maximum=2)
    view = outlook(30, forward=20, contract_price=19, persistence=0.8, volatility=0.1)
    assert (policy(left, view, step=1).kept == policy(left, view, step=1).kept).all()


def test_a_policy_of_later_days_is_the_policy_of_those_days():
    left = contract(6, most=9, take_or_pay=5, daily_maximum=3)
    view = outlook(6, forward=[20, 22, 18, 19, 25, 21], contract_price=19, persistence=0.8, volatility=0.1)
    later = policy(left.after(2, 3.0), view.after(2), step=1)
    assert later.offers(0, 3).price == pytest.approx(policy(left, view, step=1).offers(2, 3).price)


# bad input

WRONG = {
    "days_left": ({"daily_minimum": [], "daily_maximum": []}, {"forward": [], "contract_price": []}),
    "lengths_agree": ({}, {"forward": [20, 20, 20]}),
    "figure_finite": ({"taken": np.nan}, {"forward": [20, np.inf]}),
    "quantity_not_negative": ({"taken": -1, "daily_minimum": [0, -1]}, {}),
    "daily_range": ({"daily_minimum": 2, "daily_maximum": 1, "most": 9}, {}),
    "forward_positive": ({}, {"forward": [20, 0]}),
    "share_range": ({"make_up_share": 1.2}, {}),
    "missing_price_range": ({}, {"contract_price": [5, -5]}),
    "persistence_range": ({}, {"persistence": 1.0}),
    "volatility_range": ({}, {"volatility": -0.1}),
    "most_covers": ({"daily_minimum": 1, "daily_maximum": 2, "most": 1}, {}),
    "take_or_pay_within": ({"take_or_pay": 3, "most": 2}, {}),
}


@pytest.mark.parametrize("rule", WRONG)
def test_a_mistake_is_told_with_its_rule(rule):
    terms, prices = WRONG[rule]
    days = 0 if rule == "days_left" else 2
    view = outlook(days, **({"forward": 20, "contract_price": 15} | prices))
    with pytest.raises(BadInput) as told:
        policy(contract(days, **terms), view, step=1)
    assert {m.rule for m in told.value.mistakes} == {rule}
    assert all(m.where and m.fix.endswith(".") for m in told.value.mistakes)


@pytest.mark.parametrize(
    ("rule", "grid"),
    [("levels_range", {"step": 1, "levels": 1}), ("step_positive", {"step": 0}), ("grid_size", {"step": 1e-8})],
)
def test_a_grid_that_cannot_be_is_told(rule, grid):
    with pytest.raises(BadInput) as told:
        policy(contract(2), outlook(2, forward=20, contract_price=15), **grid)
    assert [m.rule for m in told.value.mistakes] == [rule]


@pytest.mark.parametrize(
    ("rule", "terms", "prices", "where"),
    [
        ("figure_finite", {"taken": np.nan}, {}, ["taken"]),
        ("figure_finite", {"missing_price": np.inf}, {}, ["missing_price"]),
        ("figure_finite", {}, {"forward": [np.inf, np.nan]}, ["forward day 0", "forward day 1"]),
        ("figure_finite", {"daily_maximum": [1, np.inf]}, {}, ["daily_maximum day 1"]),
        ("quantity_not_negative", {"daily_minimum": [0, -1]}, {}, ["daily_minimum day 1"]),
        ("quantity_not_negative", {"take_or_pay": -1}, {}, ["take_or_pay"]),
        ("missing_price_range", {"missing_price": -1}, {}, ["missing_price"]),
    ],
)
def test_a_mistake_is_told_where_it_is(rule, terms, prices, where):
    view = outlook(2, **({"forward": 20, "contract_price": 15} | prices))
    with pytest.raises(BadInput) as told:
        policy(contract(2, **terms), view, step=1)
    assert [(m.rule, m.where) for m in told.value.mistakes] == [(rule, place) for place in where]


def test_every_mistake_comes_at_once():
    left = contract(2, taken=-1, make_up_share=2, daily_minimum=3, daily_maximum=2)
    with pytest.raises(BadInput) as told:
        policy(left, outlook(2, forward=[0, 1], contract_price=5, persistence=2), step=1)
    rules = ["quantity_not_negative", "daily_range", "daily_range", "forward_positive", "share_range"]
    assert [m.rule for m in told.value.mistakes] == [*rules, "persistence_range"]


@pytest.mark.parametrize(
    ("rule", "day", "taken"),
    [("day_known", 2, 0), ("taken_range", 1, -1), ("taken_range", 1, 2.5), ("taken_range", 1, np.nan)],
)
def test_a_state_without_an_answer_is_told(rule, day, taken):
    solved = policy(contract(2), outlook(2, forward=20, contract_price=15), step=1)
    with pytest.raises(BadInput) as told:
        solved.offers(day, taken)
    assert [m.rule for m in told.value.mistakes] == [rule]
