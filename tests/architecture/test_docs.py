"""Pages that hold code hold code that runs."""

import doctest
import re
from pathlib import Path

import pytest

import walras

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("page", ["tutorial", "tutorial-carriers", "tutorial-thirty-days", "how-to/verify-a-result"])
def test_a_tutorial_runs(page):
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    failed, tried = doctest.testfile(str(DOCS / f"{page}.md"), module_relative=False, optionflags=flags)
    assert tried > 10
    assert failed == 0


def test_the_market_folder_written_by_hand_clears_as_the_page_says(tmp_path, clear):
    page = (DOCS / "how-to" / "write-a-market-folder.md").read_text(encoding="utf-8").split("## When")[0]
    names = re.findall(r"`(\w+\.(?:csv|toml))`", page)
    blocks = re.findall(r"```(?:csv|toml)\n(.*?)```", page, flags=re.DOTALL)
    for name, block in zip(names, blocks, strict=True):
        (tmp_path / name).write_text(block, encoding="utf-8")
    results = clear(walras.read(tmp_path))
    assert results.price.tolist() == [50.0, 10.0]
    assert results.published.exchange.tolist() == [20.0]


@pytest.mark.parametrize("page", sorted(DOCS.parent.glob("*.md")) + sorted(DOCS.rglob("*.md")), ids=lambda p: p.name)
def test_links_between_pages_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = [t.split("#")[0] for t in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in t]
    missing = [t for t in targets if t and not (page.parent / t).exists()]
    assert missing == []
