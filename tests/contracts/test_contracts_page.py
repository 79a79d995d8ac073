"""docs/contracts.md is true: fields, columns, documents, equations and rules are those of the code, and no others."""

import ast
import doctest
import re
from pathlib import Path

import walras.contracts
from walras.contracts import agreement_file, agreement_rules, drafting, events
from walras.contracts.agreement import MAKE_UP_PRICES, MEASURES
from walras.contracts.calendar import END_YEAR
from walras.contracts.folder import MOST_ROWS

SOURCE = Path(walras.contracts.__file__).parent
PAGE = Path(__file__).parents[2] / "docs" / "contracts.md"
TEXT = PAGE.read_text("utf-8")
ELSEWHERE = {"opportunity.py", "flexibility_checks.py"}
"""Files whose rules are on docs/contracts/opportunity-cost.md."""
PLACE = {"Mistake": 2, "wrong": 2}
"""Which argument is the rule."""
EQUATIONS = 21


def section(first, then):
    return TEXT.split(f"\n{first}\n")[1].split(f"\n{then} ")[0]


def rows(text):
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[1:]]


def names(text):
    return re.findall(r"`([^`]+)`", text)


def rules_in(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in PLACE and len(node.args) > PLACE[name] and isinstance(node.args[PLACE[name]], ast.Constant):
                yield node.args[PLACE[name]].value


def test_it_names_every_rule_and_no_other():
    used = {rule for path in SOURCE.glob("*.py") if path.name not in ELSEWHERE
            for rule in rules_in(path)} | {*agreement_file.RULES}  # fmt: skip
    named = [name for row in rows(section("## The rules, as messages name them", "##")) for name in names(row[0])]
    assert len(used) > 80
    assert (used - {*named}, {*named} - used) == (set(), set())
    assert len(named) == len(set(named))


def test_it_has_every_field_of_an_agreement_with_its_type():
    for table, fields in agreement_file.FIELDS.items():
        found = {name: kind + "!" * (needed == "yes")
                 for cell, kind, needed, _ in rows(section(f"### `{table or 'agreement'}`", "###").split("\n##")[0])
                 for name in names(cell)}  # fmt: skip
        assert found == fields, table


def test_it_has_every_kind_of_fact_with_its_columns_and_meaning():
    found = {kind.strip("`"): (names(needed), names(others), meaning)
             for kind, needed, others, meaning in rows(section("## Facts", "##"))}  # fmt: skip
    assert {kind: [*needed, *others] for kind, (needed, others, _) in found.items()} == {
        kind: [*fields] for kind, fields in drafting.FIELDS.items()
    }
    for kind, (needed, _, meaning) in found.items():
        assert needed == [name for name, said in drafting.FIELDS[kind].items() if said.endswith("!")]
        assert meaning.startswith(events.FACTS[kind])


def test_it_has_every_document_and_every_word_of_a_term():
    assert [row[0].strip("`") for row in rows(section("## Documents", "##"))] == [*events.DOCUMENTS]
    assert [word for word in (*MEASURES, *MAKE_UP_PRICES, *drafting.FIELDS) if f"`{word}`" not in TEXT] == []


def test_its_examples_run():
    failed, tried = doctest.testfile(str(PAGE), module_relative=False)
    assert (failed, tried > 8) == (0, True)


def fields_of_bodies(name):
    """Keys of each table that a file writes: of documents, and of their lines."""
    for node in ast.walk(ast.parse((SOURCE / name).read_text("utf-8"))):
        if isinstance(node, ast.Dict):
            keys = [key.value for key in node.keys if isinstance(key, ast.Constant)]
            if {"booked", "item"} & {*keys}:
                yield keys


def test_it_has_every_field_of_a_document():
    table = section("## Records", "##").split("| document |")[1]
    told = [names(fields) for _, fields in rows("| document |" + table)]
    used = [keys for name in ("documents.py", "year.py", "deferrals.py") for keys in fields_of_bodies(name)]
    assert len(used) == 4
    assert sorted(told) == sorted(used)


def test_its_equations_have_the_numbers_of_the_code():
    assert re.findall(r"\\tag\{C\.(\d+)\}", TEXT) == [str(n) for n in range(1, EQUATIONS + 1)]
    told = {int(n) for p in SOURCE.glob("*.py") for n in re.findall(r"\(C\.(\d+)\)", p.read_text("utf-8"))}
    assert told <= set(range(1, EQUATIONS + 1))
    assert len(told) >= 15


def test_it_has_every_limit():
    told = TEXT.split("## Limits")[1].split("##")[0]
    figures = (
        agreement_file.MOST_BYTES,
        agreement_file.MOST_POINTS,
        MOST_ROWS,
        drafting.MOST_TEXT,
        agreement_rules.MOST_INSTALMENTS,
    )
    assert f"to {END_YEAR - 1}" in told
    assert [f for f in figures if f"{f:,}" not in told] == []
