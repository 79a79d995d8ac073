"""Pairs of states: what is wrong with a folder, where its figures come from, and that no state is named in code."""

import doctest
import re
from pathlib import Path

import pytest
from tests.studies.pair_folder import EXAMPLES, Copied, raw

from walras.errors import BadInput
from walras.studies.pairs.pair import Pair
from walras.studies.pairs.read import BUNDLED, bundled_pair, read_pair
from walras.studies.pairs.sources import with_tables

PROJECT = Path(__file__).parents[2]
CODE = PROJECT / "src" / "walras" / "studies" / "pairs"
FIGURES = ("zones", "lines", "plants", "demand", "stores")

WRONG = [
    ("plants", "XA-sun", {"zone": "XA-cost"}, "pair_known"),
    ("plants", "XA-sun", {"member": "nobody"}, "pair_known"),
    ("plants", "XA-sun", {"profile": "moon"}, "pair_known"),
    ("plants", "XA-sun", {"kind": "sun"}, "pair_known"),
    ("plants", "XA-sun", {"carrier": "heat"}, "pair_place"),
    ("plants", "XA-sun", {"net_mw": "261"}, "pair_gross_net"),
    ("plants", "XA-sun", {"net_mw": "much"}, "pair_field_type"),
    ("plants", "XA-sun", {"net_mw": "nan"}, "pair_field_type"),
    ("plants", "XA-sun", {"net_mw": "-1"}, "pair_field_type"),
    ("plants", "XA-sun", {"units": "1.5"}, "pair_field_type"),
    ("plants", "XA-sun", {"available": "1.2"}, "pair_field_type"),
    ("plants", "XA-sun", {"net_mw": ""}, "pair_field_present"),
    ("plants", "XA-sun", {"source": ""}, "pair_field_present"),
    ("plants", "XA-sun", {"source": "an-atlas"}, "pair_source"),
    ("plants", "XA-sun", {"plant": "XA-wind"}, "pair_unique"),
    ("plants", "XA-sun", {"cost_to": "-7"}, "pair_steps"),
    ("plants", "XA-oil", {"cost": "70"}, "pair_steps"),
    ("plants", "XA-oil", {"zone": "XB-hills"}, "pair_steps"),
    ("plants", "XB-turbine", {"efficiency": "1.1"}, "pair_range"),
    ("plants", "XB-turbine", {"efficiency": ""}, "pair_range"),
    ("plants", "XB-turbine", {"input_carrier": "gas"}, "pair_place"),
    ("plants", "XB-turbine", {"input_carrier": "electricity"}, "pair_place"),
    ("plants", "XB-turbine", {"minimum_mw": "90"}, "pair_range"),
    ("plants", "XB-steam", {"net_mw": "300"}, "pair_unit"),
    ("plants", "XB-steam", {"member": "XB-heat"}, "pair_unit"),
    ("demand", "XB-homes", {"carrier": "hydrogen", "profile": "none"}, "pair_known"),
    ("demand", "XB-homes", {"zone": "XA-coast"}, "pair_place"),
    ("demand", "XA-chemicals", {"price": ""}, "pair_steps"),
    ("lines", "XA-XB-pipe", {"to_zone": "XA-coast"}, "pair_line"),
    ("lines", "XA-XB-pipe", {"loss": "1"}, "pair_range"),
    ("lines", "XA-XB-pipe", {"carrier": "heat"}, "pair_place"),
    ("lines", "XA-XB-pipe", {"carrier": "gas"}, "pair_known"),
    ("lines", "XA-XB-pipe", {"forward_mw": "-3"}, "pair_field_type"),
    ("stores", "XA-tank", {"member": "XA"}, "pair_known"),
    ("stores", "XA-tank", {"level_share": "2"}, "pair_field_type"),
    ("zones", "XA-coast", {"carriers": "electricity hydrogen gas"}, "pair_known"),
    ("members", "XA-wind", {"role": "chief"}, "pair_known"),
    ("members", "XA-wind", {"pays_in": "NOK"}, "pair_fixing"),
    ("members", "XA-wind", {"pays_in": "XAU"}, "minor_unit"),
    ("profiles", "wind", {"level": "1"}, "pair_range"),
    ("profiles", "wind", {"driver": "gales"}, "pair_known"),
    ("profiles", "steady", {f"h{h:02d}": "0" for h in range(24)}, "pair_range"),
]
WRONG_TERMS = [
    ('version = 1\nname = "C', 'version = 2\nname = "C', "pair_format"),
    ('time_zone = "Europe/Zurich"', 'time_zone = "Europe/Nowhere"', "pair_known"),
    ('rules_profile = "interstate"', 'rules_profile = "lunar"', "pair_known"),
    ('border = "open"', 'border = "ajar"', "pair_known"),
    ('currency = "EUR"', 'currency = "XAU"', "minor_unit"),
    ('currency = "EUR"', 'money = "EUR"', "pair_field_known"),
    ('CHF = "1.06"', "CHF = 1.06", "pair_field_type"),
    ('CHF = "1.06"', "", "pair_fixing"),
    ("[carriers.heat]", "[carriers.steam]", "pair_known"),
    ("mtu_minutes = 60", "mtu_minutes = 25", "pair_field_type"),
    ('begins = "06:00"', 'begins = "06:30"', "pair_field_type"),
    ("price_min = -50\n", "price_min = 600\n", "pair_range"),
    ("price_tick = 0.01", "price_tick = 0", "pair_range"),
    ("reference_price = 40", "", "pair_field_present"),
    ('unit = "XB-steam"', 'unit = "XB-river"', "pair_known"),
    ('from = "08-03"', 'from = "13-03"', "pair_field_type"),
    ("days = 21", "days = 400", "pair_range"),
]


@pytest.fixture
def copied(tmp_path):
    return Copied("coast-and-hills", tmp_path)


def mistakes_of(path):
    with pytest.raises(BadInput) as caught:
        read_pair(path)
    return caught.value.mistakes


@pytest.mark.parametrize("name", BUNDLED)
def test_a_bundled_pair_reads(name):
    pair = bundled_pair(name)
    assert isinstance(pair, Pair)
    assert len({z.state for z in pair.zones}) == 2
    assert {m.pays_in for m in pair.members} - {pair.currency}, "somebody pays in another currency"
    assert {p.kind for p in pair.plants} == {"unit", "conversion", "supply"}


def test_the_nuclear_plant_is_of_two_units_of_1200_mw_gross_and_1110_mw_net():
    plants = [p for p in bundled_pair("two-states").plants if p.kind == "unit"]
    assert [(p.units, p.gross_mw, p.net_mw) for p in plants] == [(1, 1200, 1110)] * 2
    assert all({"belta-npp", "iaea-net"} == set(p.source.split()) for p in plants)


@pytest.mark.parametrize(("table", "key", "fields", "rule"), WRONG)
def test_a_wrong_figure_is_listed_with_its_rule_and_place(copied, table, key, fields, rule):
    copied.change(table, key, **fields)
    found = [m for m in mistakes_of(copied.path) if m.rule == rule]
    assert found
    assert all(m.what and m.fix for m in found)
    assert any(m.where.startswith((f"{table}.csv", "pair.toml")) for m in found)


@pytest.mark.parametrize(("old", "new", "rule"), WRONG_TERMS)
def test_wrong_terms_are_listed(copied, old, new, rule):
    copied.replace("pair.toml", old, new)
    assert rule in {m.rule for m in mistakes_of(copied.path)}


def test_every_mistake_of_a_folder_comes_back_at_once(copied):
    wanted = set()
    for table, key, fields, rule in {table: (table, *other) for table, *other in WRONG}.values():
        copied.change(table, key, **fields)
        wanted.add((table, rule))
    assert len(wanted) == 7
    assert {(m.where.split(".")[0], m.rule) for m in mistakes_of(copied.path)} >= wanted


def test_mistakes_of_a_unit_file_are_those_of_the_folder(copied):
    copied.replace("units/XB-steam.toml", "minimum_mw = 60", "minimum_mw = -60")
    copied.change("zones", "XA-coast", latitude="?")
    found = mistakes_of(copied.path)
    assert {m.where.split(" ")[0] for m in found} == {"units/XB-steam.toml", "zones.csv"}


def test_files_that_are_missing_or_broken_are_listed(copied):
    (copied.path / "stores.csv").unlink()
    (copied.path / "units" / "XB-steam.toml").unlink()
    copied.replace("demand.csv", "XB-homes,XB-heat", "XB-homes,XB-heat,more")
    copied.replace("lines.csv", "line,cross_section", "line,section")
    copied.replace("pair.toml", "[carriers.heat]", "[carriers.heat")
    rules = [(m.where.split(" ")[0], m.rule) for m in mistakes_of(copied.path)]
    assert ("stores.csv", "pair_file") in rules
    assert ("units/XB-steam.toml", "unit_file") in rules
    assert ("demand.csv", "pair_file") in rules
    assert {("lines.csv", "pair_field_known"), ("lines.csv", "pair_field_present")} <= set(rules)
    assert ("pair.toml", "pair_file") in rules
    assert {rule for _, rule in rules} <= {"pair_file", "unit_file", "pair_field_known", "pair_field_present"}


def test_what_a_broken_table_may_have_said_is_not_called_unknown(copied):
    copied.change("members", "XA-wind", role="").change("profiles", "wind", level="")
    assert [(m.where, m.rule) for m in mistakes_of(copied.path)] == [
        ("profiles.csv row 5 level", "pair_field_present"),
        ("members.csv row 1 role", "pair_field_present"),
    ]


def unlisted(folder, readme):
    """Rows of figures that a README neither lists as illustrative nor under one of their sources."""
    sources, _, illustrative = readme.partition("## Illustrative")
    listed = {key: line for line in sources.splitlines() for key in re.findall(r"^\| `([\w-]+)` \|", line)}
    out = []
    for table in FIGURES:
        for row in raw(folder, table):
            name, said = next(iter(row.values())), row["source"].split()
            if said == ["illustrative"]:
                named = re.search(rf"^\| `{table}\.csv` \|.*`{re.escape(name)}`", illustrative, re.MULTILINE)
                out += [] if named else [name]
            else:
                out += [f"{name} {key}" for key in said if f"`{name}`" not in listed.get(key, "")]
    return out


@pytest.mark.parametrize("name", BUNDLED)
def test_a_readme_lists_the_sources_of_every_row_and_every_illustrative_row(name):
    readme = (EXAMPLES / name / "README.md").read_text(encoding="utf-8")
    assert unlisted(EXAMPLES / name, readme) == []
    assert with_tables(readme, bundled_pair(name)) == readme


def test_a_readme_that_leaves_out_a_source_or_a_row_is_found_out():
    folder = EXAMPLES / "two-states"
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert unlisted(folder, re.sub(r"\| `iaea-net`.*\n", "", readme)) == [
        "BY-npp-1 iaea-net", "BY-npp-2 iaea-net", "RU-npp iaea-net"
    ]  # fmt: skip
    assert unlisted(folder, readme.replace("`BY-steam`", "")) == ["BY-steam"]


def test_every_source_of_a_folder_is_an_address_with_a_figure():
    for row in raw(EXAMPLES / "two-states", "sources"):
        assert re.match(r"https?://\S+$", row["url"])
        assert re.search(r"\d", row["says"])


def test_no_state_is_named_in_code():
    code = [*CODE.rglob("*.py"), PROJECT / "examples" / "make_two_states.py"]
    names = re.compile(r"\b(BY|RU|BYN|RUB|Belarus\w*|Russia\w*|[Rr]ouble|Minsk|Moscow)\b")
    assert len(code) > 10
    assert [f"{p.name}: {m.group()}" for p in code for m in names.finditer(p.read_text(encoding="utf-8"))] == []


def test_every_rule_of_a_folder_stands_on_its_page_and_the_page_runs():
    page = PROJECT / "docs" / "pair-folder.md"
    said = set(re.findall(r"^\| `(pair_\w+)` \|", page.read_text(encoding="utf-8"), re.MULTILINE))
    raised = {rule for p in CODE.rglob("*.py") for rule in re.findall(r'"(pair_\w+)"', p.read_text(encoding="utf-8"))}
    assert said == raised - {"pair_book"}
    failed, tried = doctest.testfile(str(page), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert (failed, tried > 10) == (0, True)
