"""docs/market-folder.md and docs/market-rules.md say what the code does."""

import ast
import re
from pathlib import Path

import walras
from walras.book import schema
from walras.service.intake.documents import RULES

DOCS = Path(__file__).resolve().parents[2] / "docs"
ROOT = Path(walras.__file__).parent
# where the name of a rule stands among the arguments of a call
RULE_ARGUMENT = {
    "add": 2,
    "rows": 2,
    "Mistake": 2,
    "Breach": 0,
    "_mistake": 1,
    "TickColumns": 0,
    "report": 1,
    "wrong": 0,
    "guarded": 2,
    "named": 3,
}


def tables_of_the_page() -> dict[str, list[tuple[str, bool]]]:
    """Tables of docs/market-folder.md: names of their columns, and whether these may be left out."""
    found = {}
    for line in (DOCS / "market-folder.md").read_text().splitlines():
        parts = line.split("|")
        if line.startswith("| `") and len(parts) > 3:
            columns = re.findall(r"(\[?)`(\w+)`\]?", parts[2])
            found[parts[1].strip(" `")] = [(name, bool(bracket)) for bracket, name in columns]
    return found


def rules_of_the_code() -> set[str]:
    """Names of rules in calls that make mistakes: of a market folder, orders at the door, the settings of a run."""
    found = {rule for rule, _ in RULES.values()}
    rooms = [ROOT / "book", ROOT / "orders", ROOT / "service" / "intake"]
    for file in [*(f for room in rooms for f in room.glob("*.py")), ROOT / "coupling" / "settings.py"]:
        for call in (n for n in ast.walk(ast.parse(file.read_text())) if isinstance(n, ast.Call)):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            at = 2 if name == "find" and len(call.args) == 5 else RULE_ARGUMENT.get(name)
            if at is not None and len(call.args) > at:
                rule = call.args[at]
                if isinstance(rule, ast.Constant) and isinstance(rule.value, str):
                    found.add(rule.value)
    return found


def test_the_page_and_the_schema_name_the_same_tables_and_columns():
    ours = {t.name: [(c.name, c.is_optional) for c in t.columns] for t in schema.TABLES}
    assert ours == tables_of_the_page()


def test_every_key_is_a_column_of_its_table():
    assert all(set(t.key) <= {c.name for c in t.columns} for t in schema.TABLES)


def test_every_rule_in_the_code_is_on_the_page_and_no_other():
    page = re.findall(r"^\| `(\w+)` \|", (DOCS / "market-rules.md").read_text(), flags=re.MULTILINE)
    assert len(page) == len(set(page))
    code = rules_of_the_code()
    assert len(code) > 70
    assert code == set(page)
