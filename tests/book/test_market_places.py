"""What is wrong with zones and grids."""

import pytest


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"country": "Italy"}, "country_code"),
        ({"country": "it"}, "country_code"),
        ({"eic": "10YIT-GRTN-----C"}, "eic_valid"),
        ({"eic": "10YIT"}, "eic_valid"),
        ({"latitude": "91", "longitude": "0"}, "place_on_earth"),
        ({"latitude": "45", "longitude": "-181"}, "place_on_earth"),
        ({"latitude": "45"}, "place_on_earth"),
    ],
)
def test_a_wrong_zone_is_a_mistake(folder, fields, rule):
    mistake = folder.change("zones", 2, **fields).mistake()
    assert (mistake.rule, mistake.where) == (rule, "zones row 2, zone 'B'")
    assert next(iter(fields.values())) in mistake.what


def test_a_right_zone_is_none(folder):
    folder.change("zones", 1, eic="10YIT-GRTN-----B", latitude="45", longitude="9")
    assert folder.mistakes() == ()


def test_two_zones_with_one_eic_are_a_mistake(folder):
    for row in (1, 2):
        folder.change("zones", row, eic="10YIT-GRTN-----B")
    assert folder.mistake().rule == "eic_unique"


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"carrier": "steam"}, "carrier_known"),
        ({"mtu_minutes": "0"}, "mtu_positive"),
        ({"mtu_minutes": "-15"}, "mtu_positive"),
        ({"mtu_minutes": "25"}, "horizon_whole_mtus"),
        ({"price_tick_eur_per_mwh": "0"}, "tick_decimal"),
        ({"price_tick_eur_per_mwh": "-0.01"}, "tick_decimal"),
        ({"quantity_tick_mw": "0.30000000000000004"}, "tick_decimal"),
        ({"price_min_eur_per_mwh": "4000.0"}, "price_limits_ordered"),
        ({"price_min_eur_per_mwh": "-500.005"}, "price_on_tick"),
        ({"price_max_eur_per_mwh": "1e15"}, "price_on_tick"),
        ({"end": ""}, "horizon_ends"),
        ({"end": "2025-04-01T00:00:00Z"}, "horizon_length"),
        ({"end": "2999-04-01T00:00:00Z"}, "horizon_length"),
    ],
)
def test_a_wrong_grid_is_a_mistake(folder, fields, rule):
    mistake = folder.change("grids", 2, **fields).mistakes()[0]
    assert mistake.rule == rule
    assert mistake.where == "grids row 2, zone 'B'"


def test_a_horizon_of_half_minutes_is_a_mistake(folder):
    folder.change("grids", 2, end="2025-04-01T03:00:30Z")
    assert "horizon_minutes" in [m.rule for m in folder.mistakes()]


def test_a_grid_of_an_unknown_zone_is_a_mistake(folder):
    folder.add("grids", zone="Nowhere")
    mistake = folder.mistake()
    assert (mistake.rule, mistake.where) == ("zone_known", "grids row 3, zone 'Nowhere'")


@pytest.mark.parametrize("table", ["curve_orders", "block_orders", "flexible_orders", "scalable_orders", "borders"])
def test_an_unknown_zone_is_one_mistake_however_many_rows_hang_on_it(folder, table):
    mistake = folder.change(table, 1, zone="Nowhere").mistake()
    assert mistake.rule == "zone_known"
    assert mistake.where.startswith(f"{table} row 1")
    assert "'Nowhere'" in mistake.what


@pytest.mark.parametrize("table", ["curve_orders", "block_orders", "flexible_orders", "scalable_orders", "borders"])
def test_a_carrier_that_the_zone_does_not_have_is_a_mistake(folder, table):
    assert folder.change(table, 1, carrier="gas").mistake().rule == "grid_known"


@pytest.mark.parametrize("table", ["curve_orders", "block_orders", "flexible_orders", "scalable_orders"])
def test_an_unknown_side_is_a_mistake(folder, table):
    mistake = folder.change(table, 1, side="sell").mistake()
    assert (mistake.rule, "'sell'" in mistake.what) == ("side_known", True)
