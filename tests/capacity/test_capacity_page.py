"""docs/capacity.md names every rule of capacity, contracts and schedules, and no other."""

import ast
import re
from pathlib import Path

import walras

SOURCE = Path(walras.__file__).parent
PAGE = Path(__file__).parents[2] / "docs" / "capacity.md"
FILES = (
    *(SOURCE / "capacity").glob("*.py"), *(SOURCE / "service" / "capacity").glob("*.py"),
    SOURCE / "service" / "store" / "capacity.py", SOURCE / "service" / "store" / "contracts.py",
    *(SOURCE / "service" / "handlers" / f"{n}.py"
      for n in ("capacity", "contracts", "corridor", "permits", "schedules", "transmission")),
    SOURCE / "service" / "readers" / "nominations.py",
)  # fmt: skip
PLACE = {"refuse": 2, "not_allowed": 2, "Mistake": 2, "check_open": 4, "mtu_mistakes": 3}
"""Which argument is the rule."""
ELSEWHERE = {"member_active", "time_zone"}
"""Rules of the door that stand on other pages."""


def rules_in(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in PLACE and len(node.args) > PLACE[name]:
                rule = node.args[PLACE[name]]
                if isinstance(rule, ast.Constant):
                    yield rule.value
        if isinstance(node, ast.Tuple):  # rows of checks hold their rule third
            values = [v.value for v in node.elts if isinstance(v, ast.Constant)]
            yield from (
                v for v in values if isinstance(v, str) and re.fullmatch(r"(capacity_not_negative|reserve_within)", v)
            )


def test_the_page_names_every_rule():
    used = {rule for path in FILES for rule in rules_in(path)} - ELSEWHERE
    table = PAGE.read_text("utf-8").split("## The rules")[1].split("## Limits")[0]
    named = {n for row in re.findall(r"^\| (`.*?`) \|", table, flags=re.MULTILINE) for n in re.findall(r"`(\w+)`", row)}
    of_others = {"element_unique", "session_layer", "due_moment", "due_before_gate"}
    assert len(used) > 40
    assert used - named == set()
    assert named - used - of_others == set()
