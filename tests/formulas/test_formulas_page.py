"""docs/formulas.md is true: its examples run, and it names every rule, function, unit and limit."""

import ast
import doctest
import re
from pathlib import Path

import walras.formulas
from walras.formulas import limits, parse
from walras.formulas.functions import FUNCTIONS
from walras.formulas.units import POWERS, SYMBOLS

SOURCE = Path(walras.formulas.__file__).parent
PAGE = Path(__file__).parents[2] / "docs" / "formulas.md"
TEXT = PAGE.read_text("utf-8")
NO_RULES = {
    "check_book", "feed_factor", "half_even", "half_up", "last_known", "parse_book", "previous_month", "published_at",
    "read_observations", "swu_factor",
}  # fmt: skip
"""Words of the language and of the package that look like rules."""


def test_its_examples_run():
    failed, tried = doctest.testfile(str(PAGE), module_relative=False)
    assert (failed, tried > 10) == (0, True)


def test_its_first_formula_is_one():
    block = re.findall(r"```\n(# the price.*?)```", TEXT, flags=re.DOTALL)[0]
    assert str(parse(block).check().unit) == "EUR/MWh"


def test_it_names_every_rule():
    used = {
        node.value
        for path in SOURCE.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        and re.fullmatch(r"[a-z]+(_[a-z]+)+|syntax", node.value)
    } - NO_RULES  # fmt: skip
    table = TEXT.split("## The rules")[1].split("## Limits")[0]
    named = {n for row in re.findall(r"^\| (`.*?`) \|", table, flags=re.MULTILINE) for n in re.findall(r"`(\w+)`", row)}
    assert len(used) > 60
    assert used == named


def test_it_names_every_function_unit_and_limit():
    assert [f for f in FUNCTIONS if f"`{f}(" not in TEXT] == []
    units = set(TEXT.split("## Numbers and units")[1].split("Units of one dimension")[0].replace("`", " ").split())
    assert {*SYMBOLS, *POWERS} - units == set()
    told = TEXT.split("## Limits")[1]
    figures = [limits.MOST_CHARACTERS, limits.MOST_DEPTH, limits.MOST_NODES, limits.MOST_OBSERVATIONS,
               limits.MOST_DIGITS, limits.MOST_DAYS_ASKED, limits.MOST_ASSAY_BITS,
               *limits.MOST_PERIODS.values()]  # fmt: skip
    assert [f for f in figures if f"{f:,}" not in told] == []


def test_every_rule_of_a_wrong_formula_is_tried_by_a_test():
    tests = "".join(p.read_text("utf-8") for p in Path(__file__).parent.glob("test_*.py"))
    table = TEXT.split("## The rules")[1].split("## Limits")[0]
    named = {n for row in re.findall(r"^\| (`.*?`) \|", table, flags=re.MULTILINE) for n in re.findall(r"`(\w+)`", row)}
    assert [rule for rule in sorted(named) if f'"{rule}"' not in tests] == []
