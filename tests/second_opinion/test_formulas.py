"""Random formulas computed twice: by `walras.formulas`, and by a reader that knows nothing of it."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.formulas.random_formulas import DECLARED, Writer
from tests.second_opinion.formulas import NoFigure, Reader

from walras.errors import BadInput
from walras.formulas import Context, Observation, SeriesFacts, Table, Value, declare, parse, unit

UNITS = {"gas": "EUR/MWh", "cpi": ""}
DIMENSIONS = {"p": {"eur": 1, "e": -1}, "d": {"e": 1}, "k": {}, "v": {"v": 1}, "heat": {"e": 1, "v": -1}}
OF = {"p": "EUR/MWh", "d": "MWh", "k": "1", "v": "m3", "heat": "MWh/m3"}
DATA_RULES = {
    "division_by_zero", "clamp_ordered", "band_not_negative", "steps_cover", "curve_covers", "path_covers",
    "observation_missing", "figure_range", "figure_length",
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


def test_the_second_reader_is_right_on_paper():
    series = {"gas": {"2023-06": Fraction(30), "2023-07": Fraction(40)}, "cpi": {}}
    from datetime import date

    found = theirs('1 + 2 * 3 MWh / 2 MWh - mean(index("gas"), months=2) / 7 EUR/MWh', date(2023, 8, 9), {}, series)
    assert found == -1
