"""Laws of formulas: texts round trip, checked formulas never fail but by their data, no text at all does harm."""

import os
from datetime import date
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.formulas.random_formulas import DECLARED, Writer
from tests.formulas.random_nodes import Nodes
from tests.second_opinion.test_formulas import compare

from walras.errors import BadInput
from walras.formulas import Context, declare, parse
from walras.formulas.format import format_program

SIGNATURE = declare(DECLARED)


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False))
def test_whatever_a_formula_says_its_text_says_again(random):
    program = Nodes(random).program(4)
    text = format_program(program)
    again = parse(text).program
    assert again == program
    assert format_program(again) == text


def _harmless(text):
    """Return how far a text gets: refused, checked, or with a result."""
    try:
        checked = parse(text).check(SIGNATURE)
    except BadInput:
        return "refused"
    try:
        checked.explain(Context(date(2024, 2, 29), parameters={"k": 1, "d": "2 MWh", "p": "3 EUR/MWh"}))
    except BadInput:
        return "no result"
    return "result"


PIECES = [*"()+-*/,:;=<>.%\n\t \"#_", "->", "..", "==", "if ", "then ", "else ", "and ", "not ", "let x = ",
          "param y: 1;", "mean(",
          "index(", '"gas"', '"cpi"', "months=", "lag=", "steps(", "curve(", "path(2024-01-01: ", "round(", "half_up",
          "feed_factor(", "swu_factor(", "feed=", "tails=", "0.711 %", " lb", "begin=", "every=",
          "escalate(", "from=2023-01", "convert(", "by=", "to=MWh", "1", "0", "12.5", "9" * 29, "EUR/MWh", " MWh",
          " USD", "p", "d", "k", "x", "y", "NaN", "1e9", "__class__", "lambda: 0", "é", "\0", "𝟙", "２", "-> 1",
          "-> EUR/MWh", "((((((((", "- - - -"]  # fmt: skip


def _text(random):
    """Return tokens in any order, or a good formula with a few characters changed."""
    if random.random() < 0.3:
        return "".join(random.choice(PIECES) for _ in range(random.randint(0, 25)))
    text, kind = Writer(random).formula(2)
    text += f" -> {kind}"
    for _ in range(random.choice([0, 1, 1, 2, 5])):
        at = random.randint(0, len(text))
        text = text[:at] + random.choice([random.choice(PIECES), ""]) + text[at + random.randint(0, 3) :]
    return text


@settings(max_examples=300, deadline=None)
@given(st.text())
def test_no_text_whatever_does_harm(text):
    _harmless(text)
    _harmless(f"{text} -> 1")


def test_texts_near_the_language_are_refused_or_have_their_meaning():
    found = [_harmless(_text(Random(seed))) for seed in range(3000)]
    assert min(found.count(kind) for kind in ("refused", "no result", "result")) > 50


@pytest.mark.drill
def test_formulas_by_the_hundred_thousand():
    """`WALRAS_DRILL_AUCTIONS` texts, and a tenth as many formulas computed twice."""
    count = int(os.environ.get("WALRAS_DRILL_AUCTIONS", "100000"))
    found = [_harmless(_text(Random(400_000 + seed))) for seed in range(count)]
    twice = [compare(Random(500_000 + seed), 4) for seed in range(count // 10)]
    print({k: found.count(k) for k in sorted(set(found))}, f"{sum(twice)} of {len(twice)} with a result")
