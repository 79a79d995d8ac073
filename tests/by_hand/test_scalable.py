"""Scalable complex orders, solved on paper (rules, 3.6)."""

import pytest
from tests.builders import one_zone
from tests.by_hand.outcome import clear_by_hand


def held(*prices):
    """An hour for each price, held by 1,000 MW that others sell and 2,000 MW that they buy at it."""
    said = one_zone(hours=len(prices))
    for hour, price in enumerate(prices):
        said.sells("A", 1000, at=price, hour=hour).buys("A", 2000, at=price, hour=hour)
    return said


def three_hours(fixed_term, **more):
    """100 MW at 50 in each of three hours at 90, 30, 90."""
    steps = [(h, 50, 100) for h in range(3)]
    return clear_by_hand(held(90, 30, 90).scalable("s", "A", 1, fixed_term, steps, **more))


def test_income_covers_steps_and_fixed_term():
    """Income 18000 against 10000 + 7000; the second hour is out of the money."""
    solved = three_hours(7000)
    assert solved.scalable("s") == pytest.approx([100, 0, 100])
    assert solved.welfare == pytest.approx(1000)
    assert solved.prices() == pytest.approx([90, 30, 90])


def test_minimum_power_runs_at_a_loss_inside_the_fixed_term():
    """MAP 20, 10, 20: income 18300 against 10500 + 7000, 10 MW in the second hour."""
    solved = three_hours(7000, minimums={0: 20, 1: 10, 2: 20})
    assert solved.scalable("s") == pytest.approx([100, 10, 100])
    assert solved.welfare == pytest.approx(800)


@pytest.mark.parametrize(("fixed_term", "more"), [(8000.01, {}), (7800.01, {"minimums": {0: 20, 1: 10, 2: 20}})])
def test_fixed_term_that_is_not_earned_rejects_the_whole_order(fixed_term, more):
    """Steps earn 8000, with minimum powers 7800."""
    solved = three_hours(fixed_term, **more)
    assert solved.scalable("s") is None
    assert solved.stopped("s") == pytest.approx([0, 0, 0])
    assert solved.welfare == pytest.approx(0)


def test_gradient_ties_one_hour_to_the_next():
    """100 at 200, then 100 at 20, price 60, 5 MW up: (0, 5) MW earn 200, less 100."""
    steps = [(0, 200, 100), (1, 20, 100)]
    solved = clear_by_hand(held(60, 60).scalable("s", "A", 1, 100, steps, gradient_up=5))
    assert solved.scalable("s") == pytest.approx([0, 5])
    assert solved.welfare == pytest.approx(100)


def test_gradient_may_be_worth_running_at_a_loss_before():
    """Price 60: 5 MW at 70 first (-50) allow 10 MW at 20 then, 5 more (+200)."""
    steps = [(0, 70, 5), (1, 20, 100)]
    solved = clear_by_hand(held(60, 60).scalable("s", "A", 1, 0, steps, gradient_up=5))
    assert solved.scalable("s") == pytest.approx([5, 10])
    assert solved.welfare == pytest.approx(350)


def test_gradient_downwards():
    """100 at 20, then 100 at 70, price 60, 30 MW down: 5 more MW first earn 40, each costs 10 after: run 70 after."""
    steps = [(0, 20, 100), (1, 70, 100)]
    solved = clear_by_hand(held(60, 60).scalable("s", "A", 1, 0, steps, gradient_down=30))
    assert solved.scalable("s") == pytest.approx([100, 70])
    assert solved.welfare == pytest.approx(4000 - 700)


def stopping(fixed_term, rest):
    """Price 20: first hour 10 MW at 12 (earns 80), second 10 MW that earn `rest`; stop in the first hour."""
    steps = [(0, 12, 10), (1, 20 - rest / 10, 10)]
    return clear_by_hand(held(20, 20).scalable("s", "A", 1, fixed_term, steps, stop=1))


def test_first_form_stop_that_is_worth_more_than_the_order():
    """Accepted 80 + 50 - 100 = 30; stopped 80. Both are legal; the first form of the search may end with 30.

    (`test_blocks.py` says what "first form" means.) Whichever it is, its bound covers 80.
    """
    solved = stopping(100, 50)
    assert solved.welfare == pytest.approx(80 if solved.scalable("s") is None else 30)
    assert solved.stopped("s") == pytest.approx([10, 0] if solved.scalable("s") is None else [10, 10])
    assert solved.bound >= 80 - 1e-6


def test_stopped_order_still_sells_its_first_step():
    """80 + 50 do not earn 140: rejected, and the first step runs in the first hour."""
    solved = stopping(140, 50)
    assert solved.scalable("s") is None
    assert solved.stopped("s") == pytest.approx([10, 0])
    assert solved.welfare == pytest.approx(80)


def test_stop_steps_count_in_the_income_of_an_accepted_order():
    """80 + 110 - 100 = 90 against 80 when stopped: accepted."""
    solved = stopping(100, 110)
    assert solved.scalable("s") == pytest.approx([10, 10])
    assert solved.welfare == pytest.approx(90)


def test_only_the_first_step_of_a_stop_hour_is_sold():
    """Price 20, fixed term out of reach: 10 MW at 12 run, 10 MW at 15 of the same hour do not."""
    said = held(20, 20).scalable("s", "A", 1, 9000, [(0, 12, 10), (0, 15, 10), (1, 12, 10)], stop=1)
    solved = clear_by_hand(said)
    assert solved.scalable("s") is None
    assert solved.stopped("s") == pytest.approx([10, 0])


@pytest.mark.parametrize(("fixed_term", "mw"), [(1500, [100]), (2000.01, None)])
def test_buyer_pays_its_fixed_term_out_of_what_it_saves(fixed_term, mw):
    """100 MW at 50 bought at 30 save 2000."""
    solved = clear_by_hand(held(30).scalable("s", "A", -1, fixed_term, [(0, 50, 100)]))
    assert solved.scalable("s") == (None if mw is None else pytest.approx(mw))


def test_order_stays_out_of_the_money_steps():
    """Price 60: steps at 40 and 55 run, the one at 65 does not."""
    said = held(60).scalable("s", "A", 1, 100, [(0, 40, 10), (0, 55, 10), (0, 65, 10)])
    assert clear_by_hand(said).scalable("s") == pytest.approx([20])
