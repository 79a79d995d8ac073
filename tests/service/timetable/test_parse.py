"""Every mistake of a timetable comes back, with its rule."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.service.timetable.pages import GOOD, changed, rules, timetable

from walras.errors import BadInput
from walras.service.timetable import events as events_module
from walras.service.timetable import mtus, parse
from walras.service.timetable import rules as door_rules
from walras.service.timetable.parse import timetable_from
from walras.service.timetable.timetable import EVENT_NAMES

DOCS = Path(__file__).parents[3] / "docs"


def test_toml_and_json_say_the_same():
    head = f'market = "{GOOD["market"]}"\ntime_zone = "{GOOD["time_zone"]}"\n[events]\n'
    toml = head + "".join(f'{k} = "{v}"\n' for k, v in GOOD["events"].items())
    assert parse.parse(toml) == parse.parse(json.dumps(GOOD), "json") == timetable()


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (changed(market=" "), "market_named"),
        (changed(market="a\nb"), "market_named"),
        (changed(market=7), "market_named"),
        (changed(time_zone="Europe/Atlantis"), "time_zone_known"),
        (changed(time_zone="../../etc/passwd"), "time_zone_known"),
        (changed(time_zone=["Europe/Rome"]), "time_zone_known"),
        (changed(also_shown=["Nowhere"]), "time_zone_known"),
        (changed(also_shown="Europe/Rome"), "timetable_type"),
        (changed(also_shown=["UTC"] * 21), "timetable_type"),
        (changed(mtu_minutes=45), "mtu_length"),
        (changed(mtu_minutes=True), "mtu_length"),
        (changed(mtu_minutes=60, time_zone="Asia/Kathmandu"), "mtu_aligned"),
        (changed(mtu_minutes=30, time_zone="Asia/Kathmandu"), "mtu_aligned"),
        (changed(mtu_minutes=60, time_zone="Asia/Kolkata"), "mtu_aligned"),
        (changed(colour="red"), "timetable_setting_known"),
        (changed({"lunch": "D 12:00"}), "timetable_setting_known"),
        (changed({"gate": "noon"}), "event_moment"),
        (changed({"gate": "D-1 24:00"}), "event_moment"),
        (changed({"gate": "D-1 12:60"}), "event_moment"),
        (changed({"gate": 12}), "event_moment"),
        (changed({"open": "D-401 12:00"}), "event_moment"),
        (changed({"open": "D-1 12:00"}), "events_in_order"),
        (changed({"results_due": "D-1 11:00"}), "events_in_order"),
        (changed({"objection_until": "D-1 12:45"}), "events_in_order"),
        (changed({"gate": "D 00:00", "results_due": "D 01:00", "objection_until": "D 02:00", "final": "D 03:00"}),
         "gate_before_delivery"),
        (changed({"gate": "D-1 02:10", "results_due": "D-1 02:40"}), "events_clock_change"),
        (changed(events=None) | {"events": {k: v for k, v in GOOD["events"].items() if k != "final"}}, "event_present"),
        (changed() | {"events": "none"}, "timetable_type"),
        (changed(business_days={"only": "yes"}), "timetable_type"),
        (changed(business_days={"holidays_of": ["XX"]}), "holidays_known"),
        (changed(business_days={"holidays_of": [1]}), "holidays_known"),
        (changed(business_days={"weekend": [7]}), "weekend_days"),
        (changed(business_days={"weekend": ["Sunday"]}), "weekend_days"),
        (changed(business_days={"weekend": [0, 1, 2, 3, 4, 5, 6]}), "timetable_type"),
    ],
)  # fmt: skip
def test_a_faulty_timetable_names_the_rule(data, rule):
    assert rule in rules(timetable_from, data)


def test_all_mistakes_come_at_once():
    data = changed({"gate": "noon", "final": "D-1 12:50"}, market="", time_zone="Atlantis", mtu_minutes=7)
    assert set(rules(timetable_from, data)) == {
        "market_named", "time_zone_known", "mtu_length", "event_moment", "events_in_order"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "form", "rule"),
    [
        ("= 1", "toml", "timetable_readable"),
        ("[" * 10_000, "json", "timetable_readable"),
        ("[1]", "json", "timetable_readable"),
        ("x" * 64_001, "toml", "timetable_size"),
        ("", "yaml", "timetable_form"),
    ],
)
def test_a_text_that_is_no_timetable(text, form, rule):
    assert rules(parse.parse, text, form) == [rule]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KEYS = st.sampled_from(["market", "time_zone", "also_shown", "mtu_minutes", "events", "business_days", "x"])
INNER = st.dictionaries(st.sampled_from([*EVENT_NAMES, "only", "holidays_of", "weekend"]), JSON, max_size=4)


@settings(deadline=None)
@given(st.dictionaries(KEYS, JSON | INNER))
def test_whatever_is_sent_is_a_timetable_or_mistakes(data):
    for sent in (data, GOOD | data):
        try:
            timetable_from(sent)
        except BadInput:
            continue


def test_the_page_names_every_rule_and_no_other():
    page = (DOCS / "how-to" / "set-a-timetable.md").read_text(encoding="utf-8").split("## Rules that messages name")[1]
    named = {
        name for row in re.findall(r"^\| (`.*?) \|", page, flags=re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }
    source = "".join(Path(m.__file__).read_text(encoding="utf-8") for m in (parse, events_module, mtus, door_rules))
    words = ("timetable|time_zone|market|mtu|event|events|gate|holidays|weekend|opens|objection|delivery|now|"
             "business_days|verification|corridor")  # fmt: skip
    used = set(re.findall(rf'"((?:{words})_[a-z_]+)"', source)) | {"horizon"}
    fields = {"time_zone", "also_shown", "mtu_minutes", "holidays_of", "opens_days_ahead", "business_days",
              "business_days_only", "objection_minutes", "objection_until"}  # fmt: skip
    assert used - fields == named
