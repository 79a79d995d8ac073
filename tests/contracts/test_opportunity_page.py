"""docs/contracts/opportunity-cost.md is true: code, rules, equations, and tables as its script writes them."""

import ast
import doctest
import re
import runpy
from pathlib import Path

import walras.contracts.opportunity as room
from walras.contracts import price_levels
from walras.studies import opportunity as study
from walras.studies.opportunity import backtest, illustrative_case, markdown, summary
from walras.studies.opportunity.pages import HEADS
from walras.studies.opportunity.strategies import STRATEGIES
from walras.studies.opportunity.worlds import WORLDS, prices_of
from walras.studies.opportunity.year import year_of

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "contracts" / "opportunity-cost.md"
TEXT = PAGE.read_text("utf-8")
SOURCES = [
    Path(room.__file__),
    Path(room.__file__).with_name("flexibility_checks.py"),
    *Path(study.__file__).parent.glob("*.py"),
]


def test_its_examples_run():
    failed, tried = doctest.testfile(str(PAGE), module_relative=False)
    assert (failed, tried > 12) == (0, True)


def rule_of(call):
    """The rule that a call of `Mistake` gives, third of its arguments."""
    is_mistake = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Mistake"
    return call.args[2].value if is_mistake else None


def test_it_names_every_rule():
    used = {rule_of(node) for path in SOURCES for node in ast.walk(ast.parse(path.read_text("utf-8")))} - {None}
    table = TEXT.split("## What is refused")[1].split("## Backtest")[0]
    named = {n for row in re.findall(r"^\| (`.*?`) \|", table, flags=re.MULTILINE) for n in re.findall(r"`(\w+)`", row)}
    assert len(used) > 15
    assert used == named


def test_equations_have_the_same_numbers_in_page_and_code():
    shown = re.findall(r"\\tag\{(O\d)\}", TEXT)
    stated = re.findall(r"\((O\d)\)$", price_levels.__doc__ + price_levels.PriceLevels.__doc__, flags=re.MULTILINE)
    stated += re.findall(r"\((O\d)\)$", room.__doc__, flags=re.MULTILINE)
    assert shown == stated == [f"O{n}" for n in range(1, 8)]


def test_it_explains_every_world_and_strategy():
    told = TEXT.split("## Backtest")[1]
    assert [name for name in [*WORLDS, *STRATEGIES] if name not in told] == []


def test_its_tables_are_as_the_script_writes_them(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS))
    script = runpy.run_path(str(DOCS / "make_opportunity_pictures.py"))
    figures = TEXT.split("<!-- figures -->")[1].split("<!-- end of figures -->")[0]
    assert re.findall(r"^### (.*)", figures, flags=re.MULTILINE) == [w.capitalize() for w in WORLDS]
    assert figures.count(" | ".join(HEADS.values())) == len(WORLDS)
    assert all(figures.count(f"| {name} |") == len(WORLDS) for name in STRATEGIES)
    small = backtest([0], case=illustrative_case(30), worlds=["with jumps"])
    names = [f"shares: {title}" for title in script["CASES"]]
    changed = script["with_tables"](TEXT, {"figures": markdown(small), names[0]: "a table\n"})
    assert changed.count("###") == TEXT.count("###") - len(WORLDS) + 1
    assert script["with_tables"](changed, {"figures": markdown(small)}) == changed
    assert f"<!-- {names[1]} -->" in TEXT
    drawn = script["share_picture"]({"one": summary(small)})
    assert drawn.count("<circle") == 2 * (len(STRATEGIES) - 2)


def test_its_years_are_drawn_from_their_seeds(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS))
    script = runpy.run_path(str(DOCS / "make_opportunity_pictures.py"))
    case = illustrative_case()
    years = {name: year_of(case, prices_of("as the model", seed, case.view)) for name, seed in script["DRAWN"].items()}
    drawn = script["year_picture"](case, years)
    assert drawn == (DOCS / "images" / "opportunity-year.svg").read_text("utf-8")
