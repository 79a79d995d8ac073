"""docs/settlement.md and the pages of its subjects name every rule of settlement."""

import ast
import re
from pathlib import Path

import walras

SOURCE = Path(walras.__file__).parent
DOCS = Path(__file__).parents[2] / "docs"
FILES = (
    *(SOURCE / "settlement").rglob("*.py"), *(SOURCE / "service" / "clearing").glob("*.py"),
    *(SOURCE / "service" / "store" / f"{n}.py" for n in ("disputes", "ledger", "payments", "settlement")),
    *(SOURCE / "service" / "handlers" / f"{n}.py"
      for n in ("disputes", "exchange", "payments", "settlement", "settlement_terms")),
)  # fmt: skip
PLACE = {"refuse": 2, "not_allowed": 2, "Mistake": 2, "check_at_most": 3}
"""Which argument is the rule."""
ELSEWHERE = {"market_known", "market_valid", "time_zone", "published_on_tick", "own_company"}
"""Rules that stand on other pages."""


def rules_in(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in PLACE and len(node.args) > PLACE[name] and isinstance(node.args[PLACE[name]], ast.Constant):
                yield node.args[PLACE[name]].value


def test_the_pages_name_every_rule():
    used = {rule for path in FILES for rule in rules_in(path)} - ELSEWHERE
    pages = [DOCS / "settlement.md", *(DOCS / "settlement").glob("*.md")]
    named = {n for page in pages for n in re.findall(r"`(\w+)`", page.read_text("utf-8"))}
    assert len(used) > 40
    assert used - named == set()


def test_the_page_has_the_chart_of_accounts():
    from walras.settlement.accounts import ROLES

    page = (DOCS / "settlement.md").read_text("utf-8")
    assert [role for role, meaning in ROLES.items() if f"| `{role}` | {meaning} |" not in page] == []
