"""Door rules: both profiles load, what cannot be done is refused, and the page says what the data says."""

import copy
import runpy
import tomllib
from datetime import date
from importlib import resources
from pathlib import Path

import pytest
from tests.service.timetable.pages import rules, timetable

from walras.book.profile import load_profile, profile_names
from walras.service.timetable.door_words import RULES
from walras.service.timetable.rules import (
    check_timetable,
    door_profiles,
    door_rules_from,
    load_door_rules,
    usual_timetable,
)

DAY = date(2025, 4, 1)
DOCS = Path(__file__).parents[3] / "docs"
FOLDER = resources.files("walras.service.timetable") / "profiles"
GOOD = tomllib.loads((FOLDER / "interstate.toml").read_text(encoding="utf-8"))


def changed(rule, **row):
    data = copy.deepcopy(GOOD)
    data["rules"].setdefault(rule, {}).update(row)
    return data


def requested(due):
    data = changed("corridor", value="requested")
    data["rules"]["corridor_due"] = data["rules"]["corridor_due"] | {"value": due}
    return data


def test_every_profile_of_the_door_has_rules_of_the_auction():
    assert door_profiles() == profile_names() == ("european", "indian", "interstate", "sapp", "turkish")
    for name in door_profiles():
        assert load_door_rules(name, DAY).name == load_profile(name, DAY).name == name


def test_the_interstate_profile_trades_by_the_hour_in_a_currency_of_its_own():
    door = load_door_rules("interstate", DAY)
    assert (door.mtu_minutes, door.trade_currency, door.capacity) == ((60,), "own", "cross_section")
    assert (door.free_bilateral, door.fixed_term, door.deviations) == (True, False, True)


@pytest.mark.parametrize(
    ("rule", "value"),
    [(rule.name, [v] if rule.is_list else v) for rule in RULES.values() for v in rule.refused],
)
def test_what_this_release_cannot_do_is_refused_when_switched_on(rule, value):
    assert rules(door_rules_from, changed(rule, value=value), DAY) == ["profile_supported"]


def test_forced_flows_and_fixed_terms_are_among_what_is_refused():
    refused = {rule.name for rule in RULES.values() if rule.refused}
    assert {"negative_capacity", "fixed_term", "second_auction", "fallback"} <= refused


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (changed("colour", value=1), "profile_rule_known"),
        (GOOD | {"colour": 1}, "profile_rule_known"),
        (changed("gate", value="noon"), "profile_rule_value"),
        (changed("gate", value=12), "profile_rule_value"),
        (changed("gate", value=["D-1 12:00"]), "profile_rule_value"),
        (changed("objection_minutes", value=-1), "profile_rule_value"),
        (changed("objection_minutes", value=True), "profile_rule_value"),
        (changed("objection_minutes", value=1.5), "profile_rule_value"),
        (changed("fixed_term", value=1), "profile_rule_value"),
        (changed("fixed_term", value="true"), "profile_rule_value"),
        (changed("mtu_minutes", value=60), "profile_rule_value"),
        (changed("mtu_minutes", value=[60, 60]), "profile_rule_value"),
        (changed("four_eyes", value=["lunch"]), "profile_rule_value"),
        (changed("four_eyes", value=[{}]), "profile_rule_value"),
        (changed("gate", evidence="Z"), "profile_rule_sourced"),
        (changed("gate", source=" "), "profile_rule_sourced"),
        (changed("objection_minutes", value=600), "events_in_order"),
        (changed("gate", value="D 12:00"), "gate_before_delivery"),
        (changed("capacity_due", value="D-1 12:01"), "due_before_gate"),
        (changed("nomination_due", value="D 09:00"), "due_before_gate"),
        (changed("capacity_layers", value=["tomorrow"]), "profile_rule_value"),
        (changed("verification_minutes", value=120), "verification_window"),
        (changed("corridor", value="guessed"), "profile_rule_value"),
        (requested("D-1 12:00"), "corridor_times"),
        (requested("D-1 14:00"), "corridor_times"),
        (GOOD | {"valid_to": date(2024, 1, 1)}, "profile_validity"),
        (GOOD | {"valid_from": date(2026, 1, 1)}, "profile_validity"),
        (GOOD | {"valid_from": "2026"}, "profile_head"),
        (GOOD | {"rules": {}}, "profile_rule_present"),
        ({}, "profile_head"),
    ],
)
def test_a_profile_that_cannot_be_followed_names_the_rule(data, rule):
    assert rule in rules(door_rules_from, data, DAY)


def test_moments_between_gate_and_results_are_strictly_between():
    for due in ("D-1 12:01", "D-1 13:59"):
        assert door_rules_from(requested(due), DAY).corridor == "requested"
    assert door_rules_from(changed("verification_minutes", value=119), DAY).verification_minutes == 119


def test_the_three_profiles_say_what_their_lists_say():
    sapp, indian, turkish = (load_door_rules(name, DAY) for name in ("sapp", "indian", "turkish"))
    assert (sapp.opens_days_ahead, sapp.mtu_minutes, sapp.system_price, sapp.permits) == (
        10,
        (60,),
        "published",
        "seller",
    )
    assert (indian.mtu_minutes, indian.gate, indian.corridor, indian.curtailed_first) == (
        (15,), "D-1 11:00", "requested", ("bilateral",)
    )  # fmt: skip
    assert (turkish.gate, turkish.verification_minutes, turkish.results_due) == ("D-1 12:30", 30, "D-1 13:30")
    assert (turkish.objection_minutes, turkish.final) == (20, "D-1 14:00")


def test_an_unknown_profile_is_refused():
    assert rules(load_door_rules, "../european", DAY) == ["profile_known"]


def test_the_usual_timetable_keeps_its_own_rules():
    for name in door_profiles():
        door = load_door_rules(name, DAY)
        check_timetable(usual_timetable(door, "Two states", "Europe/Minsk"), door)


@pytest.mark.parametrize(
    ("events", "settings", "rule"),
    [
        ({"objection_until": "D-1 13:04"}, {}, "objection_window"),
        ({"open": "D-13 09:00"}, {}, "opens_ahead"),
        ({}, {"mtu_minutes": 5}, "mtu_of_profile"),
        ({}, {"business_days": {"only": True}}, "business_days_of_profile"),
    ],
)
def test_a_timetable_that_its_profile_does_not_allow(events, settings, rule):
    door = load_door_rules("european", DAY)
    check_timetable(timetable(), door)
    assert rules(check_timetable, timetable(events, **settings), door) == [rule]


def test_the_page_equals_the_profiles():
    made = runpy.run_path(str(DOCS / "make_rules_profiles.py"))["page"]()
    assert (DOCS / "rules-profiles.md").read_text(encoding="utf-8") == made, "run: python docs/make_rules_profiles.py"
