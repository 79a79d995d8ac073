"""Random formulas computed twice: by `walras.formulas`, and by a reader that knows nothing of it."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.formulas.random_formulas import DECLARED, Writer
from tests.second_opinion.formulas import NoFigure, Reader, potential

from walras.errors import BadInput
from walras.formulas import Context, Observation, SeriesFacts, Table, Value, declare, parse, unit
from walras.formulas.enrichment import swu_factor

UNITS = {"gas": "EUR/MWh", "cpi": ""}
DIMENSIONS = {"p": {"eur": 1, "e": -1}, "d": {"e": 1}, "k": {}, "v": {"v": 1}, "heat": {"e": 1, "v": -1}}
OF = {"p": "EUR/MWh", "d": "MWh", "k": "1", "v": "m3", "heat": "MWh/m3"}
DATA_RULES = {
    "division_by_zero", "clamp_ordered", "band_not_negative", "steps_cover", "curve_covers", "path_covers",
    "observation_missing", "figure_range", "figure_length", "assay_range", "assays_ordered",
}  # fmt: skip
SIGNATURE = declare(DECLARED)


def ours(text, kind, at, given_figures, series):
    table = Table()
    for name, values in series.items():
        found = [Observation(int(m[:4]) * 12 + int(m[5:]) - 1, v, 0) for m, v in values.items()]
        table.add(name, SeriesFacts(unit(UNITS[name] or "1"), "month"), found)
    checked = parse(f"{text} -> {kind}").check(SIGNATURE)
    parameters = {n: Value(v, unit(OF[n])) for n, v in given_figures.items()}
    try:
        return checked.evaluate(Context(at, table, parameters)).base
    except BadInput as e:
        return {m.rule for m in e.mistakes}


def theirs(text, at, given_figures, series):
    parameters = {n: (v, DIMENSIONS[n]) for n, v in given_figures.items()}
    reader = Reader(text, at, parameters, series, UNITS)
    try:
        found = reader.choice()
    except NoFigure:
        return None
    assert reader.peek() == ""
    return found[0]


def compare(random, depth=3):
    """Compute one random formula both ways; return whether it has a result."""
    writer = Writer(random)
    (text, kind), world = writer.formula(depth), writer.world()
    one, two = ours(text, kind, *world), theirs(text, *world)
    if isinstance(one, set):
        assert one <= DATA_RULES
        assert two is None or one <= {"figure_range", "figure_length"}, text
        return False
    assert one == two, text
    return True


@settings(max_examples=200, deadline=None)
@given(st.randoms(use_true_random=False))
def test_both_readers_agree_on_every_figure_and_on_whether_there_is_one(random):
    compare(random)


def test_most_random_formulas_have_a_result_so_that_the_law_above_can_fail():
    from random import Random

    assert 250 < sum(compare(Random(seed)) for seed in range(500)) < 500


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 10**6 - 2), st.integers(0, 10**6), st.integers(6, 30))
def test_separative_work_is_right_to_twelve_places_however_near_the_tails_are(feed, more, digits):
    """Tails a millionth to 10^-30 below the feed: terms of up to 10^29 that cancel."""
    of_feed = Fraction(feed, 10**6)
    of_product, of_tails = of_feed + (1 - of_feed) * Fraction(more, 10**6 + 1), of_feed - Fraction(1, 2 * 10**digits)
    taken = (of_product - of_tails) / (of_feed - of_tails)
    nearest = potential(of_feed) - potential(of_tails)
    work = potential(of_product) - potential(of_tails) - taken * nearest
    assert abs(swu_factor(of_product, of_feed, of_tails) - work) <= Fraction(1, 2 * 10**12) + Fraction(1, 10**20)


def test_the_second_reader_is_right_on_paper():
    series = {"gas": {"2023-06": Fraction(30), "2023-07": Fraction(40)}, "cpi": {}}
    from datetime import date

    found = theirs('1 + 2 * 3 MWh / 2 MWh - mean(index("gas"), months=2) / 7 EUR/MWh', date(2023, 8, 9), {}, series)
    assert found == -1
