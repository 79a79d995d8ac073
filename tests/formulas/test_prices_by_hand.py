"""Prices of supply contracts and deviations, every figure on paper."""

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from tests.formulas.observed import months, observed, rows

from walras.formulas import Context, check_book, declare, parse, parse_book


def price(text, at, observations=None, **parameters):
    context = Context(at, observations or observed(), parameters, time_zone="Europe/Minsk")
    return str(parse(text).check().evaluate(context))


STEP_IN = "path(2008-01-01: 67 %, 2009-01-01: 80 %, 2010-01-01: 90 %, 2011-01-01: 100 %)"


@pytest.mark.parametrize(("day", "paid"), [
    (date(2008, 1, 1), "201 USD/1000m3"), (date(2008, 2, 29), "201 USD/1000m3"),  # 300 x 0.67
    (date(2009, 1, 1), "240 USD/1000m3"), (date(2009, 12, 31), "240 USD/1000m3"),  # 300 x 0.80
    (date(2010, 7, 1), "270 USD/1000m3"),  # 300 x 0.90
    (date(2011, 1, 1), "300 USD/1000m3"), (date(2011, 12, 31), "300 USD/1000m3"),  # in full
])  # fmt: skip
def test_the_step_in_path_of_the_years_to_2011_on_an_illustrative_price(day, paid):
    assert price(f"param full: USD/1000m3; full * {STEP_IN} -> USD/1000m3", day, full="300 USD/1000m3") == paid


def test_before_the_path_begins_there_is_no_price(refused):
    rule, where = refused(lambda: price(f"{STEP_IN} -> %", date(2006, 12, 31)))
    assert (rule, where) == ("path_covers", "formula line 1, column 1")


def test_the_deferral_of_2011_is_what_lies_between_the_illustrative_formula_and_244_8():
    text = """
        param formula_price: USD/1000m3; param volume: 1000m3;
        let invoiced = min(formula_price, 244.8 USD/1000m3);
        round(volume * (formula_price - invoiced), 2, half_up) -> USD
    """  # 1,500,000 x (285.5 - 244.8) = 1,500,000 x 40.7
    given = {"formula_price": "285.5 USD/1000m3", "volume": "1500000 1000m3"}
    assert price(text, date(2011, 9, 1), **given) == "61050000 USD"


def test_the_fixed_price_of_2012():
    text = "param volume: 1000m3; volume * 165.6 USD/1000m3 -> USD"
    assert price(text, date(2012, 3, 1), volume="22500000 1000m3") == "3726000000 USD"  # 22.5 bcm


def test_the_regulated_price_of_2013_plus_charges_follows_inflation_illustrative():
    text = """
        index "cpi": 1 monthly;
        param regulated: USD/1000m3; param transport: USD/1000m3/100km; param way: km;
        let charges = 12 USD/1000m3 + 3 USD/1000m3;
        regulated + transport * way + escalate(charges, index("cpi"), from=2012-12) -> USD/1000m3
    """
    seen = observed(rows("cpi", "1", {"2012-12": 120, "2013-06": 126}))
    given = {"regulated": "80 USD/1000m3", "transport": "1.5 USD/1000m3/100km", "way": "3000 km"}
    # 80 + 1.5 x 30 + 15 x 126 / 120 = 80 + 45 + 15.75
    assert price(text, date(2013, 6, 10), seen, **given) == "140.75 USD/1000m3"


@pytest.mark.parametrize(("day", "mean"), [
    (date(2011, 1, 1), "685"), (date(2011, 3, 31), "685"),  # June to November 2010: (660 + ... + 710) / 6
    (date(2011, 4, 1), "715"), (date(2011, 6, 30), "715"),  # September 2010 to February 2011: (690 + ... + 740) / 6
    (date(2011, 7, 1), "745"),  # December 2010 to May 2011: (720 + ... + 770) / 6
])  # fmt: skip
def test_six_months_mean_one_month_lag_for_three_months(day, mean):
    """January 2010 is 610 USD/t, and each month 10 more."""
    gasoil = observed(rows("gasoil", "USD/t", months(2010, *range(610, 850, 10))))
    text = 'index "gasoil": USD/t monthly; mean(index("gasoil"), months=6, lag=1, every=3) -> USD/t'
    assert price(text, day, gasoil) == f"{mean} USD/t"


def test_an_oil_price_in_euros_per_mwh_says_every_conversion():
    text = """
        index "brent": USD/bbl daily; fx "USD" "EUR": workdays;
        let tonne = convert(index("brent", at=2024-03-01), by=0.125 t/bbl, to=USD/t);
        let energy = convert(tonne, by=12 MWh/t, to=USD/MWh);
        energy * fx("USD", "EUR") -> EUR/MWh
    """  # 81 / 0.125 = 648; / 12 = 54; x 0.9 = 48.6
    seen = observed(rows("brent", "USD/bbl", {"2024-03-01": 81}), rows("USD/EUR", "EUR/USD", {"2024-03-04": "0.9"}))
    assert price(text, date(2024, 3, 4), seen) == "48.6 EUR/MWh"


def test_cubic_metres_become_energy_by_a_stated_calorific_value():
    text = "param heat: MWh/1000m3; convert(244.8 USD/1000m3, by=heat, to=USD/MWh) -> USD/MWh"
    assert price(text, date(2024, 1, 1), heat="10.2 MWh/1000m3") == "24 USD/MWh"
    back = "convert(24 USD/MWh, by=10.2 MWh/1000m3, to=USD/1000m3) -> USD/1000m3"
    assert price(back, date(2024, 1, 1)) == "244.8 USD/1000m3"


@pytest.mark.parametrize(("given", "paid"), [("15", "20"), ("20", "20"), ("55.5", "55.5"), ("70", "60")])
def test_cap_and_floor(given, paid):
    text = "param p: EUR/MWh; clamp(p, 20 EUR/MWh, 60 EUR/MWh) -> EUR/MWh"
    assert price(text, date(2024, 1, 1), p=f"{given} EUR/MWh") == f"{paid} EUR/MWh"


def test_base_escalation_with_half_of_the_index():
    text = 'index "cpi": 1 monthly; escalate(40 EUR/MWh, index("cpi"), from=2010-01, weight=50 %, lag=2) -> EUR/MWh'
    seen = observed(rows("cpi", "1", {"2010-01": 100, "2011-01": 110}))
    assert price(text, date(2011, 3, 15), seen) == "42 EUR/MWh"  # 40 x (0.5 + 0.5 x 1.1)


DEVIATION = """
    index "da": EUR/MWh mtu 60 min;
    param deviation: MWh; param band: MWh; param k_long: 1; param k_short: 1;
    let beyond_band = beyond(deviation, band);
    let rate = if deviation > 0 MWh then k_long else k_short;
    round(beyond_band * rate * mean(index("da"), mtus=1), 2, half_even) -> EUR
"""


@pytest.mark.parametrize(("deviation", "amount"), [
    ("7 MWh", "72 EUR"),  # 2 beyond the band x 0.9 x 40
    ("5 MWh", "0 EUR"),
    ("-4.9 MWh", "0 EUR"),
    ("-8 MWh", "-132 EUR"),  # -3 x 1.1 x 40
])  # fmt: skip
def test_a_deviation_pays_by_its_direction_and_only_beyond_the_technological_band(deviation, amount):
    seen = observed(rows("da", "EUR/MWh", {"2024-01-01T08:00Z": 40}))
    at = datetime(2024, 1, 1, 9, 30, tzinfo=UTC)
    given = {"deviation": deviation, "band": "5 MWh", "k_long": "0.9", "k_short": "110 %"}
    assert price(DEVIATION, at, seen, **given) == amount


def test_a_power_for_a_quarter_of_an_hour_is_an_energy():
    assert price("20 MW * 15 min * 40 EUR/MWh -> EUR", date(2024, 1, 1)) == "200 EUR"


@pytest.mark.parametrize(("x", "factor"), [("-5", "0.5"), ("0", "0.8"), ("9.99", "0.8"), ("10", "1")])
def test_steps_hold_from_their_low_bound_and_end_before_the_high_one(x, factor):
    text = "param x: EUR/MWh; steps(x: ..0 EUR/MWh -> 0.5, 0 EUR/MWh..10 EUR/MWh -> 0.8, 10 EUR/MWh.. -> 1) -> 1"
    assert price(text, date(2024, 1, 1), x=f"{x} EUR/MWh") == factor


@pytest.mark.parametrize(("oil", "paid"), [("40", "20"), ("50", "25"), ("60", "30"), ("80", "34"), ("100", "38")])
def test_an_s_curve_bends_at_its_points(oil, paid):
    curve = "curve(oil: 40 USD/bbl -> 20 EUR/MWh, 60 USD/bbl -> 30 EUR/MWh, 100 USD/bbl -> 38 EUR/MWh)"
    assert price(f"param oil: USD/bbl; {curve} -> EUR/MWh", date(2024, 1, 1), oil=f"{oil} USD/bbl") == f"{paid} EUR/MWh"


@pytest.mark.parametrize(("mode", "up", "down"), [
    ("half_up", "2.35", "-2.35"), ("half_even", "2.34", "-2.34"), ("down", "2.34", "-2.34"), ("up", "2.35", "-2.35"),
])  # fmt: skip
def test_rounding_is_said_and_goes_by_the_unit_that_is_seen(mode, up, down):
    assert price(f"round(2.345 EUR, 2, {mode}) -> EUR", date(2024, 1, 1)) == f"{up} EUR"
    assert price(f"round(-2.345 EUR, 2, {mode}) -> EUR", date(2024, 1, 1)) == f"{down} EUR"
    assert price("round(244.849 USD/1000m3, 1, half_up) -> USD/m3", date(2024, 1, 1)) == "0.2448 USD/m3"


def test_a_month_average_of_fixings_over_working_days():
    days = {"2024-02-01": "0.90", "2024-02-02": "0.92", "2024-02-05": "closed"}
    days |= {f"2024-02-{d:02}": "0.91" for d in range(6, 30) if date(2024, 2, d).weekday() < 5}
    seen = observed(rows("USD/EUR", "EUR/USD", days))
    text = 'fx "USD" "EUR": workdays; 100 USD * fx("USD", "EUR", by={}) -> EUR'
    assert price(text.format("month"), date(2024, 2, 10), seen) == "91 EUR"
    assert price(text.format("previous_month"), date(2024, 3, 31), seen) == "91 EUR"
    assert price(text.format("day"), date(2024, 2, 2), seen) == "92 EUR"


def test_formulas_of_a_book_use_each_other_in_their_declared_units():
    book = parse_book({
        "hub": 'index("hub", lag=1) -> EUR/MWh',
        "gas": "max(hub - discount, 5 EUR/MWh) -> EUR/MWh",
        "bill": "param volume: MWh; round(volume * gas, 2, half_up) -> EUR",
    })  # fmt: skip
    checked = check_book(book, declare('index "hub": EUR/MWh daily; param discount: EUR/MWh;'))
    seen = observed(rows("hub", "EUR/MWh", {"2024-02-29": "31.5"}))
    context = Context(date(2024, 3, 1), seen, {"discount": "1.5 EUR/MWh", "volume": "3 GWh"})
    assert checked["bill"].evaluate(context).amount == Fraction(90_000)


def test_branches_that_do_not_hold_need_nothing():
    text = 'index "x": EUR daily; param on: 1; if on == 1 then 5 EUR else index("x") / 0 -> EUR'
    assert price(text, date(2024, 1, 1), observed(), on=1) == "5 EUR"
