"""Theory 3e: every right-hand side counts with the acceptance, and stop steps count in the income."""

import pytest
from tests.builders import one_zone
from tests.by_hand.outcome import ByHand
from tests.theory.said import broken_rules

from walras.vocabulary import Status


def held(*prices):
    """An hour for each price, held by curves of 1,000 MW on both sides."""
    said = one_zone(hours=len(prices))
    for hour, price in enumerate(prices):
        said.buys("A", 1000, at=price, hour=hour, order=f"buys{hour}")
        said.sells("A", 1000, at=price, hour=hour, order=f"sells{hour}")
    return said


def gradient():
    """Own 100 at 200, then 100 at 20, 5 MW up at most, fixed term 100; both prices 60."""
    return held(60, 60).scalable("s", "A", 1, 100, [(0, 200, 100), (1, 20, 100)], gradient_up=5)


def stop():
    """Price 20, fixed term 100; the stop step earns 80 in the first hour, the rest 50 in the second."""
    return held(20, 20).scalable("s", "A", 1, 100, [(0, 12, 10), (1, 15, 10)], stop=1)


def test_3e_gradient_counts_whole_in_an_accepted_order(clear):
    """5 x 40 - 100 = 100. With 5 % of the order and the whole gradient a naive relaxation claims 195."""
    book = gradient().book()
    solved = ByHand(book, clear(book))
    assert solved.scalable("s") == pytest.approx([0, 5])
    assert solved.prices() == pytest.approx([60, 60])
    assert solved.welfare == pytest.approx(100)
    assert solved.bound == pytest.approx(100)
    assert solved.results.status is Status.OPTIMAL


def test_3e_stop_steps_count_in_the_surplus_of_an_accepted_order():
    """80 + 50 covers 100: legal, though being stopped would earn 80 and the order alone 50."""
    volumes = {"accepted": [1], "scalable": [10, 10]}
    assert not broken_rules(stop(), [20, 20], curve=[1000, 1000, 990, 990], **volumes)


def test_3e_without_the_stop_step_the_fixed_term_is_not_earned():
    volumes = {"accepted": [1], "scalable": [0, 10]}
    assert broken_rules(stop(), [20, 20], curve=[1000, 1000, 1000, 990], **volumes) >= {"scalable_fixed_term"}


def test_3e_stopped_is_worth_more_than_accepted(clear):
    """80 against 80 + 50 - 100 = 30: both legal, the first is best."""
    book = stop().book()
    solved = ByHand(book, clear(book))
    assert solved.scalable("s") is None
    assert solved.stopped("s") == pytest.approx([10, 0])
    assert solved.welfare == pytest.approx(80)
