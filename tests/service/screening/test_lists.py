"""Lists: every mistake with row and rule, and a version that follows the content."""

import json

import pytest

from walras.errors import BadInput
from walras.service.screening import lists
from walras.service.screening.lists import read_list

HEAD = "name,aliases,identifiers,kind,source,listed_on\n"
GOOD = "Torvexa,Torveksa|Торвекса,lei:213800KUD8LAJWSQ9D15|registration: 12-34,company,made up,2025-01-31\n"


def read(text, form="csv"):
    return read_list("ours", text.encode() if isinstance(text, str) else text, form)


def rules(text, form="csv"):
    with pytest.raises(BadInput) as caught:
        read(text, form)
    return [(m.where, m.rule) for m in caught.value.mistakes]


def test_csv_and_json_say_the_same_and_have_the_same_version():
    entry = {"name": "Torvexa", "aliases": ["Торвекса", "Torveksa"], "kind": "company", "source": "made up",
             "identifiers": ["registration:1234", "lei:213800KUD8LAJWSQ9D15"], "listed_on": "2025-01-31"}  # fmt: skip
    csv, other = read(HEAD + GOOD), read(json.dumps([entry]), "json")
    assert csv == other
    assert [(i.kind, i.value) for i in csv.entries[0].identifiers][1] == ("registration", "1234")


def test_the_version_follows_the_content_not_the_order():
    second = "Marvola,,,person,made up,2025-01-31\n"
    assert read(HEAD + GOOD + second).version == read(HEAD + second + GOOD).version
    assert read(HEAD + GOOD).version != read(HEAD + GOOD.replace("2025", "2024")).version


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        (",,,company,x,2025-01-31", "list_field_filled"),
        ("???,,,company,x,2025-01-31", "list_name"),
        ("A,,,ship,x,2025-01-31", "list_kind"),
        ("A,,,company,,2025-01-31", "list_field_filled"),
        ("A,,,company,x,31.01.2025", "list_date"),
        ("A,,,company,x,2025-02-30", "list_date"),
        ("A,,lei:213800KUD8LXJWSQ9D15,company,x,2025-01-31", "list_identifier"),
        ("A,,eic:10ytr-teias----X,company,x,2025-01-31", "list_identifier"),
        ("A,,passport:1,company,x,2025-01-31", "list_identifier"),
        ("A,,12345,company,x,2025-01-31", "list_identifier"),
        ("A,,vat:,company,x,2025-01-31", "list_identifier"),
        ("A,,,company,x,2025-01-31,more", "list_columns"),
        ("A,,,company", "list_columns"),
        ("A" * 301 + ",,,company,x,2025-01-31", "list_size"),
        ("A\x07,,,company,x,2025-01-31", "list_text"),
        ("A," + "|".join("abc" for _ in range(101)) + ",,company,x,2025-01-31", "list_size"),
        (GOOD.strip(), "list_entry_once"),
    ],
)
def test_a_faulty_row_is_named_with_its_rule(row, rule):
    assert ("row 2", rule) in rules(HEAD + GOOD + row + "\n")


@pytest.mark.parametrize(
    ("content", "form", "rule"),
    [
        ("", "csv", "list_columns"),
        (HEAD, "csv", "list_not_empty"),
        ("name,name\n", "csv", "list_columns"),
        (b"\xff\xfe", "csv", "list_readable"),
        (HEAD + '"open', "csv", "list_readable"),
        ("[", "json", "list_readable"),
        ("[" * 100_000, "json", "list_readable"),
        ("{}", "json", "list_readable"),
        ("[1]", "json", "list_readable"),
        ("[]", "json", "list_not_empty"),
        ('[{"name": 1, "x": 2, "aliases": "a", "identifiers": [1]}]', "json", "list_field_type"),
        (GOOD, "xml", "list_form"),
    ],
)
def test_a_faulty_file_is_refused_whole(content, form, rule):
    assert rule in [r for _, r in rules(content, form)]


def test_all_mistakes_come_at_once_and_many_of_a_kind_are_counted():
    found = rules(HEAD + "A,,,ship,x,never\n" * 30)
    assert [r for _, r in found].count("list_kind") == [r for _, r in found].count("list_date") == 21


def test_sizes_are_capped(monkeypatch):
    monkeypatch.setattr(lists, "MOST_ENTRIES", 0)
    assert rules(HEAD + GOOD) == [("list", "list_size")]
    monkeypatch.setattr(lists, "MOST_BYTES", 10)
    assert rules(HEAD + GOOD) == [("list", "list_size")]
