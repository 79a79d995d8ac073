"""Every rule of the audit stands in docs/audit.md, and nothing else does."""

from __future__ import annotations

import re
from pathlib import Path

from walras.results.audit import RULES
from walras.results.audit.folder import FOLDER_RULES

DOCS = Path(__file__).parents[2] / "docs" / "audit.md"


def test_every_rule_is_documented_and_every_documented_rule_exists():
    named = set(re.findall(r"^\| `(\w+)` \|", DOCS.read_text(encoding="utf-8"), re.MULTILINE))
    assert named == set(RULES) | set(FOLDER_RULES)
