"""A unit as a TOML file, and the state that one day hands to the next.

`read_unit` returns a unit without a mistake, or raises every mistake of the file at once. The
format is described in docs/unit-file.md.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

from walras.book.fields import field_mistakes, is_whole
from walras.errors import BadInput, Mistake, NewerFormat
from walras.units.unit import Costs, CostStep, Cycling, Outage, Ramps, State, Unit
from walras.units.unit_rules import unit_mistakes

UNIT_FORMAT, STATE_FORMAT, VERSION = "walras-unit", "walras-unit-state", 1
RULES = ("unit_field_known", "unit_field_present", "unit_field_type")

STATE = {"power_mw": "number!", "minutes": "whole!", "minutes_since_reduction": "whole"}
FIELDS: dict[str, dict[str, str]] = {
    "": {
        "format": "text!", "version": "whole!", "name": "text!", "member": "text!", "zone": "text!", "carrier": "text!",
        "kind": "text!", "minimum_mw": "number!", "maximum_mw": "number!", "start_mw": "number", "stop_mw": "number",
        "energy_mwh": "number", "end_minimum_mw": "number", "end_maximum_mw": "number",
        "ramps": "table", "cycling": "table", "costs": "table!", "outages": "tables", "state": "table!",
    },
    "ramps": dict.fromkeys(
        ("up_mw_per_minute", "down_mw_per_minute", "up_mw_per_hour", "down_mw_per_hour"), "number"
    ),
    "cycling": {
        "starts": "whole", "power_changes": "whole", "up_minutes": "whole", "down_minutes": "whole",
        "no_rise_minutes": "whole", "no_start_minutes": "whole", "must_run": "flag",
    },
    "costs": {"start": "number!", "no_load_per_hour": "number!", "steps": "tables!"},
    "costs.steps": {"to_mw": "number!", "price": "number!"},
    "outages": {"start": "time!", "end": "time!", "maximum_mw": "number"},
    "state": STATE,
    "state file": {"format": "text!", "version": "whole!", "unit": "text!"} | STATE,
}  # fmt: skip
"""Fields of each table with their type; `!` marks those that may not be left out."""


def read_unit(path: Path | str, state: Path | str | None = None) -> Unit:
    """Return the unit of a file.

    Args:
        path: The unit file.
        state: A state file of the day before, which takes the place of `[state]`.

    Raises:
        BadInput: With every mistake, each with what, where, rule and fix.
        NewerFormat: The file was written for a later version.
    """
    data = _toml(Path(path))
    mistakes = _form(data, UNIT_FORMAT, "")
    for name in ("ramps", "cycling", "costs", "state"):
        mistakes += _table(data.get(name, {}), name, name) if isinstance(data.get(name, {}), dict) else []
    costs = data.get("costs")
    steps = costs.get("steps") if isinstance(costs, dict) else None
    mistakes += _tables(steps, "costs.steps") + _tables(data.get("outages"), "outages")
    if mistakes:
        raise BadInput(_placed(mistakes, Path(path)))
    unit = _unit(data)
    if state is not None:
        unit = replace(unit, state=read_state(state, unit))
    mistakes = unit_mistakes(unit)
    if mistakes:
        raise BadInput(_placed(mistakes, Path(path)))
    return unit


def read_state(path: Path | str, unit: Unit) -> State:
    """Return the state of a state file of this unit.

    Raises:
        BadInput: The file has mistakes, or is of another unit (rule `unit_state_of_unit`).
    """
    data = _toml(Path(path))
    mistakes = _form(data, STATE_FORMAT, "state file")
    if not mistakes and data["unit"] != unit.name:
        fix = "Name the state file of this unit."
        mistakes.append(Mistake(f"it is the state of {data['unit']!r}", "unit", "unit_state_of_unit", fix))
    if mistakes:
        raise BadInput(_placed(mistakes, Path(path)))
    return State(**{k: v for k, v in data.items() if k in STATE})


def state_text(unit: Unit, state: State) -> str:
    """Return a state file.

    Example:
        A nuclear unit that fell to 700 MW two hours before midnight:

        >>> from walras.units.examples import example_unit
        >>> print(state_text(example_unit("nuclear"), State(700.0, 8000, 120)))
        format = "walras-unit-state"
        version = 1
        unit = "NPP-1"
        power_mw = 700.0
        minutes = 8000
        minutes_since_reduction = 120
        <BLANKLINE>
    """
    name = unit.name.replace("\\", "\\\\").replace('"', '\\"')
    lines = [f'format = "{STATE_FORMAT}"', f"version = {VERSION}", f'unit = "{name}"']
    lines += [f"power_mw = {state.power_mw!r}", f"minutes = {state.minutes}"]
    if state.minutes_since_reduction is not None:
        lines.append(f"minutes_since_reduction = {state.minutes_since_reduction}")
    return "\n".join(lines) + "\n"


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        fix = "Name a file of valid TOML in UTF-8."
        raise BadInput([Mistake(f"the file cannot be read: {error}", str(path), "unit_file", fix)]) from None


def _form(data: dict[str, Any], form: str, table: str) -> list[Mistake]:
    """Return what is wrong with the head of a file and its own fields."""
    if data.get("format") != form:
        fix = f'Write format = "{form}", or name another file.'
        return [Mistake(f"format is {data.get('format')!r}, not {form!r}", "format", "unit_format", fix)]
    version = data.get("version", VERSION)
    if is_whole(version) and version > VERSION:
        what = f"the file is of version {version}, this release reads up to version {VERSION}"
        raise NewerFormat([Mistake(what, "version", "unit_version", "Read it with a newer release.")])
    return _table(data, table, "")


def _tables(rows: Any, name: str) -> list[Mistake]:  # noqa: ANN401
    """Return what is wrong with the rows of a list of tables."""
    if not isinstance(rows, list):
        return []
    return [m for n, row in enumerate(rows, 1) if isinstance(row, dict) for m in _table(row, name, f"{name} {n}")]


def _table(data: dict[str, Any], table: str, where: str) -> list[Mistake]:
    """Return fields that are unknown, missing or of another type."""
    return field_mistakes(data, FIELDS[table], where, RULES)


def _placed(mistakes: list[Mistake], path: Path) -> list[Mistake]:
    """Return mistakes with the file's name before the place."""
    return [replace(m, where=f"{path.name} {m.where}") for m in mistakes]


def _unit(data: dict[str, Any]) -> Unit:
    """Return the unit of a file whose fields all have their types."""
    plain = {k: v for k, v in data.items() if FIELDS[""][k].rstrip("!") in {"text", "number"} and k != "format"}
    costs = data["costs"]
    steps = tuple(CostStep(s["to_mw"], s["price"]) for s in costs["steps"])
    return Unit(
        **{"start_mw": data["minimum_mw"], "stop_mw": data["minimum_mw"]} | plain,
        costs=Costs(costs["start"], costs["no_load_per_hour"], steps),
        state=State(**data["state"]),
        ramps=Ramps(**data.get("ramps", {})),
        cycling=Cycling(**data.get("cycling", {})),
        outages=tuple(Outage(**o) for o in data.get("outages", [])),
    )
