"""docs/rehearsal.md names every rule, field and word of scripts, and no other."""

import re
from pathlib import Path

from walras.service.rehearsal.script import FIELDS, OWN, STEP

PROJECT = Path(__file__).parents[3]
PAGE = (PROJECT / "docs/rehearsal.md").read_text(encoding="utf-8")
SHARED = {"allowed"}


def test_every_rule_is_on_the_page_and_no_other():
    code = "".join(p.read_text(encoding="utf-8") for p in (PROJECT / "src/walras/service/rehearsal").glob("*.py"))
    used = set(re.findall(r'"((?:script|command)_[a-z]+(?:_[a-z]+)*)"', code))
    named = set(re.findall(r"`((?:script|command)_[a-z_]+)`", PAGE))
    assert used == named


def test_every_field_and_word_of_a_script_is_on_the_page():
    assert all(f"`{name}`" in PAGE for name in (*FIELDS, *STEP, *OWN))
