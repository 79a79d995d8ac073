"""Every equation and section that the code cites stands in the page that it cites."""

import doctest
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
SOURCE = sorted(p for p in (PROJECT / "src").rglob("*") if p.suffix in {".py", ".toml"})
FORMULATION = (PROJECT / "docs" / "formulation.md").read_text(encoding="utf-8")
AUDIT = (PROJECT / "docs" / "audit.md").read_text(encoding="utf-8")
NUMBER = r"(?:A|\d+)\.\d+"


def defined():
    """Formulation: numbers that open a line of a formula block. Audit: numbers in its tables."""
    blocks = re.findall(r"^```\n(.*?)^```", FORMULATION, flags=re.MULTILINE | re.DOTALL)
    opened = [n for block in blocks for n in re.findall(r"^\((\d+\.\d+)\)", block, flags=re.MULTILINE)]
    return opened, re.findall(r"\((A\.\d+)\)", AUDIT)


def cited(path):
    """Numbers after `eq.`: single, joined by commas or `and`, and ranges joined by `to`."""
    text = re.sub(r"\s+", " ", path.read_text(encoding="utf-8"))
    for chain in re.findall(rf"\beqs?\. ({NUMBER}(?:(?:,| and| to) {NUMBER})*)", text):
        yield from re.findall(NUMBER, chain)
        for room, first, last in re.findall(r"(A|\d+)\.(\d+) to (?:A|\d+)\.(\d+)", chain):
            yield from (f"{room}.{n}" for n in range(int(first), int(last)))


@pytest.mark.parametrize("path", SOURCE, ids=lambda p: str(p.relative_to(PROJECT)))
def test_every_equation_that_the_code_cites_exists(path):
    opened, audited = defined()
    assert sorted(set(cited(path)) - set(opened) - set(audited)) == []


def test_code_cites_many_equations_so_that_the_test_above_can_fail():
    assert len({n for path in SOURCE for n in cited(path)}) > 50


def test_every_section_that_the_code_cites_exists():
    sections = set(re.findall(r"^## (\d+)\.", FORMULATION, flags=re.MULTILINE))
    text = re.sub(r"\s+", " ", " ".join(p.read_text(encoding="utf-8") for p in SOURCE))
    wanted = set(re.findall(r"formulation(?:\.md)?, sections? (\d+)", text))
    assert wanted
    assert wanted <= sections


def test_equations_are_numbered_once_and_in_order():
    opened, _ = defined()
    assert opened == sorted(set(opened), key=lambda n: [int(part) for part in n.split(".")])


def test_rules_that_the_code_cites_are_explained_among_the_sources():
    text = re.sub(r"\s+", " ", " ".join(p.read_text(encoding="utf-8") for p in SOURCE)) + AUDIT
    sources = re.findall(r"^\| rules, ([^|]*) \|", FORMULATION, flags=re.MULTILINE)
    known = {number for row in sources for number in re.findall(r"\d+(?:\.\d+)?", row)}
    wanted = {
        n for chain in re.findall(r"\(rules,? ([\d., and]+\d)", text) for n in re.findall(r"\d+(?:\.\d+)?", chain)
    }
    assert wanted
    assert wanted <= known


def test_the_figures_of_the_page_are_true():
    page = str(PROJECT / "docs" / "formulation.md")
    failed, tried = doctest.testfile(page, module_relative=False)
    assert tried > 25
    assert failed == 0
