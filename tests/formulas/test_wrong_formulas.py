"""What is no formula, or mixes what cannot be mixed: each with its rule and its place."""

import re
import time
from contextlib import suppress
from datetime import date
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from tests.formulas.observed import observed

from walras.errors import BadInput
from walras.formulas import Context, Observation, SeriesFacts, Table, check_book, declare, parse, parse_book, unit
from walras.formulas.limits import MOST_CHARACTERS, MOST_DEPTH
from walras.formulas.periods import Grid, Moment, midnight

DECLARED = """
index "brent": USD/bbl daily; index "gasoil": USD/t monthly; index "da": EUR/MWh mtu 60 min;
index "cpi": 1 monthly; fx "USD" "EUR": workdays; param d: MWh; param p: EUR/MWh; param density: t/bbl;
"""
SIGNATURE = declare(DECLARED)

WRONG = [
    ("", "syntax", 1),
    ("1 + -> 1", "syntax", 6),
    ("NaN -> 1", "syntax", 1),
    ("inf -> 1", "name_known", 1),
    ("1 < 2 < 3 -> 1", "syntax", 7),
    ("__import__ -> 1", "syntax", 1),
    ("p.real -> EUR/MWh", "syntax", 2),
    ("1e9 -> 1", "unit_known", 2),
    ("3 quids -> EUR", "unit_known", 3),
    ("3 EUR/barrel -> EUR", "name_known", 7),
    ("3 -> euro", "unit_known", 6),
    ("1" * 31 + " -> 1", "limit_digits", 1),
    ("path(2023-02-29: 1) -> 1", "date_exists", 6),
    ("path(0099-01-01: 1) -> 1", "date_exists", 6),
    ("min(a=1, 2) -> 1", "arguments_order", 1),
    ('index "x": EUR mtu 7 min; 1 -> 1', "mtu_minutes", 20),
    ('index "x": EUR daily, published within 1.5 days; 1 -> 1', "whole_number", 40),
    ('index "x": EUR daily, published within 9999 days; 1 -> 1', "limit_window", 40),
    ('fx "usd" "EUR": daily; 1 -> 1', "currency_code", 1),
    ('fx "EUR" "EUR": daily; 1 -> 1', "currency_code", 1),
    ("price -> EUR/MWh", "name_known", 1),
    ("let t = 1; 1 -> 1", "name_free", 5),
    ("let mean = 1; 1 -> 1", "name_free", 5),
    ("let a = 1; let a = 2; 1 -> 1", "declared_once", 16),
    ("let p = 1; 1 -> 1", "declared_once", 5),
    ('index "brent": EUR daily; 1 -> 1', "declared_once", 7),
    ("p + 1 -> EUR/MWh", "units_agree", 3),
    ("p > 1 and p < 2 EUR/MWh -> 1", "units_agree", 3),
    ("if p > 1 EUR/MWh then p else d -> EUR/MWh", "units_agree", 1),
    ("1 EUR + 1 USD -> EUR", "currency_explicit", 7),
    ('index("brent") -> EUR/bbl', "currency_explicit", 16),
    ('index("brent") -> EUR/MWh', "result_unit", 16),
    ('index("brent") * fx("USD", "EUR") -> EUR/MWh', "result_unit", 35),
    ("1 < 2 -> 1", "figure_expected", 3),
    ('min("gas", 1) -> 1', "figure_expected", 5),
    ('round("gas", 1, up) -> 1', "figure_expected", 7),
    ("convert(d, by=2024-01-01, to=t) -> t", "figure_expected", 15),
    ('escalate(p, index("cpi"), from=2010-01, weight=2010-01) -> EUR/MWh', "figure_expected", 48),
    ('escalate(p, index("cpi"), from=5) -> EUR/MWh', "period_of_series", 32),
    ('index("brent", lag=2024-01-01) -> USD/bbl', "whole_number", 20),
    ('mean("brent", days=1) -> USD/bbl', "series_expected", 6),
    ("if p then 1 else 2 -> 1", "truth_expected", 4),
    ("if not 3 then 1 else 2 -> 1", "truth_expected", 8),
    ("(1 < 2) + 3 -> 1", "figure_expected", 4),
    ("d*d*d*d*d*d*d*d*d*d -> MWh", "unit_power", 18),
    ("eval(1) -> 1", "function_known", 1),
    ("min(1) -> 1", "arguments_count", 1),
    ("clamp(1, 2) -> 1", "arguments_count", 1),
    ("max(1, 2, low=3) -> 1", "argument_known", 1),
    ("convert(d, by=density) -> t", "argument_needed", 1),
    ("convert(d, by=density, to=t) -> t", "conversion_leads", 1),
    ("convert(d, by=density, to=3) -> t", "syntax", 27),
    ("index(brent) -> USD/bbl", "series_in_quotes", 1),
    ('index("brend") -> USD/bbl', "series_known", 1),
    ('fx("EUR", "USD") -> USD/EUR', "series_known", 1),
    ('index("brent", at=2024-01) -> USD/bbl', "period_of_series", 19),
    ('index("gasoil", at=2024-01-01) -> USD/t', "period_of_series", 20),
    ('index("da", at=2024-01-01) -> EUR/MWh', "period_of_series", 16),
    ('index("brent", lag=1, at=2024-01-01) -> USD/bbl', "one_time", 1),
    ('index("brent", lag=-1) -> USD/bbl', "whole_number", 20),
    ('index("brent", lag=1 h) -> USD/bbl', "whole_number", 20),
    ('index("brent", lag=99999) -> USD/bbl', "limit_window", 20),
    ('fx("USD", "EUR", by=year) -> EUR/USD', "date_rule", 21),
    ("mean(p, months=6) -> EUR/MWh", "series_expected", 6),
    ('mean(index("brent", lag=1), months=6) -> USD/bbl', "series_alone", 6),
    ('mean(index("brent")) -> USD/bbl', "one_window", 1),
    ('mean(index("brent"), months=6, days=3) -> USD/bbl', "one_window", 1),
    ('mean(index("brent"), months=0) -> USD/bbl', "window_size", 29),
    ('mean(index("brent"), months=6, every=5) -> USD/bbl', "window_every", 38),
    ('mean(index("brent"), days=6, every=3) -> USD/bbl', "window_every", 36),
    ('mean(index("brent"), months=6, every=6, begin=13) -> USD/bbl', "window_every", 47),
    ('mean(index("brent"), months=6, every=6, begin=0) -> USD/bbl', "window_every", 47),
    ('mean(index("brent"), months=6, begin=4) -> USD/bbl', "window_every", 38),
    ('mean(index("brent"), months=6, every=6, begin=1 h) -> USD/bbl', "whole_number", 47),
    ('mean(index("brent"), mtus=6) -> USD/bbl', "window_fits", 1),
    ('mean(index("gasoil"), days=6) -> USD/t', "window_fits", 1),
    ('mean(index("brent"), months=121) -> USD/bbl', "limit_window", 29),
    ('mean(index("da"), months=100) -> EUR/MWh', "limit_observations", 1),
    ('mean(index("brent", last_known=3000), months=1) -> USD/bbl', "limit_observations", 1),
    ('escalate(p, d, from=2010-01) -> EUR/MWh', "series_expected", 13),
    ('escalate(p, index("cpi"), from=2010-01, weight=d) -> EUR/MWh', "ratio_expected", 48),
    ('escalate(p, index("cpi")) -> EUR/MWh', "argument_needed", 1),
    ("round(1, 2, bankers) -> 1", "rounding_known", 13),
    ("round(1, 13, down) -> 1", "rounding_places", 10),
    ("steps(d: 0 MWh..1 MWh -> 1, 2 MWh.. -> 2) -> 1", "steps_contiguous", 29),
    ("steps(d: 2 MWh..1 MWh -> 1) -> 1", "steps_contiguous", 10),
    ("steps(d: 0..1 -> 1) -> 1", "units_agree", 10),
    ("curve(d: 0 MWh -> 1) -> 1", "curve_ascending", 1),
    ("curve(d: 1 MWh -> 1, 1 MWh -> 2) -> 1", "curve_ascending", 22),
    ("path(2024-01-01: 1, 2024-01-01: 2) -> 1", "path_ascending", 21),
    ("let a = b; let b = a + 1; a -> 1", "no_circle", 20),
    ("let a = a; a -> 1", "no_circle", 9),
    ("+".join("1" * (MOST_DEPTH + 1)) + " -> 1", "limit_depth", 128),
    ("(" * 4000 + "1" + ")" * 4000 + "-1-" + "-" * 70 + "1 -> 1", "limit_depth", 8004),
    ("min(" + ",".join(["1+1+1+1+1+1"] * 20) + ")+" + "+".join(
        "max(" + ",".join(["1+1+1+1+1+1+1+1+1+1"] * 20) + ")" for _ in range(5)) + " -> 1", "limit_nodes", 1865),
    ("1" + " " * MOST_CHARACTERS + "-> 1", "limit_length", 1),
]  # fmt: skip


@pytest.mark.parametrize(("text", "rule", "column"), WRONG, ids=[f"{r}-{i}" for i, (_, r, _) in enumerate(WRONG)])
def test_a_wrong_formula_is_refused_with_rule_and_place(refused, text, rule, column):
    assert refused(lambda: parse(text).check(SIGNATURE)) == (rule, f"formula line 1, column {column}")


def test_all_mistakes_come_back_at_once_each_at_its_line():
    text = "let a = nothing;\nlet b = min(1);\n1 EUR + 2 USD + foo(3)\n  -> EUR"
    with pytest.raises(BadInput) as caught:
        parse(text, "gas").check()
    places = [(m.where, m.rule) for m in caught.value.mistakes]
    assert places == [
        ("gas line 1, column 9", "name_known"),
        ("gas line 2, column 9", "arguments_count"),
        ("gas line 3, column 7", "currency_explicit"),
        ("gas line 3, column 17", "function_known"),
    ]


def test_a_name_that_is_wrong_is_told_once_however_often_it_is_used():
    with pytest.raises(BadInput) as caught:
        parse("let t = 1; x + x + t + t -> 1").check()
    assert [m.rule for m in caught.value.mistakes] == ["name_free", "name_known"]


def test_a_book_whose_formulas_go_in_a_circle_names_it():
    book = parse_book({"gas": "hub * 2 -> 1", "hub": "oil + 1 -> 1", "oil": "gas - 1 -> 1", "fine": "1 -> 1"})
    with pytest.raises(BadInput) as caught:
        check_book(book)
    assert {m.rule for m in caught.value.mistakes} == {"no_circle"}
    assert "gas uses hub uses oil uses gas: this is a circle" in {m.what for m in caught.value.mistakes}


def test_a_parameter_or_series_is_the_same_in_all_formulas_of_a_book():
    book = parse_book({
        "a": 'param k: 1; index "x": EUR daily; k * b * index("x") / 1 EUR -> 1',
        "b": 'param k: MWh; index "x": EUR monthly; k / 1 MWh -> 1',
    })  # fmt: skip
    with pytest.raises(BadInput) as caught:
        check_book(book)
    assert {(m.where, m.rule) for m in caught.value.mistakes} == {
        ("b line 1, column 7", "declared_once"), ("b line 1, column 21", "declared_once")}  # fmt: skip


HOSTILE = {
    "many unknown names": " + ".join(f"(n{i} + n{i}x)" for i in range(300)).replace(") + (", ") + ("),
    "many names, none near": "".join(f"param p{i}: 1; " for i in range(300))
    + "max("
    + ",".join(f"q{i}" for i in range(20))
    + ")",
    "one long number": "1" * 9_000 + "é",
    "one long word": "a" * 9_000,
    "spaces": "1" + " " * 9_000 + "x",
    "commas": "max(" + "1," * 4_500 + "1)",
    "tables": "steps(1: " + ", ".join(f"{i}..{i + 1} -> steps(1: 0..2 -> 1)" for i in range(250)) + ")",
    "squares": "let a0 = 1.01; " + "".join(f"let a{i + 1} = a{i} * a{i}; " for i in range(60)) + "a60",
    "doubling": "let a0 = 1; " + "".join(f"let a{i + 1} = a{i} + a{i}; " for i in range(60)) + "a60",
    "comments": "# " * 4_000,
    "separative work": "param x: 1; max("
    + ", ".join("max(" + ",".join(["swu_factor(1/3, feed=1/7, tails=1/9)"] * 12) + ")" for _ in range(20))
    + ") * 1 kgU/SWU",
    "separative work of separative work": "let a0 = 0.5; "
    + "".join(f"let a{i + 1} = swu_factor(a{i}, feed=a{i} / 3, tails=a{i} / 7) * 0.3 kgU/SWU; " for i in range(60))
    + "a60",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_a_text_made_to_take_time_takes_none(text):
    began = time.process_time()
    with suppress(BadInput):
        parse(f"{text} -> 1").check().evaluate(Context(date(2024, 1, 1)))
    assert time.process_time() - began < 10  # seconds of the processor: milliseconds as a rule, hours without limits


def test_more_separative_work_than_a_formula_has_parts_for_is_refused(refused):
    calls = ["swu_factor(p, feed=q, tails=r)"] * 20
    texts = {f"a{i}": f"max({', '.join(calls)}) -> SWU/kgU" for i in range(26)}
    texts["all"] = (
        f"max({', '.join([f'a{i}' for i in range(13)])}) + max({', '.join([f'a{i}' for i in range(13, 26)])})"
    )
    texts["all"] += " -> SWU/kgU"
    book = parse_book(texts)
    assert refused(lambda: check_book(book, declare("param p: 1; param q: 1; param r: 1;")))[0] == "limit_nodes"


def test_separative_work_of_the_longest_assays_takes_no_time():
    """As many as a text has room for, of assays of 512 bits each; 0.1 s of the processor where this was measured."""
    calls = ",".join(f"max({','.join(['swu_factor(p,feed=q,tails=r)'] * 20)})" for _ in range(16))
    checked = parse(f"param p:1;param q:1;param r:1;max({calls}) -> SWU/kgU").check()
    given = {"p": Fraction(3**318, 3**319 + 2), "q": Fraction(7**170 + 1, 7**172), "r": Fraction(1, 2**511)}
    began = time.process_time()
    assert checked.evaluate(Context(date(2024, 1, 1), parameters=given)).amount > 0
    assert time.process_time() - began < 5


def test_observations_that_no_common_fraction_holds_are_refused_at_once(refused):
    """36,000 of them with a denominator each: their exact mean would have a million bits."""
    table, grid = Table(), Grid("mtu", 60)
    begin = Moment(midnight(date(2024, 1, 1).toordinal(), ZoneInfo("UTC")), ZoneInfo("UTC")).period(grid)
    found = [Observation(begin - 60 * i, Fraction(1, 10**10 + 2 * i + 1), 0) for i in range(1, 36_001)]
    table.add("da", SeriesFacts(unit("EUR/MWh"), "MTU"), found)
    checked = parse('index "da": EUR/MWh mtu 60 min; mean(index("da"), mtus=36000) -> EUR/MWh').check()
    began = time.process_time()
    assert refused(lambda: checked.evaluate(Context(date(2024, 1, 1), table)))[0] == "figure_length"
    assert time.process_time() - began < 3


def test_a_book_lists_the_mistakes_of_all_its_texts():
    with pytest.raises(BadInput) as caught:
        parse_book({"a": "1 +", "b": "2 2"})
    assert [re.sub(" line.*", "", m.where) for m in caught.value.mistakes] == ["a", "b"]


def test_a_chain_of_definitions_is_refused_by_its_depth_and_never_recurses_away():
    text = "let a0 = 1; " + " ".join(f"let a{i} = a{i - 1} + 1;" for i in range(1, 300)) + " a299 -> 1"
    with pytest.raises(BadInput) as caught:
        parse(text).check()
    assert {m.rule for m in caught.value.mistakes} == {"limit_depth"}


@pytest.mark.parametrize(("text", "rule"), [
    ("1 / (d - 5 MWh) * 1 MWh -> 1", "division_by_zero"),
    ("1 / 0 -> 1", "division_by_zero"),
    ("convert(d, by=(d - d) / 1 MWh, to=MWh) / d -> 1", None),
    ("clamp(d, 2 MWh, 1 MWh) -> MWh", "clamp_ordered"),
    ("beyond(d, -1 MWh) -> MWh", "band_not_negative"),
    ("steps(d: 0 MWh..1 MWh -> 1) -> 1", "steps_cover"),
    ("curve(d: 0 MWh -> 1, 1 MWh -> 2) -> 1", "curve_covers"),
    ("path(2030-01-01: 1) -> 1", "path_covers"),
    ("999999999999999999999999999999 * 2 -> 1", "figure_range"),
    ("let a = 1.000000001; let b = a*a*a*a*a*a*a*a; let c = b*b*b*b*b*b*b*b; let e = c*c*c*c*c*c*c*c; e -> 1",
     "figure_length"),
    ('index("brent") -> USD/bbl', "observation_missing"),
])  # fmt: skip
def test_a_figure_without_value_is_refused_at_its_place(refused, text, rule):
    context = Context(date(2024, 1, 1), observed(), {"d": "5 MWh"})

    def act():
        given = context if " d" in text or "(d" in text else Context(date(2024, 1, 1), observed())
        return parse(text).check(SIGNATURE).evaluate(given)

    if rule is None:
        assert act().amount == 0
    else:
        found, where = refused(act)
        assert found == rule
        assert re.fullmatch(r"formula line 1, column \d+", where)


@pytest.mark.parametrize(("given", "rule"), [
    ({}, "parameter_given"),
    ({"p": "5 USD/MWh"}, "parameter_unit"),
    ({"p": "NaN"}, "quantity_text"),
    ({"p": "5 EUR/MWh", "q": 1}, "parameter_known"),
    ({"p": float("nan")}, "quantity_text"),
    ({"p": Decimal("1e999999999")}, "quantity_text"),
    ({"p": Decimal("NaN")}, "quantity_text"),
])  # fmt: skip
def test_parameters_are_given_each_in_its_unit(refused, given, rule):
    checked = parse("param p: EUR/MWh; p -> EUR/MWh").check()
    assert refused(lambda: checked.evaluate(Context(date(2024, 1, 1), parameters=given)))[0] == rule


@pytest.mark.parametrize(("more", "rule"), [
    ({"time_zone": "Europe/Nowhere"}, "time_zone_known"),
    ({"at": date(1900, 1, 1)}, "moment_given"),
])  # fmt: skip
def test_a_context_has_a_moment_in_a_time_zone(refused, more, rule):
    checked = parse("1 -> 1").check()
    assert refused(lambda: checked.evaluate(Context(**{"at": date(2024, 1, 1)} | more)))[0] == rule
