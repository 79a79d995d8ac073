"""What is wrong with scalable complex orders."""

import itertools

import numpy as np
import pytest
from tests.builders import one_zone
from tests.folders import Folder

from walras.orders.scalable_rules import _dead_ends


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"fixed_term_eur": "-0.01"}, "fixed_term_not_negative"),
        ({"fixed_term_eur": "nan"}, "number_finite"),
        ({"gradient_up_mw": "-0.1"}, "gradient_not_negative"),
        ({"gradient_down_mw": "-3"}, "gradient_not_negative"),
        ({"gradient_up_mw": "0.05"}, "quantity_on_tick"),
        ({"stop_mtus": "13"}, "stop_within_three_hours"),
        ({"stop_mtus": "-1"}, "stop_within_three_hours"),
        ({"side": "demand"}, "stop_for_supply"),
    ],
)
def test_a_wrong_header_is_a_mistake(folder, fields, rule):
    mistakes = [m for m in folder.change("scalable_orders", 1, **fields).mistakes() if m.rule != "curve_monotone"]
    assert [(m.rule, m.where) for m in mistakes] == [(rule, "scalable_orders row 1, order 'scalable'")]


def test_a_stop_of_three_hours_is_no_mistake(folder):
    assert folder.change("scalable_orders", 1, stop_mtus="12").mistakes() == ()


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"price_eur_per_mwh": "-500.01"}, "price_limits"),
        ({"price_eur_per_mwh": "5.001"}, "price_on_tick"),
        ({"price_eur_per_mwh": "3.99"}, "curve_monotone"),
        ({"quantity_mw": "3.05"}, "quantity_on_tick"),
        ({"step": "3"}, "step_numbers"),
        ({"step": "1"}, "duplicate_key"),
        ({"mtu_start": "2025-04-01T00:05:00Z"}, "mtu_on_grid"),
        ({"mtu_start": "2025-04-01T03:00:00Z"}, "inside_horizon"),
        ({"order": "nobody"}, "order_known"),
    ],
)
def test_a_wrong_step_is_a_mistake(folder, fields, rule):
    rules = [m.rule for m in folder.change("scalable_steps", 2, **fields).mistakes()]
    assert rules[0] == rule


def test_a_negative_step_is_a_mistake(folder):
    folder.change("scalable_minimums", 1, minimum_mw="0")
    assert folder.change("scalable_steps", 2, quantity_mw="-3").mistake().rule == "quantity_not_negative"


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"minimum_mw": "5.1"}, "minimum_within_offer"),
        ({"mtu_start": "2025-04-01T00:30:00Z"}, "minimum_within_offer"),
        ({"minimum_mw": "-1"}, "quantity_not_negative"),
        ({"minimum_mw": "4.05"}, "quantity_on_tick"),
        ({"mtu_start": "2025-04-01T00:05:00Z"}, "mtu_on_grid"),
        ({"order": "need"}, "order_known"),
    ],
)
def test_a_wrong_minimum_is_a_mistake(folder, fields, rule):
    mistake = folder.change("scalable_minimums", 1, **fields).mistake()
    assert mistake.rule == rule
    assert mistake.where.startswith("scalable_minimums row 1")


def test_a_minimum_says_what_is_offered(folder):
    mistake = folder.change("scalable_minimums", 1, minimum_mw="5.1").mistake()
    assert mistake.what == "minimum 5.1 MW is above the offer of 5.0 MW in this MTU"
    assert folder.change("scalable_minimums", 1, minimum_mw="5").mistakes() == ()


def test_an_order_without_steps_is_a_mistake(folder):
    folder.add("scalable_orders", order="silent")
    assert folder.mistake().rule == "order_has_rows"


def schedule(tmp_path, steps, **more):
    """The one mistake of an order over three hours, or None."""
    said = one_zone(3).sells("A", 5).buys("A", 5)
    said = said.scalable("s", "A", "supply", 0, [(h, 10, mw) for h, mw in enumerate(steps) if mw], **more)
    found = Folder(tmp_path / "market", said).mistakes()
    assert len(found) < 2
    return found[0] if found else None


def test_a_minimum_out_of_reach_of_the_gradient_is_a_mistake(tmp_path):
    # At most 10 MW in the first hour, 14 in the second, 18 in the third.
    assert schedule(tmp_path, [10, 30, 30], minimums={2: 18}, gradient_up=4) is None
    found = schedule(tmp_path / "more", [10, 30, 30], minimums={2: 18.1}, gradient_up=4)
    assert (found.rule, found.where) == ("gradients_meet_minimums", "scalable_orders row 1, order 's'")
    assert "its minimum of 18.1 MW at 2025-04-01T02:00:00Z is out of reach" in found.what
    assert "a gradient_up_mw of 4.0 MW ends at 18.0 MW" in found.what
    assert "at most 18.0 MW" in found.fix


def test_an_offer_that_ends_faster_than_the_gradient_is_a_mistake(tmp_path):
    # 20 MW at the least, then 13, then 6: an hour that offers nothing cannot be reached.
    assert schedule(tmp_path, [20, 13, 6], minimums={0: 20}, gradient_down=7) is None
    found = schedule(tmp_path / "none", [20, 13, 0], minimums={0: 20}, gradient_down=7)
    assert found.rule == "gradients_meet_minimums"
    assert found.what.startswith("its offer of 0.0 MW at 2025-04-01T02:00:00Z is too small")
    assert found.fix.startswith("Offer at least 6.0 MW there")


def test_a_gradient_of_zero_still_allows_a_flat_schedule(tmp_path):
    assert schedule(tmp_path, [5, 8, 5], minimums={1: 5}, gradient_up=0, gradient_down=0) is None
    assert schedule(tmp_path / "more", [5, 8, 5], minimums={1: 5.1}, gradient_up=0, gradient_down=0) is not None


def test_a_minimum_above_the_offer_is_not_told_twice(tmp_path):
    assert schedule(tmp_path, [5, 5, 5], minimums={1: 6}, gradient_up=0).rule == "minimum_within_offer"


def test_dead_ends_are_those_of_every_schedule_in_whole_ticks():
    """By counting: all powers of 0 to 4 ticks in three MTUs."""
    random = np.random.default_rng(1)
    powers = np.array(list(itertools.product(range(5), repeat=3)))
    climbs = np.diff(powers, axis=1)
    seen = set()
    for _ in range(300):
        most = random.integers(0, 5, 3)
        least = random.integers(0, most + 1)
        up, down = random.integers(-1, 4, 2)
        fits = ((powers >= least) & (powers <= most)).all(axis=1)
        fits &= (up < 0) | (climbs <= up).all(axis=1)
        fits &= (down < 0) | (-climbs <= down).all(axis=1)
        at, _ = _dead_ends(least[None], most[None], np.array([up]), np.array([down]))
        assert (at[0] < 0) == fits.any()
        seen.add(int(at[0]))
    assert seen == {-1, 1, 2}
