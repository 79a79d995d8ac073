"""Golden contracts say what they said before; `pytest tests/golden --update-golden` writes anew what is expected."""

import difflib
import re
from pathlib import Path

import pytest
from tests.golden.case import play

CASES = sorted(p.parent for p in (Path(__file__).parent / "contracts").glob("*/plan.csv"))
MOST_SHOWN = 60
TOO_WIDE = {("nuclear-fuel-illustrative", f"explain fuel {m}.txt") for m in ("2027-03", "2028-03", "2029-03")}
"""Quantities that have no end, beside large ones, push a line of an explanation beyond 80 columns."""


@pytest.mark.parametrize("case", CASES, ids=lambda p: p.name)
def test_a_golden_contract_says_what_it_said(case, tmp_path, request):
    said, expected = play(case, tmp_path), case / "expected"
    if request.config.getoption("--update-golden"):
        write(expected, said)
    found = {p.name: p.read_text("utf-8") for p in expected.glob("*")}
    assert sorted(found) == sorted(said), "files of expected/ are those of a run: pytest tests/golden --update-golden"
    for name, text in said.items():
        difference = list(difflib.unified_diff(found[name].splitlines(), text.splitlines(),
                                               f"expected/{name}", "this run", lineterm="", n=2))  # fmt: skip
        assert not difference, "\n".join(["it says something else:", *difference[:MOST_SHOWN]])


def test_every_case_says_why_it_is_there_and_fits_a_screen():
    assert len(CASES) >= 8
    for case in CASES:
        readme = (case / "README.md").read_text("utf-8")
        assert "published" in readme, case.name
        assert "illustrative" in readme, case.name
        for path in (case / "expected").glob("*.txt"):
            if not path.name.startswith("refused") and (case.name, path.name) not in TOO_WIDE:
                assert [line for line in path.read_text("utf-8").splitlines() if len(line) > 80] == [], path


@pytest.mark.parametrize("case", CASES, ids=lambda p: p.name)
def test_amounts_by_hand_are_those_of_the_run(case):
    said = "\n".join(p.read_text("utf-8") for p in (case / "expected").glob("*"))
    by_hand = re.findall(r"`(-?[\d,]+(?:\.\d\d)?)`", (case / "README.md").read_text("utf-8"))
    assert len(by_hand) >= 3
    assert [amount for amount in by_hand if not re.search(rf"(?<![\d,]){amount}(?!\d)", said)] == []


def write(expected, said):
    """Write what is expected; files that no run says are removed."""
    expected.mkdir(exist_ok=True)
    for old in expected.glob("*"):
        if old.name not in said:
            old.unlink()
    for name, text in said.items():
        (expected / name).write_text(text, "utf-8")
