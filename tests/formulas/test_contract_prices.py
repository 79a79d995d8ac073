"""Prices of supply contracts, clause by clause; the figures are illustrative, and each is worked out beside it."""

from datetime import date

import pytest
from tests.formulas.observed import months, observed, rows

from walras.errors import BadInput
from walras.formulas import Context, parse


def price(text, at, observations=None, **parameters):
    context = Context(at, observations or observed(), parameters, time_zone="Europe/Minsk")
    return str(parse(text).check().evaluate(context))


REGULATED = """
    # regulated price, transport to the border, storage and marketing, by the inflation of the year before;
    # storage and marketing are for the planned volume: whoever takes less pays them on less, to a fifth more
    index "cpi": 1 monthly;
    param regulated: USD/1000m3; param way: km; param planned: 1000m3; param taken: 1000m3;
    let inflation = mean(index("cpi"), months=1, every=12) / index("cpi", at=2011-12);
    let spread = clamp(planned / taken, 1, 120 %);
    let fixed = 6 USD/1000m3 + 2 USD/1000m3;
    round((regulated + 1.5 USD/1000m3/100km * way + fixed * spread) * inflation, 3, half_even) -> USD/1000m3
"""


@pytest.mark.parametrize(("taken", "paid"), [
    ("23000000", "148.575"),  # (90 + 1.5 x 29 + 8) x 126 / 120 = 141.5 x 1.05
    ("24000000", "148.575"),  # more than planned: never less than planned
    ("20000000", "149.835"),  # (90 + 43.5 + 8 x 1.15) x 1.05 = 142.7 x 1.05
    ("10000000", "150.255"),  # (90 + 43.5 + 8 x 1.20) x 1.05 = 143.1 x 1.05
])  # fmt: skip
def test_a_regulated_price_with_charges_inflation_and_an_adjustment_to_the_volume(taken, paid):
    seen = observed(rows("cpi", "1", {"2011-12": 120, "2012-12": 126}))
    given = {"regulated": "90 USD/1000m3", "way": "2900 km", "planned": "23000000 1000m3", "taken": f"{taken} 1000m3"}
    for day in (date(2013, 1, 1), date(2013, 12, 31)):  # December's index holds for the whole next year
        assert price(REGULATED, day, seen, **given) == f"{paid} USD/1000m3"


def test_a_price_back_from_the_border_of_the_market():
    text = """
        index "hub": EUR/MWh monthly; fx "EUR" "USD": workdays;
        param heat: MWh/1000m3; param abroad: km; param home: km;
        let market = convert(index("hub") * fx("EUR", "USD", by=previous_month), by=heat, to=USD/1000m3);
        let border = market - 2.5 USD/1000m3/100km * abroad;
        round(border * (1 - 30 %) - 1.75 USD/1000m3/100km * home, 2, half_even) -> USD/1000m3
    """  # 30 x 1.1 = 33 a MWh; x 10.5 = 346.5; - 2.5 x 8 = 326.5; x 0.7 = 228.55; - 1.75 x 30 = 176.05
    days = {f"2013-05-{d:02}": "1.1" for d in range(1, 32) if date(2013, 5, d).weekday() < 5}
    seen = observed(rows("hub", "EUR/MWh", {"2013-06": 30}), rows("EUR/USD", "USD/EUR", days))
    given = {"heat": "10.5 MWh/1000m3", "abroad": "800 km", "home": "3000 km"}
    assert price(text, date(2013, 6, 15), seen, **given) == "176.05 USD/1000m3"


def test_a_path_of_several_hops_with_losses():
    text = """
        let first = 1.2 USD/1000m3/100km * 1150 km; let second = 1.75 USD/1000m3/100km * 575 km + 0.5 USD/1000m3;
        round((165.6 USD/1000m3 + first + second) / (1 - 1.5 %), 2, half_even) -> USD/1000m3
    """  # 13.8 and 10.0625 + 0.5; 165.6 + 13.8 + 10.5625 = 189.9625; / 0.985 = 192.8553...
    assert price(text, date(2012, 1, 1)) == "192.86 USD/1000m3"


@pytest.mark.parametrize(("market", "duty"), [
    ("100", "0"), ("109.5", "0"),
    ("120", "3.675"),  # 35 % of 10.5
    ("150", "14.58"),  # 12.78 + 45 % of 4
    ("400", "170.575"),  # 29.2 + 65 % of 217.5
])  # fmt: skip
def test_a_duty_that_grows_with_the_price_of_oil(market, duty):
    text = """
        param oil: USD/t;
        steps(oil:
            ..109.5 USD/t            -> 0 USD/t,
            109.5 USD/t..146 USD/t   -> 35 % * (oil - 109.5 USD/t),
            146 USD/t..182.5 USD/t   -> 12.78 USD/t + 45 % * (oil - 146 USD/t),
            182.5 USD/t..            -> 29.2 USD/t + 65 % * (oil - 182.5 USD/t)) -> USD/t
    """
    assert price(text, date(2013, 1, 1), oil=f"{market} USD/t") == f"{duty} USD/t"


FUEL = """
    # one kilogram of uranium in fuel: ore, conversion, separative work, fabrication
    param ore: USD/lb; param conversion: USD/kgU; param work: USD/SWU; param fabrication: USD/kgU;
    param product: %; param tails: %; param ore_a_kilogram: lb/kgU;      # U3O8 that one kilogram of uranium is in
    let feed = feed_factor(product, feed=0.711 %, tails=tails);
    let uranium = convert(ore, by=ore_a_kilogram, to=USD/kgU);
    round(feed * (uranium + conversion) + swu_factor(product, feed=0.711 %, tails=tails) * work + fabrication,
          2, half_even) -> USD/kgU
"""
FUEL_GIVEN = {"ore": "80 USD/lb", "conversion": "40 USD/kgU", "work": "160 USD/SWU", "fabrication": "300 USD/kgU",
              "ore_a_kilogram": "2.5998 lb/kgU"}  # fmt: skip


@pytest.mark.parametrize(("product", "tails", "paid"), [
    # 9.6334012 x (207.984 + 40) + 8.3375316 x 160 + 300 = 2388.92936 + 1334.00506 + 300
    ("4.95 %", "0.22 %", "4022.93"),
    # 400 / 73 x 247.984 + 4.3064746 x 160 + 300 = 1358.81644 + 689.03593 + 300
    ("3 %", "0.2 %", "2347.85"),
])  # fmt: skip
def test_nuclear_fuel_by_its_components(product, tails, paid):
    assert price(FUEL, date(2024, 1, 1), product=product, tails=tails, **FUEL_GIVEN) == f"{paid} USD/kgU"


def test_the_sum_of_components_that_was_published_for_2011():
    """8.9 kg of U3O8 at 146 USD, 7.5 kgU at 13, 7.3 SWU at 155, 240 for fabrication: about 2,769 USD a kilogram."""
    text = "8.9 kg * 146 USD/kg + 7.5 kgU * 13 USD/kgU + 7.3 SWU * 155 USD/SWU + 1 kgU * 240 USD/kgU -> USD"
    assert price(text, date(2011, 3, 1)) == "2768.4 USD"


def test_a_pound_of_ore_is_no_kilogram_of_uranium_until_somebody_says_what_lies_between():
    """One kilogram of uranium is in 1.179 kg of U3O8, which are 1.179 / 0.45359237 = 2.59925 lb."""
    assert price("round(1.179 kg / 1 lb, 5, half_up) -> 1", date(2024, 1, 1)) == "2.59925"
    assert (
        price("convert(100 USD/kg, by=0.45359237 kg/lb, to=USD/lb) -> USD/lb", date(2024, 1, 1)) == "45.359237 USD/lb"
    )
    assert price("1 lb -> kg", date(2024, 1, 1)) == "0.45359237 kg"


@pytest.mark.parametrize(("spot", "paid"), [
    (82, "77.9"),  # 95 % of the mean of 80, 82 and 84
    (60, "66"),  # 95 % of 60 is below the floor: 60 x 110 / 100
    (160, "132"),  # 95 % of 160 is above the ceiling: 120 x 110 / 100
])  # fmt: skip
def test_a_market_price_between_a_floor_and_a_ceiling_that_escalate(spot, paid):
    text = """
        index "u3o8": USD/lb monthly; index "gdp": 1 monthly;
        let floor = escalate(60 USD/lb, index("gdp"), from=2010-01);
        let ceiling = escalate(120 USD/lb, index("gdp"), from=2010-01);
        clamp(95 % * mean(index("u3o8"), months=3), floor, ceiling) -> USD/lb
    """
    ore = {"2013-02": spot - 2, "2013-03": spot, "2013-04": spot + 2}
    seen = observed(rows("u3o8", "USD/lb", ore), rows("gdp", "1", {"2010-01": 100, "2013-05": 110}))
    assert price(text, date(2013, 5, 2), seen) == f"{paid} USD/lb"


def test_a_basket_of_products_in_the_years_of_a_step_in():
    text = """
        index "gasoil": USD/t monthly; index "fuel oil": USD/t monthly;
        let oil = mean(index("gasoil"), months=9, every=3) / 500 USD/t;
        let heavy = mean(index("fuel oil"), months=9, every=3) / 250 USD/t;
        let full = 200 USD/1000m3 * (60 % * oil + 40 % * heavy);
        full * path(2008-01-01: 67 %, 2009-01-01: 80 %, 2010-01-01: 90 %, 2011-01-01: 100 %) -> USD/1000m3
    """  # April to December 2007: gasoil 640, fuel oil 320; 200 x (0.6 x 1.28 + 0.4 x 1.28) = 256
    seen = observed(rows("gasoil", "USD/t", months(2007, *range(570, 690, 10))),
                    rows("fuel oil", "USD/t", months(2007, *range(285, 345, 5))))  # fmt: skip
    assert price(text, date(2008, 2, 29), seen) == "171.52 USD/1000m3"  # 67 % of 256


@pytest.mark.parametrize(("day", "mean"), [
    (date(2011, 4, 1), "725"), (date(2011, 9, 30), "725"),  # October 2010 to March 2011: (700 + ... + 750) / 6
    (date(2011, 10, 1), "785"), (date(2012, 3, 31), "785"),  # April to September 2011: (760 + ... + 810) / 6
])  # fmt: skip
def test_half_years_from_april_and_october_on(day, mean):
    """January 2010 is 610 USD/t, and each month 10 more."""
    gasoil = observed(rows("gasoil", "USD/t", months(2010, *range(610, 850, 10))))
    text = 'index "gasoil": USD/t monthly; mean(index("gasoil"), months=6, every=6, begin=4) -> USD/t'
    assert price(text, day, gasoil) == f"{mean} USD/t"
    assert price(text.replace("begin=4", "begin=10"), day, gasoil) == f"{mean} USD/t"


@pytest.mark.parametrize(("oil", "paid"), [
    ("20", "6.5"),  # flat below 40: 40 x 0.0625 + 4
    ("40", "6.5"), ("50", "8"), ("60", "9.5"),  # 0.15 a dollar in the middle
    ("100", "12"), ("140", "12"),  # 0.0625 again, flat above 100
])  # fmt: skip
def test_an_s_curve_that_ends_flat(oil, paid):
    text = """
        param oil: USD/bbl;
        curve(clamp(oil, 40 USD/bbl, 100 USD/bbl):
              40 USD/bbl -> 6.5 USD/MWh, 60 USD/bbl -> 9.5 USD/MWh, 100 USD/bbl -> 12 USD/MWh) -> USD/MWh
    """
    assert price(text, date(2024, 1, 1), oil=f"{oil} USD/bbl") == f"{paid} USD/MWh"


@pytest.mark.parametrize(("taken", "bill"), [("80", "16000"), ("100", "20000"), ("130", "25400"), ("170", "32200")])
def test_a_bill_by_tranches_of_the_quantity_taken(taken, bill):
    """To 100 at 200 USD, the next 50 at 180, the rest at 160: 130 are 20,000 + 30 x 180, 170 are 29,000 + 20 x 160."""
    text = """
        param taken: 1000m3;
        let second = clamp(taken - 100 1000m3, 0 1000m3, 50 1000m3); let third = max(taken - 150 1000m3, 0 1000m3);
        min(taken, 100 1000m3) * 200 USD/1000m3 + second * 180 USD/1000m3 + third * 160 USD/1000m3 -> USD
    """
    assert price(text, date(2024, 1, 1), taken=f"{taken} 1000m3") == f"{bill} USD"


def test_a_price_review_replaces_the_formula_from_a_day_on():
    text = """
        index "hub": EUR/MWh monthly; param oil_linked: EUR/MWh;
        path(2009-10-01: oil_linked, 2012-10-01: 85 % * oil_linked + 15 % * index("hub")) -> EUR/MWh
    """
    seen = observed(rows("hub", "EUR/MWh", {"2012-10": 24}))
    assert price(text, date(2012, 9, 30), seen, oil_linked="36 EUR/MWh") == "36 EUR/MWh"
    assert price(text, date(2012, 10, 1), seen, oil_linked="36 EUR/MWh") == "34.2 EUR/MWh"  # 30.6 + 3.6


def test_a_provisional_price_takes_what_was_known_and_the_final_one_what_the_month_was():
    text = 'index "hub": EUR/MWh monthly; index("hub"{}) - 1.5 EUR/MWh -> EUR/MWh'
    seen = observed(rows("hub", "EUR/MWh", {"2013-05": 28, "2013-06": 30}))
    assert price(text.format(", lag=1"), date(2013, 6, 1), seen) == "26.5 EUR/MWh"
    assert price(text.format(""), date(2013, 6, 1), seen) == "28.5 EUR/MWh"


def test_a_contract_whose_index_misses_a_month_lists_every_month_that_it_needs():
    with pytest.raises(BadInput) as caught:
        price(REGULATED, date(2013, 1, 1), observed(rows("cpi", "1", {"2012-11": 125})), regulated="90 USD/1000m3",
              way="2900 km", planned="1 1000m3", taken="1 1000m3")  # fmt: skip
    assert [(m.rule, m.what) for m in caught.value.mistakes] == [
        ("observation_missing", "cpi has no observation for 2012-12"),
        ("observation_missing", "cpi has no observation for 2011-12"),
    ]
