"""Feed and separative work of enriched uranium, against published figures and on paper."""

from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest

from walras.errors import BadInput
from walras.formulas import Context, Table, parse
from walras.formulas.enrichment import feed_factor, swu_factor, tails_factor, value
from walras.formulas.limits import MOST_ASSAY_BITS

NATURAL = Fraction("0.00711")


def share(percent):
    return Fraction(percent) / 100


def computed(text, **parameters):
    return parse(text).check().evaluate(Context(date(2024, 1, 1), Table(), parameters))


@pytest.mark.parametrize(("product", "tails", "places", "feed", "work"), [
    ("3", "0.2", 3, "5.479", "4.306"),  # IAEA Bulletin 19/1: one kilogram of 3 % product
    ("4.1", "0.2", 1, "7.6", "6.8"),  # EPJ Nuclear Sciences & Technologies 2016, epjn150063, table 2: fuel of a VVER
    ("4.5", "0.3", 0, "10", "6"),  # 100 kg of natural uranium and about 60 SWU are 10 kg of 4.5 %
    ("5", "0.25", 1, "10.3", "7.9"),  # World Nuclear Association, Uranium Enrichment: 7.9 SWU
    ("5", "0.2", 1, "9.4", "8.9"),  # the same: 9.4 kg of feed, 8.9 SWU
    ("3.6", "0.3", 1, "8", "4.5"),  # about 8 kg of feed, 4.5 SWU, as encyclopaedias say
])  # fmt: skip
def test_published_figures_of_feed_and_separative_work(product, tails, places, feed, work):
    assays = share(product), NATURAL, share(tails)
    assert round(feed_factor(*assays), places) == Fraction(feed)
    assert round(swu_factor(*assays), places) == Fraction(work)


def test_a_large_power_station_of_its_enricher():
    """Urenco: 1,300 MW take 25 t of 3.75 % a year, from about 210 t of natural uranium with about 120 t of work."""
    assays = share("3.75"), NATURAL, share("0.3")
    assert round(25 * feed_factor(*assays), -1) == 210
    assert round(25 * swu_factor(*assays), -1) == 120


def test_balances_are_exact_on_paper():
    """3 % out of 0.75 % at tails of 0.25 %: 2.75 / 0.5 = 5.5 of feed, 4.5 of tails; 5.5 x 0.75 = 3 + 4.5 x 0.25."""
    assays = share(3), share("0.75"), share("0.25")
    assert (feed_factor(*assays), tails_factor(*assays)) == (Fraction("5.5"), Fraction("4.5"))


def test_the_value_function_on_paper():
    """V(1/4) = (1 - 1/2) ln 3, V(1/2) = 0, V(3/4) = V(1/4); ln 3 = 1.0986122886681098."""
    assert str(value(Fraction(1, 4)))[:18] == "0.5493061443340548"
    assert value(Fraction(1, 2)) == 0
    assert abs(value(Fraction(3, 4)) - value(Fraction(1, 4))) < Decimal("1e-58")


def test_the_least_assays_have_a_figure():
    """With assays of 3, 2 and 1 times 10^-29 two of feed give one: ln(1/3) + ln(1) - 2 ln(1/2) = ln(4/3)."""
    assays = [Fraction(n, 10**29) for n in (3, 2, 1)]
    assert swu_factor(*assays) == Fraction("0.287682072452")


def test_the_figure_does_not_depend_on_the_precision_that_others_have_set():
    with localcontext() as context:
        context.prec = 5
        assert swu_factor(share(3), NATURAL, share("0.2")) == Fraction("4.306474552005")
        assert Decimal(1) / 3 == Decimal("0.33333")


def test_a_formula_says_what_it_is_in():
    assert str(computed("feed_factor(3 %, feed=0.711 %, tails=0.2 %) * 73 -> 1")) == "400"
    assert str(computed("round(swu_factor(3 %, feed=0.711 %, tails=0.2 %), 3, half_up) -> SWU/kgU")) == "4.306 SWU/kgU"
    text = "param x: %; param n: 1; param w: %; 20000 kgU * swu_factor(x, feed=n, tails=w) -> SWU"
    found = computed(text, x="3 %", n="0.00711", w="0.2 %")
    assert found.amount == 20_000 * Fraction("4.306474552005")


def test_nothing_is_left_to_do_where_the_product_is_the_feed():
    assert str(computed("swu_factor(0.711 %, feed=0.711 %, tails=0.2 %) -> SWU/kgU")) == "0 SWU/kgU"
    assert str(computed("feed_factor(0.711 %, feed=0.711 %, tails=0.2 %) -> 1")) == "1"


@pytest.mark.parametrize(("assays", "rule"), [
    ("4.95, feed=0.711 %, tails=0.22 %", "assay_range"),  # the usual slip: per cent without their sign
    ("100 %, feed=0.711 %, tails=0.22 %", "assay_range"),
    ("4.95 %, feed=0.711 %, tails=0 %", "assay_range"),
    ("4.95 %, feed=-0.711 %, tails=0.22 %", "assay_range"),
    ("4.95 %, feed=0.22 %, tails=0.22 %", "assays_ordered"),
    ("4.95 %, feed=0.22 %, tails=0.711 %", "assays_ordered"),
    ("0.5 %, feed=0.711 %, tails=0.22 %", "assays_ordered"),
])  # fmt: skip
@pytest.mark.parametrize("function", ["feed_factor", "swu_factor"])
def test_assays_are_shares_in_order(refused, function, assays, rule):
    text = f"{function}({assays}) * (if {function}(3 %, feed=0.711 %, tails=0.2 %) > 0 * {function}(3 %, feed=0.711 %, "
    text += f"tails=0.2 %) then 1 else 2) -> {'1' if function == 'feed_factor' else 'SWU/kgU'}"
    assert refused(lambda: computed(text)) == (rule, "formula line 1, column 1")


def test_every_assay_that_is_none_is_listed():
    with pytest.raises(BadInput) as caught:
        swu_factor(Fraction("4.95"), Fraction("0.711"), Fraction("-0.22"))
    assert [(m.what[:27], m.where, m.rule) for m in caught.value.mistakes] == [
        ("the assay of the product do", "enrichment", "assay_range"),
        ("the assay of the tails does", "enrichment", "assay_range"),
    ]


def test_feed_and_tails_that_are_nearly_one_have_no_figure(refused):
    near = NATURAL - Fraction(1, 10**33)
    assert refused(lambda: swu_factor(share(3), NATURAL, near))[0] == "figure_range"
    assert refused(lambda: feed_factor(share(3), NATURAL, near))[0] == "figure_range"


def test_an_assay_that_is_too_long_to_carry_is_refused(refused):
    longest = Fraction(1, 2 ** (MOST_ASSAY_BITS - 1))
    assert swu_factor(share(3), NATURAL, longest) > 0
    assert refused(lambda: swu_factor(share(3), NATURAL, longest / 2))[0] == "figure_length"
    assert refused(lambda: feed_factor(share(3) + longest / 10**9, NATURAL, share("0.2")))[0] == "figure_length"


@pytest.mark.parametrize(("text", "rule", "column"), [
    ("feed_factor(4.95 %, tails=0.22 %) -> 1", "argument_needed", 1),
    ("swu_factor(4.95 %, 0.711 %, 0.22 %) -> SWU/kgU", "arguments_count", 1),
    ("swu_factor(4.95 %, feed=0.711 %, waste=0.22 %, tails=0.3 %) -> SWU/kgU", "argument_known", 1),
    ("swu_factor(4.95 kgU, feed=0.711 %, tails=0.22 %) -> SWU/kgU", "ratio_expected", 12),
    ("swu_factor(4.95 %, feed=0.711 kgU, tails=0.22 %) -> SWU/kgU", "ratio_expected", 25),
    ("feed_factor(4.95 %, feed=0.711 %, tails=1 > 2) -> 1", "figure_expected", 43),
    ("feed_factor(4.95 %, feed=0.711 %, tails=2010-01) -> 1", "figure_expected", 41),
    ("swu_factor(4.95 %, feed=0.711 %, tails=0.22 %) -> kgU", "result_unit", 48),
    ("swu_factor(4.95 %, feed=0.711 %, tails=0.22 %) * 160 USD/kgU -> USD/kgU", "result_unit", 62),
    ("let swu_factor = 8; swu_factor -> 1", "name_free", 5),
    ("let lb = 8; 1 -> 1", "name_free", 5),
    ("80 USD/lb -> USD/kgU", "result_unit", 11),
])  # fmt: skip
def test_a_formula_of_nuclear_fuel_that_is_wrong_says_where(refused, text, rule, column):
    assert refused(lambda: parse(text).check()) == (rule, f"formula line 1, column {column}")
