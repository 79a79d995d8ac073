"""A unit file: read as it stands, and every mistake in it told with what, where, rule and fix."""

import re
from pathlib import Path

import pytest
from tests.units.random_units import small_book

from walras.errors import BadInput, NewerFormat
from walras.units.compile import compile_unit
from walras.units.examples import EXAMPLES, example_path, example_unit
from walras.units.unit import State
from walras.units.unit_file import read_state, read_unit, state_text

ROOT = Path(__file__).parents[2]
GOOD = """
format = "walras-unit"
version = 1
name = "U"
member = "M"
zone = "A"
carrier = "electricity"
kind = "nuclear"
minimum_mw = 4
maximum_mw = 10
start_mw = 5

[ramps]
up_mw_per_minute = 0.5

[cycling]
starts = 1
up_minutes = 120

[costs]
start = 100
no_load_per_hour = 10
steps = [{ to_mw = 6, price = 20 }, { to_mw = 10, price = 25 }]

[[outages]]
start = 2025-04-01T01:00:00Z
end = 2025-04-01T02:00:00Z
maximum_mw = 6

[state]
power_mw = 4
minutes = 600
"""
BROKEN = [
    ('format = "walras-unit"', 'format = "walras-market"', "unit_format"),
    ("version = 1", "version = 0.5", "unit_field_type"),
    ('name = "U"', "", "unit_field_present"),
    ('name = "U"', 'name = "U:1"', "unit_name"),
    ('member = "M"', 'member = ""', "unit_name"),
    ('zone = "A"', 'zone = "A"\ncolour = "red"', "unit_field_known"),
    ('carrier = "electricity"', 'carrier = "steam"', "unit_carrier"),
    ('kind = "nuclear"', 'kind = "fusion"', "unit_kind"),
    ("minimum_mw = 4", 'minimum_mw = "4"', "unit_field_type"),
    ("minimum_mw = 4", "minimum_mw = nan", "unit_field_type"),
    ("minimum_mw = 4", "minimum_mw = 12", "unit_power_range"),
    ("minimum_mw = 4", "minimum_mw = 0", "unit_power_range"),
    ("start_mw = 5", "start_mw = 3", "unit_start_stop"),
    ("start_mw = 5", "start_mw = 5\nend_minimum_mw = 8\nend_maximum_mw = 6", "unit_end_power"),
    ("start_mw = 5", "start_mw = 5\nenergy_mwh = -1", "unit_energy"),
    ("up_mw_per_minute = 0.5", "up_mw_per_minute = -0.5", "unit_ramp"),
    ("starts = 1", "starts = -1", "unit_cycling"),
    ("starts = 1", "starts = 1.5", "unit_field_type"),
    ("starts = 1", "must_run = 1", "unit_field_type"),
    ("start = 100", "start = -100", "unit_cost"),
    ("to_mw = 6, price = 20", "to_mw = 6, price = 30", "unit_cost_steps"),
    ("to_mw = 6, price = 20", "to_mw = 10, price = 20", "unit_cost_steps"),
    ("to_mw = 10, price = 25", "to_mw = 9, price = 25", "unit_cost_steps"),
    ("steps = [{ to_mw = 6, price = 20 }, { to_mw = 10, price = 25 }]", "steps = []", "unit_cost_steps"),
    ("end = 2025-04-01T02:00:00Z", "end = 2025-04-01T00:30:00Z", "unit_outage_times"),
    ("end = 2025-04-01T02:00:00Z", "end = 2025-04-01T02:00:00", "unit_outage_times"),
    ("end = 2025-04-01T02:00:00Z", "end = 2025-04-01", "unit_field_type"),
    ("maximum_mw = 6", "maximum_mw = -6", "unit_outage_power"),
    ("power_mw = 4", "power_mw = 3", "unit_state_power"),
    ("minutes = 600", "minutes = -1", "unit_state_minutes"),
    ("minutes = 600", "", "unit_field_present"),
    ("[costs]", "[costs", "unit_file"),
]


@pytest.fixture
def unit_file(tmp_path):
    path = tmp_path / "unit.toml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def mistakes(path):
    with pytest.raises(BadInput) as caught:
        read_unit(path)
    return caught.value.mistakes


def test_a_file_reads_as_the_unit_that_it_describes(unit_file):
    unit = read_unit(unit_file)
    assert (unit.minimum_mw, unit.maximum_mw, unit.start_mw, unit.stop_mw) == (4, 10, 5, 4)
    assert unit.ramps.up_mw_per_minute == 0.5
    assert unit.cycling.starts == 1
    assert unit.costs.steps[1].price == 25
    assert unit.outages[0].maximum_mw == 6
    assert unit.state == State(4, 600)


@pytest.mark.parametrize(("right", "wrong", "rule"), BROKEN, ids=lambda text: str(text)[:30])
def test_each_mistake_is_told_with_its_rule(unit_file, right, wrong, rule):
    assert right in GOOD
    unit_file.write_text(GOOD.replace(right, wrong, 1), encoding="utf-8")
    found = mistakes(unit_file)
    assert [m.rule for m in found] == [rule]
    assert all(m.what and m.fix and "unit.toml" in m.where for m in found)


def test_all_mistakes_are_told_at_once(unit_file):
    text = GOOD.replace("minimum_mw = 4", "minimum_mw = 40").replace("starts = 1", "starts = -1")
    unit_file.write_text(text.replace("start = 100", "start = -1"), encoding="utf-8")
    assert {m.rule for m in mistakes(unit_file)} == {"unit_power_range", "unit_cycling", "unit_cost"}


def test_a_file_of_a_later_version_is_left_to_a_newer_release(unit_file):
    unit_file.write_text(GOOD.replace("version = 1", "version = 2"), encoding="utf-8")
    with pytest.raises(NewerFormat):
        read_unit(unit_file)


def test_xenon_belongs_to_nuclear_units(unit_file):
    text = GOOD.replace('kind = "nuclear"', 'kind = "thermal"').replace("starts = 1", "no_rise_minutes = 60")
    unit_file.write_text(text, encoding="utf-8")
    assert [m.rule for m in mistakes(unit_file)] == ["unit_xenon"]


RANGE = "minimum_mw = 4\nmaximum_mw = 10\nstart_mw = 5"
REFUSED = [
    ('zone = "A"', 'zone = "B"', "unit_place"),
    ("01T01:00:00Z\nend = 2025-04-01", "02T01:00:00Z\nend = 2025-04-02", "unit_outage_in_day"),
    ("power_mw = 4", "power_mw = 4.5", "unit_state_tick"),
    (RANGE, "minimum_mw = 4.2\nmaximum_mw = 4.7\nstart_mw = 4.5", "unit_range"),
    ("minutes = 600", "minutes = 60", "unit_may_stand"),
    ("maximum_mw = 6\n\n[state]\npower_mw = 4", "maximum_mw = 0\n\n[state]\npower_mw = 10", "unit_state_feasible"),
]


@pytest.mark.parametrize(("right", "wrong", "rule"), REFUSED, ids=lambda text: str(text)[:30])
def test_what_does_not_fit_the_market_is_refused_before_anything_is_solved(unit_file, right, wrong, rule):
    text = GOOD.replace(right, wrong, 1)
    if rule == "unit_range":
        text = text.replace("power_mw = 4", "power_mw = 0")
    if rule == "unit_state_feasible":
        text = text.replace("up_mw_per_minute = 0.5", "down_mw_per_hour = 1")
    unit_file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        compile_unit(read_unit(unit_file), small_book(6))
    assert [m.rule for m in caught.value.mistakes] == [rule]


def test_a_state_without_a_schedule_names_the_limits_in_its_way(unit_file):
    text = GOOD.replace("maximum_mw = 6\n", "maximum_mw = 0\n").replace("power_mw = 4", "power_mw = 10")
    unit_file.write_text(text.replace("up_mw_per_minute = 0.5", "down_mw_per_hour = 1"), encoding="utf-8")
    with pytest.raises(BadInput, match="without ramps or without start_mw and stop_mw or without outages"):
        compile_unit(read_unit(unit_file), small_book(6))


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"form": "spread"}, "unit_form_known"),
        ({"profiles": 0}, "unit_profile_count"),
        ({"scenarios": [[1.0, 2.0]]}, "unit_scenarios"),
    ],
)
def test_choices_without_sense_are_refused(unit_file, more, rule):
    with pytest.raises(BadInput) as caught:
        compile_unit(read_unit(unit_file), small_book(6), **more)
    assert [m.rule for m in caught.value.mistakes] == [rule]


def test_a_state_goes_into_a_file_and_back(unit_file, tmp_path):
    unit, path = read_unit(unit_file), tmp_path / "state.toml"
    for state in (State(0.0, 90), State(7.5, 30, 15)):
        path.write_text(state_text(unit, state), encoding="utf-8")
        assert read_state(path, unit) == state
        assert read_unit(unit_file, path).state == state


def test_the_state_of_another_unit_is_refused(unit_file, tmp_path):
    path = tmp_path / "state.toml"
    path.write_text(state_text(example_unit("gas"), State(0.0, 90)), encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        read_unit(unit_file, path)
    assert [m.rule for m in caught.value.mistakes] == ["unit_state_of_unit"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_bundled_units_read_and_say_that_they_are_illustrative(name):
    assert read_unit(example_path(name)).name
    assert example_path(name).read_text(encoding="utf-8").startswith("# Illustrative: ")


def test_every_rule_of_units_is_on_the_page_and_no_other():
    source = ROOT / "src" / "walras"
    files = [*(source / "units").glob("*.py"), source / "cli" / "units.py"]
    code = " ".join(p.read_text(encoding="utf-8") for p in files)
    page = (ROOT / "docs" / "unit-file.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(unit_\w+)` \|", page, flags=re.MULTILINE)
    assert set(re.findall(r'"(unit_[a-z_]+)"', code)) == set(listed)
    assert len(listed) == len(set(listed))
