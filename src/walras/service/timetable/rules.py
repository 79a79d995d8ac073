"""Door rules of a rules profile: the life of a session, as data beside the auction's rules.

`walras.book.profile` holds what the auction computes and what a market folder is hashed
with; this holds what the service needs to open, close and finish a session, so that no
hash of a folder depends on it. Profiles are TOML files in `service/timetable/profiles/`;
every rule has a value, a source and the evidence for it. What this release cannot do is
refused when a profile switches it on, never ignored.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Any

from walras.errors import BadInput, Mistake
from walras.service.timetable.door_words import EVIDENCE, RULES, Rule
from walras.service.timetable.ladder import ladder_of
from walras.service.timetable.parse import timetable_from
from walras.service.timetable.timetable import Timetable, read_moment

MOST_DAYS_BEFORE = 8
"""Figures of a delivery day are due at most so many days before it."""


@dataclass(frozen=True)
class DoorRules:
    """The door rules of one profile; each field is explained in docs/rules-profiles.md."""

    name: str
    valid_from: date
    valid_to: date | None
    opens_days_ahead: int
    gate: str
    results_due: str
    objection_minutes: int
    final: str
    binding: str
    mtu_minutes: tuple[int, ...]
    business_days_only: bool
    session_kinds: tuple[str, ...]
    four_eyes: tuple[str, ...]
    fallback: tuple[str, ...]
    fallback_deadlines: tuple[str, ...]
    trade_currency: str
    day_ahead: bool
    capacity: str
    second_auction: bool
    free_bilateral: bool
    fixed_term: bool
    deviations: bool
    capacity_layers: tuple[str, ...]
    curtailed_first: tuple[str, ...]
    netting: str
    negative_capacity: str
    missing_capacity: str
    capacity_due: str
    permits: str
    confirmation_hours: int
    termination_hours: int
    nomination_due: str
    missing_nomination: str
    system_price: str
    corridor: str
    corridor_due: str
    verification_minutes: int
    visible_versions: bool
    bid_currencies: str
    exposure: str
    countersigned_documents: bool


@dataclass(frozen=True)
class DoorRow:
    """One rule of one profile for people: value, meaning, source, evidence, and status here."""

    rule: str
    value: str
    meaning: str
    source: str
    evidence: str
    status: str


def door_profiles() -> tuple[str, ...]:
    """Return the profiles whose door rules ship, sorted.

    >>> door_profiles()
    ('european', 'indian', 'interstate', 'sapp', 'turkish')
    """
    folder = resources.files("walras.service.timetable") / "profiles"
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")))


@lru_cache(maxsize=256)
def load_door_rules(name: str, day: date) -> DoorRules:
    """Return the door rules of a profile, valid on a delivery day; they ship with the release, so they are read once.

    Raises:
        BadInput: See `door_rules_from`; or no profile has that name (`profile_known`).

    Example:
        >>> load_door_rules("european", date(2025, 4, 1)).gate
        'D-1 12:00'
    """
    return door_rules_from(_data(name), day)


def door_rules_from(data: dict[str, Any], day: date) -> DoorRules:
    """Return door rules from their table, checked for a delivery day.

    Raises:
        BadInput: A rule is unknown (`profile_rule_known`), missing (`profile_rule_present`), of
            the wrong type or value (`profile_rule_value`), without source or evidence
            (`profile_rule_sourced`), not possible in this release (`profile_supported`), or
            the profile is not valid on the day (`profile_validity`), its moments are out of
            order (as in `parse`), or its fallback is no ladder (as in `ladder`).
    """
    mistakes: list[Mistake] = []
    name, first, last = data.get("name"), data.get("valid_from"), data.get("valid_to")
    if not isinstance(name, str) or not _is_day(first) or (last is not None and not _is_day(last)):
        what = "name, valid_from or valid_to is missing or of the wrong type"
        mistakes.append(Mistake(what, "profile", "profile_head", "Write a text and dates."))
    for key in sorted(set(data) - {"name", "valid_from", "valid_to", "rules"}):
        fix = "Put rules under [rules.NAME]."
        mistakes.append(Mistake(f"{key!r} is not known", "profile", "profile_rule_known", fix))
    rules = data.get("rules")
    values = _values(rules if isinstance(rules, dict) else {}, mistakes)
    if mistakes:
        raise BadInput(mistakes)
    if day < data["valid_from"] or (last is not None and day > last):
        fix = "Name a profile that is valid on the delivery day."
        what = f"profile {name!r} is not valid on {day}"
        raise BadInput([Mistake(what, "profile", "profile_validity", fix)])
    door = DoorRules(str(name), data["valid_from"], last, **values)
    timetable = timetable_from(usual_settings(door, "profile", "UTC"))
    ladder_of(door.fallback, door.fallback_deadlines, timetable)
    wrong = due_mistakes(door.capacity_due, door.nomination_due, door.gate, "profile")
    wrong += pass_mistakes(door, door.corridor_due, timetable, "profile")
    if wrong:
        raise BadInput(wrong)
    return door


def pass_mistakes(rules: DoorRules, corridor_due: str, timetable: Timetable, where: str) -> list[Mistake]:
    """Return what is wrong with what lies between a gate and its results: verification, the answers of a corridor."""
    wrong = []
    gate, results = timetable.moment("gate"), timetable.moment("results_due")
    begins = gate.later(rules.verification_minutes)
    if begins >= results:
        what = f"orders are verified until {begins}, and results are due at {results}"
        fix = "Verify for a shorter time, or let results be due later."
        wrong.append(Mistake(what, f"{where} verification_minutes", "verification_window", fix))
    if rules.corridor != "requested":
        return wrong
    due = read_moment(corridor_due)
    if due is None:
        fix = "Write a moment such as D-1 11:30."
        wrong.append(Mistake(f"{corridor_due!r} is no moment", f"{where} corridor_due", "due_moment", fix))
    elif not begins < due < results:
        what = f"corridor_due is {corridor_due}"
        fix = f"Choose a moment after {begins} and before results are due at {results}."
        wrong.append(Mistake(what, f"{where} corridor_due", "corridor_times", fix))
    return wrong


def due_mistakes(capacity_due: str, nomination_due: str, gate: str, where: str) -> list[Mistake]:
    """Return what is wrong with times by which figures are due: no moment, or after the gate closes."""
    closes, wrong = read_moment(gate), []
    for name, text in (("capacity_due", capacity_due), ("nomination_due", nomination_due)):
        due = read_moment(text)
        if due is None:
            fix = "Write a moment such as D-1 10:00."
            wrong.append(Mistake(f"{text!r} is no moment", f"{where} {name}", "due_moment", fix))
        elif due.days < -MOST_DAYS_BEFORE:
            fix = f"Choose D-{MOST_DAYS_BEFORE} or later."
            wrong.append(Mistake(f"{name} is {text}", f"{where} {name}", "due_moment", fix))
        elif closes is not None and due > closes:
            what = f"{name} is {text}, after the gate at {gate}"
            fix = "Choose a moment before the gate: its auction gets what is left."
            wrong.append(Mistake(what, f"{where} {name}", "due_before_gate", fix))
    return wrong


def _values(rules: dict[str, Any], mistakes: list[Mistake]) -> dict[str, Any]:
    """Return the values of all rules, adding what is wrong with them."""
    for name in sorted(set(rules) - set(RULES)):
        fix = f"Use the rules {', '.join(RULES)}."
        mistakes.append(Mistake(f"the door has no rule {name!r}", "profile", "profile_rule_known", fix))
    values = {}
    for name, rule in RULES.items():
        row, where = rules.get(name), f"profile rule {name}"
        if not isinstance(row, dict) or "value" not in row:
            mistakes.append(Mistake(f"{name} is missing", where, "profile_rule_present", f"Write [rules.{name}]."))
            continue
        if row.get("evidence") not in EVIDENCE or not isinstance(row.get("source"), str) or not row["source"].strip():
            fix = f"Write source = a text, evidence = {' or '.join(EVIDENCE)}."
            mistakes.append(Mistake(f"{name} has no source or evidence", where, "profile_rule_sourced", fix))
        values[name] = _value(rule, row["value"], where, mistakes)
    return values


def _value(rule: Rule, value: Any, where: str, mistakes: list[Mistake]) -> Any:
    parts = value if rule.is_list and isinstance(value, list) else [value]
    if rule.is_list and (not isinstance(value, list) or len(set(map(str, value))) != len(value)):
        mistakes.append(Mistake(f"{value!r} is no list without repetition", where, "profile_rule_value", rule.fix))
        return ()
    for part in parts:
        if type(part) is rule.type and part in rule.refused:
            what = f"{rule.name} = {part!r} is not possible in this release: {rule.refused[part]}"
            mistakes.append(Mistake(what, where, "profile_supported", rule.fix))
        elif type(part) is not rule.type or not _is_possible(rule, part):
            mistakes.append(Mistake(f"{part!r} is not possible", where, "profile_rule_value", rule.fix))
    return tuple(parts) if rule.is_list else value


def _is_possible(rule: Rule, part: Any) -> bool:
    if rule.is_moment:
        return read_moment(part) is not None
    if rule.type is int and not rule.choices:
        return bool(0 <= part <= rule.most)
    return not rule.choices or part in rule.choices


def _is_day(value: object) -> bool:
    return type(value) is date


def _data(name: str) -> dict[str, Any]:
    if name not in door_profiles():
        fix = f"Name one of {', '.join(door_profiles())}."
        raise BadInput([Mistake(f"no rules profile {name!r}", "profile", "profile_known", fix)])
    file = resources.files("walras.service.timetable") / "profiles" / f"{name}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def door_rows(name: str) -> tuple[DoorRow, ...]:
    """Return a profile's rules as rows of docs/rules-profiles.md, in the order of `RULES`."""
    data = _data(name)["rules"]
    return tuple(
        DoorRow(rule.name, _words(data[rule.name]["value"]), rule.meaning, data[rule.name]["source"],
                EVIDENCE[data[rule.name]["evidence"]], rule.status(data[rule.name]["value"]))
        for rule in RULES.values()
    )  # fmt: skip


def _words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def usual_timetable(
    rules: DoorRules, market: str, time_zone: str, mtu_minutes: int | None = None, **more: Any
) -> Timetable:
    """Return the timetable that a profile gives a market without one of its own; its MTU is an hour where it may be.

    Example:
        >>> rules = load_door_rules("european", date(2025, 4, 1))
        >>> [str(m) for m in usual_timetable(rules, "Two", "Europe/Rome").moments]
        ['D-14 00:00', 'D-1 12:00', 'D-1 12:45', 'D-1 13:05', 'D-1 13:30']
    """
    minutes = mtu_minutes or (60 if 60 in rules.mtu_minutes else max(rules.mtu_minutes))
    timetable = timetable_from(usual_settings(rules, market, time_zone) | {"mtu_minutes": minutes} | more)
    check_timetable(timetable, rules)
    return timetable


def usual_settings(rules: DoorRules, market: str, time_zone: str) -> dict[str, Any]:
    """Return the settings of the timetable that a market has unless it says otherwise (see `timetable_from`)."""
    due = read_moment(rules.results_due)
    assert due is not None, "door rules hold moments"
    end = due.at.hour * 60 + due.at.minute + rules.objection_minutes
    objection = f"D{due.days + end // 1440:+d} {end % 1440 // 60:02d}:{end % 60:02d}"
    told = {
        "open": f"D-{rules.opens_days_ahead} 00:00", "gate": rules.gate, "results_due": rules.results_due,
        "objection_until": objection, "final": rules.final,
    }  # fmt: skip
    days = {"only": rules.business_days_only}
    return {"market": market, "time_zone": time_zone, "events": told, "business_days": days}


def check_timetable(timetable: Timetable, rules: DoorRules) -> None:
    """Refuse a timetable that a profile does not allow.

    Raises:
        BadInput: The MTU is none of the profile's (`mtu_of_profile`), the objection window is
            shorter than the profile's (`objection_window`), the session opens later than the
            profile says (`opens_ahead`), or days move although they may not, or may not
            although they must (`business_days_of_profile`).
    """
    wrong = []
    if timetable.mtu_minutes not in rules.mtu_minutes:
        fix = f"Choose {' or '.join(map(str, rules.mtu_minutes))} minutes."
        wrong.append(Mistake(f"MTUs of {timetable.mtu_minutes} minutes", "mtu_minutes", "mtu_of_profile", fix))
    due, until = timetable.moment("results_due"), timetable.moment("objection_until")
    minutes = (until.days - due.days) * 1440 + (until.at.hour - due.at.hour) * 60 + until.at.minute - due.at.minute
    if minutes < rules.objection_minutes:
        fix = f"Leave {rules.objection_minutes} minutes or more between results_due and objection_until."
        wrong.append(Mistake(f"{minutes} minutes to object", "events", "objection_window", fix))
    if timetable.moment("open").days > -rules.opens_days_ahead:
        fix = f"Open on D-{rules.opens_days_ahead} or earlier."
        wrong.append(Mistake(f"opens on {timetable.moment('open')}", "events", "opens_ahead", fix))
    if timetable.business_days_only != rules.business_days_only:
        fix = f"Write only = {str(rules.business_days_only).lower()}."
        what = f"only = {str(timetable.business_days_only).lower()} is not what the profile says"
        wrong.append(Mistake(what, "business_days", "business_days_of_profile", fix))
    if wrong:
        raise BadInput(wrong)


assert [f.name for f in fields(DoorRules)][3:] == list(RULES), "one field a rule"
