"""What is wrong with curve orders: where each step stands, and what its curve may not do."""

import dataclasses

import pytest
from tests.folders import Folder

from walras.book import read_terms
from walras.book.profile import load_profile

STEPS = {"price_start": "price_start_eur_per_mwh", "price_end": "price_end_eur_per_mwh", "quantity": "quantity_mw"}


def change(folder: Folder, order: str, step: int, start: str = "2025-04-01T01:00:00Z", /, **fields: str) -> str:
    """Change one step and return where mistakes about it should point."""
    row = folder.find("curve_steps", order=order, step=str(step), mtu_start=start)
    folder.change("curve_steps", row, **{STEPS.get(k, k): v for k, v in fields.items()})
    return f"curve_steps row {row}, order {order!r}"


@pytest.mark.parametrize("price", ["4000.01", "4200.00", "-500.01"])
def test_a_price_outside_its_limits_says_both(folder, price):
    zero = "2025-04-01T00:00:00Z"
    where = change(folder, "need", 1, zero, price_start=price, price_end=price)
    change(folder, "need", 2, zero, price_start="-500.00", price_end="-500.00")
    mistakes = [m for m in folder.mistakes() if m.rule == "price_limits"]
    (mistake,) = mistakes
    assert mistake.where == where
    assert mistake.what == f"price {price} EUR/MWh is outside [-500.00, 4000.00] EUR/MWh"
    assert mistake.fix == "Send a price from -500.00 to 4000.00 EUR/MWh."


def test_prices_at_their_limits_are_no_mistake(folder):
    zero = "2025-04-01T00:00:00Z"
    change(folder, "need", 1, zero, price_start="4000", price_end="4000")
    change(folder, "need", 2, zero, price_start="4000", price_end="-500")
    assert folder.mistakes() == ()


def test_an_end_price_outside_its_limits_is_a_mistake(folder):
    change(folder, "curve", 2, price_end="4000.01")
    mistake = folder.mistake()
    assert (mistake.rule, mistake.what.startswith("end price 4000.01")) == ("price_limits", True)


@pytest.mark.parametrize("field", ["price_start", "price_end"])
def test_an_off_tick_price_is_one_mistake(folder, field):
    where = change(folder, "curve", 1, **{"price_start": "10.0", "price_end": "10.0"} | {field: "10.005"})
    mistakes = [m for m in folder.mistakes() if m.rule == "price_on_tick"]
    assert [m.where for m in mistakes] == [where]
    assert "10.005 is not a multiple of the tick 0.01" in mistakes[0].what


def test_an_off_tick_step_order_is_reported_once(folder):
    change(folder, "curve", 1, price_start="10.005", price_end="10.005")
    assert folder.mistake().rule == "price_on_tick"


def test_a_float_that_was_computed_is_on_its_tick(folder):
    change(folder, "curve", 1, price_start=repr(0.1 + 0.2), price_end=repr(0.1 + 0.2), quantity=repr(1.1 * 3))
    assert folder.mistakes() == ()


def test_an_off_tick_quantity_is_a_mistake(folder):
    where = change(folder, "curve", 1, quantity="10.05")
    mistake = folder.mistake()
    assert (mistake.rule, mistake.where) == ("quantity_on_tick", where)


def test_a_negative_quantity_is_a_mistake_and_zero_is_not(folder):
    change(folder, "curve", 1, quantity="0")
    assert folder.mistakes() == ()
    where = change(folder, "curve", 1, quantity="-0.1")
    mistake = folder.mistake()
    assert (mistake.rule, mistake.where, mistake.what) == (
        "quantity_not_negative",
        where,
        "quantity -0.1 MW is negative",
    )


@pytest.mark.parametrize(
    ("order", "step", "fields"),
    [
        ("curve", 2, {"price_start": "9.99"}),
        ("curve", 2, {"price_end": "19.99"}),
        ("curve", 1, {"price_end": "20.01"}),
        ("need", 2, {"price_start": "90.01"}),
        ("need", 2, {"price_end": "80.01"}),
    ],
)
def test_a_curve_that_turns_back_is_a_mistake(folder, order, step, fields):
    start = "2025-04-01T01:00:00Z" if order == "curve" else "2025-04-01T00:00:00Z"
    change(folder, order, step, start, **fields)
    mistake = folder.mistake()
    assert mistake.rule == "curve_monotone"
    assert mistake.where.endswith(f"order {order!r}")
    assert ("supply price falls" in mistake.what) == (order == "curve")


def test_steps_of_different_mtus_are_different_curves(folder):
    change(folder, "curve", 1, "2025-04-01T02:00:00Z", price_start="-5", price_end="-5")
    assert folder.mistakes() == ()


@pytest.mark.parametrize("number", ["3", "0", "-7", "9999999999999"])
def test_step_numbers_with_a_gap_are_a_mistake(folder, number):
    where = change(folder, "curve", 2, step=number)
    assert ("step_numbers", where) in [(m.rule, m.where) for m in folder.mistakes()]


def test_a_curve_must_begin_with_step_one(folder):
    where = change(folder, "curve", 1, "2025-04-01T02:00:00Z", step="2")
    mistake = folder.mistake()
    assert (mistake.rule, mistake.where) == ("step_numbers", where)
    assert mistake.what == "step 2 stands where step 1 is expected"


def test_a_step_that_cannot_be_read_leaves_no_gap_to_report(folder):
    change(folder, "curve", 1, quantity="many")
    assert folder.mistake().rule == "field_readable"


def test_a_repeated_step_number_is_a_repeated_key(folder):
    change(folder, "curve", 2, step="1")
    assert folder.mistake().rule == "duplicate_key"


def test_steps_without_an_order_are_mistakes(folder):
    change(folder, "curve", 1, "2025-04-01T02:00:00Z", order="nobody")
    mistake = folder.mistake()
    assert (mistake.rule, mistake.what) == ("order_known", "order 'nobody' is not in curve_orders")


def test_an_order_without_steps_is_a_mistake(folder):
    folder.add("curve_orders", order="silent")
    mistake = folder.mistake()
    assert (mistake.rule, mistake.where) == ("order_has_rows", "curve_orders row 3, order 'silent'")


@pytest.mark.parametrize("table", ["block_orders", "flexible_orders", "scalable_orders"])
def test_an_order_name_of_another_table_is_a_mistake(folder, table):
    row = len(folder.rows(table))
    folder.change(table, row, order="need")
    assert ("order_unique", f"{table} row {row}, order 'need'") in [(m.rule, m.where) for m in folder.mistakes()]


@pytest.mark.parametrize(
    ("start", "minutes", "rule"),
    [
        ("2025-04-01T03:00:00Z", "15", "inside_horizon"),
        ("2025-03-31T23:45:00Z", "15", "inside_horizon"),
        ("2025-04-01T02:10:00Z", "15", "mtu_on_grid"),
        ("2025-04-01T02:00:00Z", "20", "product_length"),
        ("2025-04-01T02:00:00Z", "0", "product_length"),
        ("2025-04-01T02:15:00Z", "30", "product_boundary"),
        ("2025-04-01T02:00:00Z", "120", "inside_horizon"),
    ],
)
def test_a_product_beside_its_grid_is_a_mistake(folder, start, minutes, rule):
    where = change(folder, "curve", 1, "2025-04-01T02:00:00Z", mtu_start=start, minutes=minutes)
    assert (rule, where) in [(m.rule, m.where) for m in folder.mistakes()]


def test_products_of_one_order_that_overlap_are_a_mistake(folder):
    where = change(folder, "curve", 1, mtu_start="2025-04-01T02:30:00Z", minutes="15")
    change(folder, "curve", 2, mtu_start="2025-04-01T02:45:00Z", minutes="15", step="1")
    mistake = folder.mistake()
    assert (mistake.rule, mistake.where) == ("products_overlap", where)


def test_steps_of_one_curve_last_equally_long(folder):
    change(folder, "curve", 2, minutes="60")
    assert folder.mistake().rule == "one_product_length"


def test_the_profile_limits_the_steps_of_a_curve(folder, monkeypatch):
    def limited(name, day):
        return dataclasses.replace(load_profile(name, day), max_curve_steps=1)

    monkeypatch.setattr(read_terms, "load_profile", limited)
    rules = [(m.rule, m.where.split("'")[1]) for m in folder.mistakes()]
    assert sorted(rules) == [("max_curve_steps", o) for o in ("curve", "need", "scalable")]
