"""docs/screening.md names every rule of screening, and no other."""

import re
from pathlib import Path

from walras.service.screening import decisions, lists, screen

PAGE = Path(__file__).parents[3] / "docs" / "screening.md"


def test_the_page_names_every_rule_and_no_other():
    rows = re.findall(r"^\| (`.*?) \|", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    source = "".join(Path(m.__file__).read_text(encoding="utf-8") for m in (decisions, lists, screen))
    pattern = r'"((?:list|case|screening|act|actor|own|two|verdict|reason)_\w+)"'
    assert set(re.findall(pattern, source)) == named
