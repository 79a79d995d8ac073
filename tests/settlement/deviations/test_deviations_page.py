"""docs/settlement/deviations.md names every rule and equation of deviations, and no other."""

import ast
import re
from pathlib import Path

import walras

SOURCE = Path(walras.__file__).parent
PAGE = (Path(__file__).parents[3] / "docs" / "settlement" / "deviations.md").read_text("utf-8")
PURE = tuple((SOURCE / "settlement" / "deviations").glob("*.py"))
DOOR = tuple(
    SOURCE / "service" / folder / f"{name}.py"
    for folder, names in {
        "clearing": ("deviation_rules", "deviations"), "handlers": ("metering", "border_agreements", "deviations"),
        "store": ("deviations",), "readers": ("deviations",),
    }.items()
    for name in names
)  # fmt: skip
PLACE = {"refuse": 2, "not_allowed": 2, "Mistake": 2, "_named": 3, "mtu_mistakes": 3}
"""Which argument is the rule."""


def rules_in(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            place = PLACE.get(getattr(node.func, "attr", getattr(node.func, "id", "")))
            rule = node.args[place] if place is not None and len(node.args) > place else None
            if isinstance(rule, ast.Constant):
                yield rule.value


def test_the_page_names_every_rule():
    used = {rule for path in (*PURE, *DOOR) for rule in rules_in(path)}
    table = PAGE.split("## The rules")[1].split("## A day")[0]
    rows = re.findall(r"^\| (`.*?`) \|", table, flags=re.MULTILINE)
    assert len(used) > 40
    assert used == {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def test_equations_that_the_code_cites_exist():
    cited = {n for path in PURE for n in re.findall(r"\bD[0-9]+\b", path.read_text("utf-8"))}
    assert cited == set(re.findall(r"^\((D[0-9]+)\)", PAGE, flags=re.MULTILINE))


def test_the_table_of_the_worked_day_is_what_the_tests_have():
    from tests.settlement.deviations.test_deviations_by_hand import ROWS

    found = re.findall(r"^\| (\d) \| (\w+) \| (\w*) ?\| ([−\d,]+) \| (\d+) \| ([−\d.]+) \|", PAGE, flags=re.MULTILINE)
    sides = {"A": "from", "B": "to", "": ""}

    def whole(text):
        return int(re.sub(r"[,.]", "", text.replace("−", "-")))

    rows = [(int(h) - 1, c, sides[s], whole(kwh), int(price), whole(eur)) for h, c, s, kwh, price, eur in found]
    assert rows == ROWS
