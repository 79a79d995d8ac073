"""Small contract years of whole units, drawn at random, and two other ways to value them."""

import numpy as np
from hypothesis import strategies as st
from scipy.optimize import linprog

from walras.contracts.flexibility import outlook, remaining
from walras.contracts.price_levels import price_levels

LEVELS = 3
ANY_VOLATILITY = st.sampled_from([0.0, 0.1, 0.4])


@st.composite
def years(draw, volatility=ANY_VOLATILITY, most_days=5):
    """What is left and what is thought about prices; every quantity a whole number."""
    days = draw(st.integers(1, most_days))
    ints = lambda low, high: draw(st.lists(st.integers(low, high), min_size=days, max_size=days))  # noqa: E731
    minimum, room = np.array(ints(0, 2)), np.array(ints(0, 4))
    taken = draw(st.integers(0, 3))
    most = taken + int(minimum.sum()) + draw(st.integers(0, 4 * days))
    left = remaining(
        days,
        taken=taken,
        take_or_pay=draw(st.integers(0, most)),
        most=most,
        daily_minimum=minimum,
        daily_maximum=minimum + room,
        make_up_share=draw(st.sampled_from([0.0, 0.3, 1.0])),
        missing_price=draw(st.sampled_from([None, 0.0, 25.0])),
    )
    view = outlook(
        days,
        forward=ints(5, 40),
        contract_price=ints(5, 40),
        persistence=draw(st.sampled_from([0.0, 0.6, 0.95])),
        volatility=draw(volatility),
    )
    return left, view


def missing_price(left, view):
    """What a missing unit costs after what make-up is worth."""
    return (1 - left.make_up_share) * (view.contract_price[-1] if left.missing_price is None else left.missing_price)


def by_linear_program(left, view):
    """Best profit at certain prices: quantities of each day, and what is missing."""
    days = left.days
    gain = np.append(view.forward - view.contract_price, -missing_price(left, view))
    rows = np.array([np.append(np.ones(days), 0), np.append(-np.ones(days), -1)])
    limits = [left.most - left.taken, left.taken - left.take_or_pay]
    bounds = [*zip(left.daily_minimum, left.daily_maximum, strict=True), (0, None)]
    return -linprog(-gain, A_ub=rows, b_ub=limits, bounds=bounds, method="highs").fun


def by_every_choice(left, view, levels=LEVELS):
    """Expected profit by trying every whole quantity on every day and level, without marginal values; (i,)."""
    chain = price_levels(view.persistence, view.volatility, levels)
    chance = chain.share
    totals = np.arange(int(left.most) + 1)
    value = np.repeat(-missing_price(left, view) * np.maximum(0, left.take_or_pay - totals)[:, None], len(chance), 1)
    for day in reversed(range(left.days)):
        kept, before = value @ chain.move.T, np.full_like(value, -np.inf)
        spread = chain.multiple * view.forward[day] - view.contract_price[day]
        for taken in totals:
            for q in range(int(left.daily_minimum[day]), int(left.daily_maximum[day]) + 1):
                if taken + q <= left.most:
                    before[taken] = np.maximum(before[taken], spread * q + kept[taken + q])
        value = before
    return float(chance @ value[int(left.taken)])
