"""What is wrong with flexible orders."""

import pytest


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"price_eur_per_mwh": "-500.01"}, "price_limits"),
        ({"price_eur_per_mwh": "30.001"}, "price_on_tick"),
        ({"quantity_mw": "-4"}, "quantity_not_negative"),
        ({"quantity_mw": "4.05"}, "quantity_on_tick"),
        ({"minutes": "20"}, "product_length"),
        ({"minutes": "0"}, "product_length"),
        ({"minutes": "-15"}, "product_length"),
        ({"minutes": "105"}, "window_holds_order"),
        ({"window_end": "2025-04-01T00:45:00Z"}, "window_holds_order"),
        ({"window_end": "2025-04-01T00:15:00Z"}, "window_holds_order"),
        ({"window_end": "2025-04-01T03:15:00Z"}, "inside_horizon"),
        ({"window_start": "2025-03-31T23:45:00Z"}, "inside_horizon"),
        ({"window_start": "2025-04-01T00:20:00Z"}, "mtu_on_grid"),
        ({"window_start": "2025-04-01T00:30:30Z"}, "mtu_on_grid"),
        ({"window_end": "2025-04-01T02:20:00Z"}, "mtu_on_grid"),
        ({"price_eur_per_mwh": ""}, "field_filled"),
    ],
)
def test_a_wrong_flexible_order_is_a_mistake(folder, fields, rule):
    mistake = folder.change("flexible_orders", 1, **fields).mistake()
    assert (mistake.rule, mistake.where) == (rule, "flexible_orders row 1, order 'flexible'")


def test_a_window_as_long_as_the_delivery_is_no_mistake(folder):
    folder.change("flexible_orders", 1, window_end="2025-04-01T01:00:00Z")
    assert folder.mistakes() == ()
