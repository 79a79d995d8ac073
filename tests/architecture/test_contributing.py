"""What CONTRIBUTING names is there: files, folders, targets of make."""

import re
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_every_file_that_it_names_exists():
    named = re.findall(r"`([\w./-]+/[\w./-]*|\w+\.(?:py|md|toml))`", PAGE)
    assert len(named) > 25
    assert [n for n in named if not ((PROJECT / n).exists() or (PROJECT / "src" / "walras" / n).exists())] == []


def test_every_target_of_make_that_the_pages_name_exists():
    pages = PAGE + (PROJECT / "README.md").read_text(encoding="utf-8")
    targets = set(re.findall(r"^(\w+):", (PROJECT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make (\w+)", pages, flags=re.MULTILINE))
    assert {"demo", "test", "lint"} <= named <= targets
