"""Units: what they measure, how they multiply, how they are written."""

from fractions import Fraction

import pytest

from walras.formulas import quantity, unit


@pytest.mark.parametrize(("left", "right", "sign", "product"), [
    ("EUR/MWh", "kWh", 1, "EUR"),
    ("MWh", "kWh", 1, "MWh*MWh"),  # the first symbol of a dimension stays
    ("kWh", "MWh", 1, "kWh*kWh"),
    ("MW", "h", 1, "MWh"),
    ("MWh", "h", -1, "MW"),
    ("USD/bbl", "t/bbl", -1, "USD/t"),
    ("USD/1000m3", "MWh/1000m3", -1, "USD/MWh"),
    ("%", "USD", 1, "USD"),
    ("%", "%", 1, "1"),
    ("1", "MWh", -1, "1/MWh"),
    ("USD/1000m3/100km", "km", 1, "USD/1000m3"),
])  # fmt: skip
def test_units_of_products_and_quotients(left, right, sign, product):
    assert str(unit(left).times(unit(right), sign)) == product


@pytest.mark.parametrize(("text", "factor"), [
    ("GJ", Fraction(5, 18)), ("bbl", Fraction("0.158987294928")), ("EUR/kWh", Fraction(1000)),
    ("15 min", Fraction(1, 4)),
    ("USD/1000m3", Fraction(1, 1000)), ("kW", Fraction(1, 1000)),
])  # fmt: skip
def test_sizes_are_exact(text, factor):
    amount, _, name = text.rpartition(" ")
    assert unit(name).factor * int(amount or 1) == factor


def test_gas_is_no_energy_and_a_barrel_no_tonne_and_a_dollar_no_euro():
    for one, other in (("1000m3", "MWh"), ("bbl", "t"), ("USD", "EUR"), ("SWU", "kgU"), ("MW", "MWh")):
        assert not unit(one).agrees(unit(other))
    assert unit("USD/bbl").agrees(unit("USD/m3"))


@pytest.mark.parametrize("text", ["", "five", "5 EURO", "1,5 EUR", "1e5", "NaN", "-", "5 EUR/", "9" * 31, "5 EUR MWh"])
def test_what_is_no_quantity_is_refused(refused, text):
    assert refused(lambda: quantity(text, "parameter p")) == ("quantity_text", "parameter p")
