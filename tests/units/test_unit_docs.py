"""The page on selling a nuclear unit holds code that runs, and the table of losses is of the units that ship."""

import doctest
from pathlib import Path

from walras.units.examples import EXAMPLES
from walras.units.orders import FORMS

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_on_selling_a_nuclear_unit_runs(monkeypatch):
    monkeypatch.chdir(DOCS.parent)
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    page = str(DOCS / "how-to" / "sell-a-nuclear-unit.md")
    failed, tried = doctest.testfile(page, module_relative=False, optionflags=flags)
    assert tried > 20
    assert failed == 0


def test_the_table_of_losses_has_every_unit_and_form():
    page = (DOCS / "unit-forms.md").read_text(encoding="utf-8")
    assert all(page.count(f"| {name} | ") == 4 for name in EXAMPLES)
    assert all(f"{form}, lost" in page for form in FORMS)
