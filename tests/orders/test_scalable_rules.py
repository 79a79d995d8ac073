"""What is wrong with scalable complex orders."""

import pytest


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
